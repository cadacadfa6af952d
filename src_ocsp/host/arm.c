#include "host/arm.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/engine.h"
#include "host/profile.h"
#include "host/repair.h"

static struct {
    const layer *net; /* the armed network's layers */
    network of;       /* a copy: a host's loop may hold its network by value */
    const struct ocsp_host_events *events;
    int n;
    struct ocsp_armed_layer *layers;
    const float **keys; /* per entry: an array that is the layer's own, unlike l.output */
    int next;           /* entry that the next update is likely for */
} armed;

void ocsp_arm_view(const layer *l, struct ocsp_host_layer *out)
{
    const bool weighted = l->type == CONVOLUTIONAL || l->type == CONNECTED;

    memset(out, 0, sizeof *out);
    out->outputs = l->outputs;
    out->output = l->output;
    if (!weighted && l->type != BATCHNORM)
        return;
    out->n_biases = l->type == CONVOLUTIONAL ? l->n
                    : l->type == CONNECTED   ? l->outputs
                                             : l->c;
    if (weighted) {
        out->n_weights = l->type == CONVOLUTIONAL
                             ? (size_t)l->nweights
                             : (size_t)l->inputs * (size_t)l->outputs;
        out->value.weights = l->weights;
        out->momentum.weights = l->weight_updates;
    }
    if (!weighted || l->batch_normalize) {
        out->value.scales = l->scales;
        out->value.mean = l->rolling_mean;
        out->value.variance = l->rolling_variance;
        out->momentum.scales = l->scale_updates;
    }
#ifdef OCSP_HOST_DEBIAN
    /* its files have no biases of [batchnorm], so they stay 0 */
    if (l->type == BATCHNORM)
        return;
#endif
    out->value.biases = l->biases;
    out->momentum.biases = l->bias_updates;
}

static bool reads_delta_of_crop(const network *net, const layer *l)
{
    if (l->type == ROUTE)
        for (int k = 0; k < l->n; k++)
            if (net->layers[l->input_layers[k]].type == CROP)
                return true;
    return l->type == SHORTCUT && net->layers[l->index].type == CROP;
}

static const char *refuse(const network *net, int i)
{
    const layer *l = &net->layers[i];
    const bool normalized =
        l->type == BATCHNORM ||
        ((l->type == CONVOLUTIONAL || l->type == CONNECTED) && l->batch_normalize);

    if (normalized && l->batch == 1 && (l->type == CONNECTED || l->out_w * l->out_h == 1))
        return "batch normalization over a single value: batch / subdivisions must be 2 "
               "or more here";
    if (l->type == CONVOLUTIONAL && (l->binary || l->xnor))
        return "binary= and xnor= cannot be pruned: a zero weight is not zero there";
    if (l->type == CONVOLUTIONAL && l->size == 1 && l->pad > 0)
        return "Darknet on CPU computes a 1x1 convolution with padding wrongly: remove "
               "padding=";
    if (l->type == CROP && i > 0)
        return "[crop] passes no gradient back: it may only be the first layer";
    if (reads_delta_of_crop(net, l))
        return "[crop] passes no gradient back: no [route] or [shortcut] may read it";
    if (l->type == MAXPOOL && (l->pad + 1) / 2 >= l->size && l->pad > 0)
        return "padding= is so large that a window of the pool holds no input";
    if (l->type == SOFTMAX && l->softmax_tree)
        return "Darknet on CPU trains a softmax with tree= wrongly";
    if (l->type == SOFTMAX && l->spatial)
        return "Darknet on CPU ignores spatial=1 of a softmax";
    return NULL;
}

enum ocsp_status ocsp_arm_check(const network *net, const char *cfg,
                                const char *(*refuse_host)(const network *net, int i),
                                struct ocsp_error *err)
{
#ifdef GPU
    (void)net;
    (void)refuse_host;
    (void)refuse;
    return ocsp_fail(
        err, OCSP_E_UNSUPPORTED, cfg, 0,
        "this version prunes on CPU builds only: rebuild Darknet with GPU=0");
#else
    if (net->adam)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, cfg, 0,
                         "[net] adam=1: Darknet on CPU would silently train with SGD; "
                         "remove it");
    for (int i = 0; i < net->n; i++) {
        const char *why = refuse(net, i);
        if (!why)
            why = refuse_host(net, i);
        if (why)
            return ocsp_fail(err, OCSP_E_UNSUPPORTED, cfg, 0, "layer %d: %s", i, why);
    }
    return OCSP_OK;
#endif
}

static void forget(void)
{
    free(armed.layers);
    free(armed.keys);
    memset(&armed, 0, sizeof armed);
}

static const float *key_of(const layer *l)
{
    return l->type == BATCHNORM ? l->scales : l->weights;
}

/* A layer's updates are NULL where the cfg freezes it (stopbackward=1 after it). */
static bool trains(const layer *l)
{
    struct ocsp_host_layer view;

    ocsp_arm_view(l, &view);
    return view.n_biases && (view.momentum.weights || view.momentum.scales);
}

/* Gives the armed network, if there is one, the host's own functions back. */
static void disarm(void)
{
    if (!armed.net)
        return;
    for (int k = 0; k < armed.n; k++)
        armed.of.layers[armed.layers[k].layer].update = armed.layers[k].update;
    ocsp_profile_remove(&armed.of);
    ocsp_repair_remove(&armed.of);
    ocsp_engine_remove(&armed.of);
    forget();
}

static enum ocsp_status install(network *net, struct ocsp_error *err)
{
    if (ocsp_engine_install(net, OCSP_ENGINE_TRAINING, err) ||
        ocsp_repair_install(net, err) || ocsp_profile_install(net, err))
        return err->status;
    armed.layers = calloc((size_t)net->n, sizeof *armed.layers);
    armed.keys = calloc((size_t)net->n, sizeof *armed.keys);
    return armed.layers && armed.keys ? OCSP_OK : ocsp_fail_memory(err);
}

enum ocsp_status ocsp_arm(network *net, const struct ocsp_host_events *events,
                          ocsp_update_function *wrapper, ocsp_update_function *missing,
                          struct ocsp_error *err)
{
    disarm();
    armed.net = net->layers;
    armed.of = *net;
    if (install(net, err)) {
        disarm();
        return err->status;
    }
    for (int i = 0; i < net->n; i++) {
        layer *l = &net->layers[i];
        if (!trains(l))
            continue;
        armed.layers[armed.n].layer = i;
        armed.layers[armed.n].update = l->update ? l->update : missing;
        armed.keys[armed.n++] = key_of(l);
        l->update = wrapper;
    }
    armed.events = events;
    return OCSP_OK;
}

const struct ocsp_armed_layer *ocsp_arm_find(const layer *l)
{
    const float *key = key_of(l);

    for (int k = 0; k < armed.n; k++) {
        const int at = (armed.next + k) % armed.n;
        if (armed.keys[at] == key) {
            armed.next = at + 1;
            return &armed.layers[at];
        }
    }
    assert(!"an update of a network that is not armed");
    abort();
}

const struct ocsp_host_events *ocsp_arm_events(void)
{
    return armed.events;
}

void ocsp_arm_clear_deltas(void *net)
{
    const network *of = net;

    for (int i = 0; i < of->n; i++) {
        const layer *l = &of->layers[i];
        if (l->delta)
            memset(l->delta, 0, (size_t)l->batch * (size_t)l->outputs * sizeof *l->delta);
    }
}

void ocsp_arm_forget(const network *net)
{
    ocsp_profile_forget(net);
    ocsp_engine_forget(net);
    ocsp_repair_forget(net);
    if (net->layers == armed.net)
        forget();
}
