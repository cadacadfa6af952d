/* Sums of squares over the rows and columns of every weight array, and of the BN scales:
 * all that saliency [Eq. 1–3] and penalty [Eq. 8] need to know of the parameters. Made in
 * one read of them, here or on a GPU (train/device.h). */
#ifndef OCSP_PRUNE_SQUARE_SUMS_H
#define OCSP_PRUNE_SQUARE_SUMS_H

#include "layers/weights.h"
#include "prune/coupling.h"

/* Of one table, into struct ocsp_sums' data; NULL where there is no such array. */
struct ocsp_table_sums {
    double *row;   /* [rows] over a filter's weights */
    double *col;   /* [cols] over an input channel's; of no use where depthwise */
    double *scale; /* [rows] of a BN scale; with a layer's first table */
};

struct ocsp_sums {
    struct ocsp_table_sums *tables; /* [coupling->n_tables] */
    double *data;                   /* [n] the tables' in their order */
    size_t n;
    double *scratch; /* [n_channels + 1] zero */
    double *columns; /* `col` of one table, by the bands of its tiles */
};

/* Makes the arrays for the layers that have weights or scales in `params` [n_layers]. */
enum ocsp_status ocsp_sums_init(struct ocsp_sums *sums,
                                const struct ocsp_coupling *coupling,
                                const struct ocsp_params *params, struct ocsp_error *err);
void ocsp_sums_clear(struct ocsp_sums *sums);

/* Fills them from `params`, which have the arrays that they were made for. */
void ocsp_sums_measure(struct ocsp_sums *sums, const struct ocsp_coupling *coupling,
                       const struct ocsp_params *params);

/* What visits a coupled channel's parts: the sum of squares of one part. */
typedef void ocsp_part_visit(void *context, int channel, const struct ocsp_member *member,
                             double square_sum);

/* Calls `visit` once for every part of every coupled channel, with the sum over all
 * slices of that part. */
void ocsp_visit_parts(const struct ocsp_coupling *coupling, const struct ocsp_sums *sums,
                      ocsp_part_visit *visit, void *context);

#endif
