/* What the host's own commands for inference read, checked before they start: on a file
 * that is missing the hosts end with status 0, or crash; weights that are too few they
 * read as far as they go. */
#ifndef OCSP_CLI_INFERENCE_INPUTS_H
#define OCSP_CLI_INFERENCE_INPUTS_H

#include "hosts/host.h"
#include "net/error.h"

/* argv: "classifier" or "detector", the command, and its words. Of those behind a
 * flag that we do not know nothing is checked: it may have a value. */
enum ocsp_status ocsp_inference_inputs_check(const struct ocsp_host *host, int argc,
                                             char **argv, struct ocsp_error *err);

#endif
