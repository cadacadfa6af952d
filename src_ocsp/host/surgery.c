#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/report.h"
#include "host/run.h"
#include "net/file.h"
#include "prune/check.h"
#include "prune/compensate.h"
#include "prune/rewrite.h"

/* Largest difference of the two nets' outputs that rounding explains: the same sums in
 * another order, through the depth of a network. */
#define TOLERANCE 1e-4

enum ocsp_status ocsp_run_weights(const struct ocsp_run *run, const void *net,
                                  char **data, size_t *size, struct ocsp_error *err)
{
    struct ocsp_weights *weights;
    enum ocsp_status status = ocsp_live_net_weights(&run->live, net, &weights, err);

    if (status)
        return status;
    status = ocsp_weights_render(weights, run->live.graph, data, size, err);
    ocsp_weights_free(weights);
    return status;
}

static enum ocsp_status save_dense(const struct ocsp_run *run, const void *net,
                                   struct ocsp_error *err)
{
    char *data;
    size_t size;
    enum ocsp_status status = ocsp_run_weights(run, net, &data, &size, err);

    if (status)
        return status;
    const struct ocsp_file_content file = {run->dense_last, data, size};
    status = ocsp_files_write(&file, 1, err);
    free(data);
    return status;
}

/* Refuses a cfg that programs would not read any more which read the dense one. */
static enum ocsp_status check_portability(const struct ocsp_run *run,
                                          const struct ocsp_cfg *cfg,
                                          struct ocsp_error *err)
{
    struct ocsp_graph *graph;
    enum ocsp_status status = ocsp_graph_new(&graph, cfg, err);

    if (status)
        return status;
    status = ocsp_report_portability(stdout, run->live.graph, graph, err);
    ocsp_graph_free(graph);
    return status;
}

/* Makes the pruned cfg's text; parsed, it is the caller's. */
static enum ocsp_status make_cfg(struct ocsp_run *run, struct ocsp_cfg **out,
                                 struct ocsp_error *err)
{
    char *text;
    size_t size;
    enum ocsp_status status =
        ocsp_rewrite_cfg(run->coupling, &run->cycle.plan, &text, &size, err);

    if (status)
        return status;
    free(run->pruned_text);
    run->pruned_text = text;
    run->pruned_size = size;
    return ocsp_cfg_parse(out, run->pruned_cfg, text, size, err);
}

/* The host reads a cfg from a file; under its own name it appears together with its
 * weights. */
static enum ocsp_status let_host_parse(const struct ocsp_run *run, const void *dense,
                                       void **net, struct ocsp_error *err)
{
    const size_t size = strlen(run->pruned_cfg) + sizeof OCSP_TEMPORARY;
    char *path = malloc(size);
    enum ocsp_status status;

    if (!path)
        return ocsp_fail_memory(err);
    snprintf(path, size, "%s" OCSP_TEMPORARY, run->pruned_cfg);
    const struct ocsp_file_content file = {path, run->pruned_text, run->pruned_size};
    status = ocsp_files_write(&file, 1, err);
    if (!status)
        status = ocsp_host.rebuild(net, dense, path, err);
    remove(path);
    free(path);
    return status;
}

/* A network of the pruned cfg, with views on it; its parameters are not yet filled. */
static enum ocsp_status make_net(struct ocsp_run *run, const void *dense,
                                 struct ocsp_live_net *live, void **net,
                                 struct ocsp_error *err)
{
    struct ocsp_cfg *cfg = NULL;
    enum ocsp_status status = make_cfg(run, &cfg, err);

    if (!status)
        status = check_portability(run, cfg, err);
    if (!status)
        status = let_host_parse(run, dense, net, err);
    if (status) {
        ocsp_cfg_free(cfg);
        return status;
    }
    return ocsp_live_net_init(live, cfg, *net, err);
}

/* Noise images [n] in [0, 1): the check compares functions, any input will do. */
static float *make_images(size_t n)
{
    float *images = malloc(n * sizeof *images);
    uint32_t state = 1;

    for (size_t i = 0; i < n && images; i++) {
        state = state * 1664525u + 1013904223u;
        images[i] = (float)(state >> 8) / 16777216.0f;
    }
    return images;
}

