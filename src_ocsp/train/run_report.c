#include "train/run_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "cycle/report.h"
#include "train/average.h"
#include "train/compute_backend.h"
#include "train/console.h"
#include "view/run_folder.h"

static void announce_cycle(FILE *lines, const struct ocsp_run *run)
{
    const struct ocsp_settings *s = &run->cycle.settings;

    fprintf(lines, "ocsp: remove %.4g%% of the %s: sparsity learning from epoch ",
            100 * s->budget.share, ocsp_measure_text(s->budget.measure));
    if (s->sl_start == OCSP_AUTO)
        fprintf(lines, "on that the stability indicator chooses");
    else
        fprintf(lines, "%d", s->sl_start);
    fprintf(lines, ", pruning at epoch %d at the latest; by %s saliency\n", s->sl_end,
            s->saliency->name);
    fprintf(lines, "ocsp: %d groups with %d channels, %d layers frozen\n",
            run->coupling->n_groups, run->coupling->n_channels, run->coupling->n_frozen);
}

void ocsp_run_announce(const struct ocsp_run *run)
{
    FILE *lines = ocsp_console_open();
    const char *const *repairs = ocsp_host.repairs ? ocsp_host.repairs() : NULL;
    char engine[OCSP_BACKEND_TEXT];

    if (run->options.reduces_by_default)
        fprintf(lines,
                "ocsp: half of the MACs will go, as -reduce was not given: for another "
                "share add -reduce macs=P%%, for none -reduce none\n");
    fprintf(lines, "ocsp: host %s; ", ocsp_host.name);
    if (run->epochs > 0)
        fprintf(lines, "%d epochs of %d iterations\n", run->epochs,
                run->epoch_iterations);
    else
        fprintf(lines,
                "epochs of %d iterations, until it is stopped (the cfg has no "
                "max_batches=)\n",
                run->epoch_iterations);
    ocsp_backend_describe(engine, sizeof engine, run->engine, ocsp_run_net(run, 0));
    fprintf(lines, "ocsp: engine: %s\n", engine);
    if (run->cycle.settings.budget.share > 0)
        announce_cycle(lines, run);
    else
        fprintf(lines, "ocsp: dense training, nothing is removed\n");
    if (ocsp_host.tensor_cores(ocsp_run_net(run, 0)) &&
        run->cycle.settings.budget.share > 0 && run->cycle.settings.limits.round_to < 8)
        fprintf(lines,
                "ocsp: tensor cores are in use, and take multiples of 8 channels: add "
                "-round-to 8\n");
    for (; repairs && *repairs; repairs++)
        fprintf(lines, "ocsp: repaired in this host: %s\n", *repairs);
    ocsp_average_announce(lines, run);
    ocsp_console_close(lines);
}

static void print_score(FILE *lines, const struct ocsp_accuracy *accuracy,
                        const struct ocsp_score *score)
{
    char text[64];

    if (!score)
        return;
    ocsp_accuracy_text(text, sizeof text, accuracy, score);
    fprintf(lines, ", %s", text);
}

void ocsp_run_print_epoch(const struct ocsp_run *run, const struct ocsp_epoch_facts *f)
{
    FILE *lines = ocsp_console_open();
    const struct ocsp_cycle *c = &run->cycle;

    fprintf(lines, "ocsp: epoch %d", f->epoch);
    if (run->epochs > 0)
        fprintf(lines, "/%d", run->epochs);
    fprintf(lines, " %s, loss %.4f", ocsp_phase_name(c->phase), f->loss);
    if (c->phase != OCSP_PRUNED && c->stability.n > 0) {
        fprintf(lines, ", selected %d channels, norms %.4g", c->plan.n_removed,
                c->selected_norm);
        if (c->start_norm > 0)
            fprintf(lines, " (%.1f%% of their start)",
                    100 * c->selected_norm / c->start_norm);
        if (!isnan(c->stability.mean))
            fprintf(lines, ", J %.4f mean %.4f", c->stability.j, c->stability.mean);
        if (c->phase == OCSP_SPARSE)
            fprintf(lines, ", lambda %g", c->lambda);
    }
    print_score(lines, &run->accuracy, f->score);
    fprintf(lines, ", %.1f s\n", f->seconds);
    ocsp_console_close(lines);
}

/* Time per layer of the network in training, and of what pruning adds to it. */
void ocsp_run_print_profile(struct ocsp_run *run)
{
    FILE *lines = ocsp_console_open();
    const struct ocsp_run_cost *cost = &run->cost;
    double penalty = cost->penalty_s;

    if (ocsp_host.print_times)
        ocsp_host.print_times(lines, run->engine);
    if (OCSP_ON_GPU && cost->penalized_steps > 0)
        penalty = 1e-3 * ocsp_device_milliseconds(run->live.device);
    if (cost->penalized_steps > 0 && cost->penalized_s > 0)
        fprintf(lines,
                "ocsp: penalty and shrinking %.3f ms per iteration (%.2f %% of it)\n",
                1e3 * penalty / cost->penalized_steps, 100 * penalty / cost->penalized_s);
    if (cost->decisions > 0)
        fprintf(lines, "ocsp: decision %.3f ms per epoch\n",
                1e3 * cost->decision_s / cost->decisions);
    run->cost = (struct ocsp_run_cost){0};
    ocsp_console_close(lines);
}

static void print_gain(FILE *lines, const struct ocsp_run *run)
{
    const struct ocsp_plan *plan = &run->cycle.plan;

    fprintf(lines,
            "ocsp: done: MACs %" PRIu64 " -> %" PRIu64 " (%.2f times fewer), parameters "
            "%" PRIu64 " -> %" PRIu64 " (%.2f times fewer); %s, %s\n",
            plan->macs_before, plan->macs_after,
            (double)plan->macs_before / (double)plan->macs_after, plan->parameters_before,
            plan->parameters_after,
            (double)plan->parameters_before / (double)plan->parameters_after,
            run->pruned_cfg, run->pruned_final);
    ocsp_report_own_section(lines, "ocsp: ", run->live.graph);
}

void ocsp_run_print_end(const struct ocsp_run *run)
{
    FILE *lines = ocsp_console_open();

    fprintf(lines, "ocsp: a page of this run: darknet ocsp report %s",
            run->options.backup);
    if (!ocsp_run_folder_has_one(run->options.backup))
        fprintf(lines, " -net %s", run->plots.plotter.base);
    fputc('\n', lines);
    if (run->cycle.phase == OCSP_PRUNED)
        print_gain(lines, run);
    else
        fprintf(lines,
                "ocsp: done: %" PRIu64
                " iterations, nothing was removed; the weights are in %s\n",
                run->position.iteration, run->options.backup);
    ocsp_console_close_last(lines);
}
