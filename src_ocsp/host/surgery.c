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

/* The pruned networks while they are made: one for each of the loop's. */
struct operation {
    int n;
    void **nets;                  /* [n] of the host */
    struct ocsp_live_net *pruned; /* [n] views; cfg and graph are the first one's */
};

static enum ocsp_status operation_init(struct operation *op, int n,
                                       struct ocsp_error *err)
{
    *op = (struct operation){.n = n,
                             .nets = calloc((size_t)n, sizeof *op->nets),
                             .pruned = calloc((size_t)n, sizeof *op->pruned)};
    return op->nets && op->pruned ? OCSP_OK : ocsp_fail_memory(err);
}

/* Frees what the loop has not taken. */
static void operation_clear(struct operation *op)
{
    for (int k = op->n - 1; k >= 0; k--) {
        if (op->pruned)
            ocsp_live_net_clear(&op->pruned[k]);
        if (op->nets && op->nets[k])
            ocsp_host.free_net(op->nets[k]);
    }
    free(op->nets);
    free(op->pruned);
}

/* Networks of the pruned cfg, with views on them; their parameters are not yet filled. */
static enum ocsp_status make_nets(struct ocsp_run *run, struct operation *op,
                                  struct ocsp_error *err)
{
    struct ocsp_cfg *cfg = NULL;
    enum ocsp_status status = make_cfg(run, &cfg, err);

    if (!status)
        status = check_portability(run, cfg, err);
    for (int k = 0; k < op->n && !status; k++)
        status = let_host_parse(run, ocsp_host.current(run->nets, run->local, k),
                                &op->nets[k], err);
    if (status) {
        ocsp_cfg_free(cfg);
        return status;
    }
    status = ocsp_live_net_init(&op->pruned[0], cfg, op->nets[0], err);
    for (int k = 1; k < op->n && !status; k++)
        status =
            ocsp_live_net_init_like(&op->pruned[k], &op->pruned[0], op->nets[k], err);
    return status;
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
    ocsp_host.infer(net, true, input, &unused, &unused_length);
    free(input);
    float *next = out->data;
    for (int i = 0; i < graph->n_layers; i++) {
        if (!is_read_by_head(graph, i))
            continue;
        ocsp_host.layer(net, i, &layer);
        ocsp_host.read_output(net, i, next);
        next += (size_t)layer.outputs * (size_t)batch;
    }
    return OCSP_OK;
}

/* Compares the pruned net with the dense one, in which the removed channels are masked
 * from here on. */
static enum ocsp_status self_check(struct ocsp_run *run, int k,
                                   const struct operation *op, struct ocsp_error *err)
{
    void *dense = ocsp_host.current(run->nets, run->local, k);
    const struct ocsp_live_net *live = ocsp_run_live(run, k);
    struct ocsp_progress progress;
    struct readings masked = {0}, after = {0};
    enum ocsp_status status;

    ocsp_host.progress(dense, &progress);
    const size_t n = (size_t)progress.w * (size_t)progress.h * (size_t)live->graph->c *
                     (size_t)progress.batch;
    float *images = make_images(n);
    ocsp_check_mask(run->coupling, &run->cycle.plan, live->value);
    ocsp_live_net_push(live, dense, live);
    status = images ? infer(dense, live->graph, progress.batch, images, n, &masked, err)
                    : ocsp_fail_memory(err);
    if (!status)
        status = infer(op->nets[k], op->pruned[k].graph, progress.batch, images, n,
                       &after, err);
    const double difference =
        status                ? 0
        : after.n == masked.n ? ocsp_check_difference(masked.data, after.data, masked.n)
                              : NAN;
    run->surgery.tolerance = ocsp_host.tolerance;
    if (!(difference <= run->surgery.difference))
        run->surgery.difference = difference;
    if (!(difference <= ocsp_host.tolerance))
        status = ocsp_fail(err, OCSP_E_CONFLICT, run->pruned_cfg, 0,
                           "self-check failed: the pruned net differs from the "
                           "masked dense net by %.3g of its largest output, more than "
                           "%g",
                           difference, ocsp_host.tolerance);
    free(images);
    free(masked.data);
    free(after.data);
    return status;
}

/* Fills a fresh network with the kept slices of all that the optimizer works on. */
static void transplant(const struct ocsp_run *run, const struct ocsp_live_net *dense,
                       const struct ocsp_live_net *pruned, const void *net)
{
    const struct ocsp_plan *plan = &run->cycle.plan;

    ocsp_rewrite_params(run->coupling, plan, dense->value, pruned->value);
    ocsp_rewrite_params(run->coupling, plan, dense->momentum, pruned->momentum);
    ocsp_rewrite_params(run->coupling, plan, dense->first, pruned->first);
    ocsp_rewrite_params(run->coupling, plan, dense->second, pruned->second);
    ocsp_live_net_push(pruned, net, pruned);
}

