#include "host/hook.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cycle/folder.h"
#include "host/augment.h"
#include "host/checkpoint.h"
#include "host/choose.h"
#include "host/counters.h"
#include "host/data_order.h"
#include "host/profile.h"
#include "host/repair.h"
#include "host/run.h"
#include "host/signals.h"
#include "net/arrays.h"
#include "net/file.h"
#include "prune/penalty.h"

/* The one global: the host's loop calls functions without an argument to pass it in. */
static struct ocsp_run *run;

static void stop_on_error(const struct ocsp_error *err)
{
    run->ended = true;
    fflush(stdout);
    run->options.fatal(err);
}

/* Hosts end the process with status 0 where they cannot read an image or a file. */
static void at_exit(void)
{
    if (!run || run->ended)
        return;
    fflush(stdout);
    fprintf(stderr, "darknet ocsp: Darknet stopped before the training was done\n");
    _exit(1);
}

void ocsp_hook_enable(const struct ocsp_hook_options *options)
{
    struct ocsp_error err;

    ocsp_hook_disable();
    run = calloc(1, sizeof *run);
    if (!run) {
        ocsp_fail_memory(&err);
        options->fatal(&err);
    }
    run->options = *options;
}

void ocsp_hook_disable(void)
{
    if (!run)
        return;
    ocsp_cycle_clear(&run->cycle);
    ocsp_record_clear(&run->record);
    ocsp_coupling_free(run->coupling);
    ocsp_live_net_clear(&run->live);
    ocsp_live_net_clear(&run->dense);
    free(run->square);
    free(run->inverse_norm);
    free(run->pruned_text);
    free(run->host_file);
    free(run->state);
    free(run->dense_last);
    free(run->pruned_cfg);
    free(run->pruned_last);
    free(run->pruned_final);
    free(run);
    run = NULL;
}

/* Before a step's first update: norms from the weights that the step starts with. */
static void begin_step(void)
{
    struct ocsp_error err;
    const bool *selected = run->cycle.plan.removed;

    if (ocsp_penalty_squares(run->coupling, run->live.value, run->square, &err))
        stop_on_error(&err);
    for (int c = 0; c < run->coupling->n_channels; c++)
        run->inverse_norm[c] =
            selected[c] && run->square[c] > 0 ? (float)(1 / sqrt(run->square[c])) : 0;
}

static void before_update(void *context, const struct ocsp_update *u)
{
    (void)context;
    if (run->cycle.phase != OCSP_SPARSE)
        return;
    const double began = ocsp_seconds_now();
    const bool first = u->layer <= run->last_layer;
    run->last_layer = u->layer;
    run->cost.penalized_steps += first;
    if (run->cycle.settings.eq8) {
        if (first)
            begin_step();
        ocsp_penalty_add_gradient(&run->coupling->layers[u->layer],
                                  &run->live.value[u->layer],
                                  &run->live.momentum[u->layer], run->inverse_norm,
                                  (float)run->cycle.lambda * u->divisor);
    }
    run->cost.penalty_s += ocsp_seconds_now() - began;
}

static void after_update(void *context, const struct ocsp_update *u)
{
    (void)context;
    if (run->cycle.phase != OCSP_SPARSE || !run->cycle.settings.eq9)
        return;
    const double began = ocsp_seconds_now();
    ocsp_penalty_shrink(&run->coupling->layers[u->layer], &run->live.value[u->layer],
                        run->cycle.plan.removed,
                        (float)fmax(0, 1 - run->cycle.lambda * (double)u->learning_rate));
    run->cost.penalty_s += ocsp_seconds_now() - began;
}

static char *result_path(const char *base, const char *suffix)
{
    const size_t size = strlen(run->options.backup) + strlen(base) + strlen(suffix) + 2;
    char *path = malloc(size);
    if (path)
        snprintf(path, size, "%s/%s%s", run->options.backup, base, suffix);
    return path;
}

static enum ocsp_status allocate(const char *base, struct ocsp_error *err)
{
    const size_t n = (size_t)run->coupling->n_channels + 1;

