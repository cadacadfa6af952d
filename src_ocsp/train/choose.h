/* What the command line says of the engine, put to work. Private to train/. */
#ifndef OCSP_TRAIN_CHOOSE_H
#define OCSP_TRAIN_CHOOSE_H

#include <stddef.h>

#include "train/hook.h"

/* Before a network is armed. Refuses what this build cannot do. */
enum ocsp_status ocsp_choose_engine(const struct ocsp_hook_engine *choice,
                                    struct ocsp_error *err);
/* The host's own `classifier` or `detector` command; argv: that word and what follows. */
enum ocsp_status ocsp_run_host(int argc, char **argv, struct ocsp_error *err);
/* One line on what computes the armed network of n layers, without a line feed. */
void ocsp_describe_engine(char *text, size_t size, int n);

#endif
