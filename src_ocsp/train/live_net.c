#include <stdlib.h>
#include <string.h>

#include "train/run.h"

static size_t weights_of(const struct ocsp_layer *l)
{
    size_t sum = 0;

    for (int k = 0; k < l->n_tables; k++)
        sum += l->tables[k].length;
    return sum;
}

static enum ocsp_status compare(const struct ocsp_graph *graph,
                                const struct ocsp_cfg *cfg, int i,
                                const struct ocsp_host_layer *host, bool resized,
                                struct ocsp_error *err)
{
    const struct ocsp_layer *l = &graph->layers[i];
    const int host_scales = host->memory.value.scales ? host->n_biases : 0;
    const size_t n_weights = weights_of(l);

    if (l->n_opaque > 0 || (n_weights > 0 && host->n_weights == 0))
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(cfg), l->line,
                         "layer %d [%s]: this version cannot train nets with weights in "
                         "this section",
                         i, l->name);
    if ((resized || l->outputs == host->outputs) && n_weights == host->n_weights &&
        l->n_biases == host->n_biases && (l->n_scales > 0) == (host_scales > 0))
        return OCSP_OK;
    return ocsp_fail(
        err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(cfg), l->line,
        "layer %d [%s]: this Darknet does not read all of its keys: it makes "
        "%d outputs, %zu weights and %d BN scales of it, the cfg says %d, %zu "
        "and %d",
        i, l->name, host->outputs, host->n_weights, host_scales, l->outputs, n_weights,
        l->n_scales);
}

static enum ocsp_status allocate(struct ocsp_live_net *live, size_t n,
                                 struct ocsp_error *err)
{
    live->layers = calloc(n + 1, sizeof *live->layers);
    live->value = calloc(n + 1, sizeof *live->value);
    live->momentum = calloc(n + 1, sizeof *live->momentum);
    live->adam_m = calloc(n + 1, sizeof *live->adam_m);
    live->adam_v = calloc(n + 1, sizeof *live->adam_v);
    live->average = calloc(n + 1, sizeof *live->average);
    return live->layers && live->value && live->momentum && live->adam_m &&
                   live->adam_v && live->average
               ? OCSP_OK
               : ocsp_fail_memory(err);
}

/* The views, for cfg and graph that are there. */
static enum ocsp_status view_layers(struct ocsp_live_net *live,
                                    const struct ocsp_cfg *cfg, const void *net,
                                    struct ocsp_error *err)
{
    const int n = live->graph->n_layers;
    struct ocsp_progress progress;

