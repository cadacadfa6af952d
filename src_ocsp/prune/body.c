#include "prune/body.h"

#include "layers/layer_type.h"

static enum ocsp_status fail(const struct ocsp_graph *graph, int i, const char *text,
                             struct ocsp_error *err)
{
    const struct ocsp_layer *l = &graph->layers[i];
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(graph->cfg), l->line,
                     "layer %d [%.40s]: %s", i, l->name, text);
}

static bool has_weights(const struct ocsp_layer *l)
{
    return l->tables[0].length > 0 || l->n_biases > 0 || l->n_opaque > 0;
}

/* The first pooling, connected or output layer behind which nothing branches: an average
 * pooling inside a block is read by more than its next layer. */
static int find_head(const struct ocsp_graph *graph)
{
    int head = graph->n_layers;

    for (int i = graph->n_layers - 1; i >= 0; i--) {
        const struct ocsp_layer *l = &graph->layers[i];
        if (!l->reads_before || l->n_from > 0)
            break;
        if (l->type->ends_body)
            head = i;
    }
    while (head > 0 && graph->layers[head - 1].type->only_trains)
        head--;
    return head;
}

/* Darknet-19's way: the last convolution already has a channel per class. */
static bool is_class_convolution(const struct ocsp_graph *graph, int i)
{
    const struct ocsp_layer *l = &graph->layers[i];

    for (int k = i + 1; k < graph->n_layers; k++)
        if (has_weights(&graph->layers[k]))
            return false;
    return i < graph->n_layers - 1 && ocsp_layer_is(l, "convolutional") && l->size == 1 &&
           l->out_c == graph->layers[graph->n_layers - 1].outputs;
}

static enum ocsp_status check_net_section(const struct ocsp_graph *graph,
                                          struct ocsp_error *err)
{
    const char *name = ocsp_cfg_name(graph->cfg);

    if (ocsp_cfg_string(graph->cfg, 0, "inputs", NULL))
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, name,
                         ocsp_cfg_line(graph->cfg, 0, "inputs"),
                         "[net] inputs= fixes the size of the input; remove it, and give "
                         "width=, height= and channels=");
    return OCSP_OK;
}

enum ocsp_status ocsp_body_find(const struct ocsp_graph *graph, int *n_body,
                                struct ocsp_error *err)
{
    int end = find_head(graph);

    if (check_net_section(graph, err))
        return err->status;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        if (l->type->is_head && !l->type->classifies)
            return fail(graph, i,
                        "this is no classifier's head, and a backbone is made from a "
                        "classifier",
                        err);
        if (i < end && l->type->is_head)
            return fail(graph, i, "a head in the middle of the net", err);
        if (i > 0 && i < end && l->type->crops_images)
            return fail(graph, i, "a detector's boxes would not follow its crops", err);
    }
    if (end > 0 && is_class_convolution(graph, end - 1))
        end--;
    while (end > 0 && graph->layers[end - 1].type->only_trains)
        end--;
    if (end == 0)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(graph->cfg), 0,
                         "nothing is left of it without its classifying layers");
    *n_body = end;
    return OCSP_OK;
}
