#include "prune/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "prune/blocks.h"
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

int ocsp_plan_group_cap(const struct ocsp_limits *limits, const struct ocsp_group *group)
{
    const int cap = ocsp_plan_cap(limits, group->channels);
    const int block = ocsp_block_of(limits->round_to, group);
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
        const int block = ocsp_block_of(limits->round_to, &coupling->groups[g]);
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
    bool taken;
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
                (struct candidate){score[group->first + k], group->first + k, false};
        qsort(candidate + n, (size_t)group->channels, sizeof *candidate, compare);
        n += cap[g];
    }
    qsort(candidate, (size_t)n, sizeof *candidate, compare);
    return n;
}

/* A search under way. */
struct search {
    const struct ocsp_coupling *coupling;
    const struct ocsp_budget *budget;
    const struct ocsp_limits *limits;
    struct ocsp_blocks blocks;
    struct candidate *candidate; /* [n], in the order in which they go */
    int n;
    uint64_t macs_before, parameters_before;
};

static void search_clear(struct search *s)
{
    ocsp_blocks_clear(&s->blocks);
    free(s->candidate);
}

static enum ocsp_status search_init(struct search *s, const double *score,
                                    struct ocsp_error *err)
{
    const struct ocsp_coupling *coupling = s->coupling;
    int *cap = NULL;
    enum ocsp_status status =
        ocsp_blocks_init(&s->blocks, coupling, s->limits->round_to, err);

    if (status)
        return status;
    s->macs_before = s->blocks.counts.macs;
    s->parameters_before = s->blocks.counts.parameters;
    s->candidate = malloc(((size_t)coupling->n_channels + 1) * sizeof *s->candidate);
    status =
        s->candidate ? find_caps(coupling, s->limits, &cap, err) : ocsp_fail_memory(err);
    if (status) {
        search_clear(s);
        return status;
    }
    s->n = find_candidates(coupling, score, cap, s->candidate);
    free(cap);
    return OCSP_OK;
}

static double share_removed(const struct search *s)
{
    const bool macs = s->budget->measure == OCSP_MACS;
    const uint64_t before = macs ? s->macs_before : s->parameters_before;
    const uint64_t after = macs ? s->blocks.counts.macs : s->blocks.counts.parameters;

    return before > 0 ? (double)(before - after) / (double)before : 0;
}

static bool is_met(const struct search *s)
{
    return share_removed(s) >= s->budget->share;
}

static bool take(struct search *s, int k)
{
    s->candidate[k].taken = true;
    return ocsp_blocks_take(&s->blocks, s->candidate[k].channel);
}

/* Removes more of the groups whose widths would be misread, from the candidates that are
 * left. It ends at their caps at the latest, where the widths differ. */
static void keep_widths_apart(struct search *s)
{
    const struct ocsp_coupling *coupling = s->coupling;
    const struct ocsp_uneven *uneven = ocsp_uneven_misread(coupling, s->blocks.removed);

    for (int k = 0; k < s->n && uneven; k++) {
        const struct candidate *c = &s->candidate[k];
        if (c->taken ||
            !ocsp_uneven_concerns(coupling, uneven, coupling->group_of[c->channel]) ||
            !take(s, k))
            continue;
        uneven = ocsp_uneven_misread(coupling, s->blocks.removed);
        k = -1; /* begin anew: candidates of another shortcut were skipped before */
    }
}

/* Gives back the fewest blocks of a group after which no width is misread, and returns
 * whether the target is met then; where it is not, none. */
static bool give_back(struct search *s, int group)
{
    int n = 0, more;

    while ((more = ocsp_blocks_give_back(&s->blocks, group)) > 0) {
        n += more;
        if (!is_met(s))
            break;
        if (!ocsp_uneven_misread(s->coupling, s->blocks.removed))
            return true;
    }
    ocsp_blocks_remove_again(&s->blocks, group, n);
    return false;
}

/* Gives blocks back, the highest score first, while the target stays met. What is given
 * back makes the other blocks dearer, not cheaper. So a group whose last block cannot
 * come back without missing the target keeps all others out, too, and one pass is enough;
 * but a width that would have been misread may no longer be. */
static void give_blocks_back(struct search *s)
{
    bool again;

    do {
        again = false;
        for (int k = s->n - 1; k >= 0; k--) {
            const int channel = s->candidate[k].channel;
            if (ocsp_blocks_is_last(&s->blocks, channel) &&
                give_back(s, s->coupling->group_of[channel]))
                again = s->coupling->n_uneven > 0;
        }
    } while (again);
}

static enum ocsp_status search(struct search *s, struct ocsp_error *err)
{
    for (int k = 0; k < s->n && !is_met(s); k++)
        take(s, k);
    if (!is_met(s))
        return ocsp_fail(err, OCSP_E_RANGE, ocsp_cfg_name(s->coupling->graph->cfg), 0,
                         "cannot remove %.4g%% of the %s: at most %.4g%% can go; ask "
                         "for less, or raise -max-prune%s",
                         100 * s->budget->share, ocsp_measure_text(s->budget->measure),
                         floor(1e4 * share_removed(s)) / 1e2,
                         s->limits->round_to > 1 ? " or lower -round-to" : "");
    const int smallest_prefix = s->blocks.n_removed;
    keep_widths_apart(s);
    /* single channels: without the last one the smallest prefix misses the target */
    if (s->limits->round_to > 1 || s->blocks.n_removed > smallest_prefix)
        give_blocks_back(s);
    return OCSP_OK;
}

enum ocsp_status ocsp_plan_search(struct ocsp_plan *plan,
                                  const struct ocsp_coupling *coupling,
                                  const double *score, const struct ocsp_budget *budget,
                                  const struct ocsp_limits *limits,
                                  struct ocsp_error *err)
{
    struct search s = {.coupling = coupling, .budget = budget, .limits = limits};
    enum ocsp_status status = search_init(&s, score, err);

    if (status)
        return status;
    status = search(&s, err);
    if (!status) {
        *plan = (struct ocsp_plan){.removed = s.blocks.removed,
                                   .n_removed = s.blocks.n_removed,
                                   .macs_before = s.macs_before,
                                   .macs_after = s.blocks.counts.macs,
                                   .parameters_before = s.parameters_before,
                                   .parameters_after = s.blocks.counts.parameters};
        s.blocks.removed = NULL;
    }
    search_clear(&s);
    return status;
}

enum ocsp_status ocsp_plan_from_set(struct ocsp_plan *plan,
                                    const struct ocsp_coupling *coupling,
                                    const bool *removed, struct ocsp_error *err)
{
    const size_t n = (size_t)coupling->n_channels;
    struct ocsp_counts counts;
    enum ocsp_status status = ocsp_counts_init(&counts, coupling, err);
    struct ocsp_plan p = {0};

    if (status)
        return status;
    p.macs_before = counts.macs;
    p.parameters_before = counts.parameters;
    p.removed = calloc(n + 1, sizeof *p.removed);
    for (size_t c = 0; c < n && p.removed; c++) {
        if (!removed[c])
            continue;
        p.removed[c] = true;
        p.n_removed++;
        ocsp_counts_remove(&counts, coupling->group_of[c], 1);
    }
    p.macs_after = counts.macs;
    p.parameters_after = counts.parameters;
    ocsp_counts_clear(&counts);
    if (!p.removed)
        return ocsp_fail_memory(err);
    *plan = p;
    return OCSP_OK;
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
