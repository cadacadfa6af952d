/* The output of `ocsp lint`: for each program whether it accepts the cfg, or else what
 * it refuses or misreads. */
#ifndef OCSP_CLI_LINT_H
#define OCSP_CLI_LINT_H

#include "layers/graph.h"

/* To standard output, as a table or as JSON (docs/files-and-formats.md describes it; it
 * is stable). */
enum ocsp_status ocsp_lint_print(const struct ocsp_graph *graph, bool json,
                                 struct ocsp_error *err);

#endif
