#include "layers/emission.h"

#include <stdlib.h>

#include "layers/activation.h"
#include "layers/channels.h"
#include "layers/layer_type.h"

const char *ocsp_emission_activation(const struct ocsp_emission *e, int i,
                                     const char *fallback)
{
    const char *name = e->graph->layers[i].activation;

    return *name ? name : fallback;
}

const double *ocsp_emission_input(const struct ocsp_emission *e, int i)
{
    return i > 0 ? e->value[i - 1] : e->image;
}

int ocsp_emission_common(const struct ocsp_emission *e, int i)
{
    const int before = ocsp_channels_input(&e->channels, i)->n;
    const int own = e->channels.out[i].n;

    return before < own ? before : own;
}

void ocsp_emit_biases(const struct ocsp_emission *e, int i, const char *activation)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const float *bias = e->params[l->shares < 0 ? i : l->shares].biases;

    for (int r = 0; r < l->tables[0].rows; r++)
        e->value[i][r] = ocsp_activate(activation, bias ? (double)bias[r] : 0);
}

void ocsp_emit_through(const struct ocsp_emission *e, int i)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const double *in = ocsp_emission_input(e, i);

    for (int k = 0; k < ocsp_emission_common(e, i); k++)
        e->value[i][k] = l->scale * in[k] + l->shift;
}

static bool emits(const struct ocsp_layer *l)
{
    return l->type->emit && (!l->is_frozen || l->type->couples_frozen);
}

enum ocsp_status ocsp_emission_init(struct ocsp_emission *emission,
                                    const struct ocsp_graph *graph,
                                    const struct ocsp_params *params,
                                    struct ocsp_error *err)
{
    const int n = graph->n_layers;

    *emission = (struct ocsp_emission){.graph = graph, .params = params};
    if (ocsp_channels_init(&emission->channels, graph, err))
        return err->status;
    emission->value = calloc((size_t)n, sizeof *emission->value);
    emission->image = calloc((size_t)graph->c, sizeof *emission->image);
    if (!emission->value || !emission->image)
        goto fail;
    for (int i = 0; i < n; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        emission->value[i] =
            calloc((size_t)emission->channels.out[i].n + 1, sizeof **emission->value);
        if (!emission->value[i])
            goto fail;
        if (emits(l))
            l->type->emit(emission, i);
    }
    return OCSP_OK;
fail:
    ocsp_emission_clear(emission);
    return ocsp_fail_memory(err);
}

void ocsp_emission_clear(struct ocsp_emission *emission)
{
    const int n = emission->graph->n_layers;

    for (int i = 0; i < n && emission->value; i++)
        free(emission->value[i]);
    free(emission->value);
    free(emission->image);
    ocsp_channels_clear(&emission->channels, n);
}
