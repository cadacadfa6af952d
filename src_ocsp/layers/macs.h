/* Exact counts: multiply-accumulates of all layers for one image,
 * and parameters (weights, biases, BN scales; rolling statistics are not parameters). */
#ifndef OCSP_LAYERS_MACS_H
#define OCSP_LAYERS_MACS_H

#include <stdint.h>

#include "layers/graph.h"

/* MACs of one table of weights when `rows` of its filters (connected: outputs) and `cols`
 * of its input channels (connected: inputs) remain, in `conv_groups` groups: places ·
 * rows · (cols / conv_groups) · block. */
uint64_t ocsp_table_macs(const struct ocsp_table *table, int rows, int cols,
                         int conv_groups);
/* Parameters of the layer's k-th table when these remain; biases and BN scales are
 * counted with the first one. */
uint64_t ocsp_table_parameters(const struct ocsp_layer *layer, int k, int rows, int cols,
                               int conv_groups);

/* Of one layer, as it stands: with what is not in its tables. */
uint64_t ocsp_layer_macs(const struct ocsp_layer *layer);
uint64_t ocsp_layer_parameters(const struct ocsp_layer *layer);

/* Sums over a whole graph, as it stands. */
uint64_t ocsp_graph_macs(const struct ocsp_graph *graph);
uint64_t ocsp_graph_parameters(const struct ocsp_graph *graph);

#endif
