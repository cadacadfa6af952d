#include "engine/engine.h"

#include <dnnl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/channel_block.h"
#include "engine/layer.h"
#include "engine/scratch.h"
#include "hosts/fatal.h"

/* A host's callbacks carry no context of ours, so the hooked network's has to be here. */
static struct {
    layer *net; /* the hooked network's layers */
    int n;
    struct ocsp_engine_node *nodes;
    /* [largest n_sources], of the pass that runs */
    const float **in;
    float **in_delta;
} engine;

static struct ocsp_engine_map input_map(const layer *l)
{
    return (struct ocsp_engine_map){l->batch, l->c, l->h, l->w};
}

static struct ocsp_engine_map output_map(const layer *l)
{
    return (struct ocsp_engine_map){l->batch, l->out_c, l->out_h, l->out_w};
}

static bool is_same_map(const struct ocsp_engine_map *a, const struct ocsp_engine_map *b)
{
    return a->batch == b->batch && a->c == b->c && a->h == b->h && a->w == b->w;
}

/* Of one pixel or one channel: the formats do not differ. */
static bool has_one_format(const struct ocsp_engine_map *map)
{
    return map->c == 1 || map->h * map->w == 1;
}

static void clear_plan(struct ocsp_engine_node *node)
{
    if (node->plan)
        node->kind->clear(node->plan);
    node->plan = NULL;
    node->threads = 0;
}

static enum ocsp_status take_weights(struct ocsp_engine_node *node, layer *l,
                                     struct ocsp_error *err)
{
    return node->inference && node->kind->take_weights
               ? node->kind->take_weights(node, l, err)
               : OCSP_OK;
}

static enum ocsp_status return_weights(struct ocsp_engine_node *node, layer *l,
                                       struct ocsp_error *err)
{
    return node->plan && node->kind->return_weights
               ? node->kind->return_weights(node, l, err)
               : OCSP_OK;
}

/* Plans a layer anew where its shape, which a host changes under our feet, or the number
 * of threads is not what it is planned for. */
static enum ocsp_status plan(struct ocsp_engine_node *node, layer *l,
                             struct ocsp_error *err)
{
    const struct ocsp_engine_map in = input_map(l), out = output_map(l);
    const int threads = omp_get_max_threads();

    if (node->threads == threads && is_same_map(&in, &node->in) &&
        is_same_map(&out, &node->out))
        return OCSP_OK;
    if (return_weights(node, l, err))
        return err->status;
    clear_plan(node);
    node->in = in;
    node->out = out;
    if (node->kind->plan && node->kind->plan(node, l, err))
        return err->status;
    node->threads = threads;
    return take_weights(node, l, err);
}

static struct ocsp_engine_node *node_for(const ocsp_pass *pass)
{
    struct ocsp_engine_node *node = &engine.nodes[pass->index];
    struct ocsp_error err;

    if (plan(node, &OCSP_PASS_LAYERS(*pass)[pass->index], &err))
        ocsp_fatal(&err);
    return node;
}

static bool is_last(const struct ocsp_engine_node *node, int k)
{
    return node->sources[k] >= 0 && engine.nodes[node->sources[k]].last;
}

static struct ocsp_engine_map source_map(const struct ocsp_engine_node *node, int k,
                                         const ocsp_pass *pass)
{
    const int s = node->sources[k];

    return s < 0 ? node->in : output_map(&OCSP_PASS_LAYERS(*pass)[s]);
}

/* Whether source k is not laid out as the kind wants it. Where a kind does not convert,
 * the graph has seen to that. */
static bool differs(const struct ocsp_engine_node *node, int k,
                    const struct ocsp_engine_map *map)
{
    return (node->kind->converts || node->kind->flat_input) && !has_one_format(map) &&
           is_last(node, k) == node->kind->flat_input;
}

static const float *source(const struct ocsp_engine_node *node, int k,
                           const ocsp_pass *pass)
{
    const int s = node->sources[k];
    const struct ocsp_engine_map map = source_map(node, k, pass);
    const float *x =
        s == pass->index - 1 ? pass->input : OCSP_PASS_LAYERS(*pass)[s].output;

    if (!differs(node, k, &map))
        return x;
    float *converted = ocsp_engine_scratch(OCSP_ENGINE_IN, ocsp_engine_floats(&map));
    if (node->kind->flat_input)
        ocsp_engine_from_last(converted, x, &map, false);
    else
        ocsp_engine_to_last(converted, x, &map, false);
    return converted;
}

