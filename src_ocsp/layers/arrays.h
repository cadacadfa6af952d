/* The arrays of a layer's view, one after the other: what saves, restores and checks
 * parameters without caring which is which. */
#ifndef OCSP_LAYERS_ARRAYS_H
#define OCSP_LAYERS_ARRAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "layers/graph.h"
#include "layers/weights.h"

#define OCSP_MAX_ARRAYS (6 + OCSP_MAX_TABLES - 1)

struct ocsp_array {
    float *data;
    size_t length;
};

/* Those that the view has, in the order of struct ocsp_params; returns how many. */
int ocsp_arrays_of(const struct ocsp_layer *layer, const struct ocsp_params *params,
                   struct ocsp_array out[OCSP_MAX_ARRAYS]);

/* Floats of all layers: params [graph->n_layers]. */
size_t ocsp_arrays_count(const struct ocsp_graph *graph,
                         const struct ocsp_params *params);

/* The first layer with a number that is infinite or not a number, or −1. One read of all
 * arrays, by their bits: also right where the compiler was told that there are none. */
int ocsp_arrays_find_bad(const struct ocsp_graph *graph,
                         const struct ocsp_params *params);

#endif
