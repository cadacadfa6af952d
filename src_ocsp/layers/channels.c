#include "layers/channels.h"

#include <stdlib.h>
#include <string.h>

struct walk {
    const struct ocsp_graph *graph;
    struct ocsp_channels *channels;
    int next; /* next unused element */
};

typedef const struct ocsp_channel_list *list;

bool ocsp_is_depthwise(const struct ocsp_layer *layer)
{
    return layer->kind == OCSP_CONVOLUTIONAL && layer->conv_groups > 1 &&
           layer->conv_groups == layer->in_c;
}

list ocsp_channels_input(const struct ocsp_channels *channels, int i)
{
    return i > 0 ? &channels->out[i - 1] : &channels->image;
}

static bool list_new(struct ocsp_channel_list *l, int n)
{
    l->n = n;
    l->id = malloc((size_t)n * sizeof *l->id);
    l->plane = malloc((size_t)n * sizeof *l->plane);
    return l->id && l->plane;
}

static void list_clear(struct ocsp_channel_list *l)
{
    free(l->id);
    free(l->plane);
}

/* Fresh elements for an output of c channels of `plane` numbers. */
static bool list_fresh(struct walk *w, struct ocsp_channel_list *l, int c, int plane)
{
    if (!list_new(l, c))
        return false;
    for (int k = 0; k < c; k++) {
        l->id[k] = w->next++;
        l->plane[k] = plane;
    }
    return true;
}

static void join(struct walk *w, int a, int b)
{
    ocsp_union_find_join(&w->channels->classes, a, b);
}

static void freeze_list(struct walk *w, list l, int layer, const char *reason)
{
    for (int k = 0; k < l->n; k++)
        ocsp_union_find_freeze(&w->channels->classes, l->id[k], layer, reason);
}

/* Couples position j of every one of `parts` equal parts of a list. */
static void join_parts(struct walk *w, list l, int parts)
{
    const int size = l->n / parts;
    for (int k = size; k < l->n; k++)
        join(w, l->id[k % size], l->id[k]);
}

/* Couples two lists channel by channel, or freezes both. */
static void join_lists(struct walk *w, list a, list b, int layer)
{
    static const char reason[] = "it reads two outputs of unequal shape as equal ones";

    if (a->n != b->n) {
        freeze_list(w, a, layer, reason);
        freeze_list(w, b, layer, reason);
        return;
    }
    for (int k = 0; k < a->n; k++)
        join(w, a->id[k], b->id[k]);
}

/* A list of the layer's shape, its elements to be filled in. */
static bool list_like(struct ocsp_channel_list *out, const struct ocsp_layer *l)
{
    if (!list_new(out, l->out_c))
        return false;
    for (int k = 0; k < out->n; k++)
        out->plane[k] = l->out_w * l->out_h;
    return true;
}

static bool walk_convolutional(struct walk *w, int i, list in)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    struct ocsp_channel_list *out = &w->channels->out[i];

    if (!list_fresh(w, out, l->out_c, l->out_w * l->out_h))
        return false;
    if (in->n != l->in_c) {
        freeze_list(w, in, i,
                    "a convolution reads maps of unequal size as one: Darknet stops");
        if (l->conv_groups > 1) /* its inputs stay, so its filters must */
            freeze_list(w, out, i, "it reads maps of unequal size as one: Darknet stops");
    } else if (ocsp_is_depthwise(l)) {
        for (int f = 0; f < out->n; f++)
            join(w, in->id[f / (out->n / in->n)], out->id[f]);
    } else if (l->conv_groups > 1) {
        join_parts(w, in, l->conv_groups);
        join_parts(w, out, l->conv_groups);
    }
    if (l->opaque_reason) {
        freeze_list(w, in, i, l->opaque_reason);
        freeze_list(w, out, i, l->opaque_reason);
    }
    if (l->shares >= 0) {
        join_lists(w, in, ocsp_channels_input(w->channels, l->shares), i);
        join_lists(w, out, &w->channels->out[l->shares], i);
    }
    return true;
}

/* Freezes all that the layer reads, and its outputs. */
static bool walk_opaque(struct walk *w, int i, list in, const char *reason)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    struct ocsp_channel_list *out = &w->channels->out[i];

    if (l->reads_before)
        freeze_list(w, in, i, reason);
    for (int k = 0; k < l->n_from; k++)
        freeze_list(w, &w->channels->out[l->from[k]], i, reason);
    if (!list_fresh(w, out, l->out_c, l->out_w * l->out_h))
        return false;
    freeze_list(w, out, i, reason);
    return true;
}

