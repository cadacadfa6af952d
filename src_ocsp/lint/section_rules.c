/* Rules about layers that a list of words cannot say. */
#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"

#include "lint/head.h"
#include "lint/programs.h"

static const char *string(const struct ocsp_lint_site *site, const char *key)
{
    return ocsp_cfg_string(site->cfg, site->section, key, "");
}

static bool has(const struct ocsp_lint_site *site, const char *key)
{
    return *string(site, key) != '\0';
}

/* As the hosts' atoi(), but small enough to be added and doubled. */
static int number(const struct ocsp_lint_site *site, const char *key, int fallback)
{
    const long limit = 1000000000;
    const long value = has(site, key) ? strtol(string(site, key), NULL, 10) : fallback;
    return (int)(value > limit ? limit : value < -limit ? -limit : value);
}

static bool is_named(const struct ocsp_layer *l, const char *names)
{
    return ocsp_list_has(names, l->name, strlen(l->name));
}

static const struct ocsp_layer *from(const struct ocsp_lint_site *site, int k)
{
    return &site->graph->layers[site->layer->from[k]];
}

static bool always(const struct ocsp_lint_site *site)
{
    (void)site;
    return true;
}

/* --- shortcuts */

static bool has_several_summands(const struct ocsp_lint_site *site)
{
    return site->layer->n_from > 1;
}

static bool differs_in_size(const struct ocsp_lint_site *site)
{
    for (int k = 0; k < site->layer->n_from; k++)
        if (from(site, k)->out_w != site->layer->in_w ||
            from(site, k)->out_h != site->layer->in_h)
            return true;
    return false;
}

static bool differs_in_channels(const struct ocsp_lint_site *site)
{
    for (int k = 0; k < site->layer->n_from; k++)
        if (from(site, k)->out_c != site->layer->in_c)
            return true;
    return false;
}

static bool has_narrower_summand(const struct ocsp_lint_site *site)
{
    return from(site, 0)->out_c < site->layer->in_c;
}

/* forward_shortcut_layer() of AlexeyAB and hank-ai: with one summand whose *input* has
 * the shortcut's shape it adds as many numbers as the shortcut has, whatever the
 * summand's output has. */
static bool adds_by_the_summands_input(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer, *f = from(site, 0);
    const bool flat = is_named(f, "connected conn");

    if (l->n_from != 1 ||
        (has(site, "weights_type") && strcmp(string(site, "weights_type"), "none")) ||
        is_named(f, "route")) /* a route's c is that of its output */
        return false;
    return (flat ? 1 : f->in_w) == l->out_w && (flat ? 1 : f->in_h) == l->out_h &&
           (flat ? f->inputs : f->in_c) == l->out_c && f->outputs != l->outputs;
}

/* Without the key OpenCV takes 0 and adds nevertheless. */
static bool has_a_beta(const struct ocsp_lint_site *site)
{
    return has(site, "beta") && site->layer->beta != 0;
}

static bool has_beta_0(const struct ocsp_lint_site *site)
{
    return has(site, "beta") && site->layer->beta == 0;
}

/* --- indices */

/* Does the list of indices hold one that is 0, or positive? */
static bool holds_index(const struct ocsp_lint_site *site, const char *key, bool zero)
{
    const char *text = string(site, key);

    while (*text) {
        char *end;
        const long index = strtol(text, &end, 10);
        if (end == text)
            return false;
        if (zero ? index == 0 && text[0] != '-' : index > 0)
            return true;
        text = end + strspn(end, ",");
    }
    return false;
}

static bool adds_layer_0(const struct ocsp_lint_site *site)
{
    return holds_index(site, "from", true);
}

static bool adds_an_absolute_index(const struct ocsp_lint_site *site)
{
    return holds_index(site, "from", false);
}

static bool routes_layer_0(const struct ocsp_lint_site *site)
{
    return holds_index(site, "layers", true);
}

