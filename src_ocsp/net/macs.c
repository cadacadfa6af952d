#include "net/macs.h"

uint64_t ocsp_layer_macs(const struct ocsp_layer *layer, int rows, int cols,
                         int conv_groups)
{
    if (layer->kind == OCSP_CONNECTED)
        return (uint64_t)rows * (uint64_t)cols;
    if (layer->kind != OCSP_CONVOLUTIONAL)
        return 0;
    return (uint64_t)layer->out_w * (uint64_t)layer->out_h * (uint64_t)rows *
           (uint64_t)(cols / conv_groups) * (uint64_t)layer->size * (uint64_t)layer->size;
}

uint64_t ocsp_layer_parameters(const struct ocsp_layer *layer, int rows, int cols,
                               int conv_groups)
{
    uint64_t weights = 0;
    const uint64_t per_row = layer->n_scales > 0 ? 2 : 1; /* bias and BN scale */

    if (layer->kind == OCSP_CONNECTED)
        weights = (uint64_t)rows * (uint64_t)cols;
    else if (layer->kind == OCSP_CONVOLUTIONAL)
        weights = (uint64_t)rows * (uint64_t)(cols / conv_groups) *
                  (uint64_t)layer->size * (uint64_t)layer->size;
    return weights + per_row * (uint64_t)rows + layer->n_opaque;
}

static int rows_of(const struct ocsp_layer *layer)
{
    return layer->n_biases;
}

static int cols_of(const struct ocsp_layer *layer)
{
    return layer->kind == OCSP_CONNECTED ? layer->inputs : layer->in_c;
}

uint64_t ocsp_graph_macs(const struct ocsp_graph *graph)
{
    uint64_t sum = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        sum += ocsp_layer_macs(l, rows_of(l), cols_of(l), l->conv_groups);
    }
    return sum;
}

uint64_t ocsp_graph_parameters(const struct ocsp_graph *graph)
{
    uint64_t sum = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        sum += ocsp_layer_parameters(l, rows_of(l), cols_of(l), l->conv_groups);
    }
    return sum;
}
