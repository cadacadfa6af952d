#include "prune/rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "layers/macs.h"

enum ocsp_status ocsp_rewrite_cfg(const struct ocsp_coupling *coupling,
                                  const struct ocsp_plan *plan, char **text, size_t *size,
                                  struct ocsp_error *err)
{
    const struct ocsp_graph *graph = coupling->graph;
    struct ocsp_cfg *copy;
    size_t length;
    const char *source = ocsp_cfg_text(graph->cfg, &length);
    enum ocsp_status status =
        ocsp_cfg_parse(&copy, ocsp_cfg_name(graph->cfg), source, length, err);

    if (status)
        return status;
    for (int i = 0; i < graph->n_layers; i++) {
        const int section = graph->layers[i].section;
        const struct ocsp_coupled_table *c = &coupling->tables[i];
        const char *rows_key = graph->layers[i].tables[0].rows_key;
        const int rows = ocsp_plan_count_kept(plan, c->row, c->rows);
        if (rows == c->rows || !rows_key)
            continue;
        ocsp_cfg_set_int(copy, section, rows_key, rows);
        if (c->depthwise)
            ocsp_cfg_set_int(copy, section, "groups",
                             ocsp_plan_count_kept(plan, c->col, c->cols));
    }
    status = ocsp_cfg_render(copy, text, size, err);
    ocsp_cfg_free(copy);
    return status;
}

static void slice_vector(const struct ocsp_coupled_table *l, const struct ocsp_plan *plan,
                         const float *from, float *to)
{
    if (!from || !to)
        return;
    for (int r = 0; r < l->rows; r++)
        if (ocsp_plan_keeps(plan, l->row[r]))
            *to++ = from[r];
}

static void slice_table(const struct ocsp_coupled_table *l, const struct ocsp_plan *plan,
                        const struct ocsp_params *from_layer,
                        const struct ocsp_params *to_layer)
{
    const float *from = ocsp_params_table(from_layer, l->index);
    float *to = ocsp_params_table(to_layer, l->index);
    const int per_group = l->cols / l->conv_groups;
    const size_t block = (size_t)l->block;

    if (!from || !to || l->cols == 0)
        return;

    for (int r = 0; r < l->rows; r++) {
        const int first = ocsp_column(l, r, 0);
        if (!ocsp_plan_keeps(plan, l->row[r])) {
            from += (size_t)per_group * block;
            continue;
        }
        for (int j = 0; j < per_group; j++, from += block)
            if (ocsp_plan_keeps(plan, l->col[first + j])) {
                memcpy(to, from, block * sizeof *to);
                to += block;
            }
    }
}

void ocsp_rewrite_params(const struct ocsp_coupling *coupling,
                         const struct ocsp_plan *plan, const struct ocsp_params *from,
                         const struct ocsp_params *to)
{
    for (int i = 0; i < coupling->graph->n_layers; i++) {
        const struct ocsp_coupled_table *first = &coupling->tables[i];
        slice_vector(first, plan, from[i].biases, to[i].biases);
        slice_vector(first, plan, from[i].scales, to[i].scales);
        slice_vector(first, plan, from[i].mean, to[i].mean);
        slice_vector(first, plan, from[i].variance, to[i].variance);
        for (int k = i; k >= 0; k = coupling->tables[k].next)
            slice_table(&coupling->tables[k], plan, &from[i], &to[i]);
        if (from[i].opaque && to[i].opaque)
            memcpy(to[i].opaque, from[i].opaque,
                   coupling->graph->layers[i].n_opaque * sizeof(float));
    }
}

enum ocsp_status ocsp_rewrite_weights(const struct ocsp_coupling *coupling,
                                      const struct ocsp_plan *plan,
                                      const struct ocsp_weights *weights,
                                      const struct ocsp_graph *graph,
                                      struct ocsp_weights **out, struct ocsp_error *err)
{
    struct ocsp_weights *pruned;
    enum ocsp_status status;

    if (ocsp_graph_macs(graph) != plan->macs_after ||
        ocsp_graph_parameters(graph) != plan->parameters_after)
        return ocsp_fail(err, OCSP_E_CONFLICT, ocsp_cfg_name(coupling->graph->cfg), 0,
                         "the rewritten cfg does not count what was planned; this is a "
                         "bug of ocsp, nothing was written");
    status = ocsp_weights_new(&pruned, graph, weights->batchnorm_biases, err);
    if (status)
        return status;
    pruned->major = weights->major;
    pruned->minor = weights->minor;
    pruned->revision = weights->revision;
    pruned->seen = weights->seen;
    ocsp_rewrite_params(coupling, plan, weights->layers, pruned->layers);
    *out = pruned;
    return OCSP_OK;
}