/* yolo_to_onnx makes no node for these. */
static bool reads_a_nodeless_layer(const struct ocsp_lint_site *site)
{
    for (int k = 0; k < site->layer->n_from; k++)
        if (is_named(from(site, k), "yolo") ||
            (is_named(from(site, k), "route") && from(site, k)->n_from == 1 &&
             !*ocsp_cfg_string(site->cfg, from(site, k)->section, "groups", "")))
            return true;
    return false;
}

static bool stands_behind_dropout(const struct ocsp_lint_site *site)
{
    for (const struct ocsp_layer *l = site->graph->layers; l < site->layer; l++)
        if (is_named(l, "dropout"))
            return true;
    return false;
}

/* --- routes */

static bool joins_unequal_maps(const struct ocsp_lint_site *site)
{
    for (int k = 1; k < site->layer->n_from; k++)
        if (from(site, k)->out_w != from(site, 0)->out_w ||
            from(site, k)->out_h != from(site, 0)->out_h)
            return true;
    return false;
}

static bool is_needed_as_a_map(const struct ocsp_lint_site *site)
{
    return site->layer->map_reader != NULL;
}

static bool reads_a_flat_route(const struct ocsp_lint_site *site)
{
    return site->layer > site->graph->layers && site->layer[-1].flat;
}

static bool joins_groups(const struct ocsp_lint_site *site)
{
    return site->layer->n_from > 1 && site->layer->route_groups > 1;
}

static bool has_groups_without_id(const struct ocsp_lint_site *site)
{
    return has(site, "groups") && !has(site, "group_id");
}

/* --- windows: convolutions and pools */

static int same_padding(int in, int size, int stride)
{
    const int total = ((in + stride - 1) / stride - 1) * stride + size - in;
    return total > 0 ? total : 0;
}

static bool is_blurred(const struct ocsp_lint_site *site)
{
    return number(site, "antialiasing", 0) != 0;
}

/* `pad` and `padding`, whichever comes last, are one key for tkDNN. */
static int tkdnn_pad(const struct ocsp_lint_site *site)
{
    int pad = 0;
    for (int i = 0; i < ocsp_cfg_options(site->cfg, site->section); i++) {
        const char *key, *value;
        ocsp_cfg_option(site->cfg, site->section, i, &key, &value);
        if (strstr(key, "pad"))
            pad = (int)strtol(value, NULL, 10);
    }
    return pad == 1 ? site->layer->size / 2 : 0;
}

static bool pads_otherwise(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    if (site->program == OCSP_TKDNN)
        return tkdnn_pad(site) != l->pad;
    return (number(site, "pad", 0) != 0 ? (l->size - 1) / 2 : 0) != l->pad;
}

/* auto_pad SAME_LOWER */
static bool is_not_same_lower(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    if (is_blurred(site))
        return false;
    const int w = same_padding(l->in_w, l->size, l->stride_x);
    const int h = same_padding(l->in_h, l->size, l->stride_y);
    return (l->in_w + l->stride_x - 1) / l->stride_x != l->out_w ||
           (l->in_h + l->stride_y - 1) / l->stride_y != l->out_h || w - w / 2 != l->pad ||
           h - h / 2 != l->pad;
}

/* One side of a program's pool: where its first window begins, −begin, and how many it
 * has. */
struct windows {
    int begin, count;
};

static struct windows pool_windows(const struct ocsp_lint_site *site, int in, int size,
                                   int stride)
{
    const int padding = number(site, "padding", size - 1);
    int p = 0;

    switch (site->program) {
    case OCSP_OPENCV: /* setMaxpool */
        return (struct windows){padding / 2, (in + padding - size) / stride + 1};
    case OCSP_NCNN: /* pad_mode=1 with pads at right and bottom alone */
        return (struct windows){0, (in + padding - size) / stride + 1};
    case OCSP_JKJUNG: /* auto_pad SAME_UPPER */
        return (struct windows){same_padding(in, size, stride) / 2,
                                (in + stride - 1) / stride};
    case OCSP_DEEPSTREAM: /* poolingLayer */
        p = (size - 1) / 2;
        if (size == 2 && stride == 1)
            return (struct windows){0, in};
        break;
    case OCSP_TKDNN: /* Pooling.cpp; stride 1 has a kernel of Darknet's kind */
        p = tkdnn_pad(site);
        if (stride == 1)
            return (struct windows){(size - 1) / 2, in};
        return (struct windows){p, (in + (p ? p : size - 1) - size) / stride + 1};
    default: /* add_node_maxpool, which reads `pad` */
        p = number(site, "pad", 0) != 0 ? (size - 1) / 2 : 0;
    }
    return (struct windows){p, (in + 2 * p - size) / stride + 1};
}

