#include "train/run_step.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "layers/arrays.h"
#include "net/clock.h"
#include "train/average.h"
#include "train/best_weights.h"
#include "train/checkpoint.h"
#include "train/console.h"
#include "train/detector_map.h"
#include "train/evaluate.h"
#include "train/run_plots.h"
#include "train/run_report.h"
#include "train/run_status.h"
#include "train/signals.h"
#include "view/lines.h"

/* After the last iteration, which need not end an epoch. */
enum ocsp_status ocsp_run_finish(struct ocsp_run *run, struct ocsp_error *err)
{
    enum ocsp_status status;

    run->ended = true;
    if (run->options.engine.profile)
        ocsp_run_print_profile(run);
    status = ocsp_checkpoint_write(run, OCSP_LAST_GENERATION, err);
    if (status)
        return status;
    ocsp_run_plots_end(run);
    ocsp_run_print_end(run);
    return OCSP_OK;
}

/* What λ = 1 takes off a selected norm in one epoch; see ocsp_cycle_epoch. */
static double pull_of(const struct ocsp_run *run, const struct ocsp_progress *p)
{
    return p->momentum < 1 ? run->epoch_iterations * (double)p->learning_rate /
                                 ((1 - (double)p->momentum) * run->n_nets)
                           : 0;
}

/* The sums that a decision follows from: of the mean network, where there are several. */
static void measure(struct ocsp_run *run)
{
    if (run->n_nets > 1)
        ocsp_host.average(run->nets, run->n_nets);
    if (OCSP_ON_GPU)
        ocsp_device_sums(run->live.device, &run->sums,
                         ocsp_host.stream(ocsp_run_net(run, 0)));
    else
        ocsp_sums_measure(&run->sums, run->coupling, run->live.value);
}

static void measure_accuracy(struct ocsp_run *run, int epoch, struct ocsp_score *score)
{
    if (run->options.detector)
        ocsp_map_measure(run, epoch, score);
    else
        ocsp_evaluate(run, epoch, score);
}

/* Measures the network of this epoch: a classifier where it is due, before surgery, and
 * at the end; a detector before surgery, while the host measures it as -map says. */
static enum ocsp_status evaluate(struct ocsp_run *run, struct ocsp_epoch_facts *facts,
                                 struct ocsp_score *score, bool prunes,
                                 struct ocsp_error *err)
{
    const bool is_due = run->options.detector
                            ? prunes
                            : ocsp_evaluate_is_due(run, facts->epoch,
                                                   prunes || facts->epoch == run->epochs);

    *score = run->epoch_map;
    run->epoch_map = ocsp_score_none();
    facts->score = run->options.detector && score->epoch > 0 ? score : NULL;
    if (!is_due)
        return OCSP_OK;
    measure_accuracy(run, facts->epoch, score);
    facts->score = score->epoch > 0 ? score : NULL;
    return facts->score ? ocsp_best_take(run, score, err) : OCSP_OK;
}

/* t*: with the price of pruning, where the network is measured. */
static enum ocsp_status prune(struct ocsp_run *run, char **base,
                              const struct ocsp_epoch_facts *facts,
                              struct ocsp_error *err)
{
    const struct ocsp_score before = facts->score ? *facts->score : ocsp_score_none();
    struct ocsp_score after = ocsp_score_none();
    char was[64], is[64];

    if (run->options.engine.profile)
        ocsp_run_print_profile(run);
    if (ocsp_surgery(run, base, facts->epoch, err))
        return err->status;
    if (run->options.detector || ocsp_evaluate_is_due(run, facts->epoch, true))
        measure_accuracy(run, facts->epoch, &after);
    if (ocsp_best_prune(run, &before, &after, err))
        return err->status;
    if (before.epoch == 0 || after.epoch == 0)
        return OCSP_OK;
    ocsp_accuracy_text(was, sizeof was, &run->accuracy, &before);
    ocsp_accuracy_text(is, sizeof is, &run->accuracy, &after);
    ocsp_console_line("ocsp: before pruning %s; after it %s", was, is);
    return OCSP_OK;
}

