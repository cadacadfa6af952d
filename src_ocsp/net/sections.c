#include "net/sections.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef const struct ocsp_section_reader *reader;

static struct ocsp_layer *layer_of(reader r)
{
    return &r->graph->layers[r->index];
}

static enum ocsp_status fail(reader r, const char *key, enum ocsp_status status,
                             const char *text)
{
    const struct ocsp_layer *l = layer_of(r);
    return ocsp_fail(r->err, status, ocsp_cfg_name(r->cfg),
                     ocsp_cfg_line(r->cfg, l->section, key), "layer %d [%.40s]: %s",
                     r->index, l->name, text);
}

/* A whole number in [low, high]. */
static enum ocsp_status number(reader r, const char *key, int fallback, int low, int high,
                               int *out)
{
    const struct ocsp_layer *l = layer_of(r);
    const enum ocsp_status status =
        ocsp_cfg_int(r->cfg, l->section, key, fallback, out, r->err);

    if (status)
        return status;
    if (*out < low || *out > high)
        return ocsp_fail(r->err, OCSP_E_RANGE, ocsp_cfg_name(r->cfg),
                         ocsp_cfg_line(r->cfg, l->section, key),
                         "layer %d [%.40s]: %s=%d is out of range %d to %d", r->index,
                         l->name, key, *out, low, high);
    return OCSP_OK;
}

#define MAX_SIDE 1000000

static enum ocsp_status positive(reader r, const char *key, int fallback, int *out)
{
    return number(r, key, fallback, 1, MAX_SIDE, out);
}

static enum ocsp_status real(reader r, const char *key, double fallback, double *out)
{
    const struct ocsp_layer *l = layer_of(r);
    const char *text = ocsp_cfg_string(r->cfg, l->section, key, NULL);
    char *end;

    *out = text ? strtod(text, &end) : fallback;
    if (text && (end == text || !isfinite(*out)))
        return ocsp_fail(r->err, OCSP_E_FORMAT, ocsp_cfg_name(r->cfg),
                         ocsp_cfg_line(r->cfg, l->section, key),
                         "layer %d [%.40s]: %s=%.40s is not a finite number", r->index,
                         l->name, key, text);
    return OCSP_OK;
}

/* Is the key there with a value other than 0? */
static bool is_set(reader r, const char *key)
{
    const char *value = ocsp_cfg_string(r->cfg, layer_of(r)->section, key, "0");
    return strtod(value, NULL) != 0.0;
}

static enum ocsp_status set_output(reader r, int64_t w, int64_t h, int64_t c)
{
    struct ocsp_layer *l = layer_of(r);

    if (w < 1 || h < 1 || c < 1)
        return fail(r, "", OCSP_E_FORMAT, "its output would be empty");
    if (w > MAX_SIDE || h > MAX_SIDE || c > OCSP_MAX_FLOATS || w * h > OCSP_MAX_FLOATS ||
        w * h * c > OCSP_MAX_FLOATS)
        return fail(r, "", OCSP_E_RANGE, "its output is larger than 2^30 numbers");
    l->out_w = (int)w;
    l->out_h = (int)h;
    l->out_c = (int)c;
    l->outputs = (int)(w * h * c);
    return OCSP_OK;
}

static enum ocsp_status same_output(reader r)
{
    const struct ocsp_layer *l = layer_of(r);
    return set_output(r, l->in_w, l->in_h, l->in_c);
}

/* a · b, refused beyond OCSP_MAX_FLOATS. */
static enum ocsp_status count(reader r, int64_t a, int64_t b, size_t *out)
{
    if (b != 0 && a > OCSP_MAX_FLOATS / b)
        return fail(r, "", OCSP_E_RANGE, "it has more than 2^30 weights");
    *out = (size_t)(a * b);
    return OCSP_OK;
}

static enum ocsp_status read_padding(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    const enum ocsp_status status = number(r, "padding", 0, 0, MAX_SIDE, &l->pad);
    if (!status && is_set(r, "pad"))
        l->pad = l->size / 2;
    return status;
}