static bool converts_output(const struct ocsp_engine_node *node)
{
    return !node->last && !has_one_format(&node->out);
}

/* A host's forward loop clears each l.delta, on one core, right before l.forward. Where
 * the engine overwrites it anyway, the next layer's is not there to be cleared until that
 * layer's own forward begins. */
static void hide_next_delta(const ocsp_pass *pass)
{
    const int next = pass->index + 1;

    if (next >= engine.n || !engine.nodes[next].kind || !engine.nodes[next].ours ||
        engine.nodes[next].inference)
        return;
    layer *l = &OCSP_PASS_LAYERS(*pass)[next];
    if (l->delta)
        engine.nodes[next].hidden = l->delta;
    l->delta = NULL;
}

static void show_delta(const ocsp_pass *pass)
{
    struct ocsp_engine_node *node = &engine.nodes[pass->index];

    if (!node->hidden || node->inference)
        return;
    OCSP_PASS_LAYERS(*pass)[pass->index].delta = node->hidden;
    node->hidden = NULL;
}

static void forward(layer unplanned, ocsp_pass pass)
{
    (void)unplanned; /* a copy, whose weights planning may have moved */
    show_delta(&pass);
    struct ocsp_engine_node *node = node_for(&pass);
    const layer *l = &OCSP_PASS_LAYERS(pass)[pass.index];
    const bool converts = converts_output(node);
    const struct ocsp_engine_io io = {
        .train = pass.train,
        .in = engine.in,
        .out = converts
                   ? ocsp_engine_scratch(OCSP_ENGINE_OUT, ocsp_engine_floats(&node->out))
                   : l->output};

    for (int k = 0; k < node->n_sources; k++)
        engine.in[k] = source(node, k, &pass);
    node->kind->forward(node, l, &io);
    if (converts)
        ocsp_engine_from_last(l->output, io.out, &node->out, false);
    hide_next_delta(&pass);
}

static float *target(const struct ocsp_engine_node *node, int k, const ocsp_pass *pass)
{
    const int s = node->sources[k];

    return s == pass->index - 1 ? pass->delta : OCSP_PASS_LAYERS(*pass)[s].delta;
}

static void backward(layer l, ocsp_pass pass)
{
    static const bool no_adding[1] = {false}; /* a kind that converts has one source */
    struct ocsp_engine_node *node = node_for(&pass);
    struct ocsp_engine_io io = {.train = true,
                                .in = engine.in,
                                .out = l.output,
                                .delta = l.delta,
                                .in_delta = engine.in_delta,
                                .add = node->add};
    float *converted = NULL;

    for (int k = 0; k < node->n_sources; k++) {
        engine.in[k] = source(node, k, &pass);
        engine.in_delta[k] = target(node, k, &pass);
    }
    const struct ocsp_engine_map map = source_map(node, 0, &pass);
    float *const wanted = engine.in_delta[0];
    if (wanted && differs(node, 0, &map)) {
        converted = ocsp_engine_scratch(OCSP_ENGINE_IN_DELTA, ocsp_engine_floats(&map));
        engine.in_delta[0] = converted;
        io.add = no_adding;
    }
    if (converts_output(node)) {
        const size_t n = ocsp_engine_floats(&node->out);
        float *both = ocsp_engine_scratch(OCSP_ENGINE_OUT, 2 * n);
        ocsp_engine_to_last(both, l.output, &node->out, false);
        ocsp_engine_to_last(both + n, l.delta, &node->out, false);
        io.out = both;
        io.delta = both + n;
    }
    node->kind->backward(node, &l, &io);
    if (converted && node->kind->flat_input)
        ocsp_engine_to_last(wanted, converted, &map, node->add[0]);
    else if (converted)
        ocsp_engine_from_last(wanted, converted, &map, node->add[0]);
}

static void clear(void)
{
    for (int i = 0; engine.nodes && i < engine.n; i++) {
        if (engine.nodes[i].kind)
            clear_plan(&engine.nodes[i]);
        free(engine.nodes[i].sources);
        free(engine.nodes[i].add);
    }
    free(engine.nodes);
    free(engine.in);
    free(engine.in_delta);
    memset(&engine, 0, sizeof engine);
    ocsp_engine_scratch_free();
}

