/* The host's own commands. Private to train/. */
#ifndef OCSP_TRAIN_HOST_COMMAND_H
#define OCSP_TRAIN_HOST_COMMAND_H

#include "net/error.h"

/* Runs the host's `classifier` or `detector` command; argv: that word and what follows.
 * Fails where the host has no such command. */
enum ocsp_status ocsp_host_command_run(int argc, char **argv, struct ocsp_error *err);

#endif
