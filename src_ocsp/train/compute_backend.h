/* What computes a network: the host's own functions or the engine, and by how many
 * threads. Private to train/. */
#ifndef OCSP_TRAIN_COMPUTE_BACKEND_H
#define OCSP_TRAIN_COMPUTE_BACKEND_H

#include <stddef.h>

#include "hosts/engine_table.h"
#include "train/hook.h"

/* Sets threads as the command line says, before a network is hooked. Refuses
 * what this build cannot do. */
enum ocsp_status ocsp_backend_prepare(const struct ocsp_hook_engine *choice,
                                      struct ocsp_error *err);
/* The engine that the command line asks for; NULL: the host's own functions. */
const struct ocsp_engine *ocsp_backend_engine(const struct ocsp_hook_engine *choice);
/* Whether the time of each layer is to be taken; on a GPU it cannot be. */
bool ocsp_backend_times(const struct ocsp_hook_engine *choice);
/* What this build computes by, with its version: "oneDNN 3.7.2". */
const char *ocsp_backend_name(void);
enum { OCSP_BACKEND_TEXT = 400 };
/* One line on what computes `net`, for which `engine` is installed, without a line feed:
 * how many layers the engine has, and which kinds stay with the host. */
void ocsp_backend_describe(char *text, size_t size, const struct ocsp_engine *engine,
                           const void *net);

#endif
