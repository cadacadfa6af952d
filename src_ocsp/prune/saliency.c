#include "prune/saliency.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "prune/counts.h"

static const struct ocsp_saliency_kind *const kinds[] = {
    &ocsp_group_saliency,
    &ocsp_relative_saliency,
    &ocsp_conventional_saliency,
    &ocsp_random_saliency,
};

#define KINDS (sizeof kinds / sizeof *kinds)

const struct ocsp_saliency_kind *ocsp_saliency_kind(size_t k)
{
    return k < KINDS ? kinds[k] : NULL;
}

const struct ocsp_saliency_kind *ocsp_saliency_kind_named(const char *name)
{
    for (size_t k = 0; k < KINDS; k++)
        if (strcmp(name, kinds[k]->name) == 0)
            return kinds[k];
    return NULL;
}

static enum ocsp_status fill_costs(struct ocsp_saliency *s,
                                   const struct ocsp_coupling *coupling,
                                   struct ocsp_error *err)
{
    struct ocsp_counts counts;
    double highest = 0, sum = 0, before = 0, behind = 0;
    const enum ocsp_status status = ocsp_counts_init(&counts, coupling, err);

    if (status)
        return status;
    const uint64_t dense = counts.macs;
    for (int g = 0; g < coupling->n_groups; g++) {
        const int others = coupling->groups[g].channels - 1;
        ocsp_counts_remove(&counts, g, others);
        s->cost_macs[g] = (double)(dense - counts.macs) / others;
        ocsp_counts_remove(&counts, g, -others);
        highest = fmax(highest, s->cost_macs[g]);
    }
    for (int g = 0; g < coupling->n_groups; g++) {
        s->cost_softmax[g] = exp((s->cost_macs[g] - highest) / 1e6);
        sum += s->cost_softmax[g];
    }
    /* 1 − q would round to 0 where one group costs much more than all others, and be 0
     * where it is the only one; equal scores have no order: so the others are added up */
    for (int g = coupling->n_groups - 1; g >= 0; g--) {
        s->discount[g] = behind;
        behind += s->cost_softmax[g];
    }
    for (int g = 0; g < coupling->n_groups; g++) {
        const double others = before + s->discount[g];
        before += s->cost_softmax[g];
        s->discount[g] = coupling->n_groups > 1 ? fmax(others / sum, DBL_MIN) : 1;
    }
    for (int g = 0; g < coupling->n_groups; g++)
        s->cost_softmax[g] /= sum;
    ocsp_counts_clear(&counts);
    return OCSP_OK;
}

enum ocsp_status ocsp_saliency_init(struct ocsp_saliency *saliency,
                                    const struct ocsp_coupling *coupling,
                                    struct ocsp_error *err)
{
    const size_t n = (size_t)coupling->n_channels + 1;
    const size_t groups = (size_t)coupling->n_groups + 1;
    enum ocsp_status status;

    saliency->raw = calloc(n, sizeof *saliency->raw);
    saliency->score = calloc(n, sizeof *saliency->score);
    saliency->norm = calloc(n, sizeof *saliency->norm);
    saliency->cost_macs = calloc(groups, sizeof *saliency->cost_macs);
    saliency->cost_softmax = calloc(groups, sizeof *saliency->cost_softmax);
    saliency->discount = calloc(groups, sizeof *saliency->discount);
    if (!saliency->raw || !saliency->score || !saliency->norm || !saliency->cost_macs ||
        !saliency->cost_softmax || !saliency->discount)
        status = ocsp_fail_memory(err);
    else
        status = fill_costs(saliency, coupling, err);
    if (status)
        ocsp_saliency_clear(saliency);
    return status;
}

void ocsp_saliency_clear(struct ocsp_saliency *saliency)
{
    free(saliency->raw);
    free(saliency->score);
    free(saliency->norm);
    free(saliency->cost_macs);
    free(saliency->cost_softmax);
    free(saliency->discount);
    *saliency = (struct ocsp_saliency){0};
}

/* Numbers in one part. */
static double part_size(const struct ocsp_coupling *coupling, const struct ocsp_member *m)
{
    const struct ocsp_coupled_table *l = &coupling->tables[m->table];
    double slice = 1;

    if (m->part == OCSP_WEIGHTS) {
        const int other = m->side == OCSP_OUT ? l->cols : l->rows;
        slice = (double)(other / l->conv_groups) * l->block;
    }
    return slice * m->slices;
}

double ocsp_saliency_of_part(const struct ocsp_coupling *coupling,
                             const struct ocsp_member *member, double square_sum)
{
    return square_sum / sqrt(part_size(coupling, member));
}

struct norms {
    double *square; /* [n_channels] */
    int bad_layer;  /* a layer with weights that are not finite, or −1 */
};

static void add_square(void *context, int channel, const struct ocsp_member *member,
                       double square_sum)
{
    struct norms *n = context;

    if (!isfinite(square_sum))
        n->bad_layer = member->layer;
    n->square[channel] += square_sum;
}

enum ocsp_status ocsp_saliency_score(struct ocsp_saliency *saliency,
                                     const struct ocsp_coupling *coupling,
                                     const struct ocsp_sums *sums,
                                     const struct ocsp_saliency_kind *kind,
                                     struct ocsp_error *err)
{
    struct norms norms = {saliency->norm, -1};
    const size_t bytes = (size_t)coupling->n_channels * sizeof(double);

    memset(saliency->raw, 0, bytes);
    memset(saliency->norm, 0, bytes);
    ocsp_visit_parts(coupling, sums, add_square, &norms);
    kind->measure(coupling, sums, saliency->raw);
    for (int c = 0; c < coupling->n_channels; c++) {
        const double discount = saliency->discount[coupling->group_of[c]];
        saliency->score[c] = saliency->raw[c] * (kind->without_discount ? 1 : discount);
        saliency->norm[c] = sqrt(saliency->norm[c]);
    }
    if (norms.bad_layer < 0)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_RANGE, ocsp_cfg_name(coupling->graph->cfg), 0,
                     "layer %d [%.40s] has weights that are not finite numbers",
                     norms.bad_layer, coupling->graph->layers[norms.bad_layer].name);
}

enum ocsp_status ocsp_saliency_measure(struct ocsp_saliency *saliency,
                                       const struct ocsp_coupling *coupling,
                                       const struct ocsp_params *params,
                                       const struct ocsp_saliency_kind *kind,
                                       struct ocsp_error *err)
{
    struct ocsp_sums sums;
    enum ocsp_status status = ocsp_sums_init(&sums, coupling, params, err);

    if (status)
        return status;
    ocsp_sums_measure(&sums, coupling, params);
    status = ocsp_saliency_score(saliency, coupling, &sums, kind, err);
    ocsp_sums_clear(&sums);
    return status;
}
