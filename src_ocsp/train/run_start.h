/* Sets a run up, and goes on from an earlier process's state where there is one. */
#ifndef OCSP_TRAIN_RUN_START_H
#define OCSP_TRAIN_RUN_START_H

#include "train/run.h"

/* `run` has its options and events; the network is the host's, as it made it. May replace
 * the network and *base. */
enum ocsp_status ocsp_run_start(struct ocsp_run *run, void *nets, int ngpus, void *local,
                                char **base, struct ocsp_error *err);

#endif
