/* Tables for people: what a plan does to each layer, and the net as a whole. */
#ifndef OCSP_CYCLE_REPORT_H
#define OCSP_CYCLE_REPORT_H

#include <stdio.h>

#include "lint/linter.h"
#include "prune/plan.h"

/* One line per layer that loses filters or inputs, before → after, and the totals. */
void ocsp_report_plan(FILE *out, const struct ocsp_coupling *coupling,
                      const struct ocsp_plan *plan);

/* One line that says why, where blocks or widths that stay apart make a percentage point
 * or more go beyond the budget; else nothing. `prefix` stands before it. */
void ocsp_report_surplus(FILE *out, const char *prefix,
                         const struct ocsp_coupling *coupling,
                         const struct ocsp_plan *plan, const struct ocsp_budget *budget,
                         const struct ocsp_limits *limits);

/* Of a net that only a Darknet patched with ocsp reads, one line that says so and which
 * layer is the reason; `prefix` stands before it. Nothing of other nets. */
void ocsp_report_own_section(FILE *out, const char *prefix,
                             const struct ocsp_graph *graph);

/* Which programs accept the pruned cfg, in one line, and what ocsp_report_own_section
 * says; nothing is printed and an error
 * returned where it is less portable than the dense one (ocsp_lint_first_loss). */
enum ocsp_status ocsp_report_portability(FILE *out, const struct ocsp_graph *dense,
                                         const struct ocsp_graph *pruned,
                                         struct ocsp_error *err);

#endif
