#include "layers/macs.h"

uint64_t ocsp_layer_macs(const struct ocsp_layer *layer, int rows, int cols,
                         int conv_groups)
{
    if (layer->kind == OCSP_CONNECTED)
        return (uint64_t)rows * (uint64_t)cols;
    if (layer->kind != OCSP_CONVOLUTIONAL)
        return layer->opaque_macs;
    return (uint64_t)layer->places * (uint64_t)rows * (uint64_t)(cols / conv_groups) *
           (uint64_t)layer->block;
}

uint64_t ocsp_layer_parameters(const struct ocsp_layer *layer, int rows, int cols,
                               int conv_groups)
{
    uint64_t weights = 0, per_row = 0; /* bias and BN scale */

    if (layer->n_weights > 0)
        weights =
            (uint64_t)rows * (uint64_t)(cols / conv_groups) * (uint64_t)layer->block;
    if (layer->n_biases > 0)
        per_row = layer->n_scales > 0 ? 2 : 1;
    return weights + per_row * (uint64_t)rows + layer->opaque_parameters;
}

uint64_t ocsp_graph_macs(const struct ocsp_graph *graph)
{
    uint64_t sum = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        sum += ocsp_layer_macs(l, l->rows, l->cols, l->conv_groups);
    }
    return sum;
}

uint64_t ocsp_graph_parameters(const struct ocsp_graph *graph)
{
    uint64_t sum = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        sum += ocsp_layer_parameters(l, l->rows, l->cols, l->conv_groups);
    }
    return sum;
}
