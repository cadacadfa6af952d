/* The search of prune/plan.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prune/blocks.h"
#include "prune/plan.h"
#include "prune/uneven.h"

struct candidate {
    double score;
    int channel;
    int place; /* in its group's order */
};

struct search {
    const struct ocsp_coupling *coupling;
    const struct ocsp_budget *budget;
    const struct ocsp_limits *limits;
    const double *score;
    struct ocsp_blocks blocks;
    int *cap;                    /* [n_groups] */
    bool *closed;                /* [n_groups] nothing of it can come back */
    struct candidate *candidate; /* [n], in the order in which they go */
    int n;
    uint64_t macs_before, parameters_before;
    uint64_t cheapest_block; /* as in struct ocsp_plan */
    const struct ocsp_uneven *apart;
};

static int compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? -1 : 1;
    return x->channel < y->channel ? -1 : x->channel > y->channel;
}

/* The least salient channels of every group, as many as its cap allows, sorted over all
 * groups; and each group's order. */
static void find_candidates(struct search *s)
{
    struct candidate *candidate = s->candidate;

    for (int g = 0; g < s->coupling->n_groups; g++) {
        const struct ocsp_group *group = &s->coupling->groups[g];
        struct candidate *of = candidate + s->n;
        for (int k = 0; k < group->channels; k++)
            of[k] = (struct candidate){s->score[group->first + k], group->first + k, 0};
        qsort(of, (size_t)group->channels, sizeof *of, compare);
        for (int k = 0; k < group->channels; k++) {
            s->blocks.order[group->first + k] = of[k].channel;
            of[k].place = k;
        }
        s->n += s->cap[g];
    }
    qsort(candidate, (size_t)s->n, sizeof *candidate, compare);
}

static void search_clear(struct search *s)
{
    ocsp_blocks_clear(&s->blocks);
    free(s->cap);
    free(s->closed);
    free(s->candidate);
}

static enum ocsp_status search_init(struct search *s, struct ocsp_error *err)
{
    const size_t groups = (size_t)s->coupling->n_groups + 1;
    enum ocsp_status status =
        ocsp_blocks_init(&s->blocks, s->coupling, s->limits->round_to, err);

    if (!status)
        status = ocsp_plan_caps(s->coupling, s->limits, &s->cap, err);
    if (status) {
        search_clear(s);
        return status;
    }
    s->macs_before = s->blocks.counts.macs;
    s->parameters_before = s->blocks.counts.parameters;
    s->candidate = malloc(((size_t)s->coupling->n_channels + 1) * sizeof *s->candidate);
    s->closed = calloc(groups, sizeof *s->closed);
    if (!s->candidate || !s->closed) {
        search_clear(s);
        return ocsp_fail_memory(err);
    }
    find_candidates(s);
    return OCSP_OK;
}

static uint64_t what_is_left(const struct search *s)
{
    return s->budget->measure == OCSP_MACS ? s->blocks.counts.macs
                                           : s->blocks.counts.parameters;
}

static double share_removed(const struct search *s)
{
    const uint64_t after = what_is_left(s);
    const uint64_t before =
        s->budget->measure == OCSP_MACS ? s->macs_before : s->parameters_before;

    return before > 0 ? (double)(before - after) / (double)before : 0;
}

static bool is_met(const struct search *s)
{
    return share_removed(s) >= s->budget->share;
}

static const struct ocsp_uneven *misread(const struct search *s)
{
    return ocsp_uneven_misread(s->coupling, s->blocks.removed);
}

/* Removes more of the groups whose widths would be misread, from the candidates that are
 * left. It ends at their caps at the latest, where the widths differ. */
static void keep_widths_apart(struct search *s)
{
    const struct ocsp_uneven *uneven = misread(s);

    for (int k = 0; k < s->n && uneven; k++) {
        const int g = s->coupling->group_of[s->candidate[k].channel];
        if (s->candidate[k].place < s->blocks.chosen[g] ||
            !ocsp_uneven_concerns(s->coupling, uneven, g) ||
            !ocsp_blocks_choose(&s->blocks, g))
            continue;
        uneven = misread(s);
        k = -1; /* begin anew: candidates of another shortcut were skipped before */
    }
}

/* Gives back the fewest blocks of a group after which no width is misread, and returns
 * whether the target is met then; where it is not, none. */
static bool give_back(struct search *s, int group)
{
    const int gone = s->blocks.gone[group];

    while (s->blocks.gone[group] > 0) {
        ocsp_blocks_set(&s->blocks, group, ocsp_blocks_one_less(&s->blocks, group));
        if (!is_met(s))
            break;
        if (!misread(s))
            return true;
    }
    ocsp_blocks_set(&s->blocks, group, gone);
    return false;
}

/* Of the groups that are not closed, the one that has the highest score among what is
 * gone; −1: none has lost anything. */
