#include "layers/section.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct ocsp_layer *ocsp_layer_of(const struct ocsp_section *s)
{
    return &s->graph->layers[s->index];
}

enum ocsp_status ocsp_section_fail(const struct ocsp_section *s, const char *key,
                                   enum ocsp_status status, const char *text)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    return ocsp_fail(s->err, status, ocsp_cfg_name(s->cfg),
                     ocsp_cfg_line(s->cfg, l->section, key), "layer %d [%.40s]: %s",
                     s->index, l->name, text);
}

enum ocsp_status ocsp_key_number(const struct ocsp_section *s, const char *key,
                                 int fallback, int low, int high, int *out)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    const enum ocsp_status status =
        ocsp_cfg_int(s->cfg, l->section, key, fallback, out, s->err);

    if (status)
        return status;
    if (*out < low || *out > high)
        return ocsp_fail(s->err, OCSP_E_RANGE, ocsp_cfg_name(s->cfg),
                         ocsp_cfg_line(s->cfg, l->section, key),
                         "layer %d [%.40s]: %s=%d is out of range %d to %d", s->index,
                         l->name, key, *out, low, high);
    return OCSP_OK;
}

enum ocsp_status ocsp_key_positive(const struct ocsp_section *s, const char *key,
                                   int fallback, int *out)
{
    return ocsp_key_number(s, key, fallback, 1, OCSP_MAX_SIDE, out);
}

enum ocsp_status ocsp_key_real(const struct ocsp_section *s, const char *key,
                               double fallback, double *out)
{
    return ocsp_cfg_real(s->cfg, ocsp_layer_of(s)->section, key, fallback, out, s->err);
}

bool ocsp_key_is_set(const struct ocsp_section *s, const char *key)
{
    const char *value = ocsp_cfg_string(s->cfg, ocsp_layer_of(s)->section, key, "0");
    return strtod(value, NULL) != 0.0;
}

/* Keys that are on or off. The hosts take a word for 0, and go on. */
static const char *const switches[] = {"batch_normalize",
                                       "cbn",
                                       "pad",
                                       "binary",
                                       "xnor",
                                       "coordconv",
                                       "sway",
                                       "rotate",
                                       "stretch",
                                       "stretch_sway",
                                       "flipped",
                                       "antialiasing",
                                       "maxpool_depth",
                                       "noadjust",
                                       "scale_wh",
                                       "reverse",
                                       "flatten",
                                       "bottleneck",
                                       "peephole",
                                       "dontload",
                                       "dontsave",
                                       "dontloadscales",
                                       "numload"};

enum ocsp_status ocsp_check_switches(const struct ocsp_section *s)
{
    int value;

    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (ocsp_cfg_int(s->cfg, ocsp_layer_of(s)->section, switches[i], 0, &value,
                         s->err))
            return s->err->status;
    return OCSP_OK;
}

enum ocsp_status ocsp_set_output(const struct ocsp_section *s, int64_t w, int64_t h,
                                 int64_t c)
{
    struct ocsp_layer *l = ocsp_layer_of(s);

    if (w < 1 || h < 1 || c < 1)
        return ocsp_section_fail(s, "", OCSP_E_FORMAT, "its output would be empty");
    if (w > OCSP_MAX_SIDE || h > OCSP_MAX_SIDE || c > OCSP_MAX_FLOATS ||
        w * h > OCSP_MAX_FLOATS || w * h * c > OCSP_MAX_FLOATS)
        return ocsp_section_fail(s, "", OCSP_E_RANGE,
                                 "its output is larger than 2^30 numbers");
    l->out_w = (int)w;
    l->out_h = (int)h;
    l->out_c = (int)c;
    l->outputs = (int)(w * h * c);
    return OCSP_OK;
}

enum ocsp_status ocsp_same_output(const struct ocsp_section *s)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    return ocsp_set_output(s, l->in_w, l->in_h, l->in_c);
}

void ocsp_section_freeze(const struct ocsp_section *s, const char *reason)
{
    ocsp_layer_of(s)->is_frozen = true;
    ocsp_layer_of(s)->why_frozen = reason;
}

enum ocsp_status ocsp_section_freeze_like_input(const struct ocsp_section *s,
                                                const char *reason)
{
    ocsp_section_freeze(s, reason);
    return ocsp_same_output(s);
}

enum ocsp_status ocsp_add_table(const struct ocsp_section *s, int rows, int cols,
                                int64_t block)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    struct ocsp_table *t = &l->tables[l->n_tables];
    const int groups = l->n_tables > 0 ? 1 : l->conv_groups;
    size_t length = 0;
    const enum ocsp_status status =
        ocsp_count_floats(s, (int64_t)rows * (cols / groups), block, &length);

    if (status)
        return status;
    assert(l->n_tables < OCSP_MAX_TABLES);
    *t = (struct ocsp_table){.rows = rows,
                             .cols = cols,
                             .block = cols > 0 ? (int)block : 1,
                             .row_axis = OCSP_OUTPUT_CHANNELS,
                             .col_axis = OCSP_INPUT_CHANNELS,
                             .length = length};
    l->n_tables++;
    return OCSP_OK;
}

