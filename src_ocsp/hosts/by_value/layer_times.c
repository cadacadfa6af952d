#include "hosts/by_value/layer_times.h"

#include <stdlib.h>
#include <string.h>

#include "hosts/by_value/darknet_compat.h"
#include "hosts/by_value/own_section.h"
#include "hosts/clock.h"
#include "network.h"

struct timed_layer {
    ocsp_pass_function *forward, *backward; /* what the layer had */
    double forward_s, backward_s, update_s;
};

/* A host's callbacks carry no context of ours, so the measured network's has to be here.
 */
static struct {
    const layer *net; /* the measured network's layers */
    int n;
    struct timed_layer *layers;
    long passes;       /* forward passes */
    long images;       /* of them */
    int per_iteration; /* images */
} timed;

static void forward(layer l, ocsp_pass pass)
{
    struct timed_layer *t = &timed.layers[pass.index];
    const double began = ocsp_seconds_now();

    t->forward(l, pass);
    t->forward_s += ocsp_seconds_now() - began;
    if (pass.index == 0) {
        timed.passes++;
        timed.images += l.batch;
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
    const long passes = timed.passes;

    for (int i = 0; i < timed.n; i++) {
        seconds[i] = timed.layers[i].forward_s;
        timed.layers[i].forward_s = 0;
    }
    timed.passes = timed.images = 0;
    return passes;
}

/* Whether backward passes were seen: iterations are steps then, not passes. */
static bool trains(void)
{
    for (int i = 0; i < timed.n; i++)
        if (timed.layers[i].backward_s > 0)
            return true;
    return false;
}

static double iterations(void)
{
    return trains() ? (double)timed.images / timed.per_iteration : (double)timed.passes;
}

static double seconds_of(const struct timed_layer *t)
{
    return t->forward_s + t->backward_s + t->update_s;
}

static double total_seconds(void)
{
    double sum = 0;

    for (int i = 0; i < timed.n; i++)
        sum += seconds_of(&timed.layers[i]);
    return sum;
}

static const char *name_of(const layer *l)
{
    return ocsp_type_is_own(l->type) ? ocsp_own_section_name(l)
                                     : get_layer_string(l->type);
}

void ocsp_layer_times_print(FILE *out, const struct ocsp_engine *engine)
{
    const double total = total_seconds(), n = iterations();
    double engine_s = 0;

    if (timed.passes == 0)
        return;
    fprintf(out,
            "ocsp: profile, ms per %s\n"
            "layer type            by      forward backward   update    share\n",
            trains() ? "iteration" : "prediction");
    for (int i = 0; i < timed.n; i++) {
        const struct timed_layer *t = &timed.layers[i];
        const bool ours = ocsp_engine_takes(engine, i);
        engine_s += ours ? seconds_of(t) : 0;
        fprintf(out, "%5d %-15s %-6s %8.3f %8.3f %8.3f  %5.1f %%\n", i,
                name_of(&timed.net[i]),
                ours                                  ? "engine"
                : ocsp_type_is_own(timed.net[i].type) ? "ocsp"
                                                      : "host",
                1e3 * t->forward_s / n, 1e3 * t->backward_s / n, 1e3 * t->update_s / n,
                100 * seconds_of(t) / total);
    }
    fprintf(out, "ocsp: %.0f %s of %.3f ms, %.1f %% of it in the engine\n", n,
            trains() ? "iterations" : "predictions", 1e3 * total / n,
            100 * engine_s / total);
}
