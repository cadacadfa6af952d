/* The host's own commands for inference, computed by the engine. */
#ifndef OCSP_CLI_INFERENCE_H
#define OCSP_CLI_INFERENCE_H

#include <stdbool.h>

/* argv: the words behind "ocsp". *known: whether they are such a command; then returns
 * the exit status. */
int ocsp_inference_run(int argc, char **argv, bool *known);

#endif
