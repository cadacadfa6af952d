/* The poolings: [maxpool], over places or over channels, [local_avgpool] and [avgpool].
 */
#include <math.h>

#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

/* Output g is the largest of the channels k with k mod out_c = g: each of them is one
 * channel with all that are out_c apart from it. */
static bool couple_over_channels(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);
    struct ocsp_channel_list *out = ocsp_coupler_output(c, i);

    if (in->n != l->in_c)
        return ocsp_couple_frozen(c, i, OCSP_UNEQUAL_MAPS);
    for (int k = l->out_c; k < in->n; k++)
        ocsp_couple_join(c, in->id[k % l->out_c], in->id[k]);
    if (!ocsp_couple_like_output(c, i))
        return false;
    for (int q = 0; q < out->n; q++)
        out->id[q] = in->id[q];
    return true;
}

static void emit_over_channels(const struct ocsp_emission *e, int i)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const double *in = ocsp_emission_input(e, i);

    if (ocsp_channels_input(&e->channels, i)->n != l->in_c)
        return;
    for (int g = 0; g < l->out_c; g++) {
        double largest = -INFINITY;
        for (int k = g; k < l->in_c; k += l->out_c)
            largest = fmax(largest, in[k]);
        e->value[i][g] = largest;
    }
}

/* A [maxpool] with maxpool_depth=1 (AlexeyAB). */
static const struct ocsp_layer_type maxpool_over_channels = {
    .couple = couple_over_channels,
    .emit = emit_over_channels,
};

static enum ocsp_status read_over_channels(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int channels;
    enum ocsp_status status = ocsp_key_positive(s, "out_channels", 1, &channels);

    if (status)
        return status;
    if (channels > l->in_c)
        return ocsp_section_fail(s, "out_channels", OCSP_E_FORMAT,
                                 "it makes more channels than it reads");
    status = ocsp_add_table(s, channels, 0, 1);
    if (status)
        return status;
    l->type = &maxpool_over_channels;
    l->tables[0].rows_key = "out_channels";
    return ocsp_set_output(s, l->in_w, l->in_h, channels);
}

static enum ocsp_status read_pool(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const bool antialiased = ocsp_key_is_set(s, "antialiasing");
    int stride;
    enum ocsp_status status = ocsp_read_strides(s);

    if (!status)
        status = ocsp_key_positive(s, "stride", 1, &stride);
    if (!status)
        status = ocsp_key_positive(s, "size", stride, &l->size);
    if (!status)
        status = ocsp_key_number(s, "padding", l->size - 1, 0, OCSP_MAX_SIDE, &l->pad);
    if (status)
        return status;
    if (ocsp_key_is_set(s, "maxpool_depth"))
        return read_over_channels(s);
    const int sx = antialiased ? 1 : l->stride_x, sy = antialiased ? 1 : l->stride_y;
    if (l->in_w + l->pad < l->size || l->in_h + l->pad < l->size)
        return ocsp_section_fail(s, "size", OCSP_E_FORMAT,
                                 "its window is larger than its input");
    status = ocsp_set_output(s, (l->in_w + l->pad - l->size) / sx + 1,
                             (l->in_h + l->pad - l->size) / sy + 1, l->in_c);
    return status ? status : ocsp_read_antialiasing(s);
}

static enum ocsp_status read_avgpool(const struct ocsp_section *s)
{
    return ocsp_set_output(s, 1, 1, ocsp_layer_of(s)->in_c);
}

static const struct ocsp_layer_type maxpool = {
    .names = {"maxpool", "max"},
    .read = read_pool,
    .couple = ocsp_couple_through,
    .emit = ocsp_emit_through,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(maxpool);

static const struct ocsp_layer_type local_avgpool = {
    .names = {"local_avgpool", "local_avg"},
    .read = read_pool,
    .couple = ocsp_couple_through,
    .emit = ocsp_emit_through,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(local_avgpool);

static const struct ocsp_layer_type avgpool = {
    .names = {"avgpool", "avg"},
    .read = read_avgpool,
    .couple = ocsp_couple_through,
    .emit = ocsp_emit_through,
    .needs_map = true,
    .ends_body = true,
};
OCSP_REGISTER_LAYER_TYPE(avgpool);
