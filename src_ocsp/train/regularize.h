/* Penalty and shrinking around the host's update of one network: Eq. (8) before it, (9)
 * behind it, while the cycle is in its sparse phase. On CPU layer by layer, on a GPU for
 * all layers at once: with the first update of a step, and with the last. */
#ifndef OCSP_TRAIN_REGULARIZE_H
#define OCSP_TRAIN_REGULARIZE_H

#include "train/run.h"

/* Network k of the run's loop gets its regularizer, whose `events` can be hooked. */
enum ocsp_status ocsp_regularizer_init(struct ocsp_regularizer *r, struct ocsp_run *run,
                                       int k, struct ocsp_error *err);
void ocsp_regularizer_clear(struct ocsp_regularizer *r);

#endif
