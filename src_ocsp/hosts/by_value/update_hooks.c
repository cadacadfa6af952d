#include "hosts/by_value/update_hooks.h"

#include <assert.h>
#include <stdlib.h>

#include "hosts/by_value/layer_arrays.h"
#include "hosts/by_value/layer_times.h"
#include "hosts/by_value/own_section.h"
#include "hosts/by_value/repair.h"

struct ocsp_hooked_net {
    const layer *net; /* the hooked network's layers */
    network of;       /* a copy: a host's loop may hold its network by value */
    const struct ocsp_host_events *events;
    const struct ocsp_engine *engine; /* or NULL */
    bool in_step;                     /* between a step's first update and its last */
    int n;
    struct ocsp_update_hook *layers;
    const float **keys; /* per entry: an array that is the layer's own, unlike l.output */
    struct ocsp_hooked_net *next;
};

/* One on CPU, one per replica in GPU builds. */
static struct ocsp_hooked_net *hooked_nets;

static void free_hooked(struct ocsp_hooked_net *hooked)
{
    if (!hooked)
        return;
    free(hooked->layers);
    free(hooked->keys);
    free(hooked);
}

/* Takes the entry of this network out of the list; NULL where it is not hooked. */
static struct ocsp_hooked_net *unlink_hooked(const layer *net)
{
    for (struct ocsp_hooked_net **link = &hooked_nets; *link; link = &(*link)->next)
        if ((*link)->net == net) {
            struct ocsp_hooked_net *hooked = *link;
            *link = hooked->next;
            return hooked;
        }
    return NULL;
}

/* The last layer has no array of parameters, but a cost of its own. */
static const float *key_of(const layer *l)
{
    if (l->type == BATCHNORM)
        return l->scales;
    if (ocsp_type_is_own(l->type))
        return l->output;
    return l->weights ? l->weights : l->cost;
}

/* A layer's updates are NULL where the cfg freezes it (stopbackward=1 after it). */
static bool trains(const layer *l)
{
    struct ocsp_host_layer view;

    ocsp_layer_view(l, &view);
    return view.memory.momentum.weights || view.memory.momentum.scales ||
           view.memory.momentum.biases;
}

/* Gives a network the host's own functions back. */
static void uninstall(struct ocsp_hooked_net *hooked)
{
    if (!hooked)
        return;
    for (int k = 0; k < hooked->n; k++)
        hooked->of.layers[hooked->layers[k].layer].OCSP_UPDATE = hooked->layers[k].update;
    ocsp_layer_times_remove(&hooked->of);
    ocsp_repair_remove(&hooked->of);
    ocsp_engine_uninstall(hooked->engine, &hooked->of);
    free_hooked(hooked);
}

static enum ocsp_status install(network *net, struct ocsp_hooked_net *hooked, bool times,
                                struct ocsp_error *err)
{
    if (ocsp_engine_install(hooked->engine, net, OCSP_ENGINE_TRAINING, err) ||
        ocsp_repair_install(net, hooked->engine, err) ||
        (times && ocsp_layer_times_install(net, err)))
        return err->status;
    hooked->layers = calloc((size_t)net->n, sizeof *hooked->layers);
    hooked->keys = calloc((size_t)net->n, sizeof *hooked->keys);
    return hooked->layers && hooked->keys ? OCSP_OK : ocsp_fail_memory(err);
}

static void hook_layer(struct ocsp_hooked_net *hooked, int i,
                       ocsp_update_function *wrapper, ocsp_update_function *missing)
{
    layer *l = &hooked->of.layers[i];

    hooked->keys[hooked->n] = key_of(l);
    hooked->layers[hooked->n++] =
        (struct ocsp_update_hook){.layer = i,
                                  .update = l->OCSP_UPDATE ? l->OCSP_UPDATE
                                            : trains(l)    ? missing
                                                           : NULL,
                                  .of = hooked};
    l->OCSP_UPDATE = wrapper;
}

/* Whether this layer's update is the last one of every step. */
static bool ends_steps(const network *net, int i)
{
#ifdef GPU
    if (i + 1 != net->n || !key_of(&net->layers[i]))
        return false;
    ocsp_host_update_always(&net->layers[i]);
    return true;
#else
    (void)net;
    (void)i;
    return false;
#endif
}

enum ocsp_status ocsp_update_hooks_install(network *net,
                                           const struct ocsp_host_hooks *hooks,
                                           ocsp_update_function *wrapper,
                                           ocsp_update_function *missing,
                                           struct ocsp_error *err)
{
    struct ocsp_hooked_net *hooked = calloc(1, sizeof *hooked);

    uninstall(unlink_hooked(net->layers));
    if (!OCSP_ON_GPU && hooked_nets)
        uninstall(unlink_hooked(hooked_nets->net));
    if (!hooked)
        return ocsp_fail_memory(err);
    hooked->net = net->layers;
    hooked->of = *net;
    hooked->events = hooks->events;
    hooked->engine = hooks->engine;
    if (install(net, hooked, hooks->times, err)) {
        uninstall(hooked);
        return err->status;
    }
    for (int i = 0; i < net->n; i++)
        if (trains(&net->layers[i]) || ends_steps(net, i))
            hook_layer(hooked, i, wrapper, missing);
    if (hooked->n > 0)
        hooked->layers[hooked->n - 1].last = true;
    hooked->next = hooked_nets;
    hooked_nets = hooked;
    return OCSP_OK;
}

const struct ocsp_update_hook *ocsp_update_hook_find(const layer *l)
{
    const float *key = key_of(l);

    for (struct ocsp_hooked_net *hooked = hooked_nets; hooked; hooked = hooked->next)
        for (int k = 0; k < hooked->n; k++)
            if (hooked->keys[k] == key)
                return &hooked->layers[k];
    assert(!"an update of a network that is not hooked");
    abort();
}

void ocsp_update_hook_before(const struct ocsp_update_hook *layer,
                             struct ocsp_update *update)
{
    const struct ocsp_host_events *events = layer->of->events;

    update->layer = layer->layer;
    update->first = !layer->of->in_step;
    update->last = layer->last;
    layer->of->in_step = !layer->last;
    events->before_update(events->context, update);
}

void ocsp_update_hook_after(const struct ocsp_update_hook *layer,
                            const struct ocsp_update *update)
{
    const struct ocsp_host_events *events = layer->of->events;

    events->after_update(events->context, update);
}

void ocsp_update_hooks_forget(const network *net)
{
    struct ocsp_hooked_net *hooked = unlink_hooked(net->layers);

    ocsp_layer_times_forget(net);
    if (hooked)
        ocsp_engine_forget(hooked->engine, net);
    ocsp_repair_forget(net);
    free_hooked(hooked);
}
