#include "layers/macs.h"

uint64_t ocsp_table_macs(const struct ocsp_table *table, int rows, int cols,
                         int conv_groups)
{
    return (uint64_t)table->places * (uint64_t)rows * (uint64_t)(cols / conv_groups) *
           (uint64_t)table->block;
}

uint64_t ocsp_table_parameters(const struct ocsp_layer *layer, int k, int rows, int cols,
                               int conv_groups)
{
    const struct ocsp_table *t = &layer->tables[k];
    uint64_t weights = 0, per_row = 0; /* bias and BN scale */

    if (t->length > 0)
        weights = (uint64_t)rows * (uint64_t)(cols / conv_groups) * (uint64_t)t->block;
    if (k == 0 && layer->n_biases > 0)
        per_row = layer->n_scales > 0 ? 2 : 1;
    return weights + per_row * (uint64_t)rows;
}

/* The first table alone has the groups of a grouped convolution. */
static int groups_of(const struct ocsp_layer *layer, int k)
{
    return k == 0 ? layer->conv_groups : 1;
}

uint64_t ocsp_layer_macs(const struct ocsp_layer *layer)
{
    uint64_t sum = layer->opaque_macs;

    for (int k = 0; k < layer->n_tables; k++) {
        const struct ocsp_table *t = &layer->tables[k];
        sum += ocsp_table_macs(t, t->rows, t->cols, groups_of(layer, k));
    }
    return sum;
}

uint64_t ocsp_layer_parameters(const struct ocsp_layer *layer)
{
    uint64_t sum = layer->opaque_parameters;

    for (int k = 0; k < layer->n_tables; k++) {
        const struct ocsp_table *t = &layer->tables[k];
        sum += ocsp_table_parameters(layer, k, t->rows, t->cols, groups_of(layer, k));
    }
    return sum;
}

uint64_t ocsp_graph_macs(const struct ocsp_graph *graph)
{
    uint64_t sum = 0;

    for (int i = 0; i < graph->n_layers; i++)
        sum += ocsp_layer_macs(&graph->layers[i]);
    return sum;
}

uint64_t ocsp_graph_parameters(const struct ocsp_graph *graph)
{
    uint64_t sum = 0;

    for (int i = 0; i < graph->n_layers; i++)
        sum += ocsp_layer_parameters(&graph->layers[i]);
    return sum;
}
