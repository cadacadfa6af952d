#include "prune/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "prune/counts.h"
#include "prune/depthwise.h"
#include "prune/uneven.h"

static const struct measure_names {
    const char *word, *text;
} measures[] = {
    [OCSP_MACS] = {"macs", "MACs"},
    [OCSP_PARAMETERS] = {"params", "parameters"},
};

const char *ocsp_measure_word(enum ocsp_measure measure)
{
    return measures[measure].word;
}

const char *ocsp_measure_text(enum ocsp_measure measure)
{
    return measures[measure].text;
}

int ocsp_plan_cap(const struct ocsp_limits *limits, int channels)
{
    const double c = channels;
    const int cap = (int)floor(c * limits->max_prune * (1 - exp(-limits->k * c)));
    const int most = channels - (limits->min_channels > 1 ? limits->min_channels : 1);
    return cap < most ? cap : most > 0 ? most : 0;
}

/* Coupled channels whose slices fill a multiple of round_to in every layer. */
static int block_of(const struct ocsp_limits *limits, const struct ocsp_group *group)
{
    int block = 1;

    for (int k = 0; k < group->n_members; k++) {
        int share = limits->round_to; /* of this member, until its slices fill it */
        for (int s = group->members[k].slices; share > 1 && s % 2 == 0; s /= 2)
            share /= 2;
        block = share > block ? share : block;
    }
    return block;
}

int ocsp_plan_group_cap(const struct ocsp_limits *limits, const struct ocsp_group *group)
{
    const int cap = ocsp_plan_cap(limits, group->channels);
    const int block = block_of(limits, group);
    const int kept = (group->channels - cap + block - 1) / block * block;

    return kept < group->channels ? group->channels - kept : 0;
}

/* *out [n_groups]: caps. Where every group loses as many channels as its cap allows, no
 * widths are misread; therefore what can be reached does not depend on scores. */
static enum ocsp_status find_caps(const struct ocsp_coupling *coupling,
                                  const struct ocsp_limits *limits, int **out,
                                  struct ocsp_error *err)
{
    const struct ocsp_uneven *uneven;
    int g, *cap = calloc((size_t)coupling->n_groups + 1, sizeof *cap);
    bool *removed = calloc((size_t)coupling->n_channels + 1, sizeof *removed);

    if (!cap || !removed) {
        free(cap);
        free(removed);
        return ocsp_fail_memory(err);
    }
    for (g = 0; g < coupling->n_groups; g++)
        cap[g] = ocsp_plan_group_cap(limits, &coupling->groups[g]);
    ocsp_depthwise_avoid(coupling, cap);
    for (g = 0; g < coupling->n_groups; g++)
        memset(removed + coupling->groups[g].first, true,
               (size_t)cap[g] * sizeof *removed);
    while ((uneven = ocsp_uneven_misread(coupling, removed)) &&
           (g = ocsp_uneven_group(coupling, uneven, removed)) >= 0) {
        const int first = coupling->groups[g].first, most = cap[g];
        const int block = block_of(limits, &coupling->groups[g]);
        cap[g] = most > block ? most - block : 0;
        for (int c = first + cap[g]; c < first + most; c++)
            removed[c] = false;
    }
    free(removed);
    *out = cap;
    return OCSP_OK;
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

/* The least salient channels of every group, as many as its cap [n_groups] allows, sorted
 * over all groups. Returns their number. */
static int find_candidates(const struct ocsp_coupling *coupling, const double *score,
                           const int *cap, struct candidate *candidate)
{
    int n = 0;
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        for (int k = 0; k < group->channels; k++)
            candidate[n + k] =
                (struct candidate){score[group->first + k], group->first + k};
        qsort(candidate + n, (size_t)group->channels, sizeof *candidate, compare);
        n += cap[g];
    }
    qsort(candidate, (size_t)n, sizeof *candidate, compare);
    return n;
}

static uint64_t measured(const struct ocsp_counts *counts, enum ocsp_measure measure)
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

static void remove_channel(struct ocsp_plan *plan, struct ocsp_counts *counts,
                           int channel)
{
    plan->removed[channel] = true;
    plan->n_removed++;
    ocsp_counts_remove(counts, counts->coupling->group_of[channel], 1);
    plan->macs_after = counts->macs;
    plan->parameters_after = counts->parameters;
}

/* Channels that are chosen, but not removed before their block is full. */
struct waiting {
    int *channel; /* [n_channels], a group's from its first on */
    int *n;       /* [n_groups] */
    int *kept;    /* [n_groups] in the plan so far */
};

