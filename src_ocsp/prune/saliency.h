/* Group saliency [Eq. 1–3] of every coupled channel.
 *
 *     S(c) = (1/P) Σ_p ||w_p,c||² / sqrt(n_p)
 *     S'(c) = S(c) · (1 − q_g)
 *
 * Parts p: convolution or connected slices on either side, and BN scales; n_p: numbers in
 * the slice; q: softmax over groups of (MACs per channel of g) / 1e6.
 *
 * A part holds all slices of one layer on one side; one read of each weight array gives
 * row and column sums together. */
#ifndef OCSP_PRUNE_SALIENCY_H
#define OCSP_PRUNE_SALIENCY_H

#include "layers/weights.h"
#include "prune/group.h"
#include "prune/square_sums.h"

enum ocsp_saliency_kind {
    OCSP_GROUP_SALIENCY,
    /* the same as a share of its mean over the group: how much a channel stands out among
     * those it competes with, whatever the scale of its group is. Not the paper's. */
    OCSP_RELATIVE_SALIENCY,
    /* Table 6's ablation: ||filter||²/sqrt(n) of the group's first convolution alone */
    OCSP_CONVENTIONAL_SALIENCY,
    /* no saliency at all: a control, that any other kind has to beat */
    OCSP_RANDOM_SALIENCY
};

/* As the command line has them. */
const char *ocsp_saliency_name(enum ocsp_saliency_kind kind);

struct ocsp_saliency {
    double *raw;   /* [n_channels] S, or S / mean S of the group */
    double *score; /* [n_channels] S' */
    double *norm;  /* [n_channels] ||w_c||_2 over all parts, unnormalized, for Eq. (8) */
    double *cost_macs;    /* [n_groups] MACs per channel */
    double *cost_softmax; /* [n_groups] q */
    double *discount;     /* [n_groups] 1 − q; 1 in a net with a single group */
};

/* Makes the arrays and fills in the costs, which depend on shapes alone. */
enum ocsp_status ocsp_saliency_init(struct ocsp_saliency *saliency,
                                    const struct ocsp_coupling *coupling,
                                    struct ocsp_error *err);
void ocsp_saliency_clear(struct ocsp_saliency *saliency);

/* Fills raw, score and norm. Refuses weights that are infinite or not a number: no order
 * of the channels follows from them. */
enum ocsp_status ocsp_saliency_score(struct ocsp_saliency *saliency,
                                     const struct ocsp_coupling *coupling,
                                     const struct ocsp_sums *sums,
                                     enum ocsp_saliency_kind kind,
                                     struct ocsp_error *err);
/* The same from `params` [n_layers]. */
enum ocsp_status ocsp_saliency_measure(struct ocsp_saliency *saliency,
                                       const struct ocsp_coupling *coupling,
                                       const struct ocsp_params *params,
                                       enum ocsp_saliency_kind kind,
                                       struct ocsp_error *err);

#endif