static enum ocsp_status read_strides(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int stride;
    enum ocsp_status status = positive(r, "stride", 1, &stride);
    if (!status)
        status = positive(r, "stride_x", stride, &l->stride_x);
    return status ? status : positive(r, "stride_y", stride, &l->stride_y);
}

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
    struct ocsp_layer *l = layer_of(r);
    for (size_t i = 0; i < sizeof inexact_convolutions / sizeof *inexact_convolutions;
         i++)
        if (is_set(r, inexact_convolutions[i][0]))
            l->opaque_reason = inexact_convolutions[i][1];
}

/* Blur behind a strided layer (AlexeyAB): the layer itself then has stride 1. */
static enum ocsp_status read_antialiasing(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int kind, stride_x = l->stride_x, stride_y = l->stride_y;
    enum ocsp_status status = number(r, "antialiasing", 0, 0, 2, &kind);

    if (status || kind == 0)
        return status;
    l->opaque_reason = "antialiasing";
    l->stride_x = l->stride_y = 1;
    /* blur of size 3, padded by 1, or of size 2, which AlexeyAB pads by 1 as well */
    const int blur = kind == 2 ? 2 : 3;
    return set_output(r, (l->out_w + 2 - blur) / stride_x + 1,
                      (l->out_h + 2 - blur) / stride_y + 1, l->out_c);
}

static enum ocsp_status read_shared(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int from;
    enum ocsp_status status = number(r, "share_index", 0, -r->index, r->index - 1, &from);

    if (status)
        return status;
    if (from < 0)
        from += r->index;
    struct ocsp_layer *owner = &r->graph->layers[from];
    if (owner->kind != OCSP_CONVOLUTIONAL)
        return fail(r, "share_index", OCSP_E_FORMAT, "it shares with no convolution");
    owner->opaque_reason = l->opaque_reason = "its weights are shared by another layer";
    l->n_biases = l->n_scales = 0;
    l->n_weights = 0;
    l->kind = OCSP_OPAQUE;
    return OCSP_OK;
}

static enum ocsp_status read_convolutional(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    const bool antialiased = is_set(r, "antialiasing");
    int n;
    enum ocsp_status status = positive(r, "filters", 1, &n);

    if (!status)
        status = positive(r, "size", 1, &l->size);
    if (!status)
        status = read_strides(r);
    if (!status)
        status = read_padding(r);
    if (!status)
        status = positive(r, "dilation", 1, &l->dilation);
    if (!status)
        status = positive(r, "groups", 1, &l->conv_groups);
    if (status)
        return status;
    if (n % l->conv_groups || l->in_c % l->conv_groups)
        return fail(r, "groups", OCSP_E_FORMAT,
                    "groups= divides neither its filters nor its input channels evenly");
    l->batch_normalize = is_set(r, "batch_normalize") || is_set(r, "cbn");
    l->n_biases = n;
    l->n_scales = l->batch_normalize ? n : 0;
    find_inexact_convolution(r);
    status = count(r, (int64_t)n * (l->in_c / l->conv_groups), (int64_t)l->size * l->size,
                   &l->n_weights);
    if (!status) {
        const int sx = antialiased ? 1 : l->stride_x, sy = antialiased ? 1 : l->stride_y;
        if (l->in_w + 2 * l->pad < l->size || l->in_h + 2 * l->pad < l->size)
            return fail(r, "size", OCSP_E_FORMAT, "its kernel is larger than its input");
        status = set_output(r, (l->in_w + 2 * l->pad - l->size) / sx + 1,
                            (l->in_h + 2 * l->pad - l->size) / sy + 1, n);
    }
    if (!status)
        status = read_antialiasing(r);
    if (!status && ocsp_cfg_string(r->cfg, l->section, "share_index", NULL))
        status = read_shared(r);
    return status;
}

static enum ocsp_status read_connected(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int n;
    enum ocsp_status status = positive(r, "output", 1, &n);

    if (status)
        return status;
    l->batch_normalize = is_set(r, "batch_normalize");
    l->n_biases = n;
    l->n_scales = l->batch_normalize ? n : 0;
    status = count(r, n, l->inputs, &l->n_weights);
    return status ? status : set_output(r, 1, 1, n);
}

static enum ocsp_status read_batchnorm(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    l->batch_normalize = true;
    l->n_biases = l->n_scales = l->in_c;
    return same_output(r);
}

