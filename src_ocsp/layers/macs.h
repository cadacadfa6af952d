/* Exact counts: multiply-accumulates of convolutional and connected layers for one image,
 * and parameters (weights, biases, BN scales; rolling statistics are not parameters). */
#ifndef OCSP_LAYERS_MACS_H
#define OCSP_LAYERS_MACS_H

#include <stdint.h>

#include "layers/graph.h"

/* MACs of one layer when `rows` of its filters (connected: outputs) and `cols` of its
 * input channels (connected: inputs) remain, in `conv_groups` groups:
 * convolutional: places · rows · (cols / conv_groups) · k². Others: opaque_macs. */
uint64_t ocsp_layer_macs(const struct ocsp_layer *layer, int rows, int cols,
                         int conv_groups);
/* Parameters of the same. For batchnorm `rows` is its number of channels. */
uint64_t ocsp_layer_parameters(const struct ocsp_layer *layer, int rows, int cols,
                               int conv_groups);

/* Sums over a whole graph, as it stands. */
uint64_t ocsp_graph_macs(const struct ocsp_graph *graph);
uint64_t ocsp_graph_parameters(const struct ocsp_graph *graph);

#endif