    run->square = calloc(n, sizeof *run->square);
    run->inverse_norm = calloc(n, sizeof *run->inverse_norm);
    run->state = result_path(base, ".ocsp-state");
    run->dense_last = result_path(base, "_dense_last.weights");
    run->pruned_cfg = result_path(base, "_pruned.cfg");
    run->pruned_last = result_path(base, "_pruned_last.weights");
    run->pruned_final = result_path(base, "_pruned_final.weights");
    if (!run->square || !run->inverse_norm || !run->state || !run->dense_last ||
        !run->pruned_cfg || !run->pruned_last || !run->pruned_final)
        return ocsp_fail_memory(err);
    return ocsp_record_init(&run->record, run->options.backup, base, err);
}

/* Refuses a start that leaves nothing to do: weights from the end of a training. */
static enum ocsp_status check_start(const struct ocsp_progress *p, struct ocsp_error *err)
{
    const struct ocsp_settings *s = &run->options.settings;

    if (p->max_batches > 0 && p->iteration >= p->max_batches)
        return ocsp_fail(err, OCSP_E_RANGE, run->options.cfg, 0,
                         "nothing is left to train: the weights have %" PRIu64
                         " iterations behind them, max_batches is %" PRIu64
                         "; -clear starts from 0",
                         p->iteration, p->max_batches);
    if (s->budget.share > 0 && run->at.epochs_done >= s->sl_end)
        return ocsp_fail(err, OCSP_E_RANGE, run->options.cfg, 0,
                         "too late to prune: the weights have %d epochs behind them, "
                         "-sl-end is %d; -clear starts from 0",
                         run->at.epochs_done, s->sl_end);
    return OCSP_OK;
}

static enum ocsp_status plan_epochs(const struct ocsp_progress *p, int ngpus,
                                    struct ocsp_error *err)
{
    struct ocsp_settings *s = &run->options.settings;

    const struct ocsp_schedule schedule = {.width = run->live.graph->w,
                                           .pass = run->options.images /
                                                   (p->images_per_iteration * ngpus),
                                           .total = p->max_batches,
                                           .burn_in = p->burn_in};
    const int first = s->epoch_iterations > 0 ? s->epoch_iterations : schedule.pass;

    if (s->budget.share > 0 && p->max_batches > 0 && p->max_batches < (uint64_t)first)
        return ocsp_fail(err, OCSP_E_RANGE, run->options.cfg, 0,
                         "max_batches=%" PRIu64 " ends within the first epoch of %d "
                         "iterations",
                         p->max_batches, first);
    if (ocsp_settings_fit(s, &schedule, err))
        return err->status;
    run->epoch_iterations = s->epoch_iterations;
    run->epochs = s->epochs;
    run->at.iteration = p->iteration;
    run->at.epochs_done = (int)(p->iteration / (uint64_t)run->epoch_iterations);
    return OCSP_OK;
}

/* The hosts print "<backup>/<base>_<epoch>.weights" into 256 bytes. */
static enum ocsp_status check_room(const char *base, struct ocsp_error *err)
{
    const size_t room = 256 - sizeof "/_pruned_2147483647.weights";

    if (strlen(run->options.backup) + strlen(base) <= room)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_RANGE, run->options.backup, 0,
                     "Darknet has room for %zu bytes of this folder's and the cfg's name "
                     "together",
                     room);
}

static void announce_cycle(void)
{
    const struct ocsp_settings *s = &run->cycle.settings;

    printf("ocsp: remove %.4g%% of the %s: sparsity learning from epoch ",
           100 * s->budget.share, s->budget.measure == OCSP_MACS ? "MACs" : "parameters");
    if (s->sl_start == OCSP_AUTO)
        printf("on that the stability indicator chooses");
    else
        printf("%d", s->sl_start);
    printf(", pruning at epoch %d at the latest\n", s->sl_end);
    printf("ocsp: %d groups with %d channels, %d layers frozen\n",
           run->coupling->n_groups, run->coupling->n_channels, run->coupling->n_frozen);
}

