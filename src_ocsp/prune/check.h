/* The surgery's self-check: the dense net with the removed channels masked must compute
 * what the pruned net computes. */
#ifndef OCSP_PRUNE_CHECK_H
#define OCSP_PRUNE_CHECK_H

#include <stddef.h>

#include "layers/weights.h"
#include "prune/plan.h"

/* Masks in place: zeroes every slice by which another layer reads a removed channel, so
 * that whatever the channel still emits (act(β) too) reaches no layer. For a depthwise
 * layer the slice on the `out` side stays: its output is masked where it is read. */
void ocsp_check_mask(const struct ocsp_coupling *coupling, const struct ocsp_plan *plan,
                     const struct ocsp_params *params);

/* max |a − b| / max |a| (0 when all are 0; NaN anywhere gives NaN). */
double ocsp_check_difference(const float *a, const float *b, size_t n);

#endif