static bool pools_otherwise(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const int c = site->program;
    const int size = number(site, "size",
                            c == OCSP_OPENCV      ? 2
                            : c == OCSP_HANK_ONNX ? 3
                            : c == OCSP_NCNN      ? 1
                                                  : l->size);
    const int stride =
        number(site, "stride", c == OCSP_OPENCV || c == OCSP_HANK_ONNX ? 2 : 1);

    if (is_blurred(site) || number(site, "maxpool_depth", 0) != 0 ||
        l->stride_x != l->stride_y || stride < 1)
        return false;
    const struct windows w = pool_windows(site, l->in_w, size, stride);
    const struct windows h = pool_windows(site, l->in_h, size, stride);
    return size != l->size || stride != l->stride_x || w.count != l->out_w ||
           h.count != l->out_h || w.begin != l->pad / 2 || h.begin != l->pad / 2;
}

static bool reads_a_map(const struct ocsp_lint_site *site)
{
    return site->layer->in_w > 1 || site->layer->in_h > 1;
}

/* --- convolutions and connected layers */

static bool is_strided_1x1(const struct ocsp_lint_site *site)
{
    return site->layer->size == 1 && number(site, "stride", 1) > 1;
}

static bool is_padded_1x1(const struct ocsp_lint_site *site)
{
    return site->layer->size == 1 && site->layer->pad > 0;
}

static bool is_blurred_1x1(const struct ocsp_lint_site *site)
{
    return site->layer->size == 1 && site->layer->blurred;
}

static bool reads_a_connected(const struct ocsp_lint_site *site)
{
    return site->layer > site->graph->layers &&
           ocsp_layer_is(site->layer - 1, "connected");
}

static bool has_odd_batch_normalize(const struct ocsp_lint_site *site)
{
    const int value = number(site, "batch_normalize", 0);
    return value != 0 && value != 1;
}

static bool says_batch_normalize_0(const struct ocsp_lint_site *site)
{
    return has(site, "batch_normalize") && number(site, "batch_normalize", 0) == 0;
}

static bool is_normalized(const struct ocsp_lint_site *site)
{
    return number(site, "batch_normalize", 0) != 0;
}

/* darknet2ncnn names the activation's output after the batch normalization, so two
 * without one share a name. */
static bool shares_its_activations_name(const struct ocsp_lint_site *site)
{
    const char *name = site->layer->activation;

    if (is_normalized(site) || !ocsp_list_has("relu leaky mish", name, strlen(name)))
        return false;
    for (const struct ocsp_layer *l = site->graph->layers; l < site->layer; l++)
        if (is_named(l, "convolutional") && strcmp(l->activation, name) == 0 &&
            strtol(ocsp_cfg_string(site->cfg, l->section, "batch_normalize", "0"), NULL,
                   10) == 0)
            return true;
    return false;
}

/* --- other layers */

static bool has_an_activation(const struct ocsp_lint_site *site)
{
    return has(site, "activation") && strcmp(string(site, "activation"), "linear") != 0;
}

static bool does_not_double(const struct ocsp_lint_site *site)
{
    return number(site, "stride", 2) != 2;
}

/* --- heads */

/* make_yolo_layer and the like compare their outputs with their inputs. */
static bool has_the_wrong_filters(const struct ocsp_lint_site *site)
{
    struct ocsp_head head;

    return ocsp_head_read(&head, site->cfg, site->layer) &&
           ocsp_head_channels(&head) != site->layer->in_c;
}