static void announce(void)
{
    const char *const *repairs = ocsp_repairs();
    char engine[128];

    printf("ocsp: host %s; %d epochs of %d iterations\n", ocsp_host.name, run->epochs,
           run->epoch_iterations);
    ocsp_describe_engine(engine, sizeof engine, run->live.graph->n_layers);
    printf("ocsp: engine: %s\n", engine);
    if (run->cycle.settings.budget.share > 0)
        announce_cycle();
    else
        printf("ocsp: dense training, nothing is removed\n");
    for (; repairs && *repairs; repairs++)
        printf("ocsp: repaired in this host: %s\n", *repairs);
}

/* The dense network as the host made it, and its coupling. */
static enum ocsp_status read_net(void *net, struct ocsp_error *err)
{
    struct ocsp_cfg *cfg;
    enum ocsp_status status = ocsp_host.check(net, run->options.cfg, err);

    if (!status)
        status = ocsp_cfg_load(&cfg, run->options.cfg, err);
    if (!status)
        status = ocsp_live_net_init(&run->live, cfg, net, err);
    if (!status)
        status = ocsp_settings_fix(&run->options.settings, run->live.graph, err);
    if (!status)
        status = ocsp_coupling_new(&run->coupling, run->live.graph, err);
    return status;
}

/* The counters of an earlier process; the schedule follows from them. */
static enum ocsp_status take_counters(const struct ocsp_state *state, void *net,
                                      struct ocsp_error *err)
{
    char sha[OCSP_SHA256_TEXT];

    ocsp_cfg_sha256(run->live.cfg, sha);
    if (ocsp_state_check_net(state, ocsp_host.name, sha, run->options.cfg, err))
        return err->status;
    ocsp_counters_set(net, state->counters, state->n_counters);
    return OCSP_OK;
}

static enum ocsp_status set_up(void *net, int ngpus, const char *base,
                               struct ocsp_state **state, struct ocsp_error *err)
{
    struct ocsp_progress progress;
    enum ocsp_status status = check_room(base, err);

    if (!status)
        status = allocate(base, err);
    if (!status)
        status = ocsp_checkpoint_find(run, state, err);
    if (!status && *state)
        status = take_counters(*state, net, err);
    if (status)
        return status;
    ocsp_host.progress(net, &progress);
    status = plan_epochs(&progress, ngpus, err);
    if (!status && !*state)
        status = check_start(&progress, err);
    if (!status)
        status =
            ocsp_folder_check_room(run->options.backup, ocsp_checkpoint_room(run), err);
    if (!status)
        status = ocsp_cycle_init(&run->cycle, run->coupling, &run->options.settings, err);
    return status ? status : ocsp_checkpoint_clean(run, err);
}

static enum ocsp_status start(void *nets, int ngpus, void *local, char **base,
                              struct ocsp_error *err)
{
    void *net = ocsp_host.current(nets, local);
    struct ocsp_state *state = NULL;
    enum ocsp_status status = OCSP_OK;

    if (ngpus > 1)
        status = ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                           "-gpus: this version trains one network at a time");
    if (!status)
        status = read_net(net, err);
    if (!status)
        status = set_up(net, ngpus, *base, &state, err);
    run->last_layer = run->live.graph ? run->live.graph->n_layers : 0;
    run->events = (struct ocsp_host_events){NULL, before_update, after_update};
    run->at.random = (uint64_t)time(NULL);
    if (run->options.settings.seed >= 0)
        run->at.random = (uint64_t)run->options.settings.seed;
    run->at.average_loss = NAN;
    run->epoch_began = run->saved_at = ocsp_seconds_now();
    if (!status)
        status = ocsp_host.arm(net, &run->events, err);
    if (!status) {
        run->images.w = run->live.graph->w;
        run->images.h = run->live.graph->h;
        announce();
    }
    if (!status && state)
        status = ocsp_checkpoint_restore(run, state, nets, local, base, err);
    ocsp_state_free(state);
    return status;
}

static enum ocsp_status finish(const void *net, struct ocsp_error *err);

/* Another process may have ended between its last iteration and its last file. */
static enum ocsp_status go_on(const void *net, struct ocsp_error *err)
{
    struct ocsp_progress progress;

    ocsp_host.progress(net, &progress);
    if (progress.max_batches > 0 && progress.iteration >= progress.max_batches) {
        printf("ocsp: nothing is left to train; -restart begins anew\n");
        return finish(net, err);
    }
    return ocsp_checkpoint_write(run, net, OCSP_FIRST_GENERATION, err);
}

