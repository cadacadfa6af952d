#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/report.h"
#include "net/file.h"
#include "prune/check.h"
#include "prune/compensate.h"
#include "prune/rewrite.h"
#include "train/average.h"
#include "train/console.h"
#include "train/run.h"
#include "train/self_check.h"

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
    status = ocsp_run_check_folder(run, err);
    if (!status)
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
    FILE *lines = ocsp_console_open();
    status = ocsp_report_portability(lines, run->live.graph, graph, err);
    ocsp_console_close(lines);
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

enum ocsp_status ocsp_run_lay_pruned_cfg(const struct ocsp_run *run,
                                         struct ocsp_new_file *file, char **name,
                                         struct ocsp_error *err)
{
    if (ocsp_run_check_folder(run, err) || ocsp_new_file_open(file, run->pruned_cfg, err))
        return err->status;
    enum ocsp_status status =
        ocsp_new_file_write(file, run->pruned_text, run->pruned_size, err);
    char *handle = status ? NULL : ocsp_new_file_handle(file);
    if (!status && !handle)
        status = ocsp_fail_memory(err);
    if (status)
        ocsp_new_file_discard(file);
    else
        *name = handle;
    return status;
}

static enum ocsp_status let_host_parse(const struct ocsp_run *run, const void *dense,
                                       void **net, struct ocsp_error *err)
{
    struct ocsp_new_file file;
    char *name;

    if (ocsp_run_lay_pruned_cfg(run, &file, &name, err))
        return err->status;
    const enum ocsp_status status = ocsp_host.rebuild(net, dense, name, err);
    ocsp_new_file_discard(&file);
    free(name);
    return status;
}

/* What becomes of one network of the loop. */
struct replacement {
    void *net;                   /* the pruned one, the host's; NULL: the loop has it */
    struct ocsp_live_net pruned; /* views; cfg and graph are the first one's */
    struct ocsp_weights *saved;  /* the dense one's parameters */
    struct ocsp_readings masked; /* of the dense one without the removed channels */
};

struct exchange {
    int n;
    struct replacement *replacements; /* [n] */
};

static enum ocsp_status exchange_init(struct exchange *exchange, int n,
                                      struct ocsp_error *err)
{
    *exchange = (struct exchange){n, calloc((size_t)n, sizeof *exchange->replacements)};
    return exchange->replacements ? OCSP_OK : ocsp_fail_memory(err);
}

/* Frees what the loop has not taken. */
static void exchange_clear(struct exchange *exchange)
{
    for (int k = exchange->n - 1; k >= 0 && exchange->replacements; k--) {
        struct replacement *p = &exchange->replacements[k];
        ocsp_live_net_clear(&p->pruned);
        ocsp_weights_free(p->saved);
        free(p->masked.data);
        if (p->net)
            ocsp_host.free_net(p->net);
    }
    free(exchange->replacements);
}

static void *dense_net(const struct ocsp_run *run, int k)
{
    return ocsp_run_net(run, k);
}

/* Networks of the pruned cfg, with views on them; their parameters are not yet filled.
 * Takes ownership of `cfg`. A GPU has no room for both nets' activations. */
static enum ocsp_status make_nets(struct ocsp_run *run, struct ocsp_cfg *cfg,
                                  struct exchange *exchange, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < exchange->n && !status; k++) {
        if (OCSP_ON_GPU)
            ocsp_host.free_activations(dense_net(run, k));
        status =
            let_host_parse(run, dense_net(run, k), &exchange->replacements[k].net, err);
    }
    if (status) {
        ocsp_cfg_free(cfg);
        return status;
    }
    status = ocsp_live_net_init(&exchange->replacements[0].pruned, cfg,
                                exchange->replacements[0].net, err);
    for (int k = 1; k < exchange->n && !status; k++)
        status = ocsp_live_net_init_like(&exchange->replacements[k].pruned,
                                         &exchange->replacements[0].pruned,
                                         exchange->replacements[k].net, err);
    return status;
}

/* Leaves in dense network k's memory what the pruned one gets slices of, compensated; its
 * device may be left masked. */
static enum ocsp_status read_masked(struct ocsp_run *run, int k, struct replacement *p,
                                    struct ocsp_error *err)
{
    const struct ocsp_live_net *live = ocsp_run_live(run, k);
    struct ocsp_weights *compensated;

