#include "cli/offline.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/backbone.h"
#include "cli/flags.h"
#include "cli/lint.h"
#include "cli/net_files.h"
#include "cli/net_json.h"
#include "cycle/report.h"
#include "layers/macs.h"
#include "net/file.h"
#include "net/version.h"
#include "prune/compensate.h"
#include "prune/plan_file.h"
#include "prune/rewrite.h"

static const char version_flag[] = "--version";

struct command {
    const char *name;
    enum ocsp_verb verb;
    int words; /* positional ones: 1 (cfg) or 2 (cfg, weights) */
    const char *usage;
    enum ocsp_status (*run)(const struct ocsp_net_files *net, struct ocsp_flags *flags,
                            struct ocsp_error *err);
};

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

static enum ocsp_status run_info(const struct ocsp_net_files *net,
                                 struct ocsp_flags *flags, struct ocsp_error *err)
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
               c->layers[c->frozen[f].layer].rows, c->frozen[f].reason);
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

static enum ocsp_status run_saliency(const struct ocsp_net_files *net,
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

static enum ocsp_status usage_error(struct ocsp_error *err, const char *text)
{
    return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "%s", text);
}

static enum ocsp_status run_plan(const struct ocsp_net_files *net,
                                 struct ocsp_flags *flags, struct ocsp_error *err)
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
        printf("wrote %s\n", flags->output);
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
    if (!status)
        status =
            ocsp_rewrite_weights(net->coupling, plan, net->weights, graph, &weights, err);
    if (!status)
        status = ocsp_weights_render(weights, graph, &data, &data_size, err);
    if (!status)
        status = ocsp_pair_write(pair, text, text_size, data, data_size, err);
    if (!status)
        printf("wrote %s and %s\n", pair->cfg_path, pair->weights_path);
    ocsp_weights_free(weights);
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
    free(text);
    free(data);
    return status;
}

static enum ocsp_status run_prune(const struct ocsp_net_files *net,
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
    if (flags->settings.compensate)
        status = ocsp_compensate(net->coupling, &plan, net->weights->layers, err);
    if (!status)
        status = write_pair(net, &plan, &pair, err);
out:
    ocsp_plan_clear(&plan);
    ocsp_pair_clear(&pair);
    return status;
}

static enum ocsp_status run_lint(const struct ocsp_net_files *net,
                                 struct ocsp_flags *flags, struct ocsp_error *err)
{
    return ocsp_lint_print(net->graph, flags->json, err);
}

static const struct command commands[] = {
    {"info", OCSP_FOR_INFO, 1, "info N.cfg [-json] [limits]", run_info},
    {"saliency", OCSP_FOR_SALIENCY, 2,
     "saliency N.cfg N.weights [-json] [-saliency group|relative|conventional|random]",
     run_saliency},
    {"plan", OCSP_FOR_PLAN, 2,
     "plan N.cfg N.weights -reduce macs=P% -o PLAN.json [-saliency "
     "group|relative|conventional|random] [limits]",
     run_plan},
    {"prune", OCSP_FOR_PRUNE, 2,
     "prune N.cfg N.weights (-reduce macs=P% | -plan PLAN.json) -o PREFIX [-saliency "
     "group|relative|conventional|random] [-no-compensate] [limits]",
     run_prune},
    {"lint", OCSP_FOR_LINT, 1, "lint N.cfg [-json]", run_lint},
    {"backbone", OCSP_FOR_BACKBONE, 2,
     "backbone N.cfg N.weights -head yolo -maps 38,19,10 -classes N -o PREFIX [-size W] "
     "[-anchors w,h,...]",
     ocsp_backbone_run},
};

void ocsp_offline_usage(const char *program)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(stderr, "  %s %s\n", program, commands[i].usage);
    fprintf(stderr,
            "limits: -max-prune X, -min-channels N, -round-to 8|16|32, -keep-layers "
            "3,7-9, -freeze-layers 3,7-9\n");
}

/* What a command needs beyond its flags' own checks. */
static enum ocsp_status check_usage(const struct command *c, int words,
                                    const struct ocsp_flags *flags,
                                    struct ocsp_error *err)
{
    if (words != c->words)
        return usage_error(err, c->words == 1 ? "expected one cfg file"
                                              : "expected a cfg and a weights file");
    if (c->verb == OCSP_FOR_BACKBONE && ocsp_backbone_check_usage(flags, err))
        return err->status;
    if ((c->verb & (OCSP_FOR_PLAN | OCSP_FOR_PRUNE | OCSP_FOR_BACKBONE)) &&
        !flags->output)
        return usage_error(err, "-o is missing");
    if (c->verb == OCSP_FOR_PLAN && !flags->reduce_given)
        return usage_error(err, "-reduce is missing");
    if (c->verb == OCSP_FOR_PRUNE && flags->reduce_given == (flags->plan_file != NULL))
        return usage_error(err, "expected either -reduce or -plan");
    return OCSP_OK;
}

static enum ocsp_status flush_output(struct ocsp_error *err)
{
    return fflush(stdout) || ferror(stdout)
               ? ocsp_fail(err, OCSP_E_IO, NULL, 0, "cannot write to standard output")
               : OCSP_OK;
}

/* Prints the error of a command, if there is one, and returns the exit status. */
static int finish(const char *command, enum ocsp_status status,
                  const struct ocsp_error *err)
{
    if (!status)
        return 0;
    fprintf(stderr, "ocsp %s: %s\n", command, err->text);
    return status == OCSP_E_USAGE ? 2 : 1;
}

static int run(const struct command *c, int argc, char **argv)
{
    struct ocsp_error err;
    struct ocsp_flags flags;
    struct ocsp_net_files net = {0};
    enum ocsp_status status = ocsp_flags_read(&flags, c->verb, &argc, argv, &err);

    if (!status)
        status = check_usage(c, argc, &flags, &err);
    if (!status)
        status = ocsp_net_files_open(&net, argv[0], c->words == 2 ? argv[1] : NULL,
                                     &flags.settings, &err);
    net.plan_path = flags.plan_file;
    if (!status)
        status = c->run(&net, &flags, &err);
    ocsp_net_files_close(&net);
    if (!status)
        status = flush_output(&err);
    return finish(c->name, status, &err);
}

static int print_version(void)
{
    struct ocsp_error err;

    printf("ocsp " OCSP_VERSION "\n");
    return finish(version_flag, flush_output(&err), &err);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(name, commands[i].name) == 0)
            return &commands[i];
    return NULL;
}

int ocsp_offline_run(int argc, char **argv, bool *known)
{
    const struct command *c = argc > 0 ? find_command(argv[0]) : NULL;
    const bool version = argc > 0 && strcmp(argv[0], version_flag) == 0;

    *known = c || version;
    if (c)
        return run(c, argc - 1, argv + 1);
    return version ? print_version() : 2;
}
