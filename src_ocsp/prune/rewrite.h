/* A net without the removed channels: exact slices of its arrays, and the user's cfg text
 * with only the numbers of filters=, output=, out_channels= and (depthwise) groups=
 * changed.
 *
 *     ocsp_rewrite_cfg(coupling, &plan, &text, &size, &err);
 *     ocsp_rewrite_params(coupling, &plan, dense, pruned);
 */
#ifndef OCSP_PRUNE_REWRITE_H
#define OCSP_PRUNE_REWRITE_H

#include <stddef.h>

#include "layers/weights.h"
#include "prune/plan.h"

/* *text is malloc'ed; byte-identical to the input when nothing is removed. */
enum ocsp_status ocsp_rewrite_cfg(const struct ocsp_coupling *coupling,
                                  const struct ocsp_plan *plan, char **text, size_t *size,
                                  struct ocsp_error *err);

/* Copies the kept slices of every layer: from [n_layers] with the dense shapes, to
 * [n_layers] with the pruned ones. Arrays that are NULL on either side are skipped, so it
 * serves parameters and momentum alike. */
void ocsp_rewrite_params(const struct ocsp_coupling *coupling,
                         const struct ocsp_plan *plan, const struct ocsp_params *from,
                         const struct ocsp_params *to);

/* The whole pair: a new .weights for the new cfg, header copied. `graph` is the new cfg's
 * graph; its MACs and parameters are checked against the plan. */
enum ocsp_status ocsp_rewrite_weights(const struct ocsp_coupling *coupling,
                                      const struct ocsp_plan *plan,
                                      const struct ocsp_weights *weights,
                                      const struct ocsp_graph *graph,
                                      struct ocsp_weights **out, struct ocsp_error *err);

#endif