    if (ocsp_live_net_weights(live, dense_net(run, k), &p->saved, err))
        return err->status;
    if (run->cycle.settings.compensate &&
        ocsp_compensate(run->coupling, &run->cycle.plan, live->value, err))
        return err->status;
    if (ocsp_live_net_weights(live, dense_net(run, k), &compensated, err))
        return err->status;
    ocsp_check_mask(run->coupling, &run->cycle.plan, live->value);
    ocsp_live_net_push(live, dense_net(run, k), live);
    const enum ocsp_status status =
        ocsp_self_check_read(dense_net(run, k), live->graph, &p->masked, err);
    ocsp_live_net_restore(live, compensated);
    ocsp_weights_free(compensated);
    return status;
}

/* Fills a fresh network with the kept slices of all that training works on. */
static void copy_kept_slices(const struct ocsp_run *run,
                             const struct ocsp_live_net *dense,
                             const struct replacement *p)
{
    const struct ocsp_plan *plan = &run->cycle.plan;

    ocsp_rewrite_params(run->coupling, plan, dense->value, p->pruned.value);
    ocsp_rewrite_params(run->coupling, plan, dense->momentum, p->pruned.momentum);
    ocsp_rewrite_params(run->coupling, plan, dense->adam_m, p->pruned.adam_m);
    ocsp_rewrite_params(run->coupling, plan, dense->adam_v, p->pruned.adam_v);
    ocsp_live_net_push(&p->pruned, p->net, &p->pruned);
    ocsp_average_begin(dense, &p->pruned, p->net);
}

/* Compares the pruned net with the masked dense one. */
static enum ocsp_status self_check(struct ocsp_run *run, const struct replacement *p,
                                   struct ocsp_error *err)
{
    struct ocsp_readings after = {0};
    const enum ocsp_status status =
        ocsp_self_check_read(p->net, p->pruned.graph, &after, err);
    const double difference = status ? NAN : ocsp_self_check_compare(&p->masked, &after);

    free(after.data);
    if (status)
        return status;
    run->surgery.tolerance = ocsp_host.tolerance;
    if (!(difference <= run->surgery.difference))
        run->surgery.difference = difference;
    if (difference <= ocsp_host.tolerance)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_CONFLICT, run->pruned_cfg, 0,
                     "self-check failed: the pruned net differs from the masked dense "
                     "net by %.3g of its largest output, more than %g",
                     difference, ocsp_host.tolerance);
}

/* Compensation and mask go into the dense networks' own arrays, for a while: whatever
 * happens, their parameters are afterwards what they were. */
static enum ocsp_status prune_and_compare(struct ocsp_run *run, struct ocsp_cfg *cfg,
                                          struct exchange *exchange,
                                          struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < exchange->n && !status; k++)
        status = read_masked(run, k, &exchange->replacements[k], err);
    if (!status)
        status = make_nets(run, cfg, exchange, err);
    else
        ocsp_cfg_free(cfg);
    for (int k = 0; k < exchange->n && !status; k++) {
        copy_kept_slices(run, ocsp_run_live(run, k), &exchange->replacements[k]);
        status = self_check(run, &exchange->replacements[k], err);
    }
    for (int k = 0; k < exchange->n; k++) {
        const struct ocsp_live_net *live = ocsp_run_live(run, k);
        if (exchange->replacements[k].saved)
            ocsp_live_net_restore(live, exchange->replacements[k].saved);
        ocsp_live_net_push(live, dense_net(run, k), live);
    }
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

    FILE *lines = ocsp_console_open();
    char stand[OCSP_CYCLE_STAND];

    fprintf(lines, "ocsp: t* = epoch %d (iteration %" PRIu64 "): %s", f->epoch,
            f->iteration, ocsp_prune_cause_text(f->cause));
    if (f->cause == OCSP_PRUNE_BY_SAFETY_LIMIT) { /* why not before it */
        ocsp_cycle_stand(&run->cycle, stand);
        fprintf(lines, "; %s", stand);
    }
    fprintf(lines, "\n");
    ocsp_report_plan(lines, run->coupling, &run->cycle.plan);
    ocsp_report_surplus(lines, "ocsp: ", run->coupling, &run->cycle.plan,
                        &run->cycle.settings.budget, &run->cycle.settings.limits);
    fprintf(
        lines,
        "ocsp: self-check: pruned against masked dense net, max |difference| %.3g of the "
        "largest output (tolerance %g)\n",
        f->difference, f->tolerance);
    ocsp_average_report(lines, run);
    ocsp_console_close(lines);
}

