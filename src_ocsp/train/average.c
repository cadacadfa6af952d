#include "train/average.h"

#include <inttypes.h>
#include <math.h>

/* The host's zeros say that it has not begun. */
static bool has_begun(const struct ocsp_live_net *live)
{
    for (int i = 0; i < live->graph->n_layers; i++) {
        const float *weights = live->average[i].weights;
        for (size_t k = 0; weights && k < live->layers[i].n_weights; k++)
            if (weights[k] != 0)
                return true;
    }
    return false;
}

void ocsp_average_begin(const struct ocsp_live_net *dense,
                        const struct ocsp_live_net *pruned, const void *net)
{
    if (has_begun(dense))
        ocsp_live_net_average(pruned, net, 0);
}

/* False without ema_alpha=. */
static bool find_plan(const struct ocsp_run *run, struct ocsp_host_average *out)
{
    *out = (struct ocsp_host_average){0};
    if (ocsp_host.averages)
        ocsp_host.averages(ocsp_run_net(run, 0), out);
    return out->alpha > 0;
}

static bool is_ours(const struct ocsp_run *run, const struct ocsp_host_average *plan)
{
    return plan->until <= plan->from || run->surgery.iteration >= plan->until;
}

/* The first steps count for less than ema_alpha= says, or the average of a short run
 * would be the net that it began with. */
static float decay_of(const struct ocsp_host_average *plan, uint64_t steps)
{
    const float n = (float)steps;

    return fminf(plan->alpha, (1 + n) / (10 + n));
}

void ocsp_average_step(const struct ocsp_run *run, const struct ocsp_progress *progress)
{
    struct ocsp_host_average plan;

    if (run->cycle.phase != OCSP_PRUNED || !find_plan(run, &plan) ||
        !is_ours(run, &plan) || !has_begun(&run->live))
        return;
    const uint64_t began =
        run->surgery.iteration > plan.from ? run->surgery.iteration : plan.from;
    if (progress->iteration > began)
        ocsp_live_net_average(&run->live, ocsp_run_net(run, 0),
                              decay_of(&plan, progress->iteration - began));
}

void ocsp_average_announce(FILE *lines, const struct ocsp_run *run)
{
    struct ocsp_host_average plan;

    if (!find_plan(run, &plan) || plan.until > plan.from)
        return;
    fprintf(lines,
            "ocsp: ema_alpha=: Darknet averages from half of max_batches= to 1000 before "
            "its end, which is never here: the dense net's _ema.weights are those of "
            "iteration %" PRIu64 ", with other means and variances%s\n",
            plan.from,
            run->cycle.settings.budget.share > 0
                ? ", and worth little; the pruned net is averaged by ocsp"
                : ", and worth little: raise max_batches= above 2000, or leave it out");
}

void ocsp_average_report(FILE *lines, const struct ocsp_run *run)
{
    struct ocsp_host_average plan;

    if (!find_plan(run, &plan) || !has_begun(&run->live))
        return;
    fprintf(lines, "ocsp: ema_alpha=: the average begins anew with the pruned net");
    if (is_ours(run, &plan))
        fprintf(lines, ", and ocsp goes on with it: Darknet's ended before");
    fputc('\n', lines);
}
