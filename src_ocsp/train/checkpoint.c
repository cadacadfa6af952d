#include "train/checkpoint.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layers/arrays.h"
#include "net/clock.h"
#include "net/file.h"
#include "train/best_weights.h"
#include "train/console.h"
#include "train/own_state.h"
#include "train/restart.h"
#include "train/run_plots.h"

#define MAX_ATTEMPTS 3
/* What of a network is in a state file, in this order. */
#define N_STATE_PARAMS 5
#define STATE_PARAMS(live)                                                               \
    {                                                                                    \
        (live)->value, (live)->momentum, (live)->adam_m, (live)->adam_v, (live)->average \
    }

static struct ocsp_position position_now(const struct ocsp_run *run,
                                         const struct ocsp_progress *progress)
{
    struct ocsp_position position = run->position;

    position.generation++;
    position.iteration = progress->iteration;
    position.epoch_seconds = ocsp_seconds_now() - run->epoch_began;
    return position;
}

static enum ocsp_status render_state(struct ocsp_run *run, const void *net,
                                     const struct ocsp_position *position, char **data,
                                     size_t *size, struct ocsp_error *err)
{
    struct ocsp_counter counters[OCSP_MAX_COUNTERS];

    const struct ocsp_params *const params[] = STATE_PARAMS(&run->live);
    const struct ocsp_state_content content = {
        .host = ocsp_host.name,
        .cfg = run->coupling->graph->cfg,
        .position = position,
        .cycle = &run->cycle,
        .surgery = run->surgery.epoch ? &run->surgery : NULL,
        .accuracy = &run->accuracy,
        .record = &run->record,
        .counters = counters,
        .n_counters = ocsp_host.counters(net, counters),
        .graph = run->live.graph,
        .params = params,
        .n_params = N_STATE_PARAMS};
    return ocsp_state_render(&content, data, size, err);
}

static enum ocsp_status summarize(struct ocsp_run *run,
                                  const struct ocsp_position *position,
                                  struct ocsp_error *err)
{
    char sha[OCSP_SHA256_TEXT];

    ocsp_cfg_sha256(run->coupling->graph->cfg, sha);
    const struct ocsp_summary_facts facts = {.host = ocsp_host.name,
                                             .cfg = run->options.cfg,
                                             .cfg_sha256 = sha,
                                             .command = run->options.command,
                                             .epochs = position->epochs_done,
                                             .iteration = position->iteration,
                                             .generation = position->generation,
                                             .surgery = run->surgery.epoch ? &run->surgery
                                                                           : NULL,
                                             .accuracy = &run->accuracy};

    return ocsp_record_summary(&run->record, &run->cycle, &facts, err);
}

#define MAX_FILES 12

/* The files of a generation in the order of their renames; returns how many.
 * Weights of an earlier run must be gone before a cfg appears that does not fit them. */
static int list_files(const struct ocsp_run *run, enum ocsp_generation which,
                      const struct ocsp_file_content *weights,
                      const struct ocsp_file_content *state,
                      struct ocsp_file_content files[MAX_FILES])
{
    int n = 0;

    if (run->cycle.phase == OCSP_PRUNED) {
        if (which == OCSP_FIRST_GENERATION) {
            files[n++] = (struct ocsp_file_content){run->pruned_final, NULL, 0};
            files[n++] = (struct ocsp_file_content){run->pruned_last, NULL, 0};
            if (!*run->accuracy.best.sha256 || run->best[OCSP_BEST_PRUNED].data)
                files[n++] =
                    (struct ocsp_file_content){run->best[OCSP_BEST_PRUNED].path, NULL, 0};
        }
        if (which != OCSP_GENERATION)
            files[n++] = (struct ocsp_file_content){run->pruned_cfg, run->pruned_text,
                                                    run->pruned_size};
        files[n++] = *weights;
        if (which == OCSP_LAST_GENERATION)
            files[n++] = (struct ocsp_file_content){run->pruned_final, weights->data,
                                                    weights->size};
    }
    ocsp_record_files(&run->record, &files[n]);
    n += OCSP_RECORD_FILES;
    if (run->options.plots)
        files[n++] =
            (struct ocsp_file_content){run->plots.path, run->plots.text, run->plots.size};
    files[n++] = *state;
    return n + ocsp_best_files(run, &files[n]);
}