static enum ocsp_status read_pool(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    const bool antialiased = is_set(r, "antialiasing");
    int channels = l->in_c, stride;
    enum ocsp_status status = read_strides(r);

    if (!status)
        status = positive(r, "stride", 1, &stride);
    if (!status)
        status = positive(r, "size", stride, &l->size);
    if (!status)
        status = number(r, "padding", l->size - 1, 0, MAX_SIDE, &l->pad);
    if (status)
        return status;
    if (is_set(r, "maxpool_depth")) {
        l->kind = OCSP_OPAQUE;
        l->opaque_reason = "maxpool_depth pools over channels";
        status = positive(r, "out_channels", 1, &channels);
        return status ? status : set_output(r, l->in_w, l->in_h, channels);
    }
    const int sx = antialiased ? 1 : l->stride_x, sy = antialiased ? 1 : l->stride_y;
    if (l->in_w + l->pad < l->size || l->in_h + l->pad < l->size)
        return fail(r, "size", OCSP_E_FORMAT, "its window is larger than its input");
    status = set_output(r, (l->in_w + l->pad - l->size) / sx + 1,
                        (l->in_h + l->pad - l->size) / sy + 1, channels);
    return status ? status : read_antialiasing(r);
}

static enum ocsp_status read_avgpool(reader r)
{
    return set_output(r, 1, 1, layer_of(r)->in_c);
}

static enum ocsp_status read_upsample(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int stride;
    enum ocsp_status status = number(r, "stride", 2, -MAX_SIDE, MAX_SIDE, &stride);

    if (!status)
        status = real(r, "scale", 1, &l->scale);
    if (status)
        return status;
    if (stride == 0)
        return fail(r, "stride", OCSP_E_RANGE, "stride=0");
    if (stride < 0) {
        l->scale *= (double)stride * stride;
        return set_output(r, l->in_w / -stride, l->in_h / -stride, l->in_c);
    }
    return set_output(r, (int64_t)l->in_w * stride, (int64_t)l->in_h * stride, l->in_c);
}

static enum ocsp_status read_crop(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int w, h;
    enum ocsp_status status = number(r, "crop_width", 1, 1, l->in_w, &w);
    if (!status)
        status = number(r, "crop_height", 1, 1, l->in_h, &h);
    if (!is_set(r, "noadjust")) {
        l->scale = 2;
        l->shift = -1;
    }
    return status ? status : set_output(r, w, h, l->in_c);
}

/* A comma-separated list of layer indices; negative ones count back from this layer. */
static enum ocsp_status read_from(reader r, const char *key)
{
    struct ocsp_layer *l = layer_of(r);
    const char *text = ocsp_cfg_string(r->cfg, l->section, key, NULL);
    int n = 1;

    if (!text || !*text)
        return fail(r, key, OCSP_E_FORMAT, "it does not say which layers it reads");
    for (const char *c = text; *c; c++)
        n += *c == ',';
    l->from = calloc((size_t)n, sizeof *l->from);
    if (!l->from)
        return ocsp_fail_memory(r->err);
    for (l->n_from = 0; l->n_from < n; l->n_from++) {
        char *end;
        long index = strtol(text, &end, 10);
        const bool last = *end == '\0' || *end == '#' || *end == ';'; /* or a comment */
        if (end == text || (!last && *end != ','))
            return fail(r, key, OCSP_E_FORMAT,
                        "its list of layers holds something other than whole numbers");
        if (last && strchr(end, ',')) /* the hosts count commas, wherever they stand */
            return fail(r, key, OCSP_E_FORMAT,
                        "a comma in the comment behind its list of layers");
        if (index < 0)
            index += r->index;
        if (index < 0 || index >= r->index)
            return fail(r, key, OCSP_E_RANGE,
                        "it reads a layer that does not stand before it");
        l->from[l->n_from] = (int)index;
        text = end + 1;
        if (last) {
            l->n_from++;
            break;
        }
    }
    return OCSP_OK;
}

