#include "cli/offline_commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lint.h"
#include "cli/net_json.h"
#include "cycle/report.h"
#include "layers/macs.h"
#include "net/file.h"
#include "net/standard_output.h"
#include "prune/compensate.h"
#include "prune/plan_file.h"
#include "prune/rewrite.h"

static enum ocsp_status print_json(const struct ocsp_coupling *coupling,
                                   const struct ocsp_flags *flags,
                                   const struct ocsp_saliency *saliency,
                                   struct ocsp_error *err)
{
    char *text;
    const enum ocsp_status status =
        ocsp_net_json(coupling, &flags->settings.limits, saliency, &text, err);

    if (!status) {
        puts(text);
        free(text);
    }
    return status;
}

static void print_members(const struct ocsp_group *g)
{
    for (int k = 0; k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        printf(" %d%s", m->layer,
               m->part == OCSP_BN_SCALE ? ".bn"
               : m->side == OCSP_IN     ? ".in"
                                        : ".out");
    }
}

enum ocsp_status ocsp_run_info(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                               struct ocsp_error *err)
{
    const struct ocsp_coupling *c = net->coupling;
    const uint64_t macs = ocsp_graph_macs(net->graph);
    const uint64_t parameters = ocsp_graph_parameters(net->graph);
    uint64_t least_macs, least_parameters;

    if (flags->json)
        return print_json(c, flags, NULL, err);
    const enum ocsp_status status =
        ocsp_plan_least(c, &flags->settings.limits, &least_macs, &least_parameters, err);
    if (status)
        return status;
    printf("layers      %d\n", net->graph->n_layers);
    printf("MACs        %" PRIu64 ", at least %" PRIu64 " after pruning (-%.2f%%)\n",
           macs, least_macs,
           macs ? 100.0 * (double)(macs - least_macs) / (double)macs : 0.0);
    printf("parameters  %" PRIu64 ", at least %" PRIu64 " after pruning\n", parameters,
           least_parameters);
    printf("groups      %d with %d channels (layer.out: filters, .bn: BN scales, .in: "
           "input slices)\n",
           c->n_groups, c->n_channels);
    for (int g = 0; g < c->n_groups; g++) {
        printf("  %4d channels:", c->groups[g].channels);
        print_members(&c->groups[g]);
        printf("\n");
    }
    printf("frozen      %d layers\n", c->n_frozen);
    for (int f = 0; f < c->n_frozen; f++)
        printf("  layer %d (line %d), %d of %d channels: %s\n", c->frozen[f].layer,
               net->graph->layers[c->frozen[f].layer].line, c->frozen[f].channels,
               c->tables[c->frozen[f].layer].rows, c->frozen[f].reason);
    return OCSP_OK;
}

static void print_saliency(const struct ocsp_coupling *c, const struct ocsp_saliency *s)
{
    printf("channels  least S      mean S       largest S    MACs/channel  q         "
           "members\n");
    for (int g = 0; g < c->n_groups; g++) {
        const struct ocsp_group *group = &c->groups[g];
        double low = s->raw[group->first], high = low, sum = 0;
        for (int k = group->first; k < group->first + group->channels; k++) {
            low = s->raw[k] < low ? s->raw[k] : low;
            high = s->raw[k] > high ? s->raw[k] : high;
            sum += s->raw[k];
        }
        printf("%8d  %-11.5g  %-11.5g  %-11.5g  %-12.0f  %-8.5f", group->channels, low,
               sum / group->channels, high, s->cost_macs[g], s->cost_softmax[g]);
        print_members(group);
        printf("\n");
    }
}

/* Makes and fills `s`; to be cleared on success. */
static enum ocsp_status measure(const struct ocsp_net_files *net,
                                const struct ocsp_flags *flags, struct ocsp_saliency *s,
                                struct ocsp_error *err)
{
    enum ocsp_status status = ocsp_saliency_init(s, net->coupling, err);

    if (status)
        return status;
    status = ocsp_saliency_measure(s, net->coupling, net->weights->layers,
                                   flags->settings.saliency, err);
    if (status)
        ocsp_saliency_clear(s);
    return status;
}

enum ocsp_status ocsp_run_saliency(const struct ocsp_net_files *net,
                                   struct ocsp_flags *flags, struct ocsp_error *err)
{
    struct ocsp_saliency s;
    enum ocsp_status status = measure(net, flags, &s, err);

