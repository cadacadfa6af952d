/* `from` times the layer before: [scale_channels] by channel or by place, [sam] number by
 * number. */
#include <string.h>

#include "layers/activation.h"
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_factors(const struct ocsp_section *s, bool fits)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    const struct ocsp_layer *from = &s->graph->layers[l->from[0]];

    if (!fits)
        return ocsp_section_fail(s, "from", OCSP_E_FORMAT,
                                 "its factors do not fit the map that it scales");
    return ocsp_set_output(s, from->out_w, from->out_h, from->out_c);
}

static bool is_same_map(const struct ocsp_layer *l, const struct ocsp_layer *from)
{
    return l->in_w == from->out_w && l->in_h == from->out_h;
}

static enum ocsp_status read_scale_channels(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const enum ocsp_status status = ocsp_read_from(s, "from");

    if (status)
        return status;
    const struct ocsp_layer *from = &s->graph->layers[l->from[0]];
    l->by_place = ocsp_key_is_set(s, "scale_wh");
    return read_factors(s, l->by_place
                               ? is_same_map(l, from) && l->in_c == 1
                               : l->in_w == 1 && l->in_h == 1 && l->in_c == from->out_c);
}

static enum ocsp_status read_sam(const struct ocsp_section *s)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    const enum ocsp_status status = ocsp_read_from(s, "from");

    if (status)
        return status;
    const struct ocsp_layer *from = &s->graph->layers[l->from[0]];
    return read_factors(s, is_same_map(l, from) && l->in_c == from->out_c);
}

/* A channel of either factor that is 0 makes a 0 of both. */
static bool couple_factors(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);
    const struct ocsp_channel_list *from = ocsp_coupler_output(c, l->from[0]);
    struct ocsp_channel_list *out = ocsp_coupler_output(c, i);

    if (from->n != l->out_c || in->n != l->in_c)
        return ocsp_couple_frozen(c, i, OCSP_UNEQUAL_MAPS);
    if (l->by_place)
        ocsp_couple_freeze(c, in, i, "a factor for all channels");
    else
        ocsp_couple_join_lists(c, in, from, i);
    if (!ocsp_couple_like_output(c, i))
        return false;
    memcpy(out->id, from->id, (size_t)out->n * sizeof *out->id);
    return true;
}

/* Both factors of a removed channel are constants, unless a factor varies by place: then
 * the product is no constant, and is left alone. */
static void emit_product(const struct ocsp_emission *e, int i)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const char *activation = ocsp_emission_activation(e, i, "linear");
    const double *factor = ocsp_emission_input(e, i), *from = e->value[l->from[0]];

    if (l->by_place || ocsp_channels_input(&e->channels, i)->n != l->out_c ||
        e->channels.out[l->from[0]].n != l->out_c)
        return;
    for (int k = 0; k < l->out_c; k++)
        e->value[i][k] = ocsp_activate(activation, factor[k] * from[k]);
}

static const struct ocsp_layer_type scale_channels = {
    .names = {"scale_channels"},
    .read = read_scale_channels,
    .couple = couple_factors,
    .emit = emit_product,
};
OCSP_REGISTER_LAYER_TYPE(scale_channels);

static const struct ocsp_layer_type sam = {
    .names = {"sam"},
    .read = read_sam,
    .couple = couple_factors,
    .emit = emit_product,
};
OCSP_REGISTER_LAYER_TYPE(sam);
