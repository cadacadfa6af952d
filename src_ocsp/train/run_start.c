#include "train/run_start.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cycle/folder.h"
#include "cycle/state_net.h"
#include "net/clock.h"
#include "net/file.h"
#include "train/best_weights.h"
#include "train/checkpoint.h"
#include "train/console.h"
#include "train/detector_map.h"
#include "train/evaluate.h"
#include "train/own_state.h"
#include "train/regularize.h"
#include "train/restart.h"
#include "train/run_report.h"
#include "train/run_step.h"
#include "view/lines.h"
#include "view/plots.h"

static char *result_path(const struct ocsp_run *run, const char *base, const char *ending)
{
    return ocsp_file_path(run->options.backup, base, ending);
}

static enum ocsp_status allocate(struct ocsp_run *run, const char *base,
                                 struct ocsp_error *err)
{
    run->state = result_path(run, base, ".ocsp-state");
    run->dense_last = result_path(run, base, "_dense_last.weights");
    run->pruned_cfg = result_path(run, base, "_pruned.cfg");
    run->pruned_last = result_path(run, base, "_pruned_last.weights");
    run->pruned_final = result_path(run, base, "_pruned_final.weights");
    run->plots.path = result_path(run, base, OCSP_PLOTS_SCRIPT);
    run->log = result_path(run, base, "_ocsp.log");
    run->best[OCSP_BEST_DENSE].path = result_path(run, base, "_best.weights");
    run->best[OCSP_BEST_PRUNED].path = result_path(run, base, "_pruned_best.weights");
    if (!run->log || !run->state || !run->dense_last || !run->pruned_cfg ||
        !run->pruned_last || !run->pruned_final || !run->best[OCSP_BEST_DENSE].path ||
        !run->best[OCSP_BEST_PRUNED].path || !run->plots.path)
        return ocsp_fail_memory(err);
    if (ocsp_plotter_init(&run->plots.plotter, run->options.backup, base, err))
        return err->status;
    return ocsp_record_init(&run->record, run->options.backup, base, err);
}

/* Refuses a start that leaves nothing to do: weights from the end of a training. */
static enum ocsp_status check_start(const struct ocsp_run *run,
                                    const struct ocsp_progress *p, struct ocsp_error *err)
{
    const struct ocsp_settings *s = &run->options.settings;

    if (p->max_batches > 0 && p->iteration >= p->max_batches)
        return ocsp_fail(err, OCSP_E_RANGE, run->options.cfg, 0,
                         "nothing is left to train: the weights have %" PRIu64
                         " iterations behind them, and max_batches is %" PRIu64
                         ": raise max_batches=, count from 0 by -clear, or take only "
                         "their first layers by `darknet partial`",
                         p->iteration, p->max_batches);
    if (s->budget.share > 0 && run->position.epochs_done >= s->sl_end)
        return ocsp_fail(err, OCSP_E_RANGE, run->options.cfg, 0,
                         "too late to prune: the weights have %d epochs behind them, "
                         "and -sl-end is %d: count from 0 by -clear, raise -sl-end, or "
                         "train on without pruning by -reduce none",
                         run->position.epochs_done, s->sl_end);
    return OCSP_OK;
}

/* With several networks the hosts count each one's iterations: all of them together make
 * an epoch. */
static enum ocsp_status plan_epochs(struct ocsp_run *run, const struct ocsp_progress *p,
                                    const struct ocsp_state *state,
                                    struct ocsp_error *err)
{
    struct ocsp_settings *s = &run->options.settings;
    /* where a run goes on for longer, its decisions were made by the length that it had
     */
    const uint64_t planned = state ? state->position.planned : p->max_batches;
    const struct ocsp_schedule schedule = {.width = run->live.graph->w,
                                           .pass = run->options.images /
                                                   p->images_per_iteration,
                                           .total = planned,
                                           .burn_in = p->burn_in};
    const int first = s->epoch_iterations > 0 ? s->epoch_iterations : schedule.pass;