/* Gives the layers their deltas back, but those that a resizing has made anew. */
static void show_all_deltas(const network *net)
{
    for (int i = 0; i < engine.n; i++) {
        layer *l = &net->layers[i];
        if (l->delta)
            free(engine.nodes[i].hidden);
        else
            l->delta = engine.nodes[i].hidden;
        engine.nodes[i].hidden = NULL;
    }
}

static void forget(const void *net)
{
    if (!engine.net || ((const network *)net)->layers != engine.net)
        return;
    show_all_deltas(net);
    clear();
}

static void uninstall(void *net)
{
    const network *of = net;

    if (!engine.net || of->layers != engine.net)
        return;
    show_all_deltas(net);
    for (int i = 0; i < engine.n; i++) {
        struct ocsp_engine_node *node = &engine.nodes[i];
        struct ocsp_error err;
        if (!node->kind)
            continue;
        if (return_weights(node, &of->layers[i], &err))
            ocsp_fatal(&err);
        of->layers[i].forward = node->forward;
        of->layers[i].backward = node->backward;
        of->layers[i].update = node->update;
    }
    clear();
}

static enum ocsp_status make(const network *net, enum ocsp_engine_purpose purpose,
                             struct ocsp_error *err)
{
    int most = 1;

    engine.n = net->n;
    engine.nodes = calloc((size_t)net->n, sizeof *engine.nodes);
    if (!engine.nodes)
        return ocsp_fail_memory(err);
    if (ocsp_engine_graph(net, engine.nodes, err))
        return err->status;
    for (int i = 0; i < net->n; i++)
        if (engine.nodes[i].n_sources > most)
            most = engine.nodes[i].n_sources;
    engine.in = calloc((size_t)most, sizeof *engine.in);
    engine.in_delta = calloc((size_t)most, sizeof *engine.in_delta);
    if (!engine.in || !engine.in_delta)
        return ocsp_fail_memory(err);
    for (int i = 0; i < net->n; i++) {
        engine.nodes[i].inference = purpose == OCSP_ENGINE_INFERENCE;
        if (engine.nodes[i].kind && engine.nodes[i].inference)
            ocsp_engine_fold(&net->layers[i]);
    }
    for (int i = 0; i < net->n; i++)
        if (engine.nodes[i].kind && plan(&engine.nodes[i], &net->layers[i], err))
            return err->status;
    return OCSP_OK;
}

static enum ocsp_status install(void *net, enum ocsp_engine_purpose purpose,
                                struct ocsp_error *err)
{
    const network *of = net;

    uninstall(net);
    clear();
    if (make(of, purpose, err)) {
        clear();
        return err->status;
    }
    engine.net = of->layers;
    for (int i = 0; i < of->n; i++) {
        struct ocsp_engine_node *node = &engine.nodes[i];
        layer *l = &of->layers[i];
        if (!node->kind)
            continue;
        node->forward = l->forward;
        node->backward = l->backward;
        node->update = l->update;
        l->forward = forward;
        l->backward = backward;
        if (node->inference) { /* or a host's forward loop would clear it each time */
            node->hidden = l->delta;
            l->delta = NULL;
        }
        if (l->update && (l->type == CONVOLUTIONAL || l->type == CONNECTED))
            l->update = ocsp_engine_update;
    }
    return OCSP_OK;
}

static int count_layers(void)
{
    int taken = 0;

    for (int i = 0; i < engine.n; i++)
        taken += engine.nodes[i].kind != NULL;
    return taken;
}

static bool takes(int layer)
{
    return layer < engine.n && engine.nodes[layer].kind;
}

static const char *name_with_version(void)
{
    static char name[32];
    const dnnl_version_t *version = dnnl_version();

    snprintf(name, sizeof name, "oneDNN %d.%d.%d", version->major, version->minor,
             version->patch);
    return name;
}

const struct ocsp_engine ocsp_engine_onednn = {
    .name = name_with_version,
    .channel_block = ocsp_engine_channel_block,
    .install = install,
    .uninstall = uninstall,
    .forget = forget,
    .count_layers = count_layers,
    .takes = takes,
};
