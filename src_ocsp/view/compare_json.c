#include <jansson.h>

#include "layers/macs.h"
#include "net/cfg.h"
#include "net/json_text.h"
#include "view/compare.h"
#include "view/layer_pair.h"

static json_t *totals_json(const struct ocsp_graph *graph)
{
    return json_pack("{s:o, s:I, s:I}", "cfg",
                     ocsp_json_string(ocsp_cfg_name(graph->cfg)), "macs",
                     (json_int_t)ocsp_graph_macs(graph), "params",
                     (json_int_t)ocsp_graph_parameters(graph));
}

/* [before, after]; null for a layer that is not there. */
static json_t *change_json(bool has_before, uint64_t before, bool has_after,
                           uint64_t after)
{
    return json_pack("[o, o]",
                     has_before ? json_integer((json_int_t)before) : json_null(),
                     has_after ? json_integer((json_int_t)after) : json_null());
}

static json_t *layer_json(int i, const struct ocsp_layer *before,
                          const struct ocsp_layer *after)
{
    const struct ocsp_layer_counts none = {0},
                                   b = before ? ocsp_layer_counts(before) : none;
    const struct ocsp_layer_counts a = after ? ocsp_layer_counts(after) : none;

    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "layer", i, "type",
                     ocsp_json_string((before ? before : after)->name), "filters",
                     change_json(before, (uint64_t)b.filters, after, (uint64_t)a.filters),
                     "inputs",
                     change_json(before, (uint64_t)b.inputs, after, (uint64_t)a.inputs),
                     "macs", change_json(before, b.macs, after, a.macs), "params",
                     change_json(before, b.parameters, after, a.parameters));
}

static json_t *layers_json(const struct ocsp_graph *before,
                           const struct ocsp_graph *after, int common)
{
    json_t *list = json_array();
    bool failed = false;

    for (int i = 0; i < common; i++)
        failed |= json_array_append_new(
                      list, layer_json(i, &before->layers[i], &after->layers[i])) != 0;
    for (int i = common; i < before->n_layers; i++)
        failed |=
            json_array_append_new(list, layer_json(i, &before->layers[i], NULL)) != 0;
    for (int i = common; i < after->n_layers; i++)
        failed |=
            json_array_append_new(list, layer_json(i, NULL, &after->layers[i])) != 0;
    if (!failed)
        return list;
    json_decref(list);
    return NULL;
}

enum ocsp_status ocsp_compare_json(const struct ocsp_graph *before,
                                   const struct ocsp_graph *after, char **text,
                                   struct ocsp_error *err)
{
    const int common = ocsp_common_layers(before, after);
    const bool parts = common < before->n_layers || common < after->n_layers;
    json_t *root = json_pack("{s:o, s:o, s:o, s:o}", "before", totals_json(before),
                             "after", totals_json(after), "parts_at",
                             parts ? json_integer(common) : json_null(), "layers",
                             layers_json(before, after, common));
    const enum ocsp_status status = ocsp_json_render(root, JSON_COMPACT, text, err);

    json_decref(root);
    return status;
}