/* What the heads read: the outputs of every layer under an OUTPUT section, or of the last
 * layer where there is none. Behind a softmax differences would be hard to see. */
struct readings {
    float *data; /* [n], layer after layer */
    size_t n;
};

static bool is_read_by_head(const struct ocsp_graph *graph, int i)
{
    if (i + 1 == graph->n_layers)
        return graph->layers[i].kind != OCSP_OUTPUT;
    return graph->layers[i].kind != OCSP_OUTPUT &&
           graph->layers[i + 1].kind == OCSP_OUTPUT && graph->layers[i + 1].reads_before;
}

/* Runs `net` on a copy of images [batch, c, h, w] of the size that it has now, hosts may
 * write to their input, and collects what its heads read. */
static enum ocsp_status infer(void *net, const struct ocsp_graph *graph, int batch,
                              const float *images, size_t n, struct readings *out,
                              struct ocsp_error *err)
{
    struct ocsp_host_layer layer;
    float *input = malloc(n * sizeof *input), *unused;
    size_t unused_length;

    out->n = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        ocsp_host.layer(net, i, &layer);
        if (is_read_by_head(graph, i))
            out->n += (size_t)layer.outputs * (size_t)batch;
    }
    out->data = malloc((out->n + 1) * sizeof *out->data);
    if (!input || !out->data) {
        free(input);
        return ocsp_fail_memory(err);
    }
    memcpy(input, images, n * sizeof *input);
    ocsp_host.infer(net, input, &unused, &unused_length);
    free(input);
    float *next = out->data;
    for (int i = 0; i < graph->n_layers; i++) {
        if (!is_read_by_head(graph, i))
            continue;
        ocsp_host.layer(net, i, &layer);
        const size_t count = (size_t)layer.outputs * (size_t)batch;
        memcpy(next, layer.output, count * sizeof *next);
        next += count;
    }
    return OCSP_OK;
}

/* Compares the pruned net with the dense one, in which the removed channels are masked
 * from here on. */
static enum ocsp_status self_check(struct ocsp_run *run, void *dense,
                                   const struct ocsp_live_net *pruned, void *net,
                                   struct ocsp_error *err)
{
    const struct ocsp_graph *graph = run->live.graph;
    struct ocsp_progress progress;
    struct readings masked = {0}, after = {0};
    enum ocsp_status status;

    ocsp_host.progress(dense, &progress);
    const size_t n = (size_t)progress.w * (size_t)progress.h * (size_t)graph->c *
                     (size_t)progress.batch;
    float *images = make_images(n);
    ocsp_check_mask(run->coupling, &run->cycle.plan, run->live.value);
    status = images ? infer(dense, graph, progress.batch, images, n, &masked, err)
                    : ocsp_fail_memory(err);
    if (!status)
        status = infer(net, pruned->graph, progress.batch, images, n, &after, err);
    if (!status) {
        run->surgery.tolerance = TOLERANCE;
        run->surgery.difference =
            after.n == masked.n ? ocsp_check_difference(masked.data, after.data, masked.n)
                                : NAN;
        if (!(run->surgery.difference <= TOLERANCE))
            status =
                ocsp_fail(err, OCSP_E_CONFLICT, run->pruned_cfg, 0,
                          "self-check failed: the pruned net differs from the "
                          "masked dense net by %.3g of its largest output, more than "
                          "%g",
                          run->surgery.difference, TOLERANCE);
    }
    free(images);
    free(masked.data);
    free(after.data);
    return status;
}

/* Fills a fresh network with the kept slices of parameters and momentum. */
static void transplant(const struct ocsp_run *run, const struct ocsp_live_net *pruned)
{
    ocsp_rewrite_params(run->coupling, &run->cycle.plan, run->live.value, pruned->value);
    ocsp_rewrite_params(run->coupling, &run->cycle.plan, run->live.momentum,
                        pruned->momentum);
}

/* Fills the pruned network and checks it. Compensation and mask go into the dense
 * network's own arrays, for a while: whatever happens, it is afterwards what it was. */
