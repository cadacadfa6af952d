/* Losses of cross-entropy that single precision makes infinite. Private to repair*.c. */
#ifndef OCSP_HOST_LOSS_H
#define OCSP_HOST_LOSS_H

#include "host/darknet_compat.h"

/* A probability that is exactly 0 costs −log 0, though its gradient is right and the net
 * trains on: l->loss [batch · outputs] of such elements becomes that of the smallest
 * float, and l->cost their sum. With `output` [batch · outputs], the probabilities, so do
 * the 0 · log 0 of [logistic]; a NaN that comes from a NaN stays. */
#define OCSP_INFINITE_LOSS_LINE                                                          \
    "cross-entropy: the loss of a probability of 0 is large, not infinite"
void ocsp_loss_make_finite(const layer *l, const float *output);

#endif