static void print_decision(const struct ocsp_run *run, enum ocsp_decision decision,
                           int epoch)
{
    if (decision == OCSP_START_SPARSE)
        ocsp_console_line(
            "ocsp: t_sl-start = epoch %d: %s; lambda %.3g + %.3g every %d epochs", epoch,
            ocsp_start_cause_text(run->cycle.start_cause), run->cycle.lambda0,
            run->cycle.sigma, run->cycle.settings.delta_t);
}

static enum ocsp_status end_epoch(struct ocsp_run *run, char **base,
                                  const struct ocsp_progress *p, int epoch,
                                  struct ocsp_error *err)
{
    enum ocsp_decision decision;
    struct ocsp_score score;
    const bool searches = ocsp_cycle_searches(&run->cycle, epoch);
    const double now = ocsp_seconds_now();
    struct ocsp_epoch_facts facts = {.epoch = epoch,
                                     .loss = run->position.loss_sum /
                                             run->position.loss_count,
                                     .learning_rate = p->learning_rate,
                                     .seconds = now - run->epoch_began};
    if (searches)
        measure(run);
    enum ocsp_status status =
        ocsp_cycle_epoch(&run->cycle, epoch, &run->sums, pull_of(run, p), &decision, err);
    if (status)
        return status;
    run->cost.decision_s += searches ? ocsp_seconds_now() - now : 0;
    run->cost.decisions += searches;
    run->position.epochs_done = epoch;
    status = evaluate(run, &facts, &score, decision == OCSP_PRUNE, err);
    if (status)
        return status;
    ocsp_run_print_epoch(run, &facts);
    print_decision(run, decision, epoch);
    if (decision == OCSP_PRUNE)
        status = prune(run, base, &facts, err);
    if (facts.score)
        ocsp_evaluate_thin_out(run, facts.seconds);
    if (!status)
        status = ocsp_record_epoch(&run->record, &run->cycle, &facts, err);
    run->position.loss_sum = 0;
    run->position.loss_count = 0;
    run->epoch_began = ocsp_seconds_now();
    if (!status)
        status = ocsp_checkpoint_write(
            run, decision == OCSP_PRUNE ? OCSP_FIRST_GENERATION : OCSP_GENERATION, err);
    if (!status && decision == OCSP_PRUNE)
        ocsp_console_line("ocsp: wrote %s and %s", run->pruned_cfg, run->pruned_last);
    return status;
}

static int find_bad_layer(struct ocsp_run *run)
{
    int bad = -1;

    if (!OCSP_ON_GPU)
        return ocsp_arrays_find_bad(run->live.graph, run->live.value);
    for (int k = 0; k < run->n_nets && bad < 0; k++)
        bad = ocsp_device_find_bad(ocsp_run_live(run, k)->device,
                                   ocsp_host.stream(ocsp_run_net(run, k)));
    return bad;
}

