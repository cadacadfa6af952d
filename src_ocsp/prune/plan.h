/* Which channels go: the smallest prefix of the channels in ascending S' that meets the
 * target, with a cap per group; with round_to, in whole blocks (prune/blocks.h), of which
 * those come back that are not needed for the target.
 *
 *     struct ocsp_budget budget = {OCSP_MACS, 0.5};
 *     ocsp_plan_search(&plan, coupling, saliency.score, &budget, &limits, &err);
 */
#ifndef OCSP_PRUNE_PLAN_H
#define OCSP_PRUNE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "net/error.h"
#include "prune/coupling.h"

enum ocsp_measure { OCSP_MACS, OCSP_PARAMETERS };

/* As flags and JSON have it: "macs", "params"; and as people do: "MACs", "parameters". */
const char *ocsp_measure_word(enum ocsp_measure measure);
const char *ocsp_measure_text(enum ocsp_measure measure);

struct ocsp_budget {
    enum ocsp_measure measure;
    double share; /* to be removed, 0 < share < 1 */
};

/* At most floor(C · max_prune · (1 − exp(−k·C))) channels of a group of C may go, and
 * min_channels always stay. */
struct ocsp_limits {
    double max_prune; /* 0.75 */
    double k;         /* 1.0 */
    int min_channels; /* 1, as 0 does */
    /* A group that loses channels keeps as many as make every layer's share of it a
     * multiple of this, a power of two; 0 or 1: any number. */
    int round_to;
};

struct ocsp_plan {
    bool *removed; /* [n_channels] */
    int n_removed;
    uint64_t macs_before, macs_after;
    uint64_t parameters_before, parameters_after;
    /* Of a search in which blocks could have come back, why no more did: what the
     * cheapest block is worth, in the budget's measure, without which the target would be
     * missed (0: there is none); and the first shortcut that would be misread if a block
     * came back that the target does not need (NULL: none). */
    uint64_t cheapest_block;
    const struct ocsp_uneven *apart; /* borrowed from the coupling */
};

int ocsp_plan_cap(const struct ocsp_limits *limits, int channels);
/* The same for a group, with round_to: the largest number of its channels that may go. */
int ocsp_plan_group_cap(const struct ocsp_limits *limits, const struct ocsp_group *group);
/* *out [n_groups], malloc'ed: how many channels of each group may go. Where every group
 * loses so many, no widths are misread; therefore what can be reached does not depend on
 * scores. */
enum ocsp_status ocsp_plan_caps(const struct ocsp_coupling *coupling,
                                const struct ocsp_limits *limits, int **out,
                                struct ocsp_error *err);

/* `score` [n_channels]; of equal scores, the lower channel number goes first. With
 * round_to, the chosen channels of a group are removed once they fill a block; the target
 * is met by the smallest prefix of such blocks. Where two widths would then be equal by
 * chance, and would be misread for that (uneven.h), the next blocks of their groups go as
 * well. Where either of these may have taken more than is needed, blocks come back, the
 * highest score first, while the target stays met and the widths apart. In the end no
 * group's last block can come back. So the same blocks are chosen again, by whatever
 * scores that are lowest for these, as they are once the penalty has acted: J becomes 1.
 *
 * Refuses a target out of reach, and names the largest share that can be reached.
 * *plan is untouched on failure; on success it is to be cleared with ocsp_plan_clear. */
enum ocsp_status ocsp_plan_search(struct ocsp_plan *plan,
                                  const struct ocsp_coupling *coupling,
                                  const double *score, const struct ocsp_budget *budget,
                                  const struct ocsp_limits *limits,
                                  struct ocsp_error *err);
/* A plan from a set of removed channels (copied), counted. */
enum ocsp_status ocsp_plan_from_set(struct ocsp_plan *plan,
                                    const struct ocsp_coupling *coupling,
                                    const bool *removed, struct ocsp_error *err);
void ocsp_plan_clear(struct ocsp_plan *plan);

/* Whether a row or column of this coupled channel (−1: frozen) stays. */
static inline bool ocsp_plan_keeps(const struct ocsp_plan *plan, int channel)
{
    return channel < 0 || !plan->removed[channel];
}
/* How many of a layer's rows or columns stay: channel [n]. */
int ocsp_plan_count_kept(const struct ocsp_plan *plan, const int *channel, int n);

/* MACs and parameters that are left when every group loses as many channels as its cap
 * allows. */
enum ocsp_status ocsp_plan_least(const struct ocsp_coupling *coupling,
                                 const struct ocsp_limits *limits, uint64_t *macs,
                                 uint64_t *parameters, struct ocsp_error *err);

#endif
