/* Random cfgs that mix every section we prune through: nested shortcuts, concatenations
 * of concatenations, groups of all kinds, depthwise convolutions with multipliers, maps
 * of unequal size read as one vector, … */
#ifndef OCSP_TESTS_RANDOM_NET_H
#define OCSP_TESTS_RANDOM_NET_H

#include "helpers.h"

enum random_net_rules {
    RANDOM_ANYTHING = 0,
    /* a channel that is all 0 stays so through every layer: no logistic, no shifting crop
     */
    RANDOM_KEEPS_ZERO = 1,
    /* no convolution reads zeros beside its map */
    RANDOM_NO_PADDING = 2,
    /* a channel that is one constant stays so: no factors by place, no blocks of
     * channels, no blur, no weights that serve two layers */
    RANDOM_KEEPS_CONSTANTS = 4,
    /* nothing that this program does not read, or computes in its own way */
    RANDOM_DEBIAN = 8,
    RANDOM_ALEXEYAB = 16,
    RANDOM_OPENCV = 32
};

/* Builds a net of about 4 to 25 layers that ends in [softmax]. `rules`: those above,
 * or'ed.
 */
void random_net(struct net *net, struct random *r, int rules);

/* A plan that leaves every group at least one channel; `most`: exactly one, or two where
 * one would be misread (prune/depthwise.h). */
void random_plan(const struct net *net, struct random *r, bool most,
                 struct ocsp_plan *plan);

/* The section names of all types that random nets have: what channels do in the others is
 * not known to us, or as in one of these. */
enum { N_TYPES = 20 };
extern const char *const tested_types[N_TYPES];
/* Adds 1 to the layer's type in `count` [N_TYPES]. */
void count_type(const struct ocsp_layer *l, int *count);

#endif
