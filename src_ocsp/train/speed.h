/* How fast networks predict here: noise through random parameters, a batch at a time, the
 * networks in turn so that all of them get the same machine. */
#ifndef OCSP_TRAIN_SPEED_H
#define OCSP_TRAIN_SPEED_H

#include "layers/graph.h"
#include "net/error.h"
#include "train/hook.h"
#include "train/predictor.h"
#include "view/speed_result.h"

enum { OCSP_SPEED_MOST_ROUNDS = 200 };

struct ocsp_speed_request {
    const char *const *cfg; /* paths [n] */
    const struct ocsp_graph *const *graphs;
    int n;
    int batch;
    enum ocsp_predictor_name by;
    int threads; /* 0: as many as OpenMP takes */
    /* No round begins later, but for the fewest that tell anything. */
    double seconds;
    int rounds; /* 0: as `seconds` says */
};

/* Free `out` with ocsp_speed_result_clear; the request's paths and graphs must outlive
 * it. */
enum ocsp_status ocsp_measure_speed(const struct ocsp_speed_request *request,
                                    struct ocsp_speed_result *out,
                                    struct ocsp_error *err);

#endif
