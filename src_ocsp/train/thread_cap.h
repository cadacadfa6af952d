/* No more threads than cores: they only wait for each other. */
#ifndef OCSP_TRAIN_THREAD_CAP_H
#define OCSP_TRAIN_THREAD_CAP_H

#include <stdbool.h>
#include <stddef.h>

#include "train/hook.h"

enum { OCSP_THREAD_NOTE = 200 };

/* Sets choice->threads to what this process may use (its affinity, and the share of a
 * control group that limits it) where -threads, OMP_NUM_THREADS or OpenMP itself would
 * have it start more. True where someone has asked for more: `note` says so in a line. */
bool ocsp_thread_cap(struct ocsp_hook_engine *choice, char note[OCSP_THREAD_NOTE]);

#endif
