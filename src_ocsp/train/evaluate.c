#include "train/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "net/clock.h"
#include "train/console.h"
#include "train/signals.h"
#include "train/valid_images.h"

/* Why a network of this kind cannot be measured, or NULL. */
static const char *find_obstacle(const struct ocsp_run *run)
{
    const struct ocsp_graph *graph = run->live.graph;

    if (!ocsp_host.validation)
        return "it is not known how this host validates classifiers";
    if (!run->options.validation.list)
        return "the data file has no valid=";
    if (run->options.validation.tagged)
        return "with tag= the images' classes are not told by their paths";
    if (graph->c > 3)
        return "images have three channels, the network wants more";
    for (int i = 0; i < graph->n_layers; i++)
        if (graph->layers[i].type->has_memory)
            return "the network remembers images, and would not learn the same";
    return NULL;
}

static void say_nothing_is_measured(const char *why)
{
    ocsp_console_line("ocsp: no accuracy is measured: %s", why);
}

static int top_of(const struct ocsp_run *run)
{
    const struct ocsp_hook_validation *v = &run->options.validation;

    return ocsp_host.validation->top_within_classes && v->top > v->classes ? v->classes
                                                                           : v->top;
}

static void announce(const struct ocsp_run *run)
{
    const struct ocsp_valid_images *images = run->evaluation.images;
    const char *list = run->options.validation.list;

    if (run->options.eval == OCSP_EVAL_AUTO || run->options.eval == 1)
        ocsp_console_line("ocsp: accuracy on the %d images of %s, after each epoch",
                          images->n, list);
    else
        ocsp_console_line("ocsp: accuracy on the %d images of %s, every %d epochs",
                          images->n, list, run->options.eval);
    if (images->no_label > 0)
        ocsp_console_line("ocsp: %d of these images have no label of %s in their path: "
                          "they count as wrong",
                          images->no_label, run->options.validation.labels);
}

void ocsp_evaluate_begin(struct ocsp_run *run)
{
    const struct ocsp_graph *graph = run->live.graph;
    struct ocsp_accuracy *accuracy = &run->accuracy;
    struct ocsp_error err;
    const char *why;

    if (run->options.eval == OCSP_EVAL_OFF)
        return;
    why = find_obstacle(run);
    if (why) {
        say_nothing_is_measured(why);
        return;
    }
    if (ocsp_valid_images_new(&run->evaluation.images, &run->options.validation, graph->w,
                              graph->h, run->options.engine.threads, &err)) {
        say_nothing_is_measured(err.text);
        return;
    }
    accuracy->measure = OCSP_MEASURE_TOP1;
    accuracy->top = top_of(run);
    if (run->options.eval != OCSP_EVAL_AUTO)
        accuracy->interval = run->options.eval;
    else if (accuracy->interval == 0)
        accuracy->interval = 1;
    announce(run);
}

void ocsp_evaluate_end(struct ocsp_run *run)
{
    ocsp_valid_images_free(run->evaluation.images);
    run->evaluation.images = NULL;
}

bool ocsp_evaluate_is_due(const struct ocsp_run *run, int epoch, bool must)
{
    return run->evaluation.images &&
           (must || ocsp_accuracy_is_due(&run->accuracy, epoch));
}

/* One measurement. */
struct counting {
    struct ocsp_run *run;
    struct ocsp_valid_images *images;
    void *net, *tree;
    int batch, *best;        /* [top] */
    int done, first, within; /* images, and those right at first and within top */
    double began;
    float *buffer[2]; /* [batch][floats] each */
    struct ocsp_error err;
};

static enum ocsp_status counting_init(struct counting *c, struct ocsp_run *run)
{
    struct ocsp_valid_images *images = run->evaluation.images;
    struct ocsp_progress p;

    *c = (struct counting){.run = run, .images = images, .net = ocsp_run_net(run, 0)};
    ocsp_host.progress(c->net, &p);
    c->batch = p.batch;
    c->tree = ocsp_host.validation->tree(c->net, images->leaf, images->n_leaves);
    c->best = calloc((size_t)run->accuracy.top, sizeof *c->best);
    for (int k = 0; k < 2; k++) /* zeros: the last batch may not be full */
        c->buffer[k] = calloc((size_t)c->batch * images->floats, sizeof *c->buffer[k]);
    return c->best && c->buffer[0] && c->buffer[1] ? OCSP_OK : ocsp_fail_memory(&c->err);
}

static void counting_clear(struct counting *c)
{
    free(c->tree);
    free(c->best);
    free(c->buffer[0]);
    free(c->buffer[1]);
}

/* Whether image k, of these outputs, is right. */
static void count_image(struct counting *c, int k, float *outputs, int n)
{
    const struct ocsp_host_validation *host = ocsp_host.validation;
    const int label = c->images->label[k], top = c->run->accuracy.top;

    if (c->images->unreadable[k])
        return;
    c->done++;
    if (c->tree)
        host->scores(c->tree, outputs, n);
    host->top(outputs, c->run->options.validation.classes, top, c->best);
    c->first += c->best[0] == label;
    for (int j = 0; j < top; j++)
        c->within += c->best[j] == label;
}

static enum ocsp_status count_batch(struct counting *c, int first, float *batch)
{
    const int left = c->images->n - first, n = left < c->batch ? left : c->batch;
    const int classes = c->run->options.validation.classes;
    size_t length;
    float *outputs;

    ocsp_valid_images_narrow(c->images, batch, n, c->run->live.graph->c);
    ocsp_host.infer(c->net, false, batch, &outputs, &length);
    const int each = (int)(length / (size_t)c->batch);
    if (each < classes)
        return ocsp_fail(&c->err, OCSP_E_CONFLICT, NULL, 0,
                         "the network has %d outputs for %d classes", each, classes);
    for (int k = 0; k < n; k++)
        count_image(c, first + k, outputs + (size_t)k * (size_t)each, each);
    return OCSP_OK;
}

