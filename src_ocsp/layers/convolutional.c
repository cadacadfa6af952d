/* [convolutional]: w [n, c / conv_groups, k, k]. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static const struct {
    const char *key, *reason;
} inexact_variants[] = {
    {"binary", "binary weights: a zero weight still counts"},
    {"xnor", "xnor weights: a zero weight still counts"},
    {"assisted_excitation", "assisted_excitation mixes its channels"},
    {"coordconv", "coordconv adds channels of its own"},
    {"sway", "sway ties its filters"},
    {"rotate", "rotate ties its filters"},
    {"stretch", "stretch ties its filters"},
    {"stretch_sway", "stretch_sway ties its filters"},
    {"flipped", "flipped weights are transposed at load, never back at save"},
};

static void freeze_inexact_variants(const struct ocsp_section *s)
{
    for (size_t i = 0; i < sizeof inexact_variants / sizeof *inexact_variants; i++)
        if (ocsp_key_is_set(s, inexact_variants[i].key))
            ocsp_section_freeze(s, inexact_variants[i].reason);
}

/* The owner's arrays serve this layer, too (AlexeyAB). */
static enum ocsp_status read_shared(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int from;

    if (s->index == 0)
        return ocsp_section_fail(s, "share_index", OCSP_E_RANGE,
                                 "it shares with another layer, but none stands before "
                                 "it");
    enum ocsp_status status =
        ocsp_key_number(s, "share_index", 0, -s->index, s->index - 1, &from);

    if (status)
        return status;
    if (from < 0)
        from += s->index;
    struct ocsp_layer *owner = &s->graph->layers[from];
    if (owner->type != l->type)
        return ocsp_section_fail(s, "share_index", OCSP_E_FORMAT,
                                 "it shares with no convolution");
    if (owner->shares >= 0) {
        from = owner->shares;
        owner = &s->graph->layers[from];
    }
    const struct ocsp_table *own = &l->tables[0], *other = &owner->tables[0];
    if (other->rows != own->rows || other->cols != own->cols ||
        other->block != own->block || owner->conv_groups != l->conv_groups)
        return ocsp_section_fail(s, "share_index", OCSP_E_FORMAT,
                                 "filters=, size=, groups= or input channels differ from "
                                 "those of the layer it shares with");
    l->shares = from;
    l->n_biases = l->n_scales = 0;
    l->tables[0].length = 0;
    return OCSP_OK;
}

static enum ocsp_status read_keys(const struct ocsp_section *s, int *filters)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    enum ocsp_status status = ocsp_key_positive(s, "filters", 1, filters);

    if (!status)
        status = ocsp_key_positive(s, "size", 1, &l->size);
    if (!status)
        status = ocsp_read_strides(s);
    if (!status)
        status = ocsp_read_padding(s);
    if (!status)
        status = ocsp_key_positive(s, "dilation", 1, &l->dilation);
    if (!status)
        status = ocsp_key_positive(s, "groups", 1, &l->conv_groups);
    if (status)
        return status;
    if (*filters % l->conv_groups)
        return ocsp_section_fail(s, "groups", OCSP_E_FORMAT,
                                 "groups= does not divide its filters evenly");
    if (l->in_c % l->conv_groups)
        return ocsp_section_fail(s, "groups", OCSP_E_FORMAT,
                                 "groups= does not divide its input channels evenly");
    l->batch_normalize =
        ocsp_key_is_set(s, "batch_normalize") || ocsp_key_is_set(s, "cbn");
    return OCSP_OK;
}

static enum ocsp_status set_map(const struct ocsp_section *s, int filters)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    const bool antialiased = ocsp_key_is_set(s, "antialiasing");
    const int sx = antialiased ? 1 : l->stride_x, sy = antialiased ? 1 : l->stride_y;

    if (l->in_w + 2 * l->pad < l->size || l->in_h + 2 * l->pad < l->size)
        return ocsp_section_fail(s, "size", OCSP_E_FORMAT,
                                 "its kernel is larger than its input");
    return ocsp_set_output(s, (l->in_w + 2 * l->pad - l->size) / sx + 1,
                           (l->in_h + 2 * l->pad - l->size) / sy + 1, filters);
}

static enum ocsp_status read_convolutional(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int n;
    enum ocsp_status status = read_keys(s, &n);

    if (status)
        return status;
    freeze_inexact_variants(s);
    status = ocsp_add_table(s, n, l->in_c, (int64_t)l->size * l->size);
    if (!status)
        status = set_map(s, n);
    if (status)
        return status;
    l->n_biases = n;
    l->n_scales = l->batch_normalize ? n : 0;
    l->tables[0].rows_key = "filters";
    l->tables[0].places = (int64_t)l->out_w * l->out_h;
    status = ocsp_read_antialiasing(s);
    if (!status && ocsp_cfg_string(s->cfg, l->section, "share_index", NULL))
        status = read_shared(s);
    return status;
}

static void couple_groups(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);
    const struct ocsp_channel_list *out = ocsp_coupler_output(c, i);

    if (in->n != l->in_c) {
        ocsp_couple_freeze(
            c, in, i, "a convolution reads maps of unequal size as one: Darknet stops");
        if (l->conv_groups > 1) /* its inputs stay, so its filters must */
            ocsp_couple_freeze(c, out, i,
                               "it reads maps of unequal size as one: Darknet stops");
    } else if (ocsp_is_depthwise(l)) {
        for (int f = 0; f < out->n; f++)
            ocsp_couple_join(c, in->id[f / (out->n / in->n)], out->id[f]);
    } else if (l->conv_groups > 1) {
        ocsp_couple_join_parts(c, in, l->conv_groups);
        ocsp_couple_join_parts(c, out, l->conv_groups);
    }
}

static bool couple_convolutional(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];
    const struct ocsp_channel_list *in = ocsp_coupler_input(c, i);

    if (!ocsp_couple_new(c, i))
        return false;
    couple_groups(c, i);
    if (l->is_frozen) {
        ocsp_couple_freeze(c, in, i, l->why_frozen);
        ocsp_couple_freeze(c, ocsp_coupler_output(c, i), i, l->why_frozen);
    }
    if (l->shares >= 0) {
        ocsp_couple_join_lists(c, in, ocsp_coupler_input(c, l->shares), i);
        ocsp_couple_join_lists(c, ocsp_coupler_output(c, i),
                               ocsp_coupler_output(c, l->shares), i);
    }
    return true;
}

static void emit_convolutional(const struct ocsp_emission *e, int i)
{
    /* the hosts' default */
    ocsp_emit_biases(e, i, ocsp_emission_activation(e, i, "logistic"));
}

static const struct ocsp_layer_type convolutional = {
    .names = {"convolutional", "conv"},
    .read = read_convolutional,
    .couple = couple_convolutional,
    .couples_frozen = true,
    .emit = emit_convolutional,
    .needs_map = true,
};
OCSP_REGISTER_LAYER_TYPE(convolutional);