static bool has_the_wrong_anchors(const struct ocsp_lint_site *site)
{
    return ocsp_head_count(string(site, "anchors"), true) !=
               2 * number(site, "num", -1) &&
           has(site, "anchors") && has(site, "num");
}

/* Their parsers fill an array of 2 num= numbers, up to the last comma. */
static bool overflows_its_anchors(const struct ocsp_lint_site *site)
{
    const bool cuts_comments = site->program == OCSP_HANK;

    return ocsp_head_overflows_anchors(site->cfg, site->layer, cuts_comments);
}

static bool reads_beyond_its_anchors(const struct ocsp_lint_site *site)
{
    return ocsp_head_reads_beyond_anchors(site->cfg, site->layer);
}

static bool has_not_3_masks(const struct ocsp_lint_site *site)
{
    return ocsp_head_count(string(site, "mask"), true) != 3;
}

static bool has_another_scale(const struct ocsp_lint_site *site)
{
    const char *scale = has(site, "scale_x_y") ? string(site, "scale_x_y") : "1";
    return strtod(scale, NULL) != 1.05;
}

/* get_output_convs and output_tensor_shapes of yolo_to_onnx */
static bool follows_no_output_convolution(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    return l == site->graph->layers || !is_named(l - 1, "convolutional") ||
           !ocsp_list_has("linear logistic", (l - 1)->activation,
                          strlen((l - 1)->activation)) ||
           l->in_c != 3 * ((int64_t)number(site, "classes", 20) + 5);
}

/* --- the net as a whole */

static int count_layers(const struct ocsp_lint_site *site, const char *names)
{
    int n = 0;
    for (int i = 0; i < site->graph->n_layers; i++)
        n += is_named(&site->graph->layers[i], names);
    return n;
}

static bool has_no_yolo(const struct ocsp_lint_site *site)
{
    return count_layers(site, "yolo") == 0;
}

static bool has_no_head(const struct ocsp_lint_site *site)
{
    return count_layers(site, "yolo region") == 0;
}

/* is_pan_arch() of yolo_to_onnx */
static bool is_no_yolo_of_2_or_3(const struct ocsp_lint_site *site)
{
    const int n = count_layers(site, "yolo"), up = count_layers(site, "upsample");
    return n < 2 || n > 3 || (up != n - 1 && up != 0);
}

static bool is_yolo_of_odd_size(const struct ocsp_lint_site *site)
{
    const struct ocsp_graph *g = site->graph;
    return is_named(&g->layers[g->n_layers - 1], "yolo region") &&
           (g->w % 32 != 0 || g->h % 32 != 0);
}

/* Both divide by the number of layers that read a map. */
static bool reads_no_map(const struct ocsp_lint_site *site)
{
    for (int i = 0; i < site->graph->n_layers; i++) {
        const struct ocsp_layer *l = &site->graph->layers[i];
        if (l->in_w > 1 && l->in_h > 1 && !ocsp_layer_is(l, "connected") &&
            !l->type->only_trains)
            return false;
    }
    return true;
}

static bool lacks_steps(const struct ocsp_lint_site *site)
{
    return strcmp(string(site, "policy"), "steps") == 0 &&
           !(has(site, "steps") && has(site, "scales"));
}

#define HOSTS (OCSP_BIT(OCSP_DEBIAN) | OCSP_BIT(OCSP_ALEXEYAB) | OCSP_BIT(OCSP_HANK))
#define ALEXEYABS (OCSP_BIT(OCSP_ALEXEYAB) | OCSP_BIT(OCSP_HANK))
#define ONNX OCSP_BIT(OCSP_HANK_ONNX)
#define OPENCV OCSP_BIT(OCSP_OPENCV)
#define TKDNN OCSP_BIT(OCSP_TKDNN)
#define DEEPSTREAM OCSP_BIT(OCSP_DEEPSTREAM)
#define JKJUNG OCSP_BIT(OCSP_JKJUNG)
#define NCNN OCSP_BIT(OCSP_NCNN)
#define CONV "convolutional conv"
#define POOL "maxpool max"
#define TOO_MANY "more than two for each of num=: it writes behind their array"
#define UNKNOWN "not all are below num=: it reads behind its anchors"