/* Layers that hand every channel on by itself; the planes change with the map's size. */
static bool walk_through(struct walk *w, int i, list in)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    struct ocsp_channel_list *out = &w->channels->out[i];
    const bool is_map = in->n == l->out_c;
    const bool by_element = l->kind == OCSP_DROPOUT || l->kind == OCSP_ACTIVATION ||
                            l->kind == OCSP_SHORTCUT || l->kind == OCSP_OUTPUT ||
                            l->kind == OCSP_EMPTY;

    /* a route over maps of unequal size has no channels; only element-wise layers keep
     * its meaning */
    if (!is_map && !by_element)
        return walk_opaque(w, i, in, "maps of unequal size are read as one");
    if (!list_new(out, in->n))
        return false;
    for (int k = 0; k < in->n; k++) {
        out->id[k] = in->id[k];
        out->plane[k] = is_map ? l->out_w * l->out_h : in->plane[k];
    }
    return true;
}

/* Summands may have more or fewer channels than the layer before: those that both have
 * are added, and the output is shaped like the layer before. */
static bool walk_shortcut(struct walk *w, int i, list in)
{
    const struct ocsp_layer *l = &w->graph->layers[i];

    if (l->n_weights > 0 && in->n != l->in_c)
        return walk_opaque(w, i, in, "its weights are of numbers, not of channels");
    for (int k = 0; k < l->n_from; k++) {
        const list from = &w->channels->out[l->from[k]];
        const int both = from->n < in->n ? from->n : in->n;
        if (memcmp(from->plane, in->plane, (size_t)both * sizeof *in->plane) != 0) {
            freeze_list(w, in, i, "its summands are joined differently");
            freeze_list(w, from, i, "its summands are joined differently");
            continue;
        }
        for (int c = 0; c < both; c++)
            join(w, in->id[c], from->id[c]);
    }
    return walk_through(w, i, in);
}

/* from · factors: a channel of either that is 0 makes a 0 of both. */
static bool walk_factors(struct walk *w, int i, list in)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    const list from = &w->channels->out[l->from[0]];
    struct ocsp_channel_list *out = &w->channels->out[i];

    if (from->n != l->out_c || in->n != l->in_c)
        return walk_opaque(w, i, in, "maps of unequal size are read as one");
    if (l->by_place)
        freeze_list(w, in, i, "a factor for all channels");
    else
        join_lists(w, in, from, i);
    if (!list_like(out, l))
        return false;
    memcpy(out->id, from->id, (size_t)out->n * sizeof *out->id);
    return true;
}

/* With blocks of s² input channels, output q is made of block (q / s²) mod (c / s²), of
 * any of its channels. */
static bool walk_reorg(struct walk *w, int i, list in)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    struct ocsp_channel_list *out = &w->channels->out[i];
    const int square = l->size * l->size, blocks = l->in_c / square;

    if (in->n != l->in_c)
        return walk_opaque(w, i, in, "maps of unequal size are read as one");
    for (int k = 0; k < in->n; k++)
        join(w, in->id[k / square * square], in->id[k]);
    if (!list_like(out, l))
        return false;
    for (int q = 0; q < out->n; q++)
        out->id[q] = in->id[q / square % blocks * square];
    return true;
}

/* Outputs q, q + n, … of channels q, q + n, … with n = in_c or, pooled over channels,
 * out_c: each of them is one channel with all that are n apart from it. */
static bool walk_modulo(struct walk *w, int i, list in)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    struct ocsp_channel_list *out = &w->channels->out[i];
    const int n = l->kind == OCSP_MAXPOOL_DEPTH ? l->out_c : l->in_c;

    if (in->n != l->in_c)
        return walk_opaque(w, i, in, "maps of unequal size are read as one");
    for (int k = n; k < in->n; k++)
        join(w, in->id[k % n], in->id[k]);
    if (!list_like(out, l))
        return false;
    for (int q = 0; q < out->n; q++)
        out->id[q] = in->id[q % n];
    return true;
}

static bool walk_route(struct walk *w, int i)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    struct ocsp_channel_list *out = &w->channels->out[i];
    int n = 0;

    for (int k = 0; k < l->n_from; k++) {
        const int from = l->from[k];
        if (l->route_groups > 1 &&
            w->channels->out[from].n != w->graph->layers[from].out_c)
            return walk_opaque(w, i, NULL, "groups= splits maps of unequal size");
        n += w->channels->out[from].n / l->route_groups;
    }
    if (!list_new(out, n))
        return false;
    n = 0;
    for (int k = 0; k < l->n_from; k++) {
        const list from = &w->channels->out[l->from[k]];
        const int part = from->n / l->route_groups;
        join_parts(w, from, l->route_groups);
        for (int c = 0; c < part; c++, n++) {
            out->id[n] = from->id[l->group_id * part + c];
            out->plane[n] = from->plane[l->group_id * part + c];
        }
    }
    return true;
}

