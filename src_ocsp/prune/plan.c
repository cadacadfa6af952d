#include "prune/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int ocsp_plan_cap(const struct ocsp_limits *limits, int channels)
{
    const double c = channels;
    const int cap = (int)floor(c * limits->max_prune * (1 - exp(-limits->k * c)));
    return cap < channels ? cap : channels - 1;
}

struct candidate {
    double score;
    int channel;
};

static int compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->channel < y->channel ? -1 : x->channel > y->channel;
}

/* The least salient channels of every group, as many as its cap allows, sorted over all
 * groups. Returns their number. */
static int find_candidates(const struct ocsp_coupling *coupling, const double *score,
                           const struct ocsp_limits *limits, struct candidate *candidate)
{
    int n = 0;
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        for (int k = 0; k < group->channels; k++)
            candidate[n + k] =
                (struct candidate){score[group->first + k], group->first + k};
        qsort(candidate + n, (size_t)group->channels, sizeof *candidate, compare);
        n += ocsp_plan_cap(limits, group->channels);
    }
    qsort(candidate, (size_t)n, sizeof *candidate, compare);
    return n;
}

static uint64_t left(const struct ocsp_counts *counts, enum ocsp_measure measure)
{
    return measure == OCSP_MACS ? counts->macs : counts->parameters;
}

static double removed_share(uint64_t before, uint64_t after)
{
    return before > 0 ? (double)(before - after) / (double)before : 0;
}

/* A plan with nothing removed. */
static enum ocsp_status plan_init(struct ocsp_plan *plan,
                                  const struct ocsp_counts *counts,
                                  struct ocsp_error *err)
{
    plan->removed =
        calloc((size_t)counts->coupling->n_channels + 1, sizeof *plan->removed);
    plan->n_removed = 0;
    plan->macs_before = plan->macs_after = counts->macs;
    plan->parameters_before = plan->parameters_after = counts->parameters;
    return plan->removed ? OCSP_OK : ocsp_fail_memory(err);
}

static void take(struct ocsp_plan *plan, struct ocsp_counts *counts, int channel)
{
    plan->removed[channel] = true;
    plan->n_removed++;
    ocsp_counts_remove(counts, counts->coupling->group_of[channel], 1);
    plan->macs_after = counts->macs;
    plan->parameters_after = counts->parameters;
}

enum ocsp_status ocsp_plan_search(struct ocsp_plan *plan,
                                  const struct ocsp_coupling *coupling,
                                  const double *score, const struct ocsp_budget *budget,
                                  const struct ocsp_limits *limits,
                                  struct ocsp_error *err)
{
    struct ocsp_plan p = {0};
    struct ocsp_counts counts;
    struct candidate *candidate = NULL;
    int n, next = 0;
    uint64_t before;
    enum ocsp_status status = ocsp_counts_init(&counts, coupling, err);

    if (status)
        return status;
    status = plan_init(&p, &counts, err);
    if (status)
        goto out;
    candidate = malloc(((size_t)coupling->n_channels + 1) * sizeof *candidate);
    if (!candidate) {
        status = ocsp_fail_memory(err);
        goto out;
    }
    n = find_candidates(coupling, score, limits, candidate);
    before = left(&counts, budget->measure);
    while (removed_share(before, left(&counts, budget->measure)) < budget->share &&
           next < n)
        take(&p, &counts, candidate[next++].channel);
    const double reached = removed_share(before, left(&counts, budget->measure));
    if (reached < budget->share) {
        status = ocsp_fail(
            err, OCSP_E_RANGE, ocsp_cfg_name(coupling->graph->cfg), 0,
            "cannot remove %.4g%% of the %s: at most %.4g%% can go; ask for "
            "less, or raise -max-prune",
            100 * budget->share, budget->measure == OCSP_MACS ? "MACs" : "parameters",
            floor(1e4 * reached) / 1e2);
        goto out;
    }
    *plan = p;
    p.removed = NULL;
out:
    free(candidate);
    free(p.removed);
    ocsp_counts_clear(&counts);
    return status;
}

enum ocsp_status ocsp_plan_from_set(struct ocsp_plan *plan,
                                    const struct ocsp_coupling *coupling,
                                    const bool *removed, struct ocsp_error *err)
{
    struct ocsp_plan p = {0};
    struct ocsp_counts counts;
    enum ocsp_status status = ocsp_counts_init(&counts, coupling, err);

    if (status)
        return status;
    status = plan_init(&p, &counts, err);
    for (int c = 0; c < coupling->n_channels && !status; c++)
        if (removed[c])
            take(&p, &counts, c);
    ocsp_counts_clear(&counts);
    if (!status)
        *plan = p;
    return status;
}

void ocsp_plan_clear(struct ocsp_plan *plan)
{
    free(plan->removed);
    *plan = (struct ocsp_plan){0};
}

int ocsp_plan_count_kept(const struct ocsp_plan *plan, const int *channel, int n)
{
    int kept = 0;
    for (int k = 0; k < n; k++)
        kept += ocsp_plan_keeps(plan, channel[k]);
    return kept;
}

enum ocsp_status ocsp_plan_least(const struct ocsp_coupling *coupling,
                                 const struct ocsp_limits *limits, uint64_t *macs,
                                 uint64_t *parameters, struct ocsp_error *err)
{
    struct ocsp_counts counts;
    const enum ocsp_status status = ocsp_counts_init(&counts, coupling, err);

    if (status)
        return status;
    for (int g = 0; g < coupling->n_groups; g++)
        ocsp_counts_remove(&counts, g,
                           ocsp_plan_cap(limits, coupling->groups[g].channels));
    *macs = counts.macs;
    *parameters = counts.parameters;
    ocsp_counts_clear(&counts);
    return OCSP_OK;
}
