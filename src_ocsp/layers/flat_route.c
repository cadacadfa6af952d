#include "layers/flat_route.h"

#include "layers/layer_type.h"

void ocsp_flat_route_note(struct ocsp_graph *graph, int i)
{
    struct ocsp_layer *l = &graph->layers[i], *route = i > 0 ? l[-1].flat : NULL;

    if (!route)
        return;
    if (l->type->passes_flat)
        l->flat = route;
    if (!route->map_reader && l->type->needs_map)
        route->map_reader = l;
}

enum ocsp_status ocsp_flat_route_check(const struct ocsp_graph *graph,
                                       struct ocsp_error *err)
{
    const struct ocsp_layer *layers = graph->layers, *l = layers;
    int k = 1;

    while (l < layers + graph->n_layers && !l->map_reader)
        l++;
    if (l == layers + graph->n_layers)
        return OCSP_OK;
    const struct ocsp_layer *first = &layers[l->from[0]], *other = &layers[l->from[k]];
    while (first->out_w == other->out_w && first->out_h == other->out_h)
        other = &layers[l->from[++k]];
    return ocsp_fail(err, OCSP_E_FORMAT, ocsp_cfg_name(graph->cfg),
                     ocsp_cfg_line(graph->cfg, l->section, "layers"),
                     "layer %d [route]: in a net of %dx%d it joins layer %d (%dx%d) and "
                     "layer %d (%dx%d), but layer %d [%.40s] needs maps of one size",
                     (int)(l - layers), graph->w, graph->h, l->from[0], first->out_w,
                     first->out_h, l->from[k], other->out_w, other->out_h,
                     (int)(l->map_reader - layers), l->map_reader->name);
}
