#include "layers/arrays.h"

#include <stdint.h>
#include <string.h>

int ocsp_arrays_of(const struct ocsp_layer *layer, const struct ocsp_params *params,
                   struct ocsp_array out[OCSP_MAX_ARRAYS])
{
    static const enum ocsp_array_role order[OCSP_MAX_ARRAYS] = {
        OCSP_ARRAY_BIASES,      OCSP_ARRAY_SCALES,      OCSP_ARRAY_MEAN,
        OCSP_ARRAY_VARIANCE,    OCSP_ARRAY_WEIGHTS,     OCSP_ARRAY_OPAQUE,
        OCSP_ARRAY_WEIGHTS + 1, OCSP_ARRAY_WEIGHTS + 2, OCSP_ARRAY_WEIGHTS + 3};
    struct ocsp_params view = *params;
    int count = 0;

    for (int k = 0; k < OCSP_MAX_ARRAYS; k++) {
        const struct ocsp_array array = {*ocsp_params_array(&view, order[k]),
                                         ocsp_array_length(layer, order[k])};
        if (array.data && array.length > 0)
            out[count++] = array;
    }
    return count;
}

size_t ocsp_arrays_count(const struct ocsp_graph *graph, const struct ocsp_params *params)
{
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];
    size_t sum = 0;

    for (int i = 0; i < graph->n_layers; i++) {
        const int n = ocsp_arrays_of(&graph->layers[i], &params[i], arrays);
        for (int k = 0; k < n; k++)
            sum += arrays[k].length;
    }
    return sum;
}

static bool is_finite(const float *data, size_t n)
{
    uint32_t bad = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &data[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u; /* no early end: vectorizes */
    }
    return !bad;
}

int ocsp_arrays_find_bad(const struct ocsp_graph *graph, const struct ocsp_params *params)
{
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];

    for (int i = 0; i < graph->n_layers; i++) {
        const int n = ocsp_arrays_of(&graph->layers[i], &params[i], arrays);
        for (int k = 0; k < n; k++)
            if (!is_finite(arrays[k].data, arrays[k].length))
                return i;
    }
    return -1;
}
