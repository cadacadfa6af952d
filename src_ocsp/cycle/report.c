#include "cycle/report.h"

#include <inttypes.h>

#include "layers/layer_type.h"
#include "layers/macs.h"

static double percent(uint64_t before, uint64_t after)
{
    return before > 0 ? 100.0 * (double)(before - after) / (double)before : 0;
}

/* Of layer i, with all its tables. */
static uint64_t macs_after(const struct ocsp_coupling *coupling, int i,
                           const struct ocsp_plan *plan)
{
    const struct ocsp_layer *l = &coupling->graph->layers[i];
    uint64_t sum = l->opaque_macs;

    for (int k = i; k >= 0 && l->n_tables > 0; k = coupling->tables[k].next) {
        const struct ocsp_coupled_table *t = &coupling->tables[k];
        const int rows = ocsp_plan_count_kept(plan, t->row, t->rows);
        const int cols = ocsp_plan_count_kept(plan, t->col, t->cols);
        sum += ocsp_table_macs(&l->tables[t->index], rows, cols,
                               t->depthwise ? cols : t->conv_groups);
    }
    return sum;
}

static void report_layer(FILE *out, const struct ocsp_coupling *coupling, int i,
                         const struct ocsp_plan *plan)
{
    const struct ocsp_layer *l = &coupling->graph->layers[i];
    const struct ocsp_coupled_table *c = &coupling->tables[i];
    const int rows = ocsp_plan_count_kept(plan, c->row, c->rows);
    const int cols = ocsp_plan_count_kept(plan, c->col, c->cols);

    if (rows == c->rows && cols == c->cols)
        return;
    const uint64_t before = ocsp_layer_macs(l), after = macs_after(coupling, i, plan);
    fprintf(out, "%5d %-15.15s %6d -> %-6d %6d -> %-6d %8.3f -> %-8.3f %5.1f%%\n", i,
            l->name, c->rows, rows, c->cols, cols, (double)before / 1e6,
            (double)after / 1e6, percent(before, after));
}

void ocsp_report_plan(FILE *out, const struct ocsp_coupling *coupling,
                      const struct ocsp_plan *plan)
{
    fprintf(out, "layer type                filters            inputs            million "
                 "MACs      removed\n");
    for (int i = 0; i < coupling->graph->n_layers; i++)
        report_layer(out, coupling, i, plan);
    fprintf(out, "MACs       %" PRIu64 " -> %" PRIu64 " (%.2f%% removed)\n",
            plan->macs_before, plan->macs_after,
            percent(plan->macs_before, plan->macs_after));
    fprintf(out, "parameters %" PRIu64 " -> %" PRIu64 " (%.2f%% removed)\n",
            plan->parameters_before, plan->parameters_after,
            percent(plan->parameters_before, plan->parameters_after));
    fprintf(out, "channels   %d of %d groups' %d removed\n", plan->n_removed,
            coupling->n_groups, coupling->n_channels);
}

void ocsp_report_surplus(FILE *out, const char *prefix,
                         const struct ocsp_coupling *coupling,
                         const struct ocsp_plan *plan, const struct ocsp_budget *budget,
                         const struct ocsp_limits *limits)
{
    const bool macs = budget->measure == OCSP_MACS;
    const uint64_t before = macs ? plan->macs_before : plan->parameters_before;
    const uint64_t after = macs ? plan->macs_after : plan->parameters_after;
    const double surplus = percent(before, after) - 100 * budget->share;

    if (surplus < 1 ||
        (!plan->apart && (limits->round_to <= 1 || plan->cheapest_block == 0)))
        return;
    fprintf(out, "%s%.2f%% more of the %s go than asked for: ", prefix, surplus,
            ocsp_measure_text(budget->measure));
    if (plan->apart) {
        const struct ocsp_layer *l = &coupling->graph->layers[plan->apart->layer];
        fprintf(out,
                "with fewer channels gone, AlexeyAB's Darknet would misread the widths "
                "at layer %d [%s], line %d\n",
                plan->apart->layer, l->name, l->line);
        return;
    }
    fprintf(out,
            "with -round-to %d channels go in blocks, and the cheapest that is gone is "
            "worth %.2f%%\n",
            limits->round_to, 100.0 * (double)plan->cheapest_block / (double)before);
}

static void print_programs(FILE *out, const struct ocsp_lint *lint)
{
    int n = 0;

    fprintf(out, "portability: accepted by ");
    for (int p = 0; p < OCSP_PROGRAMS; p++)
        if (ocsp_lint_accepts(lint, p))
            fprintf(out, "%s%s", n++ > 0 ? ", " : "", ocsp_program_name(p));
    fprintf(out, "%s (as the input is)\n", n > 0 ? "" : "no program entirely");
}

void ocsp_report_own_section(FILE *out, const char *prefix,
                             const struct ocsp_graph *graph)
{
    for (int i = 0; i < graph->n_layers; i++) {
        if (!graph->layers[i].type->is_ours)
            continue;
        fprintf(out,
                "%sonly a Darknet patched with ocsp reads this net: layer %d [%s] is a "
                "section of ocsp's own\n",
                prefix, i, graph->layers[i].name);
        return;
    }
}

enum ocsp_status ocsp_report_portability(FILE *out, const struct ocsp_graph *dense,
                                         const struct ocsp_graph *pruned,
                                         struct ocsp_error *err)
{
    struct ocsp_lint before = {0}, after = {0};
    char text[512];
    enum ocsp_status status = ocsp_lint_run(dense->cfg, dense, &before, err);

    if (!status)
        status = ocsp_lint_run(pruned->cfg, pruned, &after, err);
    const struct ocsp_finding *loss =
        status ? NULL : ocsp_lint_first_loss(&before, &after);
    if (loss) {
        ocsp_finding_text(loss, text, sizeof text);
        status = ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(pruned->cfg), 0,
                           "pruned, this cfg would be less portable than it is. %s: %s",
                           ocsp_program_name(loss->program), text);
    } else if (!status) {
        print_programs(out, &after);
        ocsp_report_own_section(out, "portability: ", pruned);
    }
    ocsp_lint_clear(&before);
    ocsp_lint_clear(&after);
    return status;
}
