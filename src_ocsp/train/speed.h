/* How fast networks predict here, by the host and its engine: noise, one batch at a time,
 * the networks in turn so that all of them get the same machine. */
#ifndef OCSP_TRAIN_SPEED_H
#define OCSP_TRAIN_SPEED_H

#include "net/error.h"
#include "train/hook.h"

/* For each cfg [n]: the median time of one batch, milliseconds [n]. The parameters are
 * random. */
enum ocsp_status ocsp_measure_speed(const char *const *cfg, int n, int batch,
                                    const struct ocsp_hook_engine *engine,
                                    double *milliseconds, struct ocsp_error *err);

#endif
