/* What a cfg says of training, and of the heads that are trained: looked at before a host
 * that would divide by its zeros, read behind its lists, or take its words for 0. */
#ifndef OCSP_CLI_TRAIN_CFG_H
#define OCSP_CLI_TRAIN_CFG_H

#include <stdbool.h>

#include "hosts/rules.h"
#include "layers/graph.h"

struct ocsp_training {
    const struct ocsp_host_rules *rules;
    struct ocsp_host_build build;
    /* Of sections of ours, that no Darknet knows; NULL: all are computed. */
    bool (*computes)(const char *section);
    bool detector; /* `detector train`, not a classifier's */
    bool seeded;   /* -seed */
};

enum ocsp_status ocsp_train_cfg_check(const struct ocsp_graph *graph,
                                      const struct ocsp_training *as,
                                      struct ocsp_error *err);

#endif
