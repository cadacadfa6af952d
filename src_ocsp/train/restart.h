/* What a former run has left in the folder, and how a new one takes its place. */
#ifndef OCSP_TRAIN_RESTART_H
#define OCSP_TRAIN_RESTART_H

#include "train/run.h"

/* -restart: says, before the first file is touched, which saved run goes. Says nothing
 * where no run was saved. */
void ocsp_restart_announce(const struct ocsp_run *run);

/* A run that begins: moves what is in the folder under its names out of its way, and says
 * where to. What the run has begun with stays. */
enum ocsp_status ocsp_restart_set_aside(const struct ocsp_run *run,
                                        struct ocsp_error *err);

/* Before the pruned cfg appears: if there is another one, or none, the same with all
 * weights that are called like it, but the best ones that the run has written. */
enum ocsp_status ocsp_restart_set_pruned_aside(const struct ocsp_run *run,
                                               struct ocsp_error *err);

/* Refuses a run whose files would be called like those of another one in the folder: the
 * pruned net of X is X_pruned, and so may be a net that is trained. */
enum ocsp_status ocsp_restart_check_names(const struct ocsp_run *run, const char *base,
                                          struct ocsp_error *err);

#endif