static bool walk_layer(struct walk *w, int i)
{
    const struct ocsp_layer *l = &w->graph->layers[i];
    const list in = ocsp_channels_input(w->channels, i);
    const bool has_filters = l->kind == OCSP_CONVOLUTIONAL || l->kind == OCSP_CONNECTED;

    if (l->opaque_reason && !has_filters && l->kind != OCSP_OUTPUT)
        return walk_opaque(w, i, in, l->opaque_reason);
    switch (l->kind) {
    case OCSP_CONVOLUTIONAL:
        return walk_convolutional(w, i, in);
    case OCSP_CONNECTED:
        if (!list_fresh(w, &w->channels->out[i], l->out_c, 1))
            return false;
        if (l->opaque_reason)
            freeze_list(w, &w->channels->out[i], i, l->opaque_reason);
        return true;
    case OCSP_SHORTCUT:
        return walk_shortcut(w, i, in);
    case OCSP_ROUTE:
        return walk_route(w, i);
    case OCSP_SCALE_CHANNELS:
    case OCSP_SAM:
        return walk_factors(w, i, in);
    case OCSP_REORG:
        return walk_reorg(w, i, in);
    case OCSP_REPEAT:
    case OCSP_MAXPOOL_DEPTH:
        return walk_modulo(w, i, in);
    case OCSP_IMPLICIT:
        return list_fresh(w, &w->channels->out[i], l->out_c, l->out_w * l->out_h);
    case OCSP_OUTPUT:
        freeze_list(w, in, i, l->opaque_reason);
        for (int k = 0; k < l->n_from; k++)
            freeze_list(w, &w->channels->out[l->from[k]], i, l->opaque_reason);
        return walk_through(w, i, in);
    default:
        return walk_through(w, i, in);
    }
}

/* What the user wants left alone. What is not trained can be neither pushed to zero nor
 * learn to do without. */
static void freeze_fixed(struct walk *w)
{
    for (int i = 0; i < w->graph->n_layers; i++) {
        const struct ocsp_layer *l = &w->graph->layers[i];
        if (l->untrained)
            freeze_list(w, &w->channels->out[i], i, "stopbackward=1: it is not trained");
        const char *flag = l->fixed_inputs ? "-freeze-layers" : "-keep-layers";
        if (l->fixed_outputs)
            freeze_list(w, &w->channels->out[i], i, flag);
        if (l->fixed_inputs && l->reads_before)
            freeze_list(w, ocsp_channels_input(w->channels, i), i, flag);
        for (int k = 0; k < l->n_from && l->fixed_inputs; k++)
            freeze_list(w, &w->channels->out[l->from[k]], i, flag);
    }
}

/* Outputs that no layer reads are the network's own. */
static bool freeze_unread(struct walk *w)
{
    const int n = w->graph->n_layers;
    bool *read = calloc((unsigned)n, sizeof *read);

    if (!read)
        return false;
    for (int i = 0; i < n; i++) {
        const struct ocsp_layer *l = &w->graph->layers[i];
        if (i > 0 && l->reads_before)
            read[i - 1] = true;
        for (int k = 0; k < l->n_from; k++)
            read[l->from[k]] = true;
    }
    for (int i = 0; i < n; i++)
        if (!read[i])
            freeze_list(w, &w->channels->out[i], i, "an output of the network");
    free(read);
    return true;
}

enum ocsp_status ocsp_channels_init(struct ocsp_channels *channels,
                                    const struct ocsp_graph *graph,
                                    struct ocsp_error *err)
{
    struct walk w = {.graph = graph, .channels = channels};
    int elements = graph->c; /* the graph limits their sum */

    *channels = (struct ocsp_channels){0};
    for (int i = 0; i < graph->n_layers; i++)
        elements += graph->layers[i].out_c;
    channels->out = calloc((size_t)graph->n_layers, sizeof *channels->out);
    if (!channels->out || !ocsp_union_find_init(&channels->classes, elements) ||
        !list_fresh(&w, &channels->image, graph->c, graph->w * graph->h))
        goto fail;
    freeze_list(&w, &channels->image, 0, "the input image");
    for (int i = 0; i < graph->n_layers; i++)
        if (!walk_layer(&w, i))
            goto fail;
    freeze_fixed(&w);
    if (!freeze_unread(&w))
        goto fail;
    return OCSP_OK;
fail:
    ocsp_channels_clear(channels, graph->n_layers);
    return ocsp_fail_memory(err);
}

void ocsp_channels_clear(struct ocsp_channels *channels, int n_layers)
{
    list_clear(&channels->image);
    for (int i = 0; i < n_layers && channels->out; i++)
        list_clear(&channels->out[i]);
    free(channels->out);
    ocsp_union_find_clear(&channels->classes);
    *channels = (struct ocsp_channels){0};
}