void ocsp_hook_seed(void)
{
    if (run && run->options.settings.seed >= 0)
        srand((unsigned)run->options.settings.seed);
}

void ocsp_hook_start(void *nets, int ngpus, void *net, char **base)
{
    struct ocsp_error err;

    if (!run)
        return;
    ocsp_signals_catch();
    if (start(nets, ngpus, net, base, &err) ||
        (run->resumed && go_on(ocsp_host.current(nets, net), &err)))
        stop_on_error(&err);
}

static bool is_seeded(void)
{
    return run && run->options.settings.seed >= 0;
}

static void seed_iteration(uint64_t iteration)
{
    ocsp_data_order_seed(run->options.settings.seed, run->at.rollbacks, iteration);
}

void ocsp_hook_loader(int *threads)
{
    if (!is_seeded())
        return;
    *threads = 1;
    /* what is loaded first, the iteration before would have loaded */
    seed_iteration(run->at.iteration - 1);
}

static void wait_for(void *loader)
{
    struct ocsp_error err;

    if (ocsp_data_order_wait(loader, &err))
        stop_on_error(&err);
}

void ocsp_hook_begin(void *nets, void *net, void *loader)
{
    struct ocsp_progress progress;

    if (!is_seeded())
        return;
    wait_for(loader);
    ocsp_host.progress(ocsp_host.current(nets, net), &progress);
    seed_iteration(progress.iteration);
}

void ocsp_hook_batch(void *nets, void *net, void *data, void *loader)
{
    struct ocsp_images images;

    if (!run)
        return;
    if (is_seeded())
        wait_for(loader); /* dropout draws as well */
    ocsp_host.images(ocsp_host.current(nets, net), data, &images);
    if (images.w != run->images.w || images.h != run->images.h)
        ocsp_host.resized(ocsp_host.current(nets, net));
    run->images = images;
    if (run->options.pad > 0)
        ocsp_augment_pad_crop(&images, run->options.pad, &run->at.random);
}

static void print_epoch(const struct ocsp_epoch_facts *f)
{
    const struct ocsp_cycle *c = &run->cycle;

    printf("ocsp: epoch %d/%d %s, loss %.4f", f->epoch, run->epochs,
           ocsp_phase_name(c->phase), f->loss);
    if (c->phase != OCSP_PRUNED && c->stability.n > 0) {
        printf(", selected %d channels, norms %.4g", c->plan.n_removed, c->selected_norm);
        if (c->start_norm > 0)
            printf(" (%.1f%% of their start)", 100 * c->selected_norm / c->start_norm);
        if (!isnan(c->stability.mean))
            printf(", J %.4f mean %.4f", c->stability.j, c->stability.mean);
        if (c->phase == OCSP_SPARSE)
            printf(", lambda %g", c->lambda);
    }
    printf(", %.1f s\n", f->seconds);
}

/* Time per layer of the network in training, and of what pruning adds to it. */
static void print_profile(void)
{
    const struct ocsp_run_cost *cost = &run->cost;
    const double step = ocsp_profile_seconds();

    ocsp_profile_print(stdout);
    if (cost->penalized_steps > 0 && step > 0) {
        const double penalty = cost->penalty_s / cost->penalized_steps;
        printf("ocsp: penalty and shrinking %.3f ms per iteration (%.2f %% of it)\n",
               1e3 * penalty, 100 * penalty / (step + penalty));
    }
    if (cost->decisions > 0)
        printf("ocsp: decision %.3f ms per epoch\n",
               1e3 * cost->decision_s / cost->decisions);
    run->cost = (struct ocsp_run_cost){0};
}

/* After the last iteration, which need not end an epoch. */
static enum ocsp_status finish(const void *net, struct ocsp_error *err)
{
    const struct ocsp_plan *plan = &run->cycle.plan;
    enum ocsp_status status;

