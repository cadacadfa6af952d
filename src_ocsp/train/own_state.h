/* Whether the state in the folder is the one that this process has left there. Where a
 * file system has no locks, or has them for one machine alone, another run may be at work
 * in the same folder: each would write over the other's files. */
#ifndef OCSP_TRAIN_OWN_STATE_H
#define OCSP_TRAIN_OWN_STATE_H

#include "train/run.h"

/* Notes the state that is there now, or that there is none. */
void ocsp_own_state_find(struct ocsp_run *run);
/* Notes the one that the run has written. */
void ocsp_own_state_note(struct ocsp_run *run, const char *data, size_t size);

/* Refuses another one than was noted. One that is gone is no other one. */
enum ocsp_status ocsp_own_state_check(const struct ocsp_run *run, struct ocsp_error *err);

#endif
