/* How much the net would miss every coupled channel [Eq. 1–3]; the lowest scores go
 * first.
 *
 *     S'(c) = S(c) · (1 − q_g)
 *
 * S: the saliency of the chosen kind, see below. q: softmax over groups of (MACs per
 * channel of g) / 1e6: where two channels are as salient, the one that costs more MACs
 * goes first.
 *
 * A part holds all slices of one layer on one side; one read of each weight array gives
 * row and column sums together. */
#ifndef OCSP_PRUNE_SALIENCY_H
#define OCSP_PRUNE_SALIENCY_H

#include <stdbool.h>
#include <stddef.h>

#include "layers/weights.h"
#include "prune/coupling.h"
#include "prune/square_sums.h"

/* One kind of saliency, in a file of its own: prune/saliency_NAME.c. */
struct ocsp_saliency_kind {
    const char *name;      /* as the command line has it */
    const char *help;      /* one line for people */
    bool without_discount; /* S' = S: what a channel costs does not matter */
    /* raw [n_channels] = S; it is 0 before. */
    void (*measure)(const struct ocsp_coupling *coupling, const struct ocsp_sums *sums,
                    double *raw);
};

/* A new kind is declared here, and is a line of the table in saliency.c. */
extern const struct ocsp_saliency_kind ocsp_group_saliency;
extern const struct ocsp_saliency_kind ocsp_relative_saliency;
extern const struct ocsp_saliency_kind ocsp_conventional_saliency;
extern const struct ocsp_saliency_kind ocsp_random_saliency;

/* The k-th kind of the table, from 0 on; NULL behind the last. */
const struct ocsp_saliency_kind *ocsp_saliency_kind(size_t k);
/* The kind of that name, or NULL. */
const struct ocsp_saliency_kind *ocsp_saliency_kind_named(const char *name);

/* ||w_p||²/sqrt(n_p) of one part, from its sum of squares; n_p: numbers in the part. */
double ocsp_saliency_of_part(const struct ocsp_coupling *coupling,
                             const struct ocsp_member *member, double square_sum);

struct ocsp_saliency {
    double *raw;   /* [n_channels] S */
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
                                     const struct ocsp_saliency_kind *kind,
                                     struct ocsp_error *err);
/* The same from `params` [n_layers]. */
enum ocsp_status ocsp_saliency_measure(struct ocsp_saliency *saliency,
                                       const struct ocsp_coupling *coupling,
                                       const struct ocsp_params *params,
                                       const struct ocsp_saliency_kind *kind,
                                       struct ocsp_error *err);

#endif