/* Fills pruned network k and checks it. Compensation and mask go into the dense network's
 * own arrays, for a while: whatever happens, it is afterwards what it was. */
static enum ocsp_status fill_and_check(struct ocsp_run *run, int k,
                                       const struct operation *op, struct ocsp_error *err)
{
    void *dense = ocsp_host.current(run->nets, run->local, k);
    const struct ocsp_live_net *live = ocsp_run_live(run, k);
    struct ocsp_weights *saved;
    enum ocsp_status status = ocsp_live_net_weights(live, dense, &saved, err);

    if (status)
        return status;
    if (run->cycle.settings.compensate)
        status = ocsp_compensate(run->coupling, &run->cycle.plan, live->value, err);
    if (!status) {
        transplant(run, live, &op->pruned[k], op->nets[k]);
        status = self_check(run, k, op, err);
    }
    ocsp_live_net_restore(live, saved);
    ocsp_live_net_push(live, dense, live);
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

/* Arms the pruned networks; where that fails, the dense ones are armed as they were. */
static enum ocsp_status arm(struct ocsp_run *run, const struct operation *op,
                            struct ocsp_error *err)
{
    struct ocsp_error ignored;
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < op->n && !status; k++) {
        const void *net = op->nets[k];
        status = ocsp_live_net_attach(&op->pruned[k], net, NULL, NULL, err);
        if (!status)
            status = ocsp_host.arm(op->nets[k], &run->regularizers[k].events, err);
    }
    for (int k = 0; k < op->n && status; k++)
        ocsp_host.arm(ocsp_host.current(run->nets, run->local, k),
                      &run->regularizers[k].events, &ignored);
    return status;
}

/* Puts the pruned networks into the dense ones' places. Takes ownership of them; on
 * failure of none. */
static enum ocsp_status adopt(struct ocsp_run *run, char **base, struct operation *op,
                              struct ocsp_error *err)
{
    char *renamed = pruned_base(*base);

    if (!renamed)
        return ocsp_fail_memory(err);
    if (arm(run, op, err)) {
        free(renamed);
        return err->status;
    }
    free(*base);
    *base = renamed;
    for (int k = 0; k < op->n; k++) {
        struct ocsp_live_net *live = ocsp_run_live(run, k);
        ocsp_live_net_forget(live);
        if (k == 0)
            run->dense = *live;
        *live = op->pruned[k];
        op->pruned[k] = (struct ocsp_live_net){0};
        ocsp_host.replace(run->nets, run->local, k, op->nets[k]);
        op->nets[k] = NULL;
    }
    return OCSP_OK;
}

/* What of the dense networks has to be in memory. */
static enum ocsp_status pull_dense(struct ocsp_run *run, struct ocsp_error *err)
{
    for (int k = 0; k < run->n_nets; k++)
        ocsp_live_net_pull(ocsp_run_live(run, k),
                           ocsp_host.current(run->nets, run->local, k));
    return save_dense(run, ocsp_host.current(run->nets, run->local, 0), err);
}

enum ocsp_status ocsp_surgery(struct ocsp_run *run, char **base, int epoch,
                              struct ocsp_error *err)
{
    struct operation op;
    struct ocsp_progress progress;
    enum ocsp_status status = operation_init(&op, run->n_nets, err);

    ocsp_host.progress(ocsp_host.current(run->nets, run->local, 0), &progress);
    run->surgery.difference = 0;
    if (!status)
        status = pull_dense(run, err);
    if (!status)
        status = make_nets(run, &op, err);
    for (int k = 0; k < op.n && !status; k++)
        status = fill_and_check(run, k, &op, err);
    if (!status)
        status = adopt(run, base, &op, err);
    operation_clear(&op);
    if (status)
        return status;
    run->surgery.epoch = epoch;
    run->surgery.iteration = progress.iteration;
    run->surgery.why = run->cycle.why_prune;
    run->surgery.cfg = run->pruned_cfg;
    run->surgery.weights = run->pruned_last;
    report(run);
    return OCSP_OK;
}

enum ocsp_status ocsp_surgery_again(struct ocsp_run *run, char **base,
                                    struct ocsp_error *err)
{
    struct operation op;
    enum ocsp_status status = operation_init(&op, run->n_nets, err);

    if (!status)
        status = make_nets(run, &op, err);
    if (!status)
        status = adopt(run, base, &op, err);
    operation_clear(&op);
    return status;
}
