#include "layers/section_keys.h"

#include <stdlib.h>
#include <string.h>

typedef const struct ocsp_section_reader *reader;

struct ocsp_layer *ocsp_layer_of(reader r)
{
    return &r->graph->layers[r->index];
}

enum ocsp_status ocsp_section_fail(reader r, const char *key, enum ocsp_status status,
                                   const char *text)
{
    const struct ocsp_layer *l = ocsp_layer_of(r);
    return ocsp_fail(r->err, status, ocsp_cfg_name(r->cfg),
                     ocsp_cfg_line(r->cfg, l->section, key), "layer %d [%.40s]: %s",
                     r->index, l->name, text);
}

/* A whole number in [low, high]. */
enum ocsp_status ocsp_key_number(reader r, const char *key, int fallback, int low,
                                 int high, int *out)
{
    const struct ocsp_layer *l = ocsp_layer_of(r);
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

enum ocsp_status ocsp_key_positive(reader r, const char *key, int fallback, int *out)
{
    return ocsp_key_number(r, key, fallback, 1, OCSP_MAX_SIDE, out);
}

enum ocsp_status ocsp_key_real(reader r, const char *key, double fallback, double *out)
{
    return ocsp_cfg_real(r->cfg, ocsp_layer_of(r)->section, key, fallback, out, r->err);
}

/* Is the key there with a value other than 0? */
bool ocsp_key_is_set(reader r, const char *key)
{
    const char *value = ocsp_cfg_string(r->cfg, ocsp_layer_of(r)->section, key, "0");
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

enum ocsp_status ocsp_check_switches(reader r)
{
    int value;

    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (ocsp_cfg_int(r->cfg, ocsp_layer_of(r)->section, switches[i], 0, &value,
                         r->err))
            return r->err->status;
    return OCSP_OK;
}

enum ocsp_status ocsp_set_output(reader r, int64_t w, int64_t h, int64_t c)
{
    struct ocsp_layer *l = ocsp_layer_of(r);

    if (w < 1 || h < 1 || c < 1)
        return ocsp_section_fail(r, "", OCSP_E_FORMAT, "its output would be empty");
    if (w > OCSP_MAX_SIDE || h > OCSP_MAX_SIDE || c > OCSP_MAX_FLOATS ||
        w * h > OCSP_MAX_FLOATS || w * h * c > OCSP_MAX_FLOATS)
        return ocsp_section_fail(r, "", OCSP_E_RANGE,
                                 "its output is larger than 2^30 numbers");
    l->out_w = (int)w;
    l->out_h = (int)h;
    l->out_c = (int)c;
    l->outputs = (int)(w * h * c);
    return OCSP_OK;
}

enum ocsp_status ocsp_same_output(reader r)
{
    const struct ocsp_layer *l = ocsp_layer_of(r);
    return ocsp_set_output(r, l->in_w, l->in_h, l->in_c);
}

/* a · b, refused beyond OCSP_MAX_FLOATS. */
enum ocsp_status ocsp_count_floats(reader r, int64_t a, int64_t b, size_t *out)
{
    if (b != 0 && a > OCSP_MAX_FLOATS / b)
        return ocsp_section_fail(r, "", OCSP_E_RANGE, "it has more than 2^30 weights");
    *out = (size_t)(a * b);
    return OCSP_OK;
}

enum ocsp_status ocsp_read_padding(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const enum ocsp_status status =
        ocsp_key_number(r, "padding", 0, 0, OCSP_MAX_SIDE, &l->pad);
    if (!status && ocsp_key_is_set(r, "pad"))
        l->pad = l->size / 2;
    return status;
}

enum ocsp_status ocsp_read_strides(reader r)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    int stride;
    enum ocsp_status status = ocsp_key_positive(r, "stride", 1, &stride);
    if (!status)
        status = ocsp_key_positive(r, "stride_x", stride, &l->stride_x);
    return status ? status : ocsp_key_positive(r, "stride_y", stride, &l->stride_y);
}

/* The list's element `text`, as Darknet's number of a layer. */
static enum ocsp_status check_index(reader r, const char *key, const char *text,
                                    long index)
{
    const struct ocsp_layer *l = ocsp_layer_of(r);
    const int length = (int)strcspn(text, ",#;");

    if (index >= 0 && index < r->index)
        return OCSP_OK;
    if (r->index == 0)
        return ocsp_section_fail(r, key, OCSP_E_RANGE,
                                 "it reads another layer, but none stands before it");
    return ocsp_fail(
        r->err, OCSP_E_RANGE, ocsp_cfg_name(r->cfg),
        ocsp_cfg_line(r->cfg, l->section, key),
        "layer %d [%.40s]: it reads layer %.*s, but those before it are 0 to "
        "%d, or -1 to -%d counted back",
        r->index, l->name, length < 20 ? length : 20, text, r->index - 1, r->index);
}

/* A comma-separated list of layer indices; negative ones count back from this layer. */
enum ocsp_status ocsp_read_from(reader r, const char *key)
{
    struct ocsp_layer *l = ocsp_layer_of(r);
    const char *text = ocsp_cfg_string(r->cfg, l->section, key, NULL);
    int n = 1;

    if (!text || !*text)
        return ocsp_section_fail(r, key, OCSP_E_FORMAT,
                                 "it does not say which layers it reads");
    for (const char *c = text; *c; c++)
        n += *c == ',';
    if (n > OCSP_MAX_FROM)
        return ocsp_section_fail(r, key, OCSP_E_RANGE, "it reads more than 256 layers");
    l->from = calloc((size_t)n, sizeof *l->from);
    if (!l->from)
        return ocsp_fail_memory(r->err);
    for (l->n_from = 0; l->n_from < n; l->n_from++) {
        char *end;
        long index = strtol(text, &end, 10);
        const bool last = *end == '\0' || *end == '#' || *end == ';'; /* or a comment */
        if (end == text || (!last && *end != ','))
            return ocsp_section_fail(
                r, key, OCSP_E_FORMAT,
                "its list of layers holds something other than whole numbers");
        if (last && strchr(end, ',')) /* the hosts count commas, wherever they stand */
            return ocsp_section_fail(r, key, OCSP_E_FORMAT,
                                     "a comma in the comment behind its list of layers");
        if (index < 0)
            index += r->index;
        if (check_index(r, key, text, index))
            return r->err->status;
        if (r->graph->layers[index].blurred)
            return ocsp_section_fail(
                r, key, OCSP_E_UNSUPPORTED,
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
