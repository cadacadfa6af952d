/* -restart: what it discards. */
#ifndef OCSP_TRAIN_RESTART_H
#define OCSP_TRAIN_RESTART_H

#include "train/run.h"

/* Says, before the first file is touched, which saved run goes and which files of its are
 * overwritten in time. Says nothing where no run was saved. */
void ocsp_restart_announce(const struct ocsp_run *run);

#endif