    if (status)
        return status;
    if (flags->json)
        status = print_json(net->coupling, flags, &s, err);
    else
        print_saliency(net->coupling, &s);
    ocsp_saliency_clear(&s);
    return status;
}

static enum ocsp_status search(const struct ocsp_net_files *net,
                               const struct ocsp_flags *flags, struct ocsp_plan *plan,
                               struct ocsp_error *err)
{
    struct ocsp_saliency s;
    enum ocsp_status status = measure(net, flags, &s, err);

    if (status)
        return status;
    status = ocsp_plan_search(plan, net->coupling, s.score, &flags->settings.budget,
                              &flags->settings.limits, err);
    ocsp_saliency_clear(&s);
    return status;
}

enum ocsp_status ocsp_run_plan(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                               struct ocsp_error *err)
{
    struct ocsp_plan plan;
    char *text;
    enum ocsp_status status = ocsp_net_files_check_output(net, flags->output, err);

    if (!status)
        status = search(net, flags, &plan, err);
    if (status)
        return status;
    status = ocsp_plan_render(&plan, net->coupling, &text, err);
    if (!status) {
        const struct ocsp_file_content file = {flags->output, text, strlen(text)};
        status = ocsp_files_write(&file, 1, err);
        free(text);
    }
    if (!status) {
        ocsp_report_plan(stdout, net->coupling, &plan);
        ocsp_report_surplus(stdout, "", net->coupling, &plan, &flags->settings.budget,
                            &flags->settings.limits);
        status = ocsp_output_wrote(flags->output, NULL, NULL, err);
    }
    ocsp_plan_clear(&plan);
    return status;
}

/* Writes both files, or none. */
static enum ocsp_status write_pair(const struct ocsp_net_files *net,
                                   const struct ocsp_plan *plan,
                                   const struct ocsp_pair *pair, struct ocsp_error *err)
{
    char *text = NULL, *data = NULL;
    size_t text_size, data_size;
    struct ocsp_cfg *cfg = NULL;
    struct ocsp_graph *graph = NULL;
    struct ocsp_weights *weights = NULL;
    enum ocsp_status status =
        ocsp_rewrite_cfg(net->coupling, plan, &text, &text_size, err);

    if (!status)
        status = ocsp_cfg_parse(&cfg, pair->cfg_path, text, text_size, err);
    if (!status)
        status = ocsp_graph_new(&graph, cfg, err);
    if (!status)
        status = ocsp_report_portability(stdout, net->graph, graph, err);
    if (!status) /* what cannot be reported is not made */
        status = ocsp_output_check(err);
    if (!status)
        status =
            ocsp_rewrite_weights(net->coupling, plan, net->weights, graph, &weights, err);
    if (!status)
        status = ocsp_weights_render(weights, graph, &data, &data_size, err);
    if (!status)
        status = ocsp_pair_write(pair, text, text_size, data, data_size, err);
    if (!status)
        status = ocsp_output_wrote(pair->cfg_path, " and ", pair->weights_path, err);
    ocsp_weights_free(weights);
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
    free(text);
    free(data);
    return status;
}

enum ocsp_status ocsp_run_prune(const struct ocsp_net_files *net,
                                struct ocsp_flags *flags, struct ocsp_error *err)
{
    struct ocsp_plan plan = {0};
    struct ocsp_pair pair;
    enum ocsp_status status = ocsp_pair_init(&pair, net, flags->output, err);

    if (!status)
        status = flags->plan_file
                     ? ocsp_plan_load(&plan, net->coupling, flags->plan_file, err)
                     : search(net, flags, &plan, err);
    if (status)
        goto out;
    ocsp_report_plan(stdout, net->coupling, &plan);
    ocsp_report_surplus(stdout, "", net->coupling, &plan, &flags->settings.budget,
                        &flags->settings.limits);
    if (flags->settings.compensate)
        status = ocsp_compensate(net->coupling, &plan, net->weights->layers, err);
    if (!status)
        status = write_pair(net, &plan, &pair, err);
out:
    ocsp_plan_clear(&plan);
    ocsp_pair_clear(&pair);
    return status;
}

enum ocsp_status ocsp_run_lint(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                               struct ocsp_error *err)
{
    return ocsp_lint_print(net->graph, flags->json, err);
}
