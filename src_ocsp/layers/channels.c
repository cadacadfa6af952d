#include "layers/channels.h"

#include <stdlib.h>

#include "layers/coupler.h"
#include "layers/layer_type.h"

static bool couple_layer(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];

    return l->is_frozen && !l->type->couples_frozen
               ? ocsp_couple_frozen(c, i, l->why_frozen)
               : l->type->couple(c, i);
}

/* What the user wants left alone. What is not trained can be neither pushed to zero nor
 * learn to do without. */
static void freeze_fixed(struct ocsp_coupler *c)
{
    for (int i = 0; i < c->graph->n_layers; i++) {
        const struct ocsp_layer *l = &c->graph->layers[i];
        if (l->untrained)
            ocsp_couple_freeze(c, &c->channels->out[i], i,
                               "stopbackward=1: it is not trained");
        const char *flag = l->fixed_inputs ? "-freeze-layers" : "-keep-layers";
        if (l->fixed_outputs)
            ocsp_couple_freeze(c, &c->channels->out[i], i, flag);
        if (l->fixed_inputs && l->reads_before)
            ocsp_couple_freeze(c, ocsp_coupler_input(c, i), i, flag);
        for (int k = 0; k < l->n_from && l->fixed_inputs; k++)
            ocsp_couple_freeze(c, &c->channels->out[l->from[k]], i, flag);
    }
}

/* Outputs that no layer reads are the network's own. */
static bool freeze_unread(struct ocsp_coupler *c)
{
    const int n = c->graph->n_layers;
    bool *read = calloc((unsigned)n, sizeof *read);

    if (!read)
        return false;
    for (int i = 0; i < n; i++) {
        const struct ocsp_layer *l = &c->graph->layers[i];
        if (i > 0 && l->reads_before)
            read[i - 1] = true;
        for (int k = 0; k < l->n_from; k++)
            read[l->from[k]] = true;
    }
    for (int i = 0; i < n; i++)
        if (!read[i])
            ocsp_couple_freeze(c, &c->channels->out[i], i, "an output of the network");
    free(read);
    return true;
}

enum ocsp_status ocsp_channels_init(struct ocsp_channels *channels,
                                    const struct ocsp_graph *graph,
                                    struct ocsp_error *err)
{
    struct ocsp_coupler c = {.graph = graph, .channels = channels};
    int elements = graph->c; /* the graph limits their sum */

    *channels = (struct ocsp_channels){0};
    for (int i = 0; i < graph->n_layers; i++)
        elements += graph->layers[i].out_c;
    channels->out = calloc((size_t)graph->n_layers, sizeof *channels->out);
    if (!channels->out || !ocsp_union_find_init(&channels->classes, elements) ||
        !ocsp_channel_list_new(&channels->image, graph->c, graph->w * graph->h, &c.next))
        goto fail;
    ocsp_couple_freeze(&c, &channels->image, 0, "the input image");
    for (int i = 0; i < graph->n_layers; i++)
        if (!couple_layer(&c, i))
            goto fail;
    freeze_fixed(&c);
    if (!freeze_unread(&c))
        goto fail;
    return OCSP_OK;
fail:
    ocsp_channels_clear(channels, graph->n_layers);
    return ocsp_fail_memory(err);
}
