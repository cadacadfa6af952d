/* Tables for people: what a plan does to each layer, and the net as a whole. */
#ifndef OCSP_CYCLE_REPORT_H
#define OCSP_CYCLE_REPORT_H

#include <stdio.h>

#include "prune/plan.h"

/* One line per layer that loses filters or inputs, before → after, and the totals. */
void ocsp_report_plan(FILE *out, const struct ocsp_coupling *coupling,
                      const struct ocsp_plan *plan);

#endif