    if (ocsp_host.layers(net) != n)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(cfg), 0,
                         "this Darknet made %d layers of it, the cfg has %d",
                         ocsp_host.layers(net), n);
    if (allocate(live, (size_t)n, err))
        return err->status;
    ocsp_host.progress(net, &progress);
    const bool resized = progress.w != live->graph->w || progress.h != live->graph->h;
    for (int i = 0; i < n; i++) {
        struct ocsp_host_layer *l = &live->layers[i];
        ocsp_host.layer(net, i, l);
        if (compare(live->graph, cfg, i, l, resized, err))
            return err->status;
        live->value[i] = l->memory.value;
        live->momentum[i] = l->memory.momentum;
        live->adam_m[i] = l->memory.adam_m;
        live->adam_v[i] = l->memory.adam_v;
        live->average[i] = l->memory.average;
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_live_net_init(struct ocsp_live_net *live, struct ocsp_cfg *cfg,
                                    const void *net, struct ocsp_error *err)
{
    *live = (struct ocsp_live_net){.cfg = cfg};
    if (!ocsp_graph_new(&live->graph, cfg, err) && !view_layers(live, cfg, net, err))
        return OCSP_OK;
    ocsp_live_net_clear(live);
    return err->status;
}

enum ocsp_status ocsp_live_net_init_like(struct ocsp_live_net *live,
                                         const struct ocsp_live_net *like,
                                         const void *net, struct ocsp_error *err)
{
    *live = (struct ocsp_live_net){.graph = like->graph};
    if (!view_layers(live, like->cfg, net, err))
        return OCSP_OK;
    ocsp_live_net_clear(live);
    return err->status;
}

void ocsp_live_net_forget(struct ocsp_live_net *live)
{
    if (OCSP_ON_GPU)
        ocsp_device_free(live->device);
    free(live->layers);
    free(live->value);
    free(live->momentum);
    free(live->adam_m);
    free(live->adam_v);
    free(live->average);
    *live = (struct ocsp_live_net){.cfg = live->cfg, .graph = live->graph};
}

void ocsp_live_net_clear(struct ocsp_live_net *live)
{
    ocsp_live_net_forget(live);
    if (live->cfg)
        ocsp_graph_free(live->graph);
    ocsp_cfg_free(live->cfg);
    *live = (struct ocsp_live_net){0};
}

enum ocsp_status ocsp_live_net_attach(struct ocsp_live_net *live, const void *net,
                                      const struct ocsp_coupling *coupling,
                                      const struct ocsp_sums *sums,
                                      struct ocsp_error *err)
{
    if (!OCSP_ON_GPU)
        return OCSP_OK;
    ocsp_host.stream(net);
    return ocsp_device_new(&live->device, live->graph, coupling, live->layers, sums, err);
}

typedef void copy_function(float *to, const float *from, size_t n, void *stream);

/* Copies each array that both have. */
static void transfer_params(const struct ocsp_layer *l, const struct ocsp_params *to,
                            const struct ocsp_params *from, copy_function *copy,
                            void *stream)
{
    struct ocsp_params target = *to, source = *from;

    for (int role = 0; role < OCSP_ARRAY_BIASES_OF_SOME_HOSTS; role++) {
        float *t = *ocsp_params_array(&target, (enum ocsp_array_role)role);
        const float *s = *ocsp_params_array(&source, (enum ocsp_array_role)role);
        const size_t n = ocsp_array_length(l, (enum ocsp_array_role)role);
        if (t && s && n > 0)
            copy(t, s, n, stream);
    }
}

static void transfer(const struct ocsp_layer *l, const struct ocsp_host_arrays *to,
                     const struct ocsp_host_arrays *from, copy_function *copy,
                     void *stream)
{
    transfer_params(l, &to->value, &from->value, copy, stream);
    transfer_params(l, &to->momentum, &from->momentum, copy, stream);
    transfer_params(l, &to->adam_m, &from->adam_m, copy, stream);
    transfer_params(l, &to->adam_v, &from->adam_v, copy, stream);
}

void ocsp_live_net_pull(const struct ocsp_live_net *live, const void *net)
{
    if (!OCSP_ON_GPU)
        return;
    void *stream = ocsp_host.stream(net);
    for (int i = 0; i < live->graph->n_layers; i++)
        transfer(&live->graph->layers[i], &live->layers[i].memory,
                 &live->layers[i].device, ocsp_device_pull, stream);
}

static void copy_in_memory(float *to, const float *from, size_t n, void *stream)
{
    (void)stream;
    memcpy(to, from, n * sizeof *to);
}

static void copy_layer(const struct ocsp_layer *l, const struct ocsp_params *to,
                       const struct ocsp_params *from)
{
    transfer_params(l, to, from, copy_in_memory, NULL);
}

void ocsp_live_net_push(const struct ocsp_live_net *live, const void *net,
                        const struct ocsp_live_net *from)
{
    if (!OCSP_ON_GPU)
        return;
    void *stream = ocsp_host.stream(net);
    for (int i = 0; i < live->graph->n_layers && live != from; i++)
        copy_layer(&live->graph->layers[i], &live->average[i], &from->average[i]);
    for (int i = 0; i < live->graph->n_layers; i++)
        transfer(&live->graph->layers[i], &live->layers[i].device,
                 &from->layers[i].memory, ocsp_device_push, stream);
    ocsp_host.pushed(net);
}

static void pull_averaged(const struct ocsp_live_net *live, int i, const void *net)
{
    const struct ocsp_host_layer *l = &live->layers[i];

    if (!OCSP_ON_GPU)
        return;
    if (l->memory.average.weights)
        transfer_params(&live->graph->layers[i], &l->memory.value, &l->device.value,
                        ocsp_device_pull, ocsp_host.stream(net));
}

void ocsp_live_net_average(const struct ocsp_live_net *live, const void *net, float decay)
{
    for (int i = 0; i < live->graph->n_layers; i++) {
        struct ocsp_params average = live->average[i], value = live->value[i];
        pull_averaged(live, i, net);
        for (int role = 0; role < OCSP_ARRAY_BIASES_OF_SOME_HOSTS; role++) {
            float *a = *ocsp_params_array(&average, (enum ocsp_array_role)role);
            const float *v = *ocsp_params_array(&value, (enum ocsp_array_role)role);
            const size_t n =
                ocsp_array_length(&live->graph->layers[i], (enum ocsp_array_role)role);
            for (size_t k = 0; a && v && k < n; k++)
                a[k] = decay > 0 ? decay * a[k] + (1 - decay) * v[k] : v[k];
        }
    }
}

enum ocsp_status ocsp_live_net_weights(const struct ocsp_live_net *live, const void *net,
                                       struct ocsp_weights **out, struct ocsp_error *err)
{
    struct ocsp_progress progress;
    struct ocsp_weights *w;
    const enum ocsp_status status =
        ocsp_weights_new(&w, live->graph, ocsp_host.batchnorm_biases, err);

    if (status)
        return status;
    ocsp_host.progress(net, &progress);
    w->revision = ocsp_host.weights_revision;
    w->seen = progress.seen;
    for (int i = 0; i < live->graph->n_layers; i++)
        copy_layer(&live->graph->layers[i], &w->layers[i], &live->value[i]);
    *out = w;
    return OCSP_OK;
}

void ocsp_live_net_restore(const struct ocsp_live_net *live,
                           const struct ocsp_weights *saved)
{
    for (int i = 0; i < live->graph->n_layers; i++)
        copy_layer(&live->graph->layers[i], &live->value[i], &saved->layers[i]);
}
