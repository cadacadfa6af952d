/* The status line of a run on a terminal. */
#ifndef OCSP_TRAIN_RUN_STATUS_H
#define OCSP_TRAIN_RUN_STATUS_H

#include "train/run.h"

/* After each iteration; shows the line where that `ends` an epoch, or where the last time
 * is a quarter of a second ago. */
void ocsp_run_show_status(struct ocsp_run *run, const struct ocsp_progress *progress,
                          bool ends);

#endif