static enum ocsp_status read_shortcut(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    enum ocsp_status status = read_from(r, "from");
    const char *weights = ocsp_cfg_string(r->cfg, l->section, "weights_type", "none");

    if (!status)
        status = real(r, "alpha", 1, &l->alpha);
    if (!status)
        status = real(r, "beta", 1, &l->beta);
    if (status)
        return status;
    if (strcmp(weights, "none") != 0) {
        const bool per_channel = strcmp(weights, "per_channel") == 0;
        l->kind = OCSP_OPAQUE;
        l->opaque_reason = "its summands are weighted";
        l->n_opaque = (size_t)(l->n_from + 1) * (size_t)(per_channel ? l->in_c : 1);
    }
    for (int i = 0; i < l->n_from; i++) {
        const struct ocsp_layer *from = &r->graph->layers[l->from[i]];
        if (from->out_w != l->in_w || from->out_h != l->in_h)
            /* Debian's Darknet samples, AlexeyAB's refuses */
            l->opaque_reason = "its summands differ in width or height";
        else if (from->out_c != l->in_c)
            l->opaque_reason = "its summands differ in their number of channels";
    }
    if (l->opaque_reason)
        l->kind = OCSP_OPAQUE;
    return same_output(r);
}

static enum ocsp_status read_route(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    enum ocsp_status status = read_from(r, "layers");
    int64_t outputs = 0, channels = 0;
    bool equal = true;

    if (!status)
        status = positive(r, "groups", 1, &l->route_groups);
    if (!status)
        status = number(r, "group_id", 0, 0, l->route_groups - 1, &l->group_id);
    if (status)
        return status;
    const struct ocsp_layer *first = &r->graph->layers[l->from[0]];
    for (int i = 0; i < l->n_from; i++) {
        const struct ocsp_layer *from = &r->graph->layers[l->from[i]];
        if (from->outputs % l->route_groups)
            return fail(r, "groups", OCSP_E_FORMAT,
                        "groups= does not divide its input evenly");
        if (from->out_c % l->route_groups) {
            l->kind = OCSP_OPAQUE;
            l->opaque_reason = "groups= splits a channel";
        }
        equal = equal && from->out_w == first->out_w && from->out_h == first->out_h;
        outputs += from->outputs / l->route_groups;
        channels += from->out_c;
    }
    l->in_w = first->out_w;
    l->in_h = first->out_h;
    l->in_c = 0;
    l->inputs = 0;
    l->reads_before = false;
    if (!equal || channels % l->route_groups)
        return set_output(r, 1, 1, outputs);
    return set_output(r, first->out_w, first->out_h, channels / l->route_groups);
}

/* Heads whose outputs have fixed meanings. */
static enum ocsp_status read_output(reader r)
{
    layer_of(r)->opaque_reason = "a head with fixed outputs reads it";
    return same_output(r);
}

/* Sections of known shape whose channel relation we do not follow yet. */
static enum ocsp_status read_opaque(reader r)
{
    layer_of(r)->opaque_reason = "this version does not prune through this section";
    return same_output(r);
}

static enum ocsp_status read_two_inputs(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = read_from(r, "from");
    if (status)
        return status;
    /* [scale_channels] and [sam]: the output has the shape of `from` */
    const struct ocsp_layer *from = &r->graph->layers[l->from[0]];
    return set_output(r, from->out_w, from->out_h, from->out_c);
}

static enum ocsp_status read_reorg(reader r)
{
    const struct ocsp_layer *l = layer_of(r);
    int s;
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = positive(r, "stride", 1, &s);
    if (status)
        return status;
    if (is_set(r, "reverse"))
        return set_output(r, (int64_t)l->in_w * s, (int64_t)l->in_h * s,
                          l->in_c / ((int64_t)s * s));
    return set_output(r, l->in_w / s, l->in_h / s, (int64_t)l->in_c * s * s);
}

static enum ocsp_status read_implicit(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int filters, atoms;
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = positive(r, "filters", 128, &filters);
    if (!status)
        status = positive(r, "atoms", 1, &atoms);
    if (!status)
        status = set_output(r, 1, atoms, filters);
    l->n_opaque = (size_t)l->outputs;
    l->reads_before = false;
    return status;
}