static int highest(const struct search *s)
{
    const struct ocsp_blocks *b = &s->blocks;
    struct candidate best = {0, -1, 0};
    int found = -1;

    for (int g = 0; g < s->coupling->n_groups; g++) {
        if (s->closed[g] || b->gone[g] == 0)
            continue;
        const int channel = b->order[s->coupling->groups[g].first + b->gone[g] - 1];
        const struct candidate last = {s->score[channel], channel, 0};
        if (found < 0 || compare(&best, &last) < 0) {
            best = last;
            found = g;
        }
    }
    return found;
}

/* Gives blocks back, the highest score first, while the target stays met. What is given
 * back makes the other blocks dearer, not cheaper. So a group whose last block the target
 * needs is closed for good; but a width that would have been misread may no longer be. */
static void give_blocks_back(struct search *s)
{
    bool again;

    do {
        again = false;
        memset(s->closed, 0, (size_t)s->coupling->n_groups * sizeof *s->closed);
        for (int g; (g = highest(s)) >= 0;) {
            s->closed[g] = !give_back(s, g);
            again |= !s->closed[g];
        }
    } while (again && s->coupling->n_uneven > 0);
}

/* Why no more stays: tries the last block of each group. */
static void find_reason(struct search *s)
{
    const uint64_t left = what_is_left(s);

    for (int g = 0; g < s->coupling->n_groups; g++) {
        const int gone = s->blocks.gone[g];
        ocsp_blocks_set(&s->blocks, g, ocsp_blocks_one_less(&s->blocks, g));
        const uint64_t block = what_is_left(s) - left;
        if (block > 0 && !is_met(s)) {
            if (s->cheapest_block == 0 || block < s->cheapest_block)
                s->cheapest_block = block;
        } else if (block > 0 && !s->apart) {
            s->apart = misread(s);
        }
        ocsp_blocks_set(&s->blocks, g, gone);
    }
}

static bool some_layer_is_fixed(const struct ocsp_graph *graph)
{
    for (int i = 0; i < graph->n_layers; i++)
        if (graph->layers[i].fixed_outputs || graph->layers[i].fixed_inputs)
            return true;
    return false;
}

/* Says how much can go, and which of the limits that were set are in the way. */
static enum ocsp_status refuse_target(const struct search *s, struct ocsp_error *err)
{
    const struct ocsp_limits *limits = s->limits;
    const double reached = share_removed(s);
    const struct {
        bool helps;
        const char *text;
    } advice[] = {
        {reached > 0, "ask for less"},
        {limits->max_prune < 1 && s->coupling->n_groups > 0, "raise -max-prune"},
        {limits->min_channels > 1, "lower -min-channels"},
        {limits->round_to > 1, "lower -round-to"},
        {some_layer_is_fixed(s->coupling->graph), "keep or freeze fewer layers"},
    };
    char text[160] = "";
    size_t length = 0;

    for (size_t k = 0; k < sizeof advice / sizeof *advice; k++)
        if (advice[k].helps)
            length += (size_t)snprintf(text + length, sizeof text - length, "%s%s",
                                       length == 0 ? "; "
                                       : k == 1    ? ", or "
                                                   : " or ",
                                       advice[k].text);
    return ocsp_fail(err, OCSP_E_RANGE, ocsp_cfg_name(s->coupling->graph->cfg), 0,
                     "cannot remove %.10g%% of the %s: at most %.4g%% can go%s",
                     100 * s->budget->share, ocsp_measure_text(s->budget->measure),
                     floor(1e4 * reached) / 1e2, text);
}

static enum ocsp_status search(struct search *s, struct ocsp_error *err)
{
    for (int k = 0; k < s->n && !is_met(s); k++)
        ocsp_blocks_choose(&s->blocks, s->coupling->group_of[s->candidate[k].channel]);
    if (!is_met(s))
        return refuse_target(s, err);
    const int smallest_prefix = s->blocks.n_removed;
    keep_widths_apart(s);
    /* single channels: without the last one the smallest prefix misses the target */
    if (s->limits->round_to > 1 || s->blocks.n_removed > smallest_prefix) {
        give_blocks_back(s);
        find_reason(s);
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_plan_search(struct ocsp_plan *plan,
                                  const struct ocsp_coupling *coupling,
                                  const double *score, const struct ocsp_budget *budget,
                                  const struct ocsp_limits *limits,
                                  struct ocsp_error *err)
{
    struct search s = {
        .coupling = coupling, .budget = budget, .limits = limits, .score = score};
    enum ocsp_status status = search_init(&s, err);

    if (status)
        return status;
    status = search(&s, err);
    if (!status) {
        *plan = (struct ocsp_plan){.removed = s.blocks.removed,
                                   .n_removed = s.blocks.n_removed,
                                   .macs_before = s.macs_before,
                                   .macs_after = s.blocks.counts.macs,
                                   .parameters_before = s.parameters_before,
                                   .parameters_after = s.blocks.counts.parameters,
                                   .cheapest_block = s.cheapest_block,
                                   .apart = s.apart};
        s.blocks.removed = NULL;
    }
    search_clear(&s);
    return status;
}
