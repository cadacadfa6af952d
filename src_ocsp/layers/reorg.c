/* Places become channels: [reorg] makes blocks of stride⁴ channels of blocks of stride²,
 * AlexeyAB's [reorg3d] repeats all channels stride² times; [history] (AlexeyAB) joins the
 * last maps. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_places(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int stride, extra;
    enum ocsp_status status = ocsp_key_positive(s, "stride", 1, &stride);

    if (!status)
        status = ocsp_key_number(s, "extra", 0, 0, OCSP_MAX_SIDE, &extra);
    if (status)
        return status;
    const int64_t square = (int64_t)stride * stride;
    l->size = stride;
    if (!ocsp_key_is_set(s, "reverse") && (l->in_w % stride || l->in_h % stride))
        return ocsp_section_fail(s, "stride", OCSP_E_FORMAT,
                                 "stride= does not divide its input's width and height "
                                 "evenly: Darknet would write beyond its output");
    if (ocsp_key_is_set(s, "flatten") || ocsp_key_is_set(s, "reverse") || extra > 0)
        ocsp_section_freeze(s, "it mixes channels and places");
    if (ocsp_key_is_set(s, "flatten"))
        return ocsp_same_output(s);
    if (extra > 0) /* numbers that stay 0 */
        return ocsp_set_output(s, 1, 1, (int64_t)l->inputs + extra);
    if (ocsp_key_is_set(s, "reverse"))
        return ocsp_set_output(s, (int64_t)l->in_w * stride, (int64_t)l->in_h * stride,
                               l->in_c / square);
    return ocsp_set_output(s, l->in_w / stride, l->in_h / stride,
                           (int64_t)l->in_c * square);
}

static enum ocsp_status read_reorg(const struct ocsp_section *s)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    const enum ocsp_status status = read_places(s);

    if (!status && !l->is_frozen && l->in_c % ((int64_t)l->size * l->size))
        ocsp_section_freeze(s, "stride= squared does not divide its channels evenly");
    return status;
}

/* Output q is made of block (q / s²) mod (c / s²) of s² input channels, of any of them.
 */
static bool couple_reorg(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);
    struct ocsp_channel_list *out = ocsp_coupler_output(c, i);
    const int square = l->size * l->size, blocks = l->in_c / square;

    if (in->n != l->in_c)
        return ocsp_couple_frozen(c, i, OCSP_UNEQUAL_MAPS);
    for (int k = 0; k < in->n; k++)
        ocsp_couple_join(c, in->id[k / square * square], in->id[k]);
    if (!ocsp_couple_like_output(c, i))
        return false;
    for (int q = 0; q < out->n; q++)
        out->id[q] = in->id[q / square % blocks * square];
    return true;
}

/* A removed block emits the mean of its channels. */
static void emit_reorg(const struct ocsp_emission *e, int i)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const double *in = ocsp_emission_input(e, i);
    const int square = l->size * l->size, blocks = l->in_c / square;

    if (ocsp_channels_input(&e->channels, i)->n != l->in_c)
        return;
    for (int q = 0; q < l->out_c; q++)
        for (int k = 0; k < square; k++)
            e->value[i][q] += in[q / square % blocks * square + k] / square;
}

static const struct ocsp_layer_type reorg = {
    .names = {"reorg"},
    .read = read_reorg,
    .couple = couple_reorg,
    .emit = emit_reorg,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(reorg);

/* Output q is made of input channel q mod c alone. */
static bool couple_repeat(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);
    struct ocsp_channel_list *out = ocsp_coupler_output(c, i);

    if (in->n != l->in_c)
        return ocsp_couple_frozen(c, i, OCSP_UNEQUAL_MAPS);
    if (!ocsp_couple_like_output(c, i))
        return false;
    for (int q = 0; q < out->n; q++)
        out->id[q] = in->id[q % l->in_c];
    return true;
}

static void emit_repeat(const struct ocsp_emission *e, int i)
{
    const struct ocsp_layer *l = &e->graph->layers[i];
    const double *in = ocsp_emission_input(e, i);

    if (ocsp_channels_input(&e->channels, i)->n != l->in_c)
        return;
    for (int q = 0; q < l->out_c; q++)
        e->value[i][q] = in[q % l->in_c];
}

static const struct ocsp_layer_type reorg3d = {
    .names = {"reorg3d"},
    .read = read_places,
    .couple = couple_repeat,
    .emit = emit_repeat,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(reorg3d);

static enum ocsp_status read_history(const struct ocsp_section *s)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    int size;
    const enum ocsp_status status = ocsp_key_positive(s, "history_size", 4, &size);

    return status ? status
                  : ocsp_set_output(s, l->in_w, l->in_h, (int64_t)l->in_c * size);
}

static const struct ocsp_layer_type history = {
    .names = {"history"},
    .has_memory = true,
    .read = read_history,
    .couple = couple_repeat,
    .emit = emit_repeat,
};
OCSP_REGISTER_LAYER_TYPE(history);