/* Hooks the pruned networks; where that fails, the dense ones are hooked as they were. */
static enum ocsp_status install_pruned(struct ocsp_run *run, struct exchange *exchange,
                                       struct ocsp_error *err)
{
    struct ocsp_error ignored;
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < exchange->n && !status; k++) {
        struct replacement *p = &exchange->replacements[k];
        status = ocsp_live_net_attach(&p->pruned, p->net, NULL, NULL, err);
        if (!status)
            status = ocsp_run_install(run, k, p->net, err);
    }
    for (int k = 0; k < exchange->n && status; k++)
        ocsp_run_install(run, k, dense_net(run, k), &ignored);
    return status;
}

/* Puts the pruned networks into the dense ones' places. Takes ownership of them; on
 * failure of none. */
static enum ocsp_status adopt(struct ocsp_run *run, char **base,
                              struct exchange *exchange, struct ocsp_error *err)
{
    char *renamed = pruned_base(*base);

    if (!renamed)
        return ocsp_fail_memory(err);
    if (install_pruned(run, exchange, err)) {
        free(renamed);
        return err->status;
    }
    free(*base);
    *base = renamed;
    for (int k = 0; k < exchange->n; k++) {
        struct replacement *p = &exchange->replacements[k];
        struct ocsp_live_net *live = ocsp_run_live(run, k);
        ocsp_live_net_forget(live);
        if (k == 0)
            run->dense = *live;
        *live = p->pruned;
        p->pruned = (struct ocsp_live_net){0};
        ocsp_host.replace(run->nets, run->local, k, p->net);
        p->net = NULL;
    }
    run->images.w = 0; /* the new networks were resized, too */
    return OCSP_OK;
}

/* What of the dense networks has to be in memory. */
static enum ocsp_status pull_dense(struct ocsp_run *run, struct ocsp_error *err)
{
    for (int k = 0; k < run->n_nets; k++)
        ocsp_live_net_pull(ocsp_run_live(run, k), dense_net(run, k));
    return save_dense(run, dense_net(run, 0), err);
}

/* The pruned cfg, which every program reads that reads the dense one. */
static enum ocsp_status make_portable_cfg(struct ocsp_run *run, struct ocsp_cfg **cfg,
                                          struct ocsp_error *err)
{
    enum ocsp_status status = make_cfg(run, cfg, err);

    if (status)
        return status;
    status = check_portability(run, *cfg, err);
    if (status)
        ocsp_cfg_free(*cfg);
    return status;
}

enum ocsp_status ocsp_surgery(struct ocsp_run *run, char **base, int epoch,
                              struct ocsp_error *err)
{
    struct exchange exchange;
    struct ocsp_progress progress;
    struct ocsp_cfg *cfg;
    enum ocsp_status status = exchange_init(&exchange, run->n_nets, err);

    ocsp_host.progress(dense_net(run, 0), &progress);
    run->surgery.difference = 0;
    if (!status)
        status = pull_dense(run, err);
    if (!status)
        status = make_portable_cfg(run, &cfg, err);
    if (!status)
        status = prune_and_compare(run, cfg, &exchange, err);
    if (!status)
        status = adopt(run, base, &exchange, err);
    exchange_clear(&exchange);
    if (status)
        return status;
    run->surgery.epoch = epoch;
    run->surgery.iteration = progress.iteration;
    run->surgery.cause = run->cycle.prune_cause;
    run->surgery.cfg = run->pruned_cfg;
    run->surgery.weights = run->pruned_last;
    report(run);
    return OCSP_OK;
}

enum ocsp_status ocsp_surgery_again(struct ocsp_run *run, char **base,
                                    struct ocsp_error *err)
{
    struct exchange exchange;
    struct ocsp_cfg *cfg;
    enum ocsp_status status = exchange_init(&exchange, run->n_nets, err);

    if (!status)
        status = make_portable_cfg(run, &cfg, err);
    if (!status)
        status = make_nets(run, cfg, &exchange, err);
    if (!status)
        status = adopt(run, base, &exchange, err);
    exchange_clear(&exchange);
    return status;
}