static enum ocsp_status fill_and_check(struct ocsp_run *run, void *dense,
                                       const struct ocsp_live_net *pruned, void *net,
                                       struct ocsp_error *err)
{
    struct ocsp_weights *saved;
    enum ocsp_status status = ocsp_live_net_weights(&run->live, dense, &saved, err);

    if (status)
        return status;
    if (run->cycle.settings.compensate)
        status = ocsp_compensate(run->coupling, &run->cycle.plan, run->live.value, err);
    if (!status) {
        transplant(run, pruned);
        status = self_check(run, dense, pruned, net, err);
    }
    ocsp_live_net_restore(&run->live, saved);
    ocsp_weights_free(saved);
    return status;
}

static char *pruned_base(const char *base)
{
    const size_t size = strlen(base) + sizeof "_pruned";
    char *renamed = malloc(size);

    if (renamed)
        snprintf(renamed, size, "%s_pruned", base);
    return renamed;
}

static void report(const struct ocsp_run *run)
{
    const struct ocsp_surgery_facts *f = &run->surgery;

    printf("ocsp: t* = epoch %d (iteration %" PRIu64 "): %s\n", f->epoch, f->iteration,
           f->why);
    ocsp_report_plan(stdout, run->coupling, &run->cycle.plan);
    printf(
        "ocsp: self-check: pruned against masked dense net, max |difference| %.3g of the "
        "largest output (tolerance %g)\n",
        f->difference, f->tolerance);
}

/* Arms the pruned network and puts it in the dense one's place. Takes ownership of both;
 * on failure of neither, and the dense one is armed as it was. */
static enum ocsp_status adopt(struct ocsp_run *run, void *nets, void *local, char **base,
                              void *net, const struct ocsp_live_net *pruned,
                              struct ocsp_error *err)
{
    struct ocsp_error ignored;
    char *renamed = pruned_base(*base);

    if (!renamed)
        return ocsp_fail_memory(err);
    if (ocsp_host.arm(net, &run->events, err)) {
        ocsp_host.arm(ocsp_host.current(nets, local), &run->events, &ignored);
        free(renamed);
        return err->status;
    }
    free(*base);
    *base = renamed;
    ocsp_host.replace(nets, local, net);
    run->dense = run->live;
    run->live = *pruned;
    free(run->dense.value); /* views on a network that is gone */
    free(run->dense.momentum);
    run->dense.value = run->dense.momentum = NULL;
    return OCSP_OK;
}

static void discard(void *net, struct ocsp_live_net *live)
{
    ocsp_live_net_clear(live);
    if (net)
        ocsp_host.free_net(net);
}

enum ocsp_status ocsp_surgery(struct ocsp_run *run, void *nets, void *local, char **base,
                              int epoch, struct ocsp_error *err)
{
    void *dense = ocsp_host.current(nets, local), *net = NULL;
    struct ocsp_live_net pruned = {0};
    struct ocsp_progress progress;
    enum ocsp_status status = save_dense(run, dense, err);

    ocsp_host.progress(dense, &progress);
    if (!status)
        status = make_net(run, dense, &pruned, &net, err);
    if (!status)
        status = fill_and_check(run, dense, &pruned, net, err);
    if (!status)
        status = adopt(run, nets, local, base, net, &pruned, err);
    if (status) {
        discard(net, &pruned);
        return status;
    }
    run->surgery.epoch = epoch;
    run->surgery.iteration = progress.iteration;
    run->surgery.why = run->cycle.why_prune;
    run->surgery.cfg = run->pruned_cfg;
    run->surgery.weights = run->pruned_last;
    report(run);
    return OCSP_OK;
}

enum ocsp_status ocsp_surgery_again(struct ocsp_run *run, void *nets, void *local,
                                    char **base, struct ocsp_error *err)
{
    void *net = NULL;
    struct ocsp_live_net pruned = {0};
    enum ocsp_status status =
        make_net(run, ocsp_host.current(nets, local), &pruned, &net, err);

    if (!status)
        status = adopt(run, nets, local, base, net, &pruned, err);
    if (status)
        discard(net, &pruned);
    return status;
}