/* What is not a number, or NULL. */
static const char *find_bad_number(struct ocsp_run *run, float loss, uint64_t iteration,
                                   char text[512])
{
    const int i = find_bad_layer(run);

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

static enum ocsp_status handle_bad_number(struct ocsp_run *run, const char *what,
                                          struct ocsp_error *err)
{
    if (run->options.saving.rollback)
        return ocsp_checkpoint_roll_back(run, what, err);
    return ocsp_fail(err, OCSP_E_RANGE, NULL, 0,
                     "%s: training has diverged; lower the learning rate, or return to "
                     "the last generation by -on-nan rollback",
                     what);
}

/* The host's average starts with a process, and forgets no NaN. */
static void mend_average(struct ocsp_run *run, float loss, float *average)
{
    if (run->resumed && !isnan(run->position.average_loss))
        *average = (float)(0.9 * run->position.average_loss + 0.1 * (double)loss);
    run->resumed = false;
    run->position.average_loss = (double)*average;
}

/* Of what a user has not asked for; else "". */
static const char *why_stopped(int number)
{
    static const struct {
        int number;
        const char *why;
    } reasons[] = {{SIGPIPE, ": nobody reads what it says"},
                   {SIGXFSZ, ": a file has outgrown its limit (ulimit -f)"},
                   {SIGXCPU, ": its processor time is used up (ulimit -t)"},
                   {SIGHUP, ": its terminal is gone"}};

    for (size_t k = 0; k < sizeof reasons / sizeof *reasons; k++)
        if (reasons[k].number == number)
            return reasons[k].why;
    return "";
}

/* Where a file or its reader has ended the run, stdout may be that file: on stderr. */
static void say_stopped(const struct ocsp_run *run, int number)
{
    const char *why = why_stopped(number);
    struct ocsp_error stop;

    ocsp_fail(&stop, OCSP_E_IO, NULL, 0,
              "stopped after iteration %" PRIu64 "%s; the same command goes on from %s",
              run->position.iteration, why, run->state);
    if (*why) {
        ocsp_console_error(&stop);
        return;
    }
    FILE *lines = ocsp_console_open();
    fprintf(lines, "ocsp: %s\n", stop.text);
    ocsp_console_close_last(lines);
}

/* Writes a generation where one is due within an epoch; ends the process where a signal
 * has asked for it. */
static enum ocsp_status save_or_stop(struct ocsp_run *run, bool is_saved,
                                     struct ocsp_error *err)
{
    const double minutes = run->options.saving.minutes;
    const int number = ocsp_signals_caught();
    const bool due = minutes > 0 && ocsp_seconds_now() - run->saved_at >= 60 * minutes;
    enum ocsp_status status = OCSP_OK;

    if (!is_saved && (due || number))
        status = ocsp_checkpoint_write(run, OCSP_GENERATION, err);
    if (status || !number)
        return status;
    if (run->options.engine.profile)
        ocsp_run_print_profile(run);
    ocsp_run_plots_end(run);
    say_stopped(run, number);
    ocsp_lines_end();
    _exit(128 + number); /* the host's threads are at work */
}

/* The network that the iterations behind the last whole epoch have made: of one more,
 * whose row a run that goes on for longer writes anew. */
static enum ocsp_status measure_rest(struct ocsp_run *run, const struct ocsp_progress *p,
                                     struct ocsp_error *err)
{
    const int epoch = run->position.epochs_done + 1;
    struct ocsp_score score;
    const struct ocsp_epoch_facts facts = {
        .epoch = epoch,
        .loss = run->position.loss_sum / run->position.loss_count,
        .learning_rate = p->learning_rate,
        .seconds = ocsp_seconds_now() - run->epoch_began,
        .score = &score};
    char text[64];

    if (!ocsp_evaluate_is_due(run, epoch, true))
        return OCSP_OK;
    ocsp_evaluate(run, epoch, &score);
    if (score.epoch == 0)
        return OCSP_OK;
    ocsp_accuracy_text(text, sizeof text, &run->accuracy, &score);
    ocsp_console_line("ocsp: after the last iteration %s", text);
    if (ocsp_best_take(run, &score, err))
        return err->status;
    return ocsp_record_epoch(&run->record, &run->cycle, &facts, err);
}

enum ocsp_status ocsp_run_step(struct ocsp_run *run, char **base, float loss,
                               float *average, struct ocsp_error *err)
{
    struct ocsp_progress p;
    char text[512];
    enum ocsp_status status = OCSP_OK;

    if (ocsp_run_check_folder(run, err))
        return err->status;
    if (run->n_nets > 1)
        ocsp_host.count(run->nets, run->local, run->n_nets);
    ocsp_host.progress(ocsp_run_net(run, 0), &p);
    const char *bad = find_bad_number(run, loss, p.iteration, text);
    if (run->cycle.phase == OCSP_SPARSE) /* by now a device has done the step */
        run->cost.penalized_s += ocsp_seconds_now() - run->cost.began;
    if (bad) {
        *average = (float)run->position.average_loss;
        return handle_bad_number(run, bad, err);
    }
    mend_average(run, loss, average);
    run->position.iteration = p.iteration;
    ocsp_average_step(run, &p);
    run->position.loss_sum += (double)loss;
    run->position.loss_count++;
    const int epoch = (int)(p.iteration / (uint64_t)run->epoch_iterations);
    const bool ends = epoch > run->position.epochs_done;
    ocsp_run_plots_look(run);
    if (ends)
        status = end_epoch(run, base, &p, epoch, err);
    if (!status && p.max_batches > 0 && p.iteration >= p.max_batches) {
        status = ends ? OCSP_OK : measure_rest(run, &p, err);
        return status ? status : ocsp_run_finish(run, err);
    }
    if (!status)
        status = save_or_stop(run, ends, err);
    if (!status)
        ocsp_run_show_status(run, &p, ends);
    return status;
}
