/* Which channels go, and what the program says of that. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "layers/macs.h"
#include "pair.h"

enum { MAX_REASONS = 1024 };

/* Scores that take random channels, about the same share of every group. */
static void draw_scores(const struct ocsp_coupling *coupling, double *score)
{
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        double *s = score + group->first;
        for (int k = 0; k < group->channels; k++) {
            const int other = (int)(random_bits() % (unsigned)(k + 1));
            s[k] = s[other];
            s[other] = (k + .5) / group->channels;
        }
    }
}

void search_plan(struct net *net, double share)
{
    const struct ocsp_limits limits = {.max_prune = .75, .k = 1};
    const uint64_t macs = ocsp_graph_macs(net->graph);
    const size_t n = (size_t)net->coupling->n_channels;
    double *score = allocate(n, sizeof *score);
    uint64_t least, parameters;

    draw_scores(net->coupling, score);
    must(ocsp_plan_least(net->coupling, &limits, &least, &parameters, &error));
    const double reach = macs ? (double)(macs - least) / (double)macs : 0;
    const struct ocsp_budget budget = {OCSP_MACS, fmin(share, reach * (1 - 1e-12))};
    if (budget.share > 0) {
        must(
            ocsp_plan_search(&net->plan, net->coupling, score, &budget, &limits, &error));
    } else {
        const bool *nothing = allocate(n, sizeof *nothing);
        must(ocsp_plan_from_set(&net->plan, net->coupling, nothing, &error));
        free((void *)nothing);
    }
    free(score);
}

/* Without the layer that it names. */
static const char *reason_of(const struct ocsp_frozen *frozen)
{
    const char *end = strstr(frozen->reason, "]: ");
    return end ? end + 3 : frozen->reason;
}

/* Every net has such an end. */
static bool is_an_end(const char *reason)
{
    return strcmp(reason, "an output of the network") == 0 ||
           strcmp(reason, "a head with fixed outputs reads it") == 0;
}

/* All reasons but those, each once, with the number of layers. */
static int list_reasons(const struct ocsp_coupling *c, char *text, size_t size)
{
    int found = 0;

    text[0] = '\0';
    for (int f = 0; f < c->n_frozen; f++) {
        const char *reason = reason_of(&c->frozen[f]);
        int times = 0;
        bool seen = false;
        for (int k = 0; k < c->n_frozen; k++)
            if (strcmp(reason_of(&c->frozen[k]), reason) == 0) {
                seen = seen || k < f;
                times++;
            }
        const size_t length = strlen(text);
        if (seen || is_an_end(reason))
            continue;
        snprintf(text + length, size - length, "%s%s (%d layers)",
                 found++ > 0 ? "; " : "", reason, times);
    }
    return found;
}

/* Why a net with no frozen channel has none that could go. */
static const char *frozen_reason(const struct ocsp_graph *graph)
{
    for (int i = 0; i < graph->n_layers; i++)
        if (graph->layers[i].is_frozen && !graph->layers[i].type->couples_frozen)
            return graph->layers[i].why_frozen;
    return "no channel that could go";
}

void report(const struct net *net)
{
    char reasons[MAX_REASONS];
    const int n = list_reasons(net->coupling, reasons, sizeof reasons);

    printf("%s\t%" PRIu64 "\t%" PRIu64 "\t%s\n",
           net->plan.n_removed == 0 ? "refused"
           : n > 0                  ? "partly frozen"
                                    : "pruned",
           net->plan.macs_before, net->plan.macs_after,
           net->plan.n_removed == 0 && n == 0 ? frozen_reason(net->graph) : reasons);
    fflush(stdout);
}
