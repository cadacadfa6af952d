/* Losses of cross-entropy that single precision makes infinite. Private to repair*.c. */
#ifndef OCSP_HOST_LOSS_H
#define OCSP_HOST_LOSS_H

#include "host/darknet_compat.h"

/* A probability p that is exactly 0 costs −log 0, though its gradient is right and the
 * net trains on. Elements of l->loss [batch · outputs] that are infinite become the loss
 * of the smallest float above 0, and l->cost the sum of all. `output` [batch · outputs],
 * for [logistic], which adds −log(1 − p) and 0 · log 0: p, or NULL. Elements of a p that
 * is NaN stay NaN. */
#define OCSP_INFINITE_LOSS_LINE                                                          \
    "cross-entropy: the loss of a probability of 0 is large, not infinite"
void ocsp_loss_make_finite(const layer *l, const float *output);

#endif