    run->ended = true;
    if (run->options.engine.profile)
        print_profile();
    status = ocsp_checkpoint_write(run, net, OCSP_LAST_GENERATION, err);
    if (!status && run->cycle.phase == OCSP_PRUNED)
        printf("ocsp: done: MACs %" PRIu64 " -> %" PRIu64
               " (%.2f times fewer), parameters "
               "%" PRIu64 " -> %" PRIu64 " (%.2f times fewer); %s, %s\n",
               plan->macs_before, plan->macs_after,
               (double)plan->macs_before / (double)plan->macs_after,
               plan->parameters_before, plan->parameters_after,
               (double)plan->parameters_before / (double)plan->parameters_after,
               run->pruned_cfg, run->pruned_final);
    fflush(stdout);
    return status;
}

/* What λ = 1 takes off a selected norm in one epoch; see ocsp_cycle_epoch. */
static double pull_of(const struct ocsp_progress *p)
{
    return p->momentum < 1 ? run->epoch_iterations * (double)p->learning_rate /
                                 (1 - (double)p->momentum)
                           : 0;
}

static enum ocsp_status end_epoch(void *nets, void *local, char **base,
                                  const struct ocsp_progress *p, int epoch,
                                  struct ocsp_error *err)
{
    enum ocsp_decision decision;
    const bool searches =
        run->cycle.phase != OCSP_PRUNED && epoch >= run->cycle.settings.monitor;
    const double now = ocsp_seconds_now();
    const struct ocsp_epoch_facts facts = {epoch, run->at.loss_sum / run->at.loss_count,
                                           p->learning_rate, now - run->epoch_began};
    enum ocsp_status status =
        ocsp_cycle_epoch(&run->cycle, epoch, run->live.value, pull_of(p), &decision, err);

    if (status)
        return status;
    run->cost.decision_s += searches ? ocsp_seconds_now() - now : 0;
    run->cost.decisions += searches;
    run->at.epochs_done = epoch;
    print_epoch(&facts);
    if (decision == OCSP_START_SPARSE)
        printf("ocsp: t_sl-start = epoch %d: %s; lambda %.3g + %.3g every %d epochs\n",
               epoch, run->cycle.why_start, run->cycle.lambda0, run->cycle.sigma,
               run->cycle.settings.delta_t);
    if (decision == OCSP_PRUNE && run->options.engine.profile)
        print_profile();
    if (decision == OCSP_PRUNE)
        status = ocsp_surgery(run, nets, local, base, epoch, err);
    if (!status)
        status = ocsp_record_epoch(&run->record, &run->cycle, &facts, err);
    run->at.loss_sum = 0;
    run->at.loss_count = 0;
    run->epoch_began = ocsp_seconds_now();
    if (!status)
        status = ocsp_checkpoint_write(
            run, ocsp_host.current(nets, local),
            decision == OCSP_PRUNE ? OCSP_FIRST_GENERATION : OCSP_GENERATION, err);
    if (!status && decision == OCSP_PRUNE)
        printf("ocsp: wrote %s and %s\n", run->pruned_cfg, run->pruned_last);
    fflush(stdout);
    return status;
}

/* What is not a number, or NULL. */
static const char *find_bad_number(float loss, uint64_t iteration, char text[512])
{
    const int i = ocsp_arrays_find_bad(run->live.graph, run->live.value);

    if (i >= 0)
        snprintf(text, 512,
                 "%s:%d: layer %d [%s]: its parameters are infinite or not numbers after "
                 "iteration %" PRIu64,
                 ocsp_cfg_name(run->live.cfg), run->live.graph->layers[i].line, i,
                 run->live.graph->layers[i].name, iteration);
    else if (!isfinite(loss))
        snprintf(text, 512, "the loss of iteration %" PRIu64 " is %g", iteration,
                 (double)loss);
    else
        return NULL;
    return text;
}

static enum ocsp_status handle_bad_number(void *net, const char *what,
                                          struct ocsp_error *err)
{
    if (run->options.saving.rollback)
        return ocsp_checkpoint_roll_back(run, net, what, err);
    return ocsp_fail(err, OCSP_E_RANGE, NULL, 0,
                     "%s: training has diverged; lower the learning rate, or return to "
                     "the last generation by -on-nan rollback",
                     what);
}