    if (s->budget.share > 0 && p->max_batches > 0 && p->max_batches < (uint64_t)first)
        return ocsp_fail(err, OCSP_E_RANGE, run->options.cfg, 0,
                         "max_batches=%" PRIu64 " ends within the first epoch of %d "
                         "iterations: raise it, or give fewer by -epoch-iters",
                         p->max_batches, first);
    if (ocsp_settings_fit(s, &schedule, err))
        return err->status;
    run->epoch_iterations = s->epoch_iterations;
    run->epochs = (int)(p->max_batches / (uint64_t)s->epoch_iterations);
    run->position.planned = planned;
    run->position.iteration = p->iteration;
    run->position.epochs_done = (int)(p->iteration / (uint64_t)run->epoch_iterations);
    return OCSP_OK;
}

/* The hosts print "<backup>/<base>_<epoch>.weights" into 256 bytes. */
static enum ocsp_status check_name_length(const struct ocsp_run *run, const char *base,
                                          struct ocsp_error *err)
{
    const size_t most = 256 - sizeof "/_pruned_2147483647.weights";

    if (strlen(run->options.backup) + strlen(base) <= most)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_RANGE, run->options.backup, 0,
                     "Darknet has room for %zu bytes of this folder's and the cfg's name "
                     "together",
                     most);
}

/* That each of the run's files can be written, before hours go by. */
static enum ocsp_status check_results(const struct ocsp_run *run, const char *base,
                                      struct ocsp_error *err)
{
    const char *const paths[] = {run->state,
                                 run->dense_last,
                                 run->pruned_cfg,
                                 run->pruned_last,
                                 run->pruned_final,
                                 run->best[OCSP_BEST_DENSE].path,
                                 run->best[OCSP_BEST_PRUNED].path,
                                 run->record.csv_path,
                                 run->record.norms_path,
                                 run->record.json_path,
                                 run->plots.path};
    enum ocsp_status status = ocsp_folder_check_names(run->options.backup, base, err);

    for (size_t k = 0; k < sizeof paths / sizeof *paths && !status; k++)
        status = ocsp_new_file_check(paths[k], err);
    return status;
}

/* The dense network as the host made it, and its coupling. */
static enum ocsp_status read_net(struct ocsp_run *run, void *net, struct ocsp_error *err)
{
    struct ocsp_cfg *cfg;
    enum ocsp_status status = ocsp_cfg_load(&cfg, run->options.cfg, err);

    if (!status)
        status = ocsp_live_net_init(&run->live, cfg, net, err);
    if (!status)
        status = ocsp_settings_fix(&run->options.settings, run->live.graph, err);
    if (!status)
        status = ocsp_coupling_new(&run->coupling, run->live.graph, err);
    if (!status)
        status = ocsp_sums_init(&run->sums, run->coupling, run->live.value, err);
    return status;
}

/* The other networks of the loop, and what belongs to each. */
static enum ocsp_status read_all(struct ocsp_run *run, int n, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    run->others = calloc((size_t)n, sizeof *run->others);
    run->regularizers = calloc((size_t)n, sizeof *run->regularizers);
    if (!run->others || !run->regularizers)
        return ocsp_fail_memory(err);
    for (int k = 0; k < n && !status; k++) {
        const void *net = ocsp_run_net(run, k);
        run->n_nets = k + 1;
        if (k > 0)
            status = ocsp_live_net_init_like(ocsp_run_live(run, k), &run->live, net, err);
        if (!status)
            status = ocsp_regularizer_init(&run->regularizers[k], run, k, err);
        if (!status)
            status = ocsp_live_net_attach(ocsp_run_live(run, k), net, run->coupling,
                                          &run->sums, err);
    }
    return status;
}

static enum ocsp_status install_all(struct ocsp_run *run, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < run->n_nets && !status; k++)
        status = ocsp_run_install(run, k, ocsp_run_net(run, k), err);
    return status;
}

/* The counters of an earlier process; the schedule follows from them. */
static enum ocsp_status take_counters(struct ocsp_run *run,
                                      const struct ocsp_state *state, void *net,
                                      char news[OCSP_CFG_NEWS], struct ocsp_error *err)
{
    if (ocsp_state_check_net(state, ocsp_host.name, run->live.cfg, news, err))
        return err->status;
    ocsp_host.set_counters(net, state->counters, state->n_counters);
    return OCSP_OK;
}