/* All images are in memory, where they fit. */
static void fill_cache(struct ocsp_valid_images *images)
{
    struct ocsp_valid_load load;

    if (!images->cache || images->is_cache_full)
        return;
    ocsp_valid_load_begin(&load, images, 0, images->n, images->cache);
    ocsp_valid_load_end(&load);
    images->is_cache_full = true;
}

static int size_of_batch(const struct counting *c, int first)
{
    const int left = c->images->n - first;

    return left < c->batch ? left : c->batch;
}

/* A user who ends the run need not wait long for a number. A short measurement is done to
 * its end: without one, a run that goes on would not be the one that nobody ended. */
#define PATIENCE_S 5

static bool is_to_end(const struct counting *c)
{
    return ocsp_signals_caught() && ocsp_seconds_now() - c->began > PATIENCE_S;
}

/* A batch is loaded while the one before it is computed. */
static enum ocsp_status count_loaded(struct counting *c)
{
    struct ocsp_valid_load load;
    enum ocsp_status status = OCSP_OK;
    int k = 0;

    ocsp_valid_load_begin(&load, c->images, 0, size_of_batch(c, 0), c->buffer[0]);
    for (int first = 0; first < c->images->n && !status; first += c->batch, k = 1 - k) {
        const int next = first + c->batch;
        ocsp_valid_load_end(&load);
        if (is_to_end(c))
            return ocsp_fail(&c->err, OCSP_E_CONFLICT, NULL, 0, "interrupted");
        if (next < c->images->n)
            ocsp_valid_load_begin(&load, c->images, next, size_of_batch(c, next),
                                  c->buffer[1 - k]);
        status = count_batch(c, first, c->buffer[k]);
        if (status && next < c->images->n)
            ocsp_valid_load_end(&load);
    }
    return status;
}

static enum ocsp_status count_cached(struct counting *c)
{
    enum ocsp_status status = OCSP_OK;

    for (int first = 0; first < c->images->n && !status; first += c->batch) {
        if (is_to_end(c))
            return ocsp_fail(&c->err, OCSP_E_CONFLICT, NULL, 0, "interrupted");
        memcpy(c->buffer[0], c->images->cache + (size_t)first * c->images->floats,
               (size_t)size_of_batch(c, first) * c->images->floats * sizeof(float));
        status = count_batch(c, first, c->buffer[0]);
    }
    return status;
}

static void warn_of_unreadable(struct ocsp_run *run)
{
    const struct ocsp_valid_images *images = run->evaluation.images;
    int n = 0, first = -1;

    for (int i = images->n - 1; i >= 0; i--)
        if (images->unreadable[i]) {
            n++;
            first = i;
        }
    if (n == 0 || run->evaluation.has_warned)
        return;
    ocsp_console_line(
        "ocsp: %d of %d images of %s cannot be read, the first is '%s': the "
        "accuracy is that of the others",
        n, images->n, run->options.validation.list, images->path[first]);
    run->evaluation.has_warned = true;
}

/* The network has the cfg's input while it is measured, and afterwards its own again. */
static enum ocsp_status measure(struct ocsp_run *run, struct counting *c)
{
    const struct ocsp_graph *graph = run->live.graph;
    struct ocsp_progress p;
    enum ocsp_status status;

    ocsp_host.progress(ocsp_run_net(run, 0), &p);
    const bool resizes = p.w != graph->w || p.h != graph->h;
    if (resizes)
        ocsp_host.resize(run->nets, run->local, graph->w, graph->h);
    status = counting_init(c, run);
    if (!status)
        fill_cache(c->images);
    c->began = ocsp_seconds_now();
    if (!status)
        status = c->images->cache ? count_cached(c) : count_loaded(c);
    run->evaluation.cost = ocsp_seconds_now() - c->began;
    counting_clear(c);
    if (resizes) {
        ocsp_host.resize(run->nets, run->local, p.w, p.h);
        ocsp_host.resized(ocsp_run_net(run, 0));
    }
    return status;
}

void ocsp_evaluate(struct ocsp_run *run, int epoch, struct ocsp_score *score)
{
    struct counting c;

    *score = ocsp_score_none();
    if (run->n_nets > 1)
        ocsp_host.average(run->nets, run->n_nets);
    const enum ocsp_status status = measure(run, &c);
    if (status && ocsp_signals_caught())
        return;
    warn_of_unreadable(run);
    if (!status && c.done == 0)
        ocsp_fail(&c.err, OCSP_E_IO, run->options.validation.list, 0,
                  "none of its images can be read");
    if (status || c.done == 0) {
        say_nothing_is_measured(c.err.text);
        ocsp_evaluate_end(run);
        return;
    }
    score->epoch = epoch;
    score->top1 = 100. * c.first / c.done;
    score->topk = 100. * c.within / c.done;
}

void ocsp_evaluate_thin_out(struct ocsp_run *run, double epoch_seconds)
{
    struct ocsp_accuracy *accuracy = &run->accuracy;
    const double cost = run->evaluation.cost;

    if (!run->evaluation.images || run->options.eval != OCSP_EVAL_AUTO)
        return;
    const int interval = ocsp_accuracy_interval(accuracy->interval, cost, epoch_seconds);
    if (interval == accuracy->interval)
        return;
    accuracy->interval = interval;
    ocsp_console_line(
        "ocsp: to measure takes %.3g s, %.0f %% of an epoch: from now on it is "
        "done every %d epochs (-eval 1: every epoch)",
        cost, 100 * cost / epoch_seconds, interval);
}