/* The host's average starts with a process, and forgets no NaN. */
static void mend_average(float loss, float *average)
{
    if (run->resumed && !isnan(run->at.average_loss))
        *average = (float)(0.9 * run->at.average_loss + 0.1 * (double)loss);
    run->resumed = false;
    run->at.average_loss = (double)*average;
}

/* Writes a generation where one is due within an epoch; ends the process where a signal
 * has asked for it. */
static enum ocsp_status save_or_stop(const void *net, bool is_saved,
                                     struct ocsp_error *err)
{
    const int minutes = run->options.saving.minutes, number = ocsp_signals_caught();
    const bool due = minutes > 0 && ocsp_seconds_now() - run->saved_at >= 60.0 * minutes;
    enum ocsp_status status = OCSP_OK;

    if (!is_saved && (due || number))
        status = ocsp_checkpoint_write(run, net, OCSP_GENERATION, err);
    if (status || !number)
        return status;
    printf("ocsp: stopped after iteration %" PRIu64
           "; the same command goes on from %s\n",
           run->at.iteration, run->state);
    fflush(stdout);
    _exit(128 + number); /* the host's threads are at work */
}

static enum ocsp_status step(void *nets, void *local, char **base, float loss,
                             float *average, struct ocsp_error *err)
{
    struct ocsp_progress p;
    char text[512];
    enum ocsp_status status = OCSP_OK;

    ocsp_host.progress(ocsp_host.current(nets, local), &p);
    const char *bad = find_bad_number(loss, p.iteration, text);
    if (bad) {
        *average = (float)run->at.average_loss;
        return handle_bad_number(ocsp_host.current(nets, local), bad, err);
    }
    mend_average(loss, average);
    run->at.iteration = p.iteration;
    run->at.loss_sum += (double)loss;
    run->at.loss_count++;
    const int epoch = (int)(p.iteration / (uint64_t)run->epoch_iterations);
    const bool ends = epoch > run->at.epochs_done;
    if (ends)
        status = end_epoch(nets, local, base, &p, epoch, err);
    if (!status && p.max_batches > 0 && p.iteration >= p.max_batches)
        return finish(ocsp_host.current(nets, local), err);
    return status ? status : save_or_stop(ocsp_host.current(nets, local), ends, err);
}

void ocsp_hook_step(void *nets, int ngpus, void *net, char **base, float loss,
                    float *average_loss)
{
    struct ocsp_error err;

    (void)ngpus;
    if (run && step(nets, net, base, loss, average_loss, &err))
        stop_on_error(&err);
}

char *ocsp_hook_save(char *path)
{
    struct ocsp_error err;

    if (!run)
        return path;
    const size_t size = strlen(path) + sizeof OCSP_TEMPORARY;
    char *both = malloc(2 * size); /* the path, and its temporary name behind it */
    if (!both) {
        ocsp_fail_memory(&err);
        stop_on_error(&err);
    }
    strcpy(both, path);
    snprintf(both + size, size, "%s" OCSP_TEMPORARY, path);
    free(run->host_file);
    run->host_file = both;
    return both + size;
}

void ocsp_hook_saved(FILE *file)
{
    struct ocsp_error err;

    if (!run || !run->host_file)
        return;
    if (fflush(file) || ferror(file)) {
        ocsp_fail(&err, OCSP_E_IO, run->host_file, 0, "cannot write: %s",
                  strerror(errno));
        stop_on_error(&err);
    }
    if (ocsp_file_commit(fileno(file), run->host_file, &err))
        stop_on_error(&err);
}

void ocsp_hook_map(void *map, float *best)
{
    struct ocsp_error err;

    if (!run || run->cycle.phase != OCSP_PRUNED || run->map_is_pruned)
        return;
    if (ocsp_host.renew_map(map, run->pruned_cfg, &err))
        stop_on_error(&err);
    run->map_is_pruned = true;
    *best = 0; /* of the dense net, whose file has another name */
}

enum ocsp_status ocsp_hook_run_train(int argc, char **argv, struct ocsp_error *err)
{
    const enum ocsp_status status = ocsp_choose_engine(&run->options.engine, err);

    if (status)
        return status;
    atexit(at_exit);
    return ocsp_run_host(argc, argv, err);
}
