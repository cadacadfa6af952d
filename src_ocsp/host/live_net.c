#include <stdlib.h>
#include <string.h>

#include "host/run.h"

static enum ocsp_status compare(const struct ocsp_live_net *live, int i,
                                const struct ocsp_host_layer *host, bool resized,
                                struct ocsp_error *err)
{
    const struct ocsp_layer *l = &live->graph->layers[i];

    const bool no_view = l->kind == OCSP_IMPLICIT || l->kind == OCSP_SHORTCUT;

    if (l->n_opaque > 0 || (no_view && l->n_weights > 0))
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(live->cfg), l->line,
                         "layer %d [%s]: this version cannot train nets with weights in "
                         "this section",
                         i, l->name);
    if ((resized || l->outputs == host->outputs) && l->n_weights == host->n_weights &&
        l->n_biases == host->n_biases &&
        (l->n_scales > 0) == (host->value.scales != NULL))
        return OCSP_OK;
    return ocsp_fail(
        err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(live->cfg), l->line,
        "layer %d [%s]: this Darknet does not read all of its keys: it makes "
        "%d outputs, %zu weights and %d BN scales of it, the cfg says %d, %zu "
        "and %d",
        i, l->name, host->outputs, host->n_weights,
        host->value.scales ? host->n_biases : 0, l->outputs, l->n_weights, l->n_scales);
}

enum ocsp_status ocsp_live_net_init(struct ocsp_live_net *live, struct ocsp_cfg *cfg,
                                    const void *net, struct ocsp_error *err)
{
    struct ocsp_progress progress;
    enum ocsp_status status;

    *live = (struct ocsp_live_net){.cfg = cfg};
    status = ocsp_graph_new(&live->graph, cfg, err);
    if (status)
        goto fail;
    const int n = live->graph->n_layers;
    if (ocsp_host.layers(net) != n) {
        status = ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(cfg), 0,
                           "this Darknet made %d layers of it, the cfg has %d",
                           ocsp_host.layers(net), n);
        goto fail;
    }
    ocsp_host.progress(net, &progress);
    const bool resized = progress.w != live->graph->w || progress.h != live->graph->h;
    live->value = calloc((size_t)n, sizeof *live->value);
    live->momentum = calloc((size_t)n, sizeof *live->momentum);
    if (!live->value || !live->momentum) {
        status = ocsp_fail_memory(err);
        goto fail;
    }
    for (int i = 0; i < n; i++) {
        struct ocsp_host_layer host;
        ocsp_host.layer(net, i, &host);
        status = compare(live, i, &host, resized, err);
        if (status)
            goto fail;
        live->value[i] = host.value;
        live->momentum[i] = host.momentum;
    }
    return OCSP_OK;
fail:
    ocsp_live_net_clear(live);
    return status;
}

void ocsp_live_net_clear(struct ocsp_live_net *live)
{
    free(live->value);
    free(live->momentum);
    ocsp_graph_free(live->graph);
    ocsp_cfg_free(live->cfg);
    *live = (struct ocsp_live_net){0};
}

static void copy(float *to, const float *from, size_t n)
{
    if (to && from)
        memcpy(to, from, n * sizeof *to);
}

static void copy_layer(const struct ocsp_layer *l, const struct ocsp_params *to,
                       const struct ocsp_params *from)
{
    const size_t n = (size_t)l->n_biases;

    copy(to->biases, from->biases, n);
    copy(to->scales, from->scales, n);
    copy(to->mean, from->mean, n);
    copy(to->variance, from->variance, n);
    copy(to->weights, from->weights, l->n_weights);
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
