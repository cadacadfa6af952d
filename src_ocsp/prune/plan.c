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

enum ocsp_status ocsp_plan_caps(const struct ocsp_coupling *coupling,
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
    enum ocsp_status status = ocsp_plan_caps(coupling, limits, &cap, err);

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
