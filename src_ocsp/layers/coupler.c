#include "layers/coupler.h"

#include <stdlib.h>

#include "layers/layer_type.h"

const struct ocsp_channel_list *ocsp_coupler_input(const struct ocsp_coupler *c, int i)
{
    return ocsp_channels_input(c->channels, i);
}

struct ocsp_channel_list *ocsp_coupler_output(const struct ocsp_coupler *c, int i)
{
    return &c->channels->out[i];
}

bool ocsp_couple_new(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];

    return ocsp_channel_list_new(&c->channels->out[i], l->out_c, l->out_w * l->out_h,
                                 &c->next);
}

bool ocsp_couple_like_output(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];

    return ocsp_channel_list_new(&c->channels->out[i], l->out_c, l->out_w * l->out_h,
                                 NULL);
}

void ocsp_couple_join(struct ocsp_coupler *c, int a, int b)
{
    ocsp_union_find_join(&c->channels->classes, a, b);
}

void ocsp_couple_freeze(struct ocsp_coupler *c, const struct ocsp_channel_list *l,
                        int layer, const char *reason)
{
    for (int k = 0; k < l->n; k++)
        ocsp_union_find_freeze(&c->channels->classes, l->id[k], layer, reason);
}

void ocsp_couple_join_parts(struct ocsp_coupler *c, const struct ocsp_channel_list *l,
                            int parts)
{
    const int size = l->n / parts;

    for (int k = size; k < l->n; k++)
        ocsp_couple_join(c, l->id[k % size], l->id[k]);
}

void ocsp_couple_join_lists(struct ocsp_coupler *c, const struct ocsp_channel_list *a,
                            const struct ocsp_channel_list *b, int layer)
{
    static const char reason[] = "it reads two outputs of unequal shape as equal ones";

    if (a->n != b->n) {
        ocsp_couple_freeze(c, a, layer, reason);
        ocsp_couple_freeze(c, b, layer, reason);
        return;
    }
    for (int k = 0; k < a->n; k++)
        ocsp_couple_join(c, a->id[k], b->id[k]);
}

bool ocsp_couple_frozen(struct ocsp_coupler *c, int i, const char *reason)
{
    const struct ocsp_layer *l = &c->graph->layers[i];

    if (l->reads_before)
        ocsp_couple_freeze(c, ocsp_coupler_input(c, i), i, reason);
    for (int k = 0; k < l->n_from; k++)
        ocsp_couple_freeze(c, &c->channels->out[l->from[k]], i, reason);
    if (!ocsp_couple_new(c, i))
        return false;
    ocsp_couple_freeze(c, &c->channels->out[i], i, reason);
    return true;
}

/* The planes change with the map's size. */
bool ocsp_couple_by_element(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);
    struct ocsp_channel_list *out = &c->channels->out[i];
    const bool is_map = in->n == l->out_c;

    if (!ocsp_channel_list_new(out, in->n, 0, NULL))
        return false;
    for (int k = 0; k < in->n; k++) {
        out->id[k] = in->id[k];
        out->plane[k] = is_map ? l->out_w * l->out_h : in->plane[k];
    }
    return true;
}

bool ocsp_couple_through(struct ocsp_coupler *c, int i)
{
    /* a route over maps of unequal size has no channels */
    if (ocsp_coupler_input(c, i)->n != c->graph->layers[i].out_c)
        return ocsp_couple_frozen(c, i, OCSP_UNEQUAL_MAPS);
    return ocsp_couple_by_element(c, i);
}