enum ocsp_status ocsp_count_floats(const struct ocsp_section *s, int64_t a, int64_t b,
                                   size_t *out)
{
    if (b != 0 && a > OCSP_MAX_FLOATS / b)
        return ocsp_section_fail(s, "", OCSP_E_RANGE, "it has more than 2^30 weights");
    *out = (size_t)(a * b);
    return OCSP_OK;
}

enum ocsp_status ocsp_read_padding(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const enum ocsp_status status =
        ocsp_key_number(s, "padding", 0, 0, OCSP_MAX_SIDE, &l->pad);
    if (!status && ocsp_key_is_set(s, "pad"))
        l->pad = l->size / 2;
    return status;
}

enum ocsp_status ocsp_read_strides(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int stride;
    enum ocsp_status status = ocsp_key_positive(s, "stride", 1, &stride);
    if (!status)
        status = ocsp_key_positive(s, "stride_x", stride, &l->stride_x);
    return status ? status : ocsp_key_positive(s, "stride_y", stride, &l->stride_y);
}

enum ocsp_status ocsp_read_antialiasing(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int kind, stride_x = l->stride_x, stride_y = l->stride_y;
    const enum ocsp_status status = ocsp_key_number(s, "antialiasing", 0, 0, 2, &kind);

    if (status || kind == 0)
        return status;
    const int blur = kind == 2 ? 2 : 3, pad = kind == 2 ? 0 : 1;
    l->blurred = true;
    l->stride_x = l->stride_y = 1;
    return ocsp_set_output(s, (l->out_w + 2 * pad - blur) / stride_x + 1,
                           (l->out_h + 2 * pad - blur) / stride_y + 1, l->out_c);
}

/* The list's element `text`, as Darknet's number of a layer. */
static enum ocsp_status check_index(const struct ocsp_section *s, const char *key,
                                    const char *text, long index)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    const int length = (int)strcspn(text, ",#;");

    if (index >= 0 && index < s->index)
        return OCSP_OK;
    if (s->index == 0)
        return ocsp_section_fail(s, key, OCSP_E_RANGE,
                                 "it reads another layer, but none stands before it");
    return ocsp_fail(
        s->err, OCSP_E_RANGE, ocsp_cfg_name(s->cfg),
        ocsp_cfg_line(s->cfg, l->section, key),
        "layer %d [%.40s]: it reads layer %.*s, but those before it are 0 to "
        "%d, or -1 to -%d counted back",
        s->index, l->name, length < 20 ? length : 20, text, s->index - 1, s->index);
}

/* A comma-separated list of layer indices; negative ones count back from this layer. */
enum ocsp_status ocsp_read_from(const struct ocsp_section *s, const char *key)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const char *text = ocsp_cfg_string(s->cfg, l->section, key, NULL);
    int n = 1;

    if (!text || !*text)
        return ocsp_section_fail(s, key, OCSP_E_FORMAT,
                                 "it does not say which layers it reads");
    for (const char *c = text; *c; c++)
        n += *c == ',';
    if (n > OCSP_MAX_FROM)
        return ocsp_section_fail(s, key, OCSP_E_RANGE, "it reads more than 256 layers");
    l->from = calloc((size_t)n, sizeof *l->from);
    if (!l->from)
        return ocsp_fail_memory(s->err);
    for (l->n_from = 0; l->n_from < n; l->n_from++) {
        char *end;
        long index = strtol(text, &end, 10);
        const bool last = *end == '\0' || *end == '#' || *end == ';'; /* or a comment */
        if (end == text || (!last && *end != ','))
            return ocsp_section_fail(
                s, key, OCSP_E_FORMAT,
                "its list of layers holds something other than whole numbers");
        if (last && strchr(end, ',')) /* the hosts count commas, wherever they stand */
            return ocsp_section_fail(s, key, OCSP_E_FORMAT,
                                     "a comma in the comment behind its list of layers");
        if (index < 0)
            index += s->index;
        if (check_index(s, key, text, index))
            return s->err->status;
        if (s->graph->layers[index].blurred)
            return ocsp_section_fail(
                s, key, OCSP_E_UNSUPPORTED,
                "it reads a layer with antialiasing= by its index: Darknet takes that "
                "layer's size for the one before the blur");
        l->from[l->n_from] = (int)index;
        text = end + 1;
        if (last) {
            l->n_from++;
            break;
        }
    }
    return OCSP_OK;
}
