/* Structured sparsity regularization of the channels selected for removal.
 *
 *     Eq. (8), group lasso: L + λ Σ_{c selected} ||w_c||_2,
 *         gradient λ·w/||w_c|| (0 where ||w_c|| = 0)
 *     Eq. (9), shrinking: w ← (1 − λη)·w after the step
 *
 * ||w_c||² sums the squares of all parts of c, as in saliency_group.c. A weight in two
 * slices (its row and its column are selected, or both are of one channel) counts in
 * both, and each of them pulls it. Therefore one coefficient per row and one per column
 * suffice, and each table of weights is read in one pass. */
#ifndef OCSP_PRUNE_PENALTY_H
#define OCSP_PRUNE_PENALTY_H

#include <stdbool.h>

#include "layers/weights.h"
#include "prune/coupling.h"
#include "prune/square_sums.h"

/* One table of a layer's weights in one step of the optimizer. */
struct ocsp_penalty_step {
    const struct ocsp_coupled_table *table;
    const struct ocsp_params *params, *updates; /* of the layer, as the host has them */
    const bool *selected;                       /* [n_channels] */
    const float *inverse_norm; /* [n_channels] 1/||w_c||, 0 where not selected or 0; NULL
                                  where no term needs norms */
    double lambda;
    double learning_rate; /* the layer's */
    float divisor;        /* the host divides `updates` by this */
};

/* One term of the penalty, in a file of its own: prune/penalty_NAME.c. */
struct ocsp_penalty_term {
    const char *name; /* of its equation, for -no-NAME and the settings' JSON */
    bool needs_norms;
    /* Around the host's update of the layer; NULL: nothing to do then. */
    void (*before_update)(const struct ocsp_penalty_step *step);
    void (*after_update)(const struct ocsp_penalty_step *step);
};

/* A new term is a line here, in the table of penalty.c, and in that of
 * train/regularize.c for GPUs. */
enum ocsp_penalty_terms { OCSP_GROUP_LASSO, OCSP_SHRINKING, OCSP_PENALTY_TERMS };
extern const struct ocsp_penalty_term ocsp_group_lasso, ocsp_shrinking;
extern const struct ocsp_penalty_term *const ocsp_penalty_terms[OCSP_PENALTY_TERMS];

/* ||w_c||² of every coupled channel: square [n_channels]. */
void ocsp_penalty_squares(const struct ocsp_coupling *coupling,
                          const struct ocsp_sums *sums, double *square);

/* Adds −scale · w/||w_c|| for every selected channel to one table's `updates` (the host's
 * sign: updates = −gradient). `inverse_norm` [n_channels]: 1/||w_c||, 0 where not
 * selected or where the norm is 0. `params`, `updates`: arrays of its layer. */
void ocsp_penalty_add_gradient(const struct ocsp_coupled_table *table,
                               const struct ocsp_params *params,
                               const struct ocsp_params *updates,
                               const float *inverse_norm, float scale);

/* Multiplies every slice of the selected channels in one table by `factor`. BN scales go
 * with a layer's first table, in both. */
void ocsp_penalty_shrink(const struct ocsp_coupled_table *table,
                         const struct ocsp_params *params, const bool *selected,
                         float factor);

#endif
