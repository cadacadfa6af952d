/* What a run does behind an iteration of the host's loop. */
#ifndef OCSP_TRAIN_RUN_STEP_H
#define OCSP_TRAIN_RUN_STEP_H

#include "train/run.h"

/* Looks for numbers that are none, ends epochs, saves, stops where a signal asked for it.
 * May replace the network and *base. `average`: the host's mean loss, for its display. */
enum ocsp_status ocsp_run_step(struct ocsp_run *run, char **base, float loss,
                               float *average, struct ocsp_error *err);

/* The training is done: the last generation. */
enum ocsp_status ocsp_run_finish(struct ocsp_run *run, struct ocsp_error *err);

#endif
