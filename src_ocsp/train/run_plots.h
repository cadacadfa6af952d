/* The pictures of the run: when they are drawn, and what the run says of it. */
#ifndef OCSP_TRAIN_RUN_PLOTS_H
#define OCSP_TRAIN_RUN_PLOTS_H

#include "train/run.h"

/* The script as the record is now, for a generation's files; nothing where the run has no
 * pictures. */
enum ocsp_status ocsp_run_plots_render(struct ocsp_run *run, struct ocsp_error *err);
/* The generation was written: draws it where that would not keep the run. */
void ocsp_run_plots_draw(struct ocsp_run *run);
/* After each step: takes the pictures that are done. Says once what is in the way. */
void ocsp_run_plots_look(struct ocsp_run *run);
/* The run ends: waits for the last pictures, for a while. */
void ocsp_run_plots_end(struct ocsp_run *run);

#endif