enum ocsp_status ocsp_checkpoint_write(struct ocsp_run *run, enum ocsp_generation which,
                                       struct ocsp_error *err)
{
    const void *net = ocsp_run_net(run, 0);
    struct ocsp_file_content files[MAX_FILES], weights = {run->pruned_last, NULL, 0};
    struct ocsp_file_content state = {run->state, NULL, 0};
    struct ocsp_progress progress;
    char *weight_bytes = NULL, *state_bytes = NULL;
    enum ocsp_status status;

    if (run->n_nets > 1)
        ocsp_host.average(run->nets, run->n_nets);
    ocsp_live_net_pull(&run->live, net);
    ocsp_host.progress(net, &progress);
    const struct ocsp_position position = position_now(run, &progress);
    if (which == OCSP_LAST_GENERATION)
        run->surgery.weights = run->pruned_final;
    status = summarize(run, &position, err);
    if (!status)
        status = ocsp_run_plots_render(run, err);
    if (!status && run->cycle.phase == OCSP_PRUNED)
        status = ocsp_run_weights(run, net, &weight_bytes, &weights.size, err);
    if (!status)
        status = render_state(run, net, &position, &state_bytes, &state.size, err);
    if (!status)
        status = ocsp_run_check_folder(run, err);
    if (!status)
        status = ocsp_own_state_check(run, err);
    if (!status && run->cycle.phase == OCSP_PRUNED && which != OCSP_GENERATION)
        status = ocsp_restart_set_pruned_aside(run, err);
    if (!status) {
        weights.data = weight_bytes;
        state.data = state_bytes;
        status =
            ocsp_files_write(files, list_files(run, which, &weights, &state, files), err);
        if (!status)
            ocsp_own_state_note(run, state_bytes, state.size);
    }
    free(weight_bytes);
    free(state_bytes);
    if (status)
        return status;
    ocsp_best_written(run);
    run->position.generation = position.generation;
    run->attempts = 0;
    run->saved_at = ocsp_seconds_now();
    ocsp_run_plots_draw(run);
    return OCSP_OK;
}

enum ocsp_status ocsp_checkpoint_find(const struct ocsp_run *run,
                                      struct ocsp_state **state, struct ocsp_error *err)
{
    const enum ocsp_resume resume = run->options.saving.resume;
    const bool exists = access(run->state, F_OK) == 0;

    *state = NULL;
    /* a disk that fails to answer must not look like one without a state */
    if (!exists && errno != ENOENT)
        return ocsp_fail(err, OCSP_E_IO, run->state, 0, "cannot look for it: %s",
                         strerror(errno));
    if (!exists && resume == OCSP_RESUME_MUST)
        return ocsp_fail(err, OCSP_E_IO, run->state, 0,
                         "-resume: no run was saved here: leave it out to begin one");
    if (resume == OCSP_RESTART)
        ocsp_restart_announce(run);
    return exists && resume != OCSP_RESTART ? ocsp_state_load(state, run->state, err)
                                            : OCSP_OK;
}

static void restore_position(struct ocsp_run *run, const struct ocsp_state *state)
{
    run->position = state->position;
    run->epoch_began = ocsp_seconds_now() - state->position.epoch_seconds;
    run->saved_at = ocsp_seconds_now();
    run->surgery = state->surgery;
    if (run->surgery.epoch == 0)
        return;
    run->surgery.cause = run->cycle.prune_cause;
    run->surgery.cfg = run->pruned_cfg;
    run->surgery.weights = run->pruned_last;
}

static enum ocsp_status restore_decisions(struct ocsp_run *run,
                                          const struct ocsp_state *state,
                                          struct ocsp_error *err)
{
    enum ocsp_status status = ocsp_state_restore_cycle(state, &run->cycle, err);

