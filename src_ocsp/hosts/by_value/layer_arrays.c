#include "hosts/by_value/layer_arrays.h"

#include <string.h>

#include "hosts/by_value/own_section.h"

static void view_memory(const layer *l, struct ocsp_host_arrays *out)
{
    out->value = (struct ocsp_params){.biases = l->biases, .weights = l->weights};
    out->momentum =
        (struct ocsp_params){.biases = l->bias_updates, .weights = l->weight_updates};
    out->adam_m = (struct ocsp_params){.biases = l->bias_m, .weights = l->m};
    out->adam_v = (struct ocsp_params){.biases = l->bias_v, .weights = l->v};
    if (l->type != BATCHNORM && !l->batch_normalize)
        return;
    out->value.scales = l->scales;
    out->value.mean = l->rolling_mean;
    out->value.variance = l->rolling_variance;
    out->momentum.scales = l->scale_updates;
    out->adam_m.scales = l->scale_m;
    out->adam_v.scales = l->scale_v;
}

#ifdef GPU
static void view_device(const layer *l, struct ocsp_host_arrays *out)
{
    out->value = (struct ocsp_params){.biases = l->biases_gpu, .weights = l->weights_gpu};
    out->momentum = (struct ocsp_params){.biases = l->bias_updates_gpu,
                                         .weights = l->weight_updates_gpu};
    out->adam_m = (struct ocsp_params){.biases = l->bias_m_gpu, .weights = l->m_gpu};
    out->adam_v = (struct ocsp_params){.biases = l->bias_v_gpu, .weights = l->v_gpu};
    if (l->type != BATCHNORM && !l->batch_normalize)
        return;
    out->value.scales = l->scales_gpu;
    out->value.mean = l->rolling_mean_gpu;
    out->value.variance = l->rolling_variance_gpu;
    out->momentum.scales = l->scale_updates_gpu;
    out->adam_m.scales = l->scale_m_gpu;
    out->adam_v.scales = l->scale_v_gpu;
}
#endif

static void remove_biases(struct ocsp_host_arrays *arrays)
{
    arrays->value.biases = arrays->momentum.biases = NULL;
    arrays->adam_m.biases = arrays->adam_v.biases = NULL;
}

void ocsp_layer_view(const layer *l, struct ocsp_host_layer *out)
{
    const bool weighted = l->type == CONVOLUTIONAL || l->type == CONNECTED;

    if (ocsp_type_is_own(l->type)) {
        ocsp_own_section_view(l, out);
        return;
    }
    memset(out, 0, sizeof *out);
    out->outputs = l->outputs;
    out->rate = 1;
    if (!weighted && l->type != BATCHNORM)
        return;
    out->n_biases = l->type == CONVOLUTIONAL ? l->n
                    : l->type == CONNECTED   ? l->outputs
                                             : l->c;
    if (weighted)
        out->n_weights = l->type == CONVOLUTIONAL
                             ? (size_t)l->nweights
                             : (size_t)l->inputs * (size_t)l->outputs;
    view_memory(l, &out->memory);
#ifdef GPU
    view_device(l, &out->device);
#endif
    if (!ocsp_host_has_biases(l)) {
        remove_biases(&out->memory);
        remove_biases(&out->device);
    }
}

void ocsp_net_read_output(const void *net, int i, float *out)
{
    const layer *l = &((const network *)net)->layers[i];
    const size_t n = (size_t)l->batch * (size_t)l->outputs;

#ifdef GPU
    cuda_pull_array(l->output_gpu, out, n);
#else
    memcpy(out, l->output, n * sizeof *out);
#endif
}

void ocsp_net_clear_deltas(void *net)
{
    const network *of = net;

    if (OCSP_ON_GPU)
        return; /* a device's are cleared by each forward pass */
    for (int i = 0; i < of->n; i++) {
        const layer *l = &of->layers[i];
        if (l->delta)
            memset(l->delta, 0, (size_t)l->batch * (size_t)l->outputs * sizeof *l->delta);
    }
}

#ifdef GPU

/* Where layer l has arrays of its activations. */
static int activations_of(layer *l, float **out[5])
{
    int n = 0;

    out[n++] = &l->output_gpu;
    out[n++] = &l->delta_gpu;
    out[n++] = &l->x_gpu;
    out[n++] = &l->x_norm_gpu;
    if (ocsp_host_activation_input(l))
        out[n++] = ocsp_host_activation_input(l);
    return n;
}

/* Some layers work in the arrays of those before them. */
static void replace_array(network *net, const float *old)
{
    float **arrays[5];

    for (int i = 0; i < net->n; i++) {
        const int n = activations_of(&net->layers[i], arrays);
        for (int k = 0; k < n; k++)
            if (*arrays[k] == old)
                *arrays[k] = NULL;
    }
}

void ocsp_net_free_activations(void *net)
{
    network *of = net;
    float **arrays[5];

    cuda_set_device(of->gpu_index);
    for (int i = 0; i < of->n; i++) {
        const int n = activations_of(&of->layers[i], arrays);
        for (int k = 0; k < n; k++) {
            float *old = *arrays[k];
            if (!old)
                continue;
            cuda_free(old);
            replace_array(of, old);
        }
    }
    if (of->workspace)
        cuda_free(of->workspace);
    of->workspace = NULL;
}

#endif

void ocsp_net_set_variances(const network *net)
{
    for (int i = 0; i < net->n; i++) {
        const layer *l = &net->layers[i];
        const int n = l->type == CONVOLUTIONAL ? l->n : l->out_c;
        if (ocsp_type_is_own(l->type))
            continue; /* made with 1 */
        for (int k = 0; l->rolling_variance && k < n; k++)
            l->rolling_variance[k] = 1;
#ifdef GPU
        if (l->rolling_variance_gpu)
            cuda_push_array(l->rolling_variance_gpu, l->rolling_variance, (size_t)n);
#endif
    }
}
