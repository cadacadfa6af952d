#include "layers/sections.h"

#include <stdlib.h>
#include <string.h>

#include "layers/section_keys.h"
#include "layers/sections_opaque.h"

typedef const struct ocsp_section_reader *reader;

static const char *const inexact_convolutions[][2] = {
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

/* Variants whose channels we do not touch: sets opaque_reason. */
static void find_inexact_convolution(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    for (size_t i = 0; i < sizeof inexact_convolutions / sizeof *inexact_convolutions;
         i++)
        if (ocsp_key_is_set(r, inexact_convolutions[i][0]))
            l->opaque_reason = inexact_convolutions[i][1];
}

/* Blur behind a strided layer (AlexeyAB): the layer itself then has stride 1, and only
 * the next one knows the blurred map's size. */
static enum ocsp_status read_antialiasing(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int kind, stride_x = l->stride_x, stride_y = l->stride_y;
    enum ocsp_status status = ocsp_key_number(r, "antialiasing", 0, 0, 2, &kind);

    if (status || kind == 0)
        return status;
    const int blur = kind == 2 ? 2 : 3, pad = kind == 2 ? 0 : 1;
    l->blurred = true;
    l->stride_x = l->stride_y = 1;
    return ocsp_set_output(r, (l->out_w + 2 * pad - blur) / stride_x + 1,
                           (l->out_h + 2 * pad - blur) / stride_y + 1, l->out_c);
}

/* The owner's arrays serve this layer, too (AlexeyAB). */
static enum ocsp_status read_shared(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int from;

    if (r->index == 0)
        return ocsp_section_fail(r, "share_index", OCSP_E_RANGE,
                                 "it shares with another layer, but none stands before "
                                 "it");
    enum ocsp_status status =
        ocsp_key_number(r, "share_index", 0, -r->index, r->index - 1, &from);

    if (status)
        return status;
    if (from < 0)
        from += r->index;
    struct ocsp_layer *owner = &r->graph->layers[from];
    if (owner->kind != OCSP_CONVOLUTIONAL)
        return ocsp_section_fail(r, "share_index", OCSP_E_FORMAT,
                                 "it shares with no convolution");
    if (owner->shares >= 0) {
        from = owner->shares;
        owner = &r->graph->layers[from];
    }
    if (owner->rows != l->rows || owner->cols != l->cols || owner->block != l->block ||
        owner->conv_groups != l->conv_groups)
        return ocsp_section_fail(r, "share_index", OCSP_E_FORMAT,
                                 "filters=, size=, groups= or input channels differ from "
                                 "those of the layer it shares with");
    l->shares = from;
    l->n_biases = l->n_scales = 0;
    l->n_weights = 0;
    return OCSP_OK;
}

static enum ocsp_status read_convolutional(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const bool antialiased = ocsp_key_is_set(r, "antialiasing");
    int n;
    enum ocsp_status status = ocsp_key_positive(r, "filters", 1, &n);

    if (!status)
        status = ocsp_key_positive(r, "size", 1, &l->size);
    if (!status)
        status = ocsp_read_strides(r);
    if (!status)
        status = ocsp_read_padding(r);
    if (!status)
        status = ocsp_key_positive(r, "dilation", 1, &l->dilation);
    if (!status)
        status = ocsp_key_positive(r, "groups", 1, &l->conv_groups);
    if (status)
        return status;
    if (n % l->conv_groups)
        return ocsp_section_fail(r, "groups", OCSP_E_FORMAT,
                                 "groups= does not divide its filters evenly");
    if (l->in_c % l->conv_groups)
        return ocsp_section_fail(r, "groups", OCSP_E_FORMAT,
                                 "groups= does not divide its input channels evenly");
    l->batch_normalize =
        ocsp_key_is_set(r, "batch_normalize") || ocsp_key_is_set(r, "cbn");
    l->rows = l->n_biases = n;
    l->rows_key = "filters";
    l->cols = l->in_c;
    l->n_scales = l->batch_normalize ? n : 0;
    find_inexact_convolution(r);
    status = ocsp_count_floats(r, (int64_t)n * (l->in_c / l->conv_groups),
                               (int64_t)l->size * l->size, &l->n_weights);
    if (!status) {
        l->block = l->size * l->size; /* no more than there are weights */
        const int sx = antialiased ? 1 : l->stride_x, sy = antialiased ? 1 : l->stride_y;
        if (l->in_w + 2 * l->pad < l->size || l->in_h + 2 * l->pad < l->size)
            return ocsp_section_fail(r, "size", OCSP_E_FORMAT,
                                     "its kernel is larger than its input");
        status = ocsp_set_output(r, (l->in_w + 2 * l->pad - l->size) / sx + 1,
                                 (l->in_h + 2 * l->pad - l->size) / sy + 1, n);
    }
    l->places = (int64_t)l->out_w * l->out_h;
    if (!status)
        status = read_antialiasing(r);
    if (!status && ocsp_cfg_string(r->cfg, l->section, "share_index", NULL))
        status = read_shared(r);
    return status;
}

static enum ocsp_status read_connected(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int n;
    enum ocsp_status status = ocsp_key_positive(r, "output", 1, &n);

    if (status)
        return status;
    l->batch_normalize = ocsp_key_is_set(r, "batch_normalize");
    l->rows = l->n_biases = n;
    l->rows_key = "output";
    l->cols = l->inputs;
    l->n_scales = l->batch_normalize ? n : 0;
    status = ocsp_count_floats(r, n, l->inputs, &l->n_weights);
    return status ? status : ocsp_set_output(r, 1, 1, n);
}

static enum ocsp_status read_batchnorm(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    l->batch_normalize = true;
    l->rows = l->n_biases = l->n_scales = l->in_c;
    return ocsp_same_output(r);
}

/* AlexeyAB: output g is the largest of the channels k with k mod out_channels = g. */
static enum ocsp_status read_pool_over_channels(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int channels;
    enum ocsp_status status = ocsp_key_positive(r, "out_channels", 1, &channels);

    if (status)
        return status;
    if (channels > l->in_c)
        return ocsp_section_fail(r, "out_channels", OCSP_E_FORMAT,
                                 "it makes more channels than it reads");
    l->kind = OCSP_MAXPOOL_DEPTH;
    l->rows = channels;
    l->rows_key = "out_channels";
    return ocsp_set_output(r, l->in_w, l->in_h, channels);
}

static enum ocsp_status read_pool(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const bool antialiased = ocsp_key_is_set(r, "antialiasing");
    int stride;
    enum ocsp_status status = ocsp_read_strides(r);

    if (!status)
        status = ocsp_key_positive(r, "stride", 1, &stride);
    if (!status)
        status = ocsp_key_positive(r, "size", stride, &l->size);
    if (!status)
        status = ocsp_key_number(r, "padding", l->size - 1, 0, OCSP_MAX_SIDE, &l->pad);
    if (status)
        return status;
    if (ocsp_key_is_set(r, "maxpool_depth"))
        return read_pool_over_channels(r);
    const int sx = antialiased ? 1 : l->stride_x, sy = antialiased ? 1 : l->stride_y;
    if (l->in_w + l->pad < l->size || l->in_h + l->pad < l->size)
        return ocsp_section_fail(r, "size", OCSP_E_FORMAT,
                                 "its window is larger than its input");
    status = ocsp_set_output(r, (l->in_w + l->pad - l->size) / sx + 1,
                             (l->in_h + l->pad - l->size) / sy + 1, l->in_c);
    return status ? status : read_antialiasing(r);
}

static enum ocsp_status read_avgpool(reader r)
{
    return ocsp_set_output(r, 1, 1, ocsp_layer_of(r)->in_c);
}

static enum ocsp_status read_upsample(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int stride;
    enum ocsp_status status =
        ocsp_key_number(r, "stride", 2, -OCSP_MAX_SIDE, OCSP_MAX_SIDE, &stride);

    if (!status)
        status = ocsp_key_real(r, "scale", 1, &l->scale);
    if (status)
        return status;
    if (stride == 0)
        return ocsp_section_fail(r, "stride", OCSP_E_RANGE,
                                 "stride=0: nothing would be left of its input");
    if (stride < 0) {
        l->scale *= (double)stride * stride;
        return ocsp_set_output(r, l->in_w / -stride, l->in_h / -stride, l->in_c);
    }
    return ocsp_set_output(r, (int64_t)l->in_w * stride, (int64_t)l->in_h * stride,
                           l->in_c);
}

static enum ocsp_status read_crop(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int w, h;
    enum ocsp_status status = ocsp_key_number(r, "crop_width", 1, 1, l->in_w, &w);
    if (!status)
        status = ocsp_key_number(r, "crop_height", 1, 1, l->in_h, &h);
    if (!ocsp_key_is_set(r, "noadjust")) {
        l->scale = 2;
        l->shift = -1;
    }
    return status ? status : ocsp_set_output(r, w, h, l->in_c);
}

/* weights_type=: one weight per summand, or per summand and channel (AlexeyAB):
 * w [n_from + 1, c or 1], the layer before first. */
static enum ocsp_status read_summand_weights(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const char *type = ocsp_cfg_string(r->cfg, l->section, "weights_type", "none");
    const bool per_channel = strcmp(type, "per_channel") == 0;

    if (strcmp(type, "none") == 0)
        return OCSP_OK;
    if (!per_channel && strcmp(type, "per_feature") != 0 &&
        strcmp(type, "per_layer") != 0)
        return ocsp_section_fail(r, "weights_type", OCSP_E_FORMAT,
                                 "weights_type= is none, per_feature or per_channel");
    l->normalization =
        ocsp_cfg_string(r->cfg, l->section, "weights_normalization", "none");
    if (strcmp(l->normalization, "softmax") != 0 &&
        strcmp(l->normalization, "relu") != 0 &&
        strcmp(l->normalization, "avg_relu") != 0)
        return ocsp_section_fail(
            r, "weights_normalization", OCSP_E_FORMAT,
            "weights_type= needs weights_normalization=relu or softmax");
    l->rows = l->n_from + 1;
    l->cols = per_channel ? l->in_c : 1;
    return ocsp_count_floats(r, l->rows, l->cols, &l->n_weights);
}

static enum ocsp_status read_shortcut(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    enum ocsp_status status = ocsp_read_from(r, "from");

    if (!status)
        status = ocsp_key_real(r, "alpha", 1, &l->alpha);
    if (!status)
        status = ocsp_key_real(r, "beta", 1, &l->beta);
    if (!status)
        status = read_summand_weights(r);
    if (status)
        return status;
    for (int i = 0; i < l->n_from; i++) {
        const struct ocsp_layer *from = &r->graph->layers[l->from[i]];
        if (from->out_w != l->in_w || from->out_h != l->in_h)
            /* Debian's Darknet samples, AlexeyAB's refuses */
            l->opaque_reason = "its summands differ in width or height";
    }
    return ocsp_same_output(r);
}

static enum ocsp_status read_route(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    enum ocsp_status status = ocsp_read_from(r, "layers");
    int64_t outputs = 0, channels = 0;
    bool equal = true;

    if (!status)
        status = ocsp_key_positive(r, "groups", 1, &l->route_groups);
    if (!status)
        status = ocsp_key_number(r, "group_id", 0, 0, l->route_groups - 1, &l->group_id);
    if (status)
        return status;
    const struct ocsp_layer *first = &r->graph->layers[l->from[0]];
    for (int i = 0; i < l->n_from; i++) {
        const struct ocsp_layer *from = &r->graph->layers[l->from[i]];
        if (from->outputs % l->route_groups)
            return ocsp_section_fail(r, "groups", OCSP_E_FORMAT,
                                     "groups= does not divide its input evenly");
        if (from->out_c % l->route_groups) {
            l->kind = OCSP_OPAQUE;
            l->opaque_reason = "groups= splits a channel";
        }
        equal = equal && from->out_w == first->out_w && from->out_h == first->out_h;
        if (from->flat)
            l->flat = from->flat;
        outputs += from->outputs / l->route_groups;
        channels += from->out_c;
    }
    l->in_w = first->out_w;
    l->in_h = first->out_h;
    l->in_c = 0;
    l->inputs = 0;
    l->reads_before = false;
    if (!equal && !l->flat)
        l->flat = l;
    if (!equal || channels % l->route_groups)
        return ocsp_set_output(r, 1, 1, outputs);
    return ocsp_set_output(r, first->out_w, first->out_h, channels / l->route_groups);
}

/* Heads whose outputs have fixed meanings. */
static enum ocsp_status read_output(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    enum ocsp_status status = OCSP_OK;

    l->opaque_reason = "a head with fixed outputs reads it";
    if (ocsp_cfg_string(r->cfg, l->section, "embedding_layer", NULL))
        status = ocsp_read_from(r, "embedding_layer");
    return status ? status : ocsp_same_output(r);
}

static enum ocsp_status read_lrn(reader r)
{
    return ocsp_read_frozen(r, "it normalizes over neighbouring channels");
}

static enum ocsp_status read_l2norm(reader r)
{
    return ocsp_read_frozen(r, "it divides by the norm over all channels");
}

static enum ocsp_status read_factors(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const bool by_place = ocsp_key_is_set(r, "scale_wh");
    enum ocsp_status status = ocsp_read_from(r, "from");

    if (status)
        return status;
    const struct ocsp_layer *from = &r->graph->layers[l->from[0]];
    const bool same_map = l->in_w == from->out_w && l->in_h == from->out_h;
    const bool sam = l->kind == OCSP_SAM;
    if (sam        ? !same_map || l->in_c != from->out_c
        : by_place ? !same_map || l->in_c != 1
                   : l->in_w != 1 || l->in_h != 1 || l->in_c != from->out_c)
        return ocsp_section_fail(r, "from", OCSP_E_FORMAT,
                                 "its factors do not fit the map that it scales");
    l->by_place = !sam && by_place;
    return ocsp_set_output(r, from->out_w, from->out_h, from->out_c);
}

/* [reorg] deals blocks of stride² channels out; AlexeyAB's [reorg3d] repeats all. */
static enum ocsp_status read_reorg(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int s, extra;
    enum ocsp_status status = ocsp_key_positive(r, "stride", 1, &s);

    if (!status)
        status = ocsp_key_number(r, "extra", 0, 0, OCSP_MAX_SIDE, &extra);
    if (status)
        return status;
    l->size = s;
    if (!ocsp_key_is_set(r, "reverse") && (l->in_w % s || l->in_h % s))
        return ocsp_section_fail(r, "stride", OCSP_E_FORMAT,
                                 "stride= does not divide its input's width and height "
                                 "evenly: Darknet would write beyond its output");
    if (ocsp_key_is_set(r, "flatten") || ocsp_key_is_set(r, "reverse") || extra > 0) {
        l->kind = OCSP_OPAQUE;
        l->opaque_reason = "it mixes channels and places";
    } else if (l->kind == OCSP_REORG && l->in_c % ((int64_t)s * s)) {
        l->kind = OCSP_OPAQUE;
        l->opaque_reason = "stride= squared does not divide its channels evenly";
    }
    if (ocsp_key_is_set(r, "flatten"))
        return ocsp_same_output(r);
    if (extra > 0) /* numbers that stay 0 */
        return ocsp_set_output(r, 1, 1, (int64_t)l->inputs + extra);
    if (ocsp_key_is_set(r, "reverse"))
        return ocsp_set_output(r, (int64_t)l->in_w * s, (int64_t)l->in_h * s,
                               l->in_c / ((int64_t)s * s));
    return ocsp_set_output(r, l->in_w / s, l->in_h / s, (int64_t)l->in_c * s * s);
}

/* A memory of the last maps, joined. */
static enum ocsp_status read_history(reader r)
{
    const struct ocsp_layer *l = ocsp_layer_of(r);
    int size;
    const enum ocsp_status status = ocsp_key_positive(r, "history_size", 4, &size);

    return status ? status
                  : ocsp_set_output(r, l->in_w, l->in_h, (int64_t)l->in_c * size);
}

/* A learned constant, w [filters, atoms] (AlexeyAB). */
static enum ocsp_status read_implicit(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    enum ocsp_status status = ocsp_key_positive(r, "filters", 128, &l->rows);

    if (!status)
        status = ocsp_key_positive(r, "atoms", 1, &l->block);
    if (!status)
        status = ocsp_set_output(r, 1, l->block, l->rows);
    l->n_weights = (size_t)l->outputs;
    l->rows_key = "filters";
    if (!ocsp_cfg_string(r->cfg, l->section, "filters", NULL))
        l->opaque_reason = "it has no filters= whose number could change";
    l->cols = 1;
    l->reads_before = false;
    return status;
}

static const struct section_type {
    const char *name;
    enum ocsp_kind kind;
    enum ocsp_status (*read)(reader r);
} section_types[] = {
    {"convolutional", OCSP_CONVOLUTIONAL, read_convolutional},
    {"conv", OCSP_CONVOLUTIONAL, read_convolutional},
    {"connected", OCSP_CONNECTED, read_connected},
    {"conn", OCSP_CONNECTED, read_connected},
    {"batchnorm", OCSP_BATCHNORM, read_batchnorm},
    {"maxpool", OCSP_MAXPOOL, read_pool},
    {"max", OCSP_MAXPOOL, read_pool},
    {"avgpool", OCSP_AVGPOOL, read_avgpool},
    {"avg", OCSP_AVGPOOL, read_avgpool},
    {"local_avgpool", OCSP_LOCAL_AVGPOOL, read_pool},
    {"local_avg", OCSP_LOCAL_AVGPOOL, read_pool},
    {"upsample", OCSP_UPSAMPLE, read_upsample},
    {"shortcut", OCSP_SHORTCUT, read_shortcut},
    {"route", OCSP_ROUTE, read_route},
    {"dropout", OCSP_DROPOUT, ocsp_same_output},
    {"activation", OCSP_ACTIVATION, ocsp_same_output},
    {"crop", OCSP_CROP, read_crop},
    {"softmax", OCSP_OUTPUT, read_output},
    {"soft", OCSP_OUTPUT, read_output},
    {"cost", OCSP_OUTPUT, read_output},
    {"yolo", OCSP_OUTPUT, read_output},
    {"Gaussian_yolo", OCSP_OUTPUT, read_output},
    {"region", OCSP_OUTPUT, read_output},
    {"detection", OCSP_OUTPUT, read_output},
    {"contrastive", OCSP_OUTPUT, read_output},
    {"iseg", OCSP_OUTPUT, read_output},
    {"logistic", OCSP_OUTPUT, read_output},
    {"l2norm", OCSP_OPAQUE, read_l2norm},
    {"normalization", OCSP_OPAQUE, read_lrn},
    {"lrn", OCSP_OPAQUE, read_lrn},
    {"scale_channels", OCSP_SCALE_CHANNELS, read_factors},
    {"sam", OCSP_SAM, read_factors},
    {"reorg", OCSP_REORG, read_reorg},
    {"reorg3d", OCSP_REPEAT, read_reorg},
    {"implicit", OCSP_IMPLICIT, read_implicit},
    {"local", OCSP_OPAQUE, ocsp_read_local},
    {"deconvolutional", OCSP_OPAQUE, ocsp_read_deconvolutional},
    {"deconv", OCSP_OPAQUE, ocsp_read_deconvolutional},
    {"rnn", OCSP_OPAQUE, ocsp_read_recurrent},
    {"gru", OCSP_OPAQUE, ocsp_read_recurrent},
    {"lstm", OCSP_OPAQUE, ocsp_read_recurrent},
    {"crnn", OCSP_OPAQUE, ocsp_read_crnn},
    {"conv_lstm", OCSP_OPAQUE, ocsp_read_conv_lstm},
    {"history", OCSP_REPEAT, read_history},
    {"empty", OCSP_EMPTY, ocsp_same_output},
    {"silence", OCSP_EMPTY, ocsp_same_output},
};

enum ocsp_status ocsp_section_read(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);

    for (size_t i = 0; i < sizeof section_types / sizeof *section_types; i++)
        if (strcmp(l->name, section_types[i].name) == 0) {
            l->kind = section_types[i].kind;
            l->activation = ocsp_cfg_string(r->cfg, l->section, "activation", "");
            l->conv_groups = l->route_groups = l->block = 1;
            l->shares = -1;
            l->scale = l->alpha = l->beta = 1;
            l->reads_before = true;
            l->odd_file =
                ocsp_key_is_set(r, "dontload") || ocsp_key_is_set(r, "dontsave") ||
                ocsp_key_is_set(r, "dontloadscales") || ocsp_key_is_set(r, "numload");
            if (strncmp(l->activation, "normalize_channels", 18) == 0)
                l->opaque_reason = "normalize_channels mixes its channels";
            return ocsp_check_switches(r) ? r->err->status : section_types[i].read(r);
        }
    return ocsp_section_fail(
        r, "", OCSP_E_UNSUPPORTED,
        "this section type is unknown to ocsp, its shape cannot be told");
}