static enum ocsp_status waiting_init(struct waiting *w,
                                     const struct ocsp_coupling *coupling,
                                     struct ocsp_error *err)
{
    const size_t groups = (size_t)coupling->n_groups + 1;

    w->channel = malloc(((size_t)coupling->n_channels + 1) * sizeof *w->channel);
    w->n = calloc(groups, sizeof *w->n);
    w->kept = calloc(groups, sizeof *w->kept);
    if (!w->channel || !w->n || !w->kept)
        return ocsp_fail_memory(err);
    for (int g = 0; g < coupling->n_groups; g++)
        w->kept[g] = coupling->groups[g].channels;
    return OCSP_OK;
}

static void waiting_clear(struct waiting *w)
{
    free(w->channel);
    free(w->n);
    free(w->kept);
}

/* Adds a channel to those of its group that wait, and removes all of them if they fill
 * whole blocks. */
static void add_to_block(struct waiting *w, struct ocsp_plan *plan,
                         struct ocsp_counts *counts, int channel,
                         const struct ocsp_limits *limits)
{
    const int g = counts->coupling->group_of[channel];
    const struct ocsp_group *group = &counts->coupling->groups[g];

    w->channel[group->first + w->n[g]++] = channel;
    if ((w->kept[g] - w->n[g]) % block_of(limits, group))
        return;
    for (int k = 0; k < w->n[g]; k++)
        remove_channel(plan, counts, w->channel[group->first + k]);
    w->kept[g] -= w->n[g];
    w->n[g] = 0;
}

/* Removes more of the groups whose widths would be misread, from the candidates [n] that
 * are left. It ends at their caps at the latest, where the widths differ. */
static void keep_widths_apart(struct waiting *w, struct ocsp_plan *plan,
                              struct ocsp_counts *counts, struct candidate *candidate,
                              int n, const struct ocsp_limits *limits)
{
    const struct ocsp_coupling *coupling = counts->coupling;
    const struct ocsp_uneven *uneven = ocsp_uneven_misread(coupling, plan->removed);

    for (int k = 0; k < n && uneven; k++) {
        const int channel = candidate[k].channel, before = plan->n_removed;
        if (channel < 0 ||
            !ocsp_uneven_concerns(coupling, uneven, coupling->group_of[channel]))
            continue;
        candidate[k].channel = -1; /* removed, or waiting */
        add_to_block(w, plan, counts, channel, limits);
        if (plan->n_removed == before)
            continue;
        uneven = ocsp_uneven_misread(coupling, plan->removed);
        k = -1; /* begin anew: candidates of another shortcut were skipped before */
    }
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
    struct waiting waiting = {0};
    int n, next = 0, *cap = NULL;
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
    status = waiting_init(&waiting, coupling, err);
    if (status)
        goto out;
    status = find_caps(coupling, limits, &cap, err);
    if (status)
        goto out;
    n = find_candidates(coupling, score, cap, candidate);
    before = measured(&counts, budget->measure);
    while (removed_share(before, measured(&counts, budget->measure)) < budget->share &&
           next < n)
        add_to_block(&waiting, &p, &counts, candidate[next++].channel, limits);
    const double reached = removed_share(before, measured(&counts, budget->measure));
    if (reached < budget->share) {
        status = ocsp_fail(err, OCSP_E_RANGE, ocsp_cfg_name(coupling->graph->cfg), 0,
                           "cannot remove %.4g%% of the %s: at most %.4g%% can go; ask "
                           "for less, or raise -max-prune%s",
                           100 * budget->share, ocsp_measure_text(budget->measure),
                           floor(1e4 * reached) / 1e2,
                           limits->round_to > 1 ? " or lower -round-to" : "");
        goto out;
    }
    keep_widths_apart(&waiting, &p, &counts, candidate + next, n - next, limits);
    *plan = p;
    p.removed = NULL;
out:
    free(cap);
    waiting_clear(&waiting);
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
            remove_channel(&p, &counts, c);
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
    int *cap;
    enum ocsp_status status = find_caps(coupling, limits, &cap, err);

    if (status)
        return status;
    status = ocsp_counts_init(&counts, coupling, err);
    for (int g = 0; g < coupling->n_groups && !status; g++)
        ocsp_counts_remove(&counts, g, cap[g]);
    free(cap);
    if (status)
        return status;
    *macs = counts.macs;
    *parameters = counts.parameters;
    ocsp_counts_clear(&counts);
    return OCSP_OK;
}