const struct ocsp_layer_rule ocsp_layer_rules[] = {
    {OCSP_BIT(OCSP_DEBIAN) | OPENCV | TKDNN | DEEPSTREAM | NCNN, "shortcut",
     has_several_summands, "from", false, "it adds the first alone"},
    {ONNX, "shortcut", has_several_summands, "from", true, "it takes one layer"},
    /* parse_shortcut asserts; so do, in words of their own, the others */
    {ALEXEYABS | ONNX | OPENCV | TKDNN | DEEPSTREAM | JKJUNG | NCNN, "shortcut",
     differs_in_size, "from", true, "its summands differ in width or height"},
    {ONNX | JKJUNG | NCNN, "shortcut", differs_in_channels, "from", true,
     "its summands differ in their number of channels"},
    {DEEPSTREAM, "shortcut", has_narrower_summand, "from", true,
     "the layer it adds has fewer channels"},
    {ALEXEYABS, "shortcut", adds_by_the_summands_input, "from", false,
     "its CPU code takes the shape of that layer's input for that of its output"},
    {OPENCV, "shortcut", has_a_beta, "beta", true, "it takes no beta"},
    {OPENCV, "shortcut", has_beta_0, "beta", false, "ignored"},
    {NCNN | JKJUNG, "shortcut", adds_an_absolute_index, "from", false,
     "it adds another layer: it counts from [net]"},
    {NCNN | JKJUNG, "shortcut", adds_layer_0, "from", false,
     "it adds another layer: 0 is relative for it"},
    {DEEPSTREAM, "shortcut sam", adds_layer_0, "from", true, "0 is this layer for it"},
    {NCNN | JKJUNG, "route", routes_layer_0, "layers", false,
     "0 is not the first layer for it"},
    {JKJUNG, "route shortcut", reads_a_nodeless_layer, "", true,
     "it reads a [yolo] or a [route] of one layer, for which there is no node"},
    {DEEPSTREAM, "route shortcut", stands_behind_dropout, "", false,
     "it does not count [dropout] before it"},
    {ONNX | OPENCV | TKDNN | DEEPSTREAM | JKJUNG | NCNN, "route", joins_unequal_maps,
     "layers", true, "they differ in width or height"},
    {HOSTS, "route", is_needed_as_a_map, "layers", true,
     "they differ in width or height, and a layer that needs a map reads them"},
    {HOSTS, "upsample batchnorm normalization lrn", reads_a_flat_route, "", false,
     "it makes nothing of a [route] of unequal maps"},
    {ONNX, "route", joins_groups, "groups", false, "ignored, there are several layers"},
    {DEEPSTREAM, "route", joins_groups, "groups", false,
     "it takes a part of the whole, Darknet of each layer"},
    {JKJUNG, "route", joins_groups, "groups", true, "for one layer alone"},
    {DEEPSTREAM | JKJUNG, "route", has_groups_without_id, "group_id", true,
     "it must be given"},
    {ONNX | TKDNN | DEEPSTREAM, CONV, pads_otherwise, "pad", false,
     "it pads by another number"},
    {JKJUNG, CONV, is_not_same_lower, "pad", false, "it pads to SAME_LOWER"},
    {ONNX | OPENCV | TKDNN | DEEPSTREAM | JKJUNG | NCNN, POOL, pools_otherwise, "", false,
     "it pools other windows (size, stride or padding)"},
    {TKDNN, "avgpool", reads_a_map, "", false, "it does not pool the whole map"},
    {OCSP_BIT(OCSP_DEBIAN), CONV, is_strided_1x1, "stride", false,
     "its CPU code ignores the stride of size=1"},
    {OCSP_BIT(OCSP_DEBIAN) | OCSP_BIT(OCSP_ALEXEYAB), CONV, is_padded_1x1, "padding",
     false, "its CPU code ignores the padding of size=1"},
    /* the workspace is that of the unblurred layer, which size=1 does not need */
    {OCSP_BIT(OCSP_ALEXEYAB), CONV, is_blurred_1x1, "antialiasing", true,
     "its CPU code writes beyond its workspace"},
    {OPENCV, CONV " " POOL " avgpool upsample", reads_a_connected, "", true,
     "it reads no vector as a map"},
    {OCSP_BIT(OCSP_DEBIAN), "batchnorm", always, "", true, "it crashes on CPU"},
    {OCSP_BIT(OCSP_DEBIAN), "deconvolutional deconv", always, "", true,
     "it crashes when it loads weights"},
    {OPENCV | DEEPSTREAM | JKJUNG, CONV, has_odd_batch_normalize, "batch_normalize",
     false, "anything but 1 is 0 for it"},
    {DEEPSTREAM, "convolutional", says_batch_normalize_0, "batch_normalize", false,
     "where the key stands it reads no biases"},
    /* the file holds the weights before scales, mean and variance */
    {OPENCV, "connected", is_normalized, "batch_normalize", false,
     "it reads the weights in another order"},
    {NCNN, "convolutional", shares_its_activations_name, "activation", false,
     "its blob has the name of an earlier one's, without batch_normalize"},
    {OPENCV | TKDNN, "route maxpool avgpool upsample reorg softmax dropout cost",
     has_an_activation, "activation", false, "Darknet has no activation here"},
    {OPENCV, "softmax", reads_a_map, "", false, "it normalizes each place of a map"},
    {NCNN, "upsample", does_not_double, "stride", false, "it always takes 2"},
    {HOSTS, "yolo region", has_the_wrong_filters, "classes", true,
     "they do not fit the filters= before"},
    {ALEXEYABS, "Gaussian_yolo", has_the_wrong_filters, "classes", true,
     "they do not fit the filters= before"},
    {OCSP_BIT(OCSP_DEBIAN), "region", overflows_its_anchors, "anchors", true, TOO_MANY},
    {OCSP_BIT(OCSP_DEBIAN) | OCSP_BIT(OCSP_HANK), "yolo", overflows_its_anchors,
     "anchors", true, TOO_MANY},
    {ALEXEYABS, "Gaussian_yolo", overflows_its_anchors, "anchors", true, TOO_MANY},
    {HOSTS, "yolo", reads_beyond_its_anchors, "mask", false, UNKNOWN},
    {ALEXEYABS, "Gaussian_yolo", reads_beyond_its_anchors, "mask", false, UNKNOWN},
    {OPENCV, "yolo region", has_the_wrong_anchors, "anchors", true,
     "they are not two for each of num="},
    {ONNX, "yolo", has_not_3_masks, "mask", true, "it takes 3 masks"},
    {ONNX, "yolo", has_another_scale, "scale_x_y", false, "it takes 1.05"},
    {JKJUNG, "yolo", follows_no_output_convolution, "", true,
     "no linear or logistic [convolutional] with 3 (classes + 5) filters before it"},
    {ONNX, "net", has_no_yolo, "", true, "it needs a [yolo]"},
    {DEEPSTREAM, "net", has_no_head, "", true, "it needs a [yolo] or a [region]"},
    {JKJUNG, "net", is_no_yolo_of_2_or_3, "", true,
     "it needs 2 or 3 [yolo], and an [upsample] less or none"},
    {OCSP_BIT(OCSP_HANK), "net", is_yolo_of_odd_size, "width", true,
     "width and height must be multiples of 32"},
    {ALEXEYABS, "net", reads_no_map, "", true,
     "it divides by zero: no layer reads a map"},
    {HOSTS, "net", lacks_steps, "policy", true, "it needs steps= and scales="},
};
const int ocsp_n_layer_rules = sizeof ocsp_layer_rules / sizeof *ocsp_layer_rules;
