#include "layers/arrays.h"

#include <stdint.h>
#include <string.h>

int ocsp_arrays_of(const struct ocsp_layer *layer, const struct ocsp_params *params,
                   struct ocsp_array out[OCSP_MAX_ARRAYS])
{
    const size_t n = (size_t)layer->n_biases, s = (size_t)layer->n_scales;
    const struct ocsp_array all[OCSP_MAX_ARRAYS] = {{params->biases, n},
                                                    {params->scales, s},
                                                    {params->mean, s},
                                                    {params->variance, s},
                                                    {params->weights, layer->n_weights},
                                                    {params->opaque, layer->n_opaque}};
    int count = 0;

    for (int k = 0; k < OCSP_MAX_ARRAYS; k++)
        if (all[k].data && all[k].length > 0)
            out[count++] = all[k];
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
