/* Two nets beside each other, layer by layer: what tables for people show. */
#ifndef OCSP_VIEW_LAYER_PAIR_H
#define OCSP_VIEW_LAYER_PAIR_H

#include <stdint.h>

#include "layers/graph.h"

/* Of one layer. Without weights, the channels of its output and of its input. */
struct ocsp_layer_counts {
    int filters, inputs;
    uint64_t macs, parameters;
};

struct ocsp_layer_counts ocsp_layer_counts(const struct ocsp_layer *layer);

/* How many layers the two nets have in common: from the first on, of equal types. A net
 * and its pruned one have all. */
int ocsp_common_layers(const struct ocsp_graph *before, const struct ocsp_graph *after);

/* Whether a table should show the layer: it has weights, or computes. */
bool ocsp_layer_is_shown(const struct ocsp_layer *layer);

/* Percent of `before` that is left; 100 where there was nothing. */
double ocsp_percent_left(uint64_t before, uint64_t after);

/* The number by three digits, as "2.36M", "590k" or "12". */
#define OCSP_SHORT_COUNT 16
const char *ocsp_short_count(char text[OCSP_SHORT_COUNT], uint64_t n);

#endif
