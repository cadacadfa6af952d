/* Losses, and gradients of them, that single precision makes infinite or no numbers.
 * For the repairs alone. */
#ifndef OCSP_HOSTS_BY_VALUE_LOSS_H
#define OCSP_HOSTS_BY_VALUE_LOSS_H

#include "hosts/by_value/darknet_compat.h"

/* A probability p that is exactly 0 costs −log 0, though its gradient is right and the
 * net trains on. Elements of l->loss [batch · outputs] that are infinite become the loss
 * of the smallest float above 0, and l->cost the sum of all. `output` [batch · outputs]:
 * p of [logistic], whose p = 1 adds −log(1 − p), of the largest float below 1 then, or
 * 0 · log 0, 0 then; else NULL. Elements of a p that is NaN stay NaN. */
void ocsp_loss_make_finite(const layer *l, const float *output);

/* AlexeyAB's heads want to leave out gradients that are infinite or no numbers, as those
 * of the IoU with a box without extent are, but -Ofast takes their tests away. Makes
 * such elements of l->delta [batch · outputs] 0, and l->cost finite; false: there were
 * none. A net that diverges shows in its parameters then. */
bool ocsp_loss_drop_bad_gradients(const layer *l);

#endif
