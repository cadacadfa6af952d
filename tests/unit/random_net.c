#include "random_net.h"
#include "layers/layer_type.h"
#include "prune/depthwise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 16384
#define MAX_OUTPUTS 3000

struct writer {
    struct random *r;
    bool keeps_zero, pads, constant;
    int programs; /* for which of them: RANDOM_DEBIAN, … or'ed; 0: ours alone */
    char text[TEXT_SIZE];
    size_t length;
    struct ocsp_cfg *cfg; /* of the text so far */
    struct ocsp_graph *graph;
};

static void put(struct writer *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put(struct writer *w, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    w->length +=
        (size_t)vsnprintf(w->text + w->length, TEXT_SIZE - w->length, format, list);
    va_end(list);
    assert_true(w->length < TEXT_SIZE);
}

static bool chance(struct writer *w, int percent)
{
    return random_below(w->r, 100) < percent;
}

static int between(struct writer *w, int low, int high)
{
    return low + random_below(w->r, high - low + 1);
}

static const struct ocsp_layer *last(const struct writer *w)
{
    return w->graph ? &w->graph->layers[w->graph->n_layers - 1] : NULL;
}

/* Is the net for one of these? */
static bool is_for(const struct writer *w, int programs)
{
    return (w->programs & programs) != 0;
}

/* What AlexeyAB's Darknet alone knows of the three. */
static bool knows_newer(const struct writer *w)
{
    return !is_for(w, RANDOM_DEBIAN | RANDOM_OPENCV);
}

/* AlexeyAB's host has some activations on GPU alone, on CPU they give 0 there: relu6 in
 * all sections, swish and mish where `plain`, in those that have no code of their own for
 * them. */
static void put_activation(struct writer *w, bool plain)
{
    static const struct {
        const char *name;
        int unknown_to, unknown_to_plain;
    } list[] = {
        {"relu", 0, 0},
        {"linear", 0, 0},
        {"leaky", 0, 0},
        {"tanh", 0, 0},
        {"elu", RANDOM_OPENCV, 0},
        {"swish", RANDOM_DEBIAN, RANDOM_ALEXEYAB},
        {"relu6", RANDOM_DEBIAN | RANDOM_ALEXEYAB | RANDOM_OPENCV, 0},
        {"mish", RANDOM_DEBIAN, RANDOM_ALEXEYAB},
        {"logistic", 0, 0},
    };
    const int n = w->keeps_zero ? 8 : 9;
    int k;

    do
        k = random_below(w->r, n);
    while (is_for(w, list[k].unknown_to) ||
           (plain && is_for(w, list[k].unknown_to_plain)));
    put(w, "activation=%s\n", list[k].name);
}

/* Padding, strides and dilation. Both hosts take a 1x1 convolution for a product of
 * matrices, without its padding; Debian's without its stride, too. AlexeyAB's has no
 * memory for the blur of a small one. */
static void put_window(struct writer *w, int size)
{
    const bool padless = size == 1 && is_for(w, RANDOM_DEBIAN | RANDOM_ALEXEYAB);
    const bool blurs = knows_newer(w) && !(size == 1 && is_for(w, RANDOM_ALEXEYAB));

    if (w->pads && chance(w, 60))
        put(w, "pad=1\n");
    else if (w->pads && chance(w, 50) && !padless)
        put(w, "padding=%d\n", between(w, 0, size));
    if (size == 1 && is_for(w, RANDOM_DEBIAN))
        return;
    if (chance(w, 20))
        put(w, "stride=2\n%s",
            w->pads && !w->constant && chance(w, 40) && blurs ? "antialiasing=1\n" : "");
    else if (chance(w, 10) && knows_newer(w))
        put(w, "stride_x=2\nstride_y=1\n");
    /* the hosts' shapes ignore dilation: unpadded, it would read beside the map */
    if (w->pads && size == 3 && chance(w, 15) && knows_newer(w))
        put(w, "pad=1\ndilation=2\n");
}

static void put_convolutional(struct writer *w)
{
    const int in_c = last(w) ? last(w)->out_c : 3;
    const int sizes[] = {1, 3, 3, 2, 5}, size = sizes[random_below(w->r, 5)];
    int groups = 1, filters = between(w, 1, 9);

    if (chance(w, 40))
        filters += filters % 2;
    if (in_c % 2 == 0 && chance(w, 25))
        groups = 2;
    else if (in_c < 40 && chance(w, 25))
        groups = in_c;
    if (groups > 1)
        filters = groups == 2 ? 2 * between(w, 1, 4) : groups * between(w, 1, 2);
    put(w, "[convolutional]\nfilters=%d\nsize=%d\n", filters, size);
    if (groups > 1)
        put(w, "groups=%d\n", groups);
    if (chance(w, 60))
        put(w, "batch_normalize=1\n");
    put_window(w, size);
    put_activation(w, false);
}

static void put_pool(struct writer *w)
{
    put(w, chance(w, 60) || !knows_newer(w) ? "[maxpool]\n" : "[local_avgpool]\n");
    const int size = between(w, 1, 3);
    put(w, "size=%d\nstride=%d\n", size, between(w, 1, 2));
    if (chance(w, 20)) /* wider, a window could lie outside the map */
        put(w, "padding=%d\n", between(w, 0, size - 1));
}

/* Index of a random layer, as a shortcut or a route would write it. */
static void put_index(struct writer *w, int index)
{
    put(w, "%d", chance(w, 50) ? index : index - w->graph->n_layers);
}

static void put_shortcut(struct writer *w)
{
    const struct ocsp_layer *l = last(w);
    const bool unequal = chance(w, 25) && !is_for(w, RANDOM_OPENCV);
    int n = 0;

    put(w, "[shortcut]\nfrom=");
    for (int tries = 0; tries < 20 && n < 2; tries++) {
        const int from = random_below(w->r, w->graph->n_layers);
        const struct ocsp_layer *f = &w->graph->layers[from];
        if (f->out_w != l->out_w || f->out_h != l->out_h || f->blurred ||
            (f->out_c != l->out_c && !unequal))
            continue;
        put(w, n++ > 0 ? "," : "");
        put_index(w, from);
        if (chance(w, 70) || !knows_newer(w))
            break;
    }
    put(w, "\n");
    if (chance(w, 30) && knows_newer(w))
        put(w, "weights_type=per_%s\nweights_normalization=%s\n",
            chance(w, 70) ? "channel" : "feature", chance(w, 50) ? "relu" : "softmax");
    put_activation(w, false);
}

/* Hosts give maps of unequal size no shape, and most sections refuse to read them. OpenCV
 * counts its layers wrong behind parts of several maps. */
static void put_route(struct writer *w)
{
    const bool any_size = chance(w, 12) && w->programs == 0;
    const int n = between(w, 1, 3);
    const struct ocsp_layer *l = last(w);

    put(w, "[route]\nlayers=");
    for (int k = 0; k < n; k++) {
        int from = w->graph->n_layers - 1;
        for (int tries = 0; tries < 20; tries++) {
            from = random_below(w->r, w->graph->n_layers);
            if (any_size || (w->graph->layers[from].out_w == l->out_w &&
                             w->graph->layers[from].out_h == l->out_h))
                break;
            if (w->programs)
                from = w->graph->n_layers - 1;
        }
        put(w, k > 0 ? "," : "");
        put_index(w, from);
    }
    put(w, "\n");
    if (chance(w, 25) && !is_for(w, RANDOM_DEBIAN) &&
        (n == 1 || !is_for(w, RANDOM_OPENCV))) {
        const int groups = between(w, 2, 3);
        put(w, "groups=%d\ngroup_id=%d\n", groups, random_below(w->r, groups));
    }
}

static void put_crop(struct writer *w)
{
    const struct ocsp_layer *l = last(w);
    put(w, "[crop]\ncrop_width=%d\ncrop_height=%d\n", between(w, 1, l->out_w),
        between(w, 1, l->out_h));
    if (w->keeps_zero || chance(w, 50))
        put(w, "noadjust=1\n");
}

/* Factors for the last map, and their product with it. */
static void put_factors(struct writer *w)
{
    const struct ocsp_layer *l = last(w);
    const int from = w->graph->n_layers - 1;
    int kind = random_below(w->r, 4);

    if (l->blurred)
        return;
    if (kind == 2 && is_for(w, RANDOM_OPENCV)) /* it counts the channels wrong */
        kind = 3;
    if (kind == 0) {
        put(w, "[avgpool]\n[convolutional]\nfilters=%d\nsize=1\n", l->out_c);
        put_activation(w, false);
    } else if (kind == 1 && knows_newer(w)) {
        put(w, "[implicit]\nfilters=%d\n", l->out_c);
    } else {
        put(w, "[convolutional]\nfilters=%d\nsize=1\n%s",
            kind == 2 && !w->constant ? 1 : l->out_c,
            chance(w, 50) ? "batch_normalize=1\n" : "");
        put_activation(w, false);
    }
    put(w, "[%s]\nfrom=%d\n",
        kind == 3 || (kind == 2 && w->constant) ? "sam" : "scale_channels", from);
    if (kind == 2 && !w->constant)
        put(w, "scale_wh=1\n");
    put(w, "activation=%s\n", chance(w, 50) ? "linear" : "leaky");
}

/* Two convolutions with the same weights. */
static void put_shared(struct writer *w)
{
    const int c = last(w)->out_c;
    const char *norm = chance(w, 50) ? "batch_normalize=1\n" : "";

    for (int k = 0; k < 2; k++) {
        put(w, "[convolutional]\nfilters=%d\nsize=3\n%s%s", c, w->pads ? "pad=1\n" : "",
            norm);
        put_activation(w, false);
    }
    put(w, "share_index=-1\n");
}

static void put_channel_shuffle(struct writer *w)
{
    const struct ocsp_layer *l = last(w);

    if (chance(w, 35) && knows_newer(w))
        put(w, "[maxpool]\nmaxpool_depth=1\nout_channels=%d\n", between(w, 1, l->out_c));
    else if ((chance(w, 50) || w->constant) && knows_newer(w))
        put(w, "[reorg3d]\nstride=2\n");
    else if (!w->constant)
        put(w,
            "[convolutional]\nfilters=%d\nsize=1\nactivation=leaky\n[reorg]\nstride=2\n",
            4 * between(w, 1, 3));
}

static void put_connected(struct writer *w)
{
    put(w, "[connected]\noutput=%d\n%s", between(w, 1, 8),
        chance(w, 50) ? "batch_normalize=1\n" : "");
    put_activation(w, true);
}

static void put_section(struct writer *w)
{
    const bool opencv = is_for(w, RANDOM_OPENCV), newer = knows_newer(w);
    const int kind = random_below(w->r, 120);

    if (kind < 38 || !w->graph) {
        put_convolutional(w);
    } else if (kind < 46) {
        put_pool(w);
    } else if (kind < 62) {
        put_shortcut(w);
    } else if (kind < 78) {
        put_route(w);
    } else if (kind < 83 && newer) { /* Debian's host crashes on it */
        put(w, "[batchnorm]\n");
    } else if (kind < 86) {
        put(w, "[dropout]\nprobability=.5\n");
    } else if (kind < 89 && !opencv) {
        put(w, "[activation]\n");
        put_activation(w, true);
    } else if (kind < 93) {
        put(w, "[upsample]\nstride=%d\n", between(w, 1, 2));
    } else if (kind < 95 && !opencv) {
        put_crop(w);
    } else if (kind < 101 && !is_for(w, RANDOM_DEBIAN)) {
        put_factors(w);
    } else if (kind < 110) {
        put_channel_shuffle(w);
    } else if (kind < 113 && !w->constant && newer) {
        put_shared(w);
    } else if (kind < 115 && newer) {
        put(w, "[empty]\n");
    } else if (kind < 117) {
        put(w, "[avgpool]\n");
    } else if (!opencv) { /* there it leaves no map to go on with */
        put_connected(w);
    }
}

static void forget(struct writer *w)
{
    ocsp_graph_free(w->graph);
    ocsp_cfg_free(w->cfg);
    w->graph = NULL;
    w->cfg = NULL;
}

/* Takes the text if it makes a net of bearable size. */
static bool accept(struct writer *w)
{
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;

    MUST(ocsp_cfg_parse(&cfg, "random.cfg", w->text, w->length, &test_error));
    if (ocsp_graph_new(&graph, cfg, &test_error) == OCSP_OK) {
        const struct ocsp_layer *l = &graph->layers[graph->n_layers - 1];
        if (l->outputs <= MAX_OUTPUTS && l->type->couple &&
            (!l->is_frozen || l->type->couples_frozen || ocsp_layer_is(l, "shortcut"))) {
            forget(w);
            w->cfg = cfg;
            w->graph = graph;
            return true;
        }
        ocsp_graph_free(graph);
    }
    ocsp_cfg_free(cfg);
    return false;
}

void random_net(struct net *net, struct random *r, int rules)
{
    struct writer *w = calloc(1, sizeof *w);
    int wanted;

    assert_non_null(w);
    w->r = r;
    w->keeps_zero = rules & RANDOM_KEEPS_ZERO;
    w->pads = !(rules & RANDOM_NO_PADDING);
    w->constant = rules & RANDOM_KEEPS_CONSTANTS;
    w->programs = rules & (RANDOM_DEBIAN | RANDOM_ALEXEYAB | RANDOM_OPENCV);
    put(w, "[net]\nwidth=%d\nheight=%d\nchannels=3\n", between(w, 4, 9),
        between(w, 4, 9));
    wanted = between(w, 3, 20);
    for (int tries = 0; tries < 3 * wanted; tries++) {
        const size_t before = w->length;
        put_section(w);
        if (accept(w))
            continue;
        w->length = before;
        w->text[before] = '\0';
    }
    /* OpenCV does not follow a map's size through routes */
    put(w, "%s[connected]\noutput=4\nactivation=linear\n[softmax]\n",
        is_for(w, RANDOM_OPENCV) ? "[avgpool]\n" : "");
    assert_true(accept(w));
    net_parse(net, w->text);
    forget(w);
    free(w);
}

void random_plan(const struct net *net, struct random *r, bool most,
                 struct ocsp_plan *plan)
{
    const struct ocsp_coupling *coupling = net->coupling;
    bool *removed = calloc((size_t)coupling->n_channels + 1, sizeof *removed);
    int *cap = calloc((size_t)coupling->n_groups + 1, sizeof *cap);

    assert_non_null(removed);
    assert_non_null(cap);
    for (int g = 0; g < coupling->n_groups; g++)
        cap[g] = coupling->groups[g].channels - 1;
    ocsp_depthwise_avoid(coupling, cap);
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        const int stays = random_below(r, group->channels);
        const int percent = random_below(r, 101);
        for (int c = 0; c < group->channels; c++) {
            const int behind = (c - stays + group->channels) % group->channels;
            removed[group->first + c] = behind != 0 &&
                                        (most || random_below(r, 100) < percent) &&
                                        behind >= group->channels - cap[g];
        }
    }
    free(cap);
    MUST(ocsp_plan_from_set(plan, coupling, removed, &test_error));
    free(removed);
}

const char *const tested_types[N_TYPES] = {
    "convolutional", "connected",      "batchnorm", "maxpool",  "maxpool_depth",
    "avgpool",       "local_avgpool",  "upsample",  "shortcut", "route",
    "dropout",       "activation",     "crop",      "empty",    "reorg",
    "reorg3d",       "scale_channels", "sam",       "implicit", "softmax",
};

void count_type(const struct ocsp_layer *l, int *count)
{
    /* a variant of [maxpool] that has no section name of its own */
    const bool over_channels = !l->type->names[0];

    for (int k = 0; k < N_TYPES; k++)
        count[k] += over_channels ? strcmp(tested_types[k], "maxpool_depth") == 0
                                  : ocsp_layer_is(l, tested_types[k]);
}
