/* What a run says on the screen. */
#ifndef OCSP_TRAIN_RUN_REPORT_H
#define OCSP_TRAIN_RUN_REPORT_H

#include "train/run.h"

/* Host, engine, cycle and repairs, before the first iteration. */
void ocsp_run_announce(const struct ocsp_run *run);
/* The line of an epoch. */
void ocsp_run_print_epoch(const struct ocsp_run *run, const struct ocsp_epoch_facts *f);
/* Time per layer of the network in training, and of what pruning adds to it; forgets the
 * latter. */
void ocsp_run_print_profile(struct ocsp_run *run);
/* Where its page and its results are, and what was gained. */
void ocsp_run_print_end(const struct ocsp_run *run);

#endif
