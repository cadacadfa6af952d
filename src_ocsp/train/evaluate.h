/* Measures a classifier in training on the images of valid=, as the host's own
 * `classifier valid` would measure its .weights file. Training goes on as if nothing had
 * been measured. */
#ifndef OCSP_TRAIN_EVALUATE_H
#define OCSP_TRAIN_EVALUATE_H

#include "train/run.h"

/* Once the network is there and hooked: reads the lists, and says what will be measured,
 * or in one line why nothing is. */
void ocsp_evaluate_begin(struct ocsp_run *run);
void ocsp_evaluate_end(struct ocsp_run *run);

/* Whether this epoch's network is to be measured; `must`: also where it is not its turn.
 */
bool ocsp_evaluate_is_due(const struct ocsp_run *run, int epoch, bool must);
/* Measures network 0 of the loop. Where that cannot be done, or the user ends the run
 * meanwhile, nothing is measured in `score`. */
void ocsp_evaluate(struct ocsp_run *run, int epoch, struct ocsp_score *score);
/* Measures more rarely from now on, where an epoch of so many seconds is too short for
 * what the last measurement has taken. */
void ocsp_evaluate_thin_out(struct ocsp_run *run, double epoch_seconds);

#endif