/* filters=, size= and stride= of sections with one kernel and one stride. */
static enum ocsp_status read_opaque_kernel(reader r, int *filters)
{
    struct ocsp_layer *l = layer_of(r);
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = positive(r, "filters", 1, filters);
    if (!status)
        status = positive(r, "size", 1, &l->size);
    return status ? status : positive(r, "stride", 1, &l->stride_x);
}

static enum ocsp_status read_local(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    size_t per_location = 0;
    int n;
    enum ocsp_status status = read_opaque_kernel(r, &n);

    if (status)
        return status;
    const int lost = is_set(r, "pad") ? 1 : l->size;
    if (l->in_w < lost || l->in_h < lost)
        return fail(r, "size", OCSP_E_FORMAT, "its kernel is larger than its input");
    status = set_output(r, (l->in_w - lost) / l->stride_x + 1,
                        (l->in_h - lost) / l->stride_x + 1, n);
    if (!status)
        status =
            count(r, (int64_t)l->size * l->size, (int64_t)l->in_c * n, &per_location);
    if (!status)
        status =
            count(r, (int64_t)per_location, (int64_t)l->out_w * l->out_h, &l->n_opaque);
    l->n_opaque += (size_t)l->outputs;
    return status;
}

static enum ocsp_status read_deconvolutional(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    int n;
    enum ocsp_status status = read_opaque_kernel(r, &n);

    if (!status)
        status = read_padding(r);
    if (!status)
        status = count(r, (int64_t)l->in_c * n, (int64_t)l->size * l->size, &l->n_opaque);
    if (status)
        return status;
    l->n_opaque += (size_t)n * (is_set(r, "batch_normalize") ? 4 : 1);
    return set_output(r, (int64_t)(l->in_w - 1) * l->stride_x + l->size - 2 * l->pad,
                      (int64_t)(l->in_h - 1) * l->stride_x + l->size - 2 * l->pad, n);
}

/* Adds the arrays of `times` inner layers with `rows` outputs of `fan_in` weights each.
 */
static enum ocsp_status add_inner(reader r, int times, int64_t rows, int64_t fan_in)
{
    struct ocsp_layer *l = layer_of(r);
    const int64_t extra = is_set(r, "batch_normalize") ? 4 : 1;
    size_t n = 0;
    const enum ocsp_status status = count(r, rows, fan_in + extra, &n);

    l->n_opaque += status ? 0 : n * (size_t)times;
    return status;
}

/* rnn, gru, lstm: connected layers inside. Debian's [rnn] has no `hidden`. */
static enum ocsp_status read_recurrent(reader r)
{
    const struct ocsp_layer *l = layer_of(r);
    int out, hidden;
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = positive(r, "output", 1, &out);
    if (!status)
        status = positive(r, "hidden", out, &hidden);
    if (status)
        return status;
    if (strcmp(l->name, "rnn") == 0) {
        status = add_inner(r, 1, hidden, l->inputs);
        if (!status)
            status = add_inner(r, 1, hidden, hidden);
        if (!status)
            status = add_inner(r, 1, out, hidden);
    } else {
        const int gates = strcmp(l->name, "gru") == 0 ? 3 : 4;
        status = add_inner(r, gates, out, l->inputs);
        if (!status)
            status = add_inner(r, gates, out, out);
    }
    return status ? status : set_output(r, 1, 1, out);
}

static enum ocsp_status read_crnn(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    const bool debian =
        ocsp_cfg_string(r->cfg, l->section, "output_filters", NULL) != NULL;
    int out, hidden;
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = positive(r, debian ? "output_filters" : "output", 1, &out);
    if (!status)
        status = positive(r, debian ? "hidden_filters" : "hidden", 1, &hidden);
    if (!status)
        status = positive(r, "size", 3, &l->size);
    if (!status)
        status = positive(r, "groups", 1, &l->conv_groups);
    if (status)
        return status;
    const int64_t k2 = (int64_t)l->size * l->size;
    status = add_inner(r, 1, hidden, k2 * (l->in_c / l->conv_groups));
    if (!status)
        status = add_inner(r, 1, hidden, k2 * (hidden / l->conv_groups));
    if (!status)
        status = add_inner(r, 1, out, k2 * (hidden / l->conv_groups));
    return status ? status : set_output(r, l->in_w, l->in_h, out);
}

