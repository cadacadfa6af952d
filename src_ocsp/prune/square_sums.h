/* Row and column sums of squares of a weight array, in one read of it. */
#ifndef OCSP_PRUNE_SQUARE_SUMS_H
#define OCSP_PRUNE_SQUARE_SUMS_H

#include "net/weights.h"
#include "prune/group.h"

/* w [rows, cols/conv_groups, block]; overwrites row [rows] and col [cols]. */
void ocsp_square_sums(const struct ocsp_coupled_layer *layer, const float *w, double *row,
                      double *col);

/* What visits a coupled channel's parts: the sum of squares of one part. */
typedef void ocsp_part_visit(void *context, int channel, const struct ocsp_member *member,
                             double square_sum);

/* Calls `visit` once for every part of every coupled channel, with the sum over all
 * slices of that part. `params` [n_layers]. */
enum ocsp_status ocsp_visit_parts(const struct ocsp_coupling *coupling,
                                  const struct ocsp_params *params,
                                  ocsp_part_visit *visit, void *context,
                                  struct ocsp_error *err);

#endif