    if (!status)
        status = ocsp_record_restore(&run->record, state->csv, state->csv_size,
                                     state->norms, err);
    if (status)
        return status;
    ocsp_best_forget(run);
    run->accuracy = state->accuracy;
    restore_position(run, state);
    return status;
}

/* All networks of the loop get what one had; the others' momentum is not kept. */
static enum ocsp_status restore_params(struct ocsp_run *run,
                                       const struct ocsp_state *state,
                                       struct ocsp_error *err)
{
    const struct ocsp_params *const params[] = STATE_PARAMS(&run->live);

    if (ocsp_state_restore_params(state, run->live.graph, params, N_STATE_PARAMS, err))
        return err->status;
    for (int k = 0; k < run->n_nets; k++) {
        void *net = ocsp_run_net(run, k);
        ocsp_live_net_push(ocsp_run_live(run, k), net, &run->live);
        ocsp_host.set_counters(net, state->counters, state->n_counters);
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_checkpoint_restore(struct ocsp_run *run,
                                         const struct ocsp_state *state, char **base,
                                         struct ocsp_error *err)
{
    enum ocsp_status status =
        ocsp_state_check_settings(state, &run->options.settings, err);

    if (!status)
        status = restore_decisions(run, state, err);
    if (!status && run->cycle.phase == OCSP_PRUNED)
        status = ocsp_surgery_again(run, base, err);
    if (!status)
        status = restore_params(run, state, err);
    if (status)
        return status;
    run->resumed = true;
    ocsp_console_line(
        "ocsp: resumed at iteration %" PRIu64 ", %d epochs done, %s; from generation "
        "%" PRIu64 " in %s",
        run->position.iteration, run->position.epochs_done,
        ocsp_phase_name(run->cycle.phase), run->position.generation, run->state);
    return OCSP_OK;
}

enum ocsp_status ocsp_checkpoint_roll_back(struct ocsp_run *run, const char *why,
                                           struct ocsp_error *err)
{
    struct ocsp_state *state;
    const int rollbacks = run->position.rollbacks + 1;
    enum ocsp_status status;

    if (run->position.generation == 0)
        return ocsp_fail(err, OCSP_E_RANGE, NULL, 0,
                         "%s, before the first generation was written: lower the "
                         "learning rate",
                         why);
    if (run->attempts == MAX_ATTEMPTS)
        return ocsp_fail(err, OCSP_E_RANGE, NULL, 0,
                         "%s, for the fourth time from generation %" PRIu64
                         " on: lower the learning rate",
                         why, run->position.generation);
    status = ocsp_state_load(&state, run->state, err);
    if (status)
        return status;
    status = restore_decisions(run, state, err);
    if (!status)
        status = restore_params(run, state, err);
    ocsp_state_free(state);
    if (status)
        return status;
    for (int k = 0; k < run->n_nets; k++) /* no gradient of the bad step stays */
        ocsp_host.resized(ocsp_run_net(run, k));
    run->attempts++;
    run->position.rollbacks = rollbacks;
    ocsp_console_line("ocsp: %s: back to generation %" PRIu64 " of iteration %" PRIu64,
                      why, run->position.generation, run->position.iteration);
    return OCSP_OK;
}

uint64_t ocsp_checkpoint_room(const struct ocsp_run *run, bool saved)
{
    const struct ocsp_params *const params[] = STATE_PARAMS(&run->live);
    const uint64_t values =
        sizeof(float) * ocsp_arrays_count(run->live.graph, run->live.value);
    uint64_t state = 0;

    for (int k = 0; k < N_STATE_PARAMS; k++)
        state += sizeof(float) * ocsp_arrays_count(run->live.graph, params[k]);
    /* state and pair, where they are not yet there; both once more under temporary names;
     * the dense net's weights, and the final ones; of each net the best */
    return (saved ? 1 : 2) * (state + values) +
           (run->options.eval == OCSP_EVAL_OFF ? 2 : 5) * values;
}