/* A memory of the last maps, joined. */
static enum ocsp_status read_history(reader r)
{
    const struct ocsp_layer *l = layer_of(r);
    int size;
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = positive(r, "history_size", 4, &size);
    return status ? status : set_output(r, l->in_w, l->in_h, (int64_t)l->in_c * size);
}

/* AlexeyAB's: convolutions on the input (u) and on the state (w), for peephole=1 three
 * more (v); with bottleneck=1 one w of twice the inputs. */
static enum ocsp_status read_conv_lstm(reader r)
{
    struct ocsp_layer *l = layer_of(r);
    const bool bottleneck = is_set(r, "bottleneck");
    int out;
    enum ocsp_status status = read_opaque(r);

    if (!status)
        status = positive(r, "output", 1, &out);
    if (!status)
        status = positive(r, "size", 3, &l->size);
    if (!status)
        status = positive(r, "groups", 1, &l->conv_groups);
    if (!status)
        status = positive(r, "stride", 1, &l->stride_x);
    if (!status)
        status = read_padding(r);
    if (status)
        return status;
    const int64_t k2 = (int64_t)l->size * l->size;
    status = add_inner(r, 4, out, k2 * (l->in_c / l->conv_groups));
    if (!status)
        status = add_inner(r, bottleneck ? 1 : 4, out,
                           k2 * (out * (bottleneck ? 2 : 1) / l->conv_groups));
    if (!status && is_set(r, "peephole"))
        status = add_inner(r, 3, out, k2 * (out / l->conv_groups));
    return status ? status
                  : set_output(r, (l->in_w + 2 * l->pad - l->size) / l->stride_x + 1,
                               (l->in_h + 2 * l->pad - l->size) / l->stride_x + 1, out);
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
    {"dropout", OCSP_DROPOUT, same_output},
    {"activation", OCSP_ACTIVATION, same_output},
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
    {"l2norm", OCSP_OPAQUE, read_opaque},
    {"normalization", OCSP_OPAQUE, read_opaque},
    {"lrn", OCSP_OPAQUE, read_opaque},
    {"scale_channels", OCSP_OPAQUE, read_two_inputs},
    {"sam", OCSP_OPAQUE, read_two_inputs},
    {"reorg", OCSP_OPAQUE, read_reorg},
    {"reorg3d", OCSP_OPAQUE, read_reorg},
    {"implicit", OCSP_OPAQUE, read_implicit},
    {"local", OCSP_OPAQUE, read_local},
    {"deconvolutional", OCSP_OPAQUE, read_deconvolutional},
    {"deconv", OCSP_OPAQUE, read_deconvolutional},
    {"rnn", OCSP_OPAQUE, read_recurrent},
    {"gru", OCSP_OPAQUE, read_recurrent},
    {"lstm", OCSP_OPAQUE, read_recurrent},
    {"crnn", OCSP_OPAQUE, read_crnn},
    {"conv_lstm", OCSP_OPAQUE, read_conv_lstm},
    {"history", OCSP_OPAQUE, read_history},
    {"empty", OCSP_OPAQUE, read_opaque},
    {"silence", OCSP_OPAQUE, read_opaque},
};

enum ocsp_status ocsp_section_read(reader r)
{
    struct ocsp_layer *l = layer_of(r);

    for (size_t i = 0; i < sizeof section_types / sizeof *section_types; i++)
        if (strcmp(l->name, section_types[i].name) == 0) {
            l->kind = section_types[i].kind;
            l->activation = ocsp_cfg_string(r->cfg, l->section, "activation", "");
            l->conv_groups = l->route_groups = 1;
            l->scale = l->alpha = l->beta = 1;
            l->reads_before = true;
            l->odd_file = is_set(r, "dontload") || is_set(r, "dontsave") ||
                          is_set(r, "dontloadscales") || is_set(r, "numload");
            if (strncmp(l->activation, "normalize_channels", 18) == 0)
                l->opaque_reason = "normalize_channels mixes its channels";
            return section_types[i].read(r);
        }
    return fail(r, "", OCSP_E_UNSUPPORTED,
                "this section type is unknown to ocsp, its shape cannot be told");
}
