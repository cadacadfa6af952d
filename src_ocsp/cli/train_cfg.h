/* What a cfg says of training, and of the heads that are trained: looked at before a host
 * that would divide by its zeros, read behind its lists, or take its words for 0. */
#ifndef OCSP_CLI_TRAIN_CFG_H
#define OCSP_CLI_TRAIN_CFG_H

#include <stdbool.h>

#include "hosts/host.h"
#include "layers/graph.h"

struct ocsp_training {
    const struct ocsp_host *host;
    bool detector; /* `detector train`, not a classifier's */
    bool seeded;   /* -seed */
};

enum ocsp_status ocsp_train_cfg_check(const struct ocsp_graph *graph,
                                      const struct ocsp_training *as,
                                      struct ocsp_error *err);

#endif
