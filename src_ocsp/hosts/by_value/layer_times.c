#include "hosts/by_value/layer_times.h"

#include <stdlib.h>
#include <string.h>

#include "hosts/by_value/darknet_compat.h"
#include "hosts/by_value/layer_name.h"
#include "hosts/by_value/own_section.h"
#include "net/clock.h"
#include "network.h"

/* A network in training also predicts: it is measured on images that it does not learn.
 */
enum pass_kind { PREDICTS, TRAINS, KINDS };

struct timed_layer {
    ocsp_pass_function *forward, *backward; /* what the layer had */
    double forward_s[KINDS], backward_s, update_s;
};

/* A host's callbacks carry no context of ours, so the measured network's has to be here.
 */
static struct {
    const layer *net; /* the measured network's layers */
    int n;
    struct timed_layer *layers;
    long passes[KINDS]; /* forward passes */
    long images;        /* of those in training */
    int per_iteration;  /* images */
} timed;

static void forward(layer l, ocsp_pass pass)
{
    struct timed_layer *t = &timed.layers[pass.index];
    const enum pass_kind kind = pass.train ? TRAINS : PREDICTS;
    const double began = ocsp_seconds_now();

    t->forward(l, pass);
    t->forward_s[kind] += ocsp_seconds_now() - began;
    if (pass.index == 0) {
        timed.passes[kind]++;
        timed.images += kind == TRAINS ? l.batch : 0;
    }
}

static void backward(layer l, ocsp_pass pass)
{
    struct timed_layer *t = &timed.layers[pass.index];
    const double began = ocsp_seconds_now();

    t->backward(l, pass);
    t->backward_s += ocsp_seconds_now() - began;
}

static void clear(void)
{
    free(timed.layers);
    memset(&timed, 0, sizeof timed);
}

void ocsp_layer_times_forget(const void *net)
{
    if (timed.net && ((const network *)net)->layers == timed.net)
        clear();
}

void ocsp_layer_times_remove(void *net)
{
    const network *of = net;

    if (!timed.net || of->layers != timed.net)
        return;
    for (int i = 0; i < timed.n; i++) {
        of->layers[i].forward = timed.layers[i].forward;
        of->layers[i].backward = timed.layers[i].backward;
    }
    clear();
}

enum ocsp_status ocsp_layer_times_install(void *net, struct ocsp_error *err)
{
    const network *of = net;

    ocsp_layer_times_remove(net);
    clear();
    timed.layers = calloc((size_t)of->n, sizeof *timed.layers);
    if (!timed.layers)
        return ocsp_fail_memory(err);
    timed.net = of->layers;
    timed.n = of->n;
    timed.per_iteration = of->batch * of->subdivisions;
    for (int i = 0; i < of->n; i++) {
        layer *l = &of->layers[i];
        timed.layers[i].forward = l->forward;
        timed.layers[i].backward = l->backward;
        l->forward = l->forward ? forward : NULL;
        l->backward = l->backward ? backward : NULL;
    }
    return OCSP_OK;
}

void ocsp_layer_times_add_update(int layer, double seconds)
{
    if (timed.layers)
        timed.layers[layer].update_s += seconds;
}

long ocsp_layer_times_read(double *seconds)
{
    const long passes = timed.passes[PREDICTS];

    for (int i = 0; i < timed.n; i++) {
        seconds[i] = timed.layers[i].forward_s[PREDICTS];
        timed.layers[i].forward_s[PREDICTS] = 0;
    }
    timed.passes[PREDICTS] = 0;
    return passes;
}

/* What the profile is about: of a network that trains, the training. */
static enum pass_kind profiled(void)
{
    return timed.passes[TRAINS] > 0 ? TRAINS : PREDICTS;
}

static double iterations(void)
{
    return profiled() == TRAINS ? (double)timed.images / timed.per_iteration
                                : (double)timed.passes[PREDICTS];
}

static double seconds_of(const struct timed_layer *t)
{
    return t->forward_s[profiled()] + t->backward_s + t->update_s;
}

static double total_seconds(void)
{
    double sum = 0;

    for (int i = 0; i < timed.n; i++)
        sum += seconds_of(&timed.layers[i]);
    return sum;
}

void ocsp_layer_times_print(FILE *out, const struct ocsp_engine *engine)
{
    const double total = total_seconds(), n = iterations();
    double engine_s = 0;

    if (timed.passes[profiled()] == 0)
        return;
    fprintf(out,
            "ocsp: profile, ms per %s\n"
            "layer type            by      forward backward   update    share\n",
            profiled() == TRAINS ? "iteration" : "prediction");
    for (int i = 0; i < timed.n; i++) {
        const struct timed_layer *t = &timed.layers[i];
        const bool ours = ocsp_engine_takes(engine, i);
        engine_s += ours ? seconds_of(t) : 0;
        fprintf(out, "%5d %-15s %-6s %8.3f %8.3f %8.3f  %5.1f %%\n", i,
                ocsp_layer_name(&timed.net[i]),
                ours                                  ? "engine"
                : ocsp_type_is_own(timed.net[i].type) ? "ocsp"
                                                      : "host",
                1e3 * t->forward_s[profiled()] / n, 1e3 * t->backward_s / n,
                1e3 * t->update_s / n, 100 * seconds_of(t) / total);
    }
    fprintf(out, "ocsp: %.0f %s of %.3f ms, %.1f %% of it in the engine\n", n,
            profiled() == TRAINS ? "iterations" : "predictions", 1e3 * total / n,
            100 * engine_s / total);
}
