/* What training with ocsp on the CPU refuses of a cfg, for `ocsp lint`: by the newest
 * tree of each host. */
#ifndef OCSP_CLI_LINT_TRAINING_H
#define OCSP_CLI_LINT_TRAINING_H

#include "hosts/rules.h"
#include "lint/linter.h"

/* `program` of a finding is the host's index in ocsp_all_host_rules. The graph's cfg
 * must outlive `out`, which ocsp_lint_clear frees. */
enum ocsp_status ocsp_lint_training(const struct ocsp_graph *graph, struct ocsp_lint *out,
                                    struct ocsp_error *err);

enum { OCSP_MOST_REPAIRS = 32 };

/* The sentences of the repairs that would be at work where the host computes all layers,
 * in the order of a run's log. Returns how many. */
int ocsp_lint_repairs(const struct ocsp_host_rules *rules, const struct ocsp_graph *graph,
                      const char *sentences[OCSP_MOST_REPAIRS]);

#endif