static enum ocsp_status set_up(struct ocsp_run *run, void *net, const char *base,
                               struct ocsp_state **state, char news[OCSP_CFG_NEWS],
                               struct ocsp_error *err)
{
    struct ocsp_progress progress;
    enum ocsp_status status = check_name_length(run, base, err);

    if (!status)
        status = allocate(run, base, err);
    if (!status)
        status = check_results(run, base, err);
    if (!status)
        status = ocsp_checkpoint_find(run, state, err);
    if (!status)
        ocsp_own_state_find(run);
    if (!status && *state)
        status = take_counters(run, *state, net, news, err);
    if (status)
        return status;
    ocsp_host.progress(net, &progress);
    status = plan_epochs(run, &progress, *state, err);
    if (!status && !*state)
        status = ocsp_restart_check_names(run, base, err);
    if (!status && !*state)
        status = check_start(run, &progress, err);
    if (!status)
        status = ocsp_folder_check_space(run->options.backup,
                                         ocsp_checkpoint_room(run, *state), err);
    if (!status)
        status = ocsp_cycle_init(&run->cycle, run->coupling, &run->options.settings, err);
    if (!status && *state)
        ocsp_best_mend(run, &(*state)->accuracy, (*state)->phase == OCSP_PRUNED);
    if (!status)
        status = ocsp_run_check_folder(run, err);
    return status ? status : ocsp_folder_clean(run->options.backup, err);
}

/* Another number for each run, also of those that begin within a second. */
static uint64_t nanoseconds_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static enum ocsp_status begin(struct ocsp_run *run, void *nets, int ngpus, void *local,
                              char **base, struct ocsp_error *err)
{
    void *net = ocsp_host.current(nets, local, 0);
    struct ocsp_state *state = NULL;
    char news[OCSP_CFG_NEWS] = "";
    enum ocsp_status status = OCSP_OK;

    run->nets = nets;
    run->local = local;
    if (ngpus > 1 && !OCSP_ON_GPU)
        status = ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                           "-gpus: this Darknet was built for the CPU");
    if (!status)
        status = read_net(run, net, err);
    if (!status)
        status = read_all(run, ngpus, err);
    if (!status)
        status = set_up(run, net, *base, &state, news, err);
    run->position.random = nanoseconds_now();
    if (run->options.settings.seed >= 0)
        run->position.random = (uint64_t)run->options.settings.seed;
    run->position.order = run->position.random;
    run->position.average_loss = NAN;
    run->epoch_began = run->saved_at = ocsp_seconds_now();
    if (!status)
        status = install_all(run, err);
    if (!status) {
        run->images.w = run->live.graph->w;
        run->images.h = run->live.graph->h;
        ocsp_run_announce(run);
    }
    if (!status && state)
        status = ocsp_checkpoint_restore(run, state, base, err);
    if (!status && *news)
        ocsp_console_line("ocsp: it goes on with another schedule: %s", news);
    /* a start that is refused leaves all files as they were */
    if (!status && !state)
        status = ocsp_restart_set_aside(run, err);
    if (!status)
        ocsp_lines_say(state ? OCSP_SAY_LOG : OCSP_SAY_NEW_LOG, run->log);
    if (!status)
        run->options.detector ? ocsp_map_begin(run) : ocsp_evaluate_begin(run);
    ocsp_state_free(state);
    return status;
}

/* Another process may have ended between its last iteration and its last file. */
static enum ocsp_status go_on(struct ocsp_run *run, struct ocsp_error *err)
{
    struct ocsp_progress progress;

    ocsp_host.progress(ocsp_run_net(run, 0), &progress);
    if (progress.max_batches > 0 && progress.iteration >= progress.max_batches) {
        ocsp_console_line("ocsp: nothing is left to train, all %" PRIu64
                          " iterations are done: a larger max_batches= goes on, -restart "
                          "begins anew",
                          progress.max_batches);
        return ocsp_run_finish(run, err);
    }
    return ocsp_checkpoint_write(run, OCSP_FIRST_GENERATION, err);
}

enum ocsp_status ocsp_run_start(struct ocsp_run *run, void *nets, int ngpus, void *local,
                                char **base, struct ocsp_error *err)
{
    const enum ocsp_status status = begin(run, nets, ngpus, local, base, err);

    if (status || !run->resumed)
        return status;
    return go_on(run, err);
}
