/* The commands that need no host: info, saliency, plan, prune, lint, backbone. */
#ifndef OCSP_CLI_OFFLINE_H
#define OCSP_CLI_OFFLINE_H

#include <stdbool.h>

/* Runs argv[0], one of the commands above, with its arguments; prints, and returns the
 * exit status: 0, 1 for an error in the input, 2 for wrong usage. *known is false, and
 * nothing happens, where argv[0] is something else. */
int ocsp_offline_run(int argc, char **argv, bool *known);

#endif
