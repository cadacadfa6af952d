/* What must hold of a cfg before a host trains it: the host's refusals, the schedule and
 * the heads, and that lint finds nothing which this host refuses or misreads. `lint` says
 * the same of all hosts. */
#ifndef OCSP_CLI_TRAIN_GATE_H
#define OCSP_CLI_TRAIN_GATE_H

#include "cli/train_cfg.h"
#include "lint/linter.h"

enum ocsp_status ocsp_train_gate(const struct ocsp_graph *graph,
                                 const struct ocsp_training *as, struct ocsp_error *err);

/* Whether such a finding about the host stops a training: not where training mends it. */
bool ocsp_train_gate_stops(const struct ocsp_training *as,
                           const struct ocsp_finding *finding);

#endif
