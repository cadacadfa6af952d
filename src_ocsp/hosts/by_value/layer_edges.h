/* What a layer of a host's network reads, and how much of it. For hosts and engine alone.
 */
#ifndef OCSP_HOSTS_BY_VALUE_LAYER_EDGES_H
#define OCSP_HOSTS_BY_VALUE_LAYER_EDGES_H

#include "hosts/by_value/darknet_compat.h"

/* Numbers of the layer's output, and so of its delta: [batch, outputs]. */
static inline size_t ocsp_layer_outputs(const layer *l)
{
    return (size_t)l->batch * (size_t)l->outputs;
}

/* Numbers of the delta that the backward pass of layers[i] writes: that of the layer
 * before it, or of the image. */
size_t ocsp_layer_inputs(const layer *layers, int i);

/* How many [dropout] stand directly behind layer i, and work in place on its output. */
int ocsp_dropouts_behind(const network *net, int i);

/* Whether layers of this type read the layer before them and no other. false also where
 * that is not known. */
bool ocsp_reads_predecessor_alone(LAYER_TYPE type);

#endif
