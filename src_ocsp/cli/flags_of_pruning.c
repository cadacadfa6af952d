/* Which channels go: the budget, the limits, and how they are scored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/flag.h"

#define SEARCHES (OCSP_FOR_PLAN | OCSP_FOR_PRUNE | OCSP_FOR_TRAIN)
#define LIMITED (SEARCHES | OCSP_FOR_INFO)

/* macs=50% or params=50%: the percentage that goes. Training also takes none: the dense
 * net, trained through the hook and its repairs, to compare with. */
static enum ocsp_status set_reduce(const struct ocsp_given_flag *g)
{
    struct ocsp_budget *budget = &g->flags->settings.budget;

    if (g->flags->verb == OCSP_FOR_TRAIN && strcmp(g->value, "none") == 0) {
        budget->share = 0;
        g->flags->reduce_given = true;
        return OCSP_OK;
    }
    for (int m = OCSP_MACS; m <= OCSP_PARAMETERS; m++) {
        const char *word = ocsp_measure_word((enum ocsp_measure)m);
        const size_t n = strlen(word) + strlen("=");
        char *end;
        if (strncmp(g->value, word, n - 1) != 0 || g->value[n - 1] != '=')
            continue;
        const double percent = strtod(g->value + n, &end);
        /* 0.5 without the sign: a half was meant, or half a percent? */
        const bool enough = *end == '%' ? percent > 0 : percent >= 1;
        if (end == g->value + n || (*end == '%' ? end[1] : *end) || !enough ||
            !(percent < 100))
            break;
        budget->measure = (enum ocsp_measure)m;
        budget->share = percent / 100;
        g->flags->reduce_given = true;
        return OCSP_OK;
    }
    return ocsp_flag_refuse(g, "macs=P% or params=P%, P percent to be removed, between 0 "
                               "and 100, with its sign where below 1");
}

static bool saliency_choice(size_t k, struct ocsp_choice *out)
{
    const struct ocsp_saliency_kind *kind = ocsp_saliency_kind(k);

    if (kind)
        *out = (struct ocsp_choice){kind->name, kind->help};
    return kind;
}

static enum ocsp_status set_saliency(const struct ocsp_given_flag *g)
{
    size_t k = 0;
    const enum ocsp_status status = ocsp_flag_read_choice(g, saliency_choice, &k);

    if (status)
        return status;
    g->flags->settings.saliency = ocsp_saliency_kind(k);
    g->flags->settings.saliency_is_given = true;
    return OCSP_OK;
}

static enum ocsp_status set_max_prune(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_real(g, 0, 1, &g->flags->settings.limits.max_prune);
}

static enum ocsp_status set_min_channels(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_int(g, 1, &g->flags->settings.limits.min_channels);
}

static enum ocsp_status set_round_to(const struct ocsp_given_flag *g)
{
    int n = 0;

    if (ocsp_flag_read_int(g, 1, &n) || (n & (n - 1)))
        return ocsp_flag_refuse(g, "a power of two, such as 8, or 1 for any number");
    g->flags->settings.limits.round_to = n;
    return OCSP_OK;
}

static enum ocsp_status read_layers(const struct ocsp_given_flag *g,
                                    char list[OCSP_LAYER_LIST])
{
    if (strlen(g->value) >= OCSP_LAYER_LIST)
        return ocsp_flag_refuse(g, "a shorter list of layers");
    strcpy(list, g->value);
    return OCSP_OK;
}

static enum ocsp_status set_keep_layers(const struct ocsp_given_flag *g)
{
    return read_layers(g, g->flags->settings.keep_layers);
}

static enum ocsp_status set_freeze_layers(const struct ocsp_given_flag *g)
{
    return read_layers(g, g->flags->settings.freeze_layers);
}

static enum ocsp_status set_no_compensate(const struct ocsp_given_flag *g)
{
    bool off = false;
    const enum ocsp_status status = ocsp_flag_read_switch(g, &off);

    if (!status)
        g->flags->settings.compensate = !off;
    return status;
}

const struct ocsp_flag ocsp_flags_of_pruning[] = {
    {.name = "reduce",
     .verbs = SEARCHES,
     .value = "macs=P%|params=P%",
     .by_default = "macs=50% in training",
     .help = "percent of the MACs, or of the parameters, to remove; training also takes "
             "none: the dense net, to compare with",
     .set = set_reduce},
    {.name = "saliency",
     .verbs = SEARCHES | OCSP_FOR_SALIENCY,
     .choice = saliency_choice,
     .by_default = "group; relative where a classifier's t_sl-start comes before 5,000 "
                   "iterations",
     .help = "what a channel's score is made of",
     .of_search = true,
     .set = set_saliency},
    {.name = "max-prune",
     .verbs = LIMITED,
     .value = "X",
     .by_default = "0.75",
     .help = "the largest share of a group's channels that may go",
     .is_limit = true,
     .of_search = true,
     .set = set_max_prune},
    {.name = "min-channels",
     .verbs = LIMITED,
     .value = "N",
     .by_default = "1",
     .help = "channels that every group keeps",
     .is_limit = true,
     .of_search = true,
     .set = set_min_channels},
    {.name = "round-to",
     .verbs = LIMITED,
     .value = "N",
     .by_default = "any number",
     .help =
         "a group that loses channels keeps so many that every layer's share of it is "
         "a multiple of this, a power of two",
     .is_limit = true,
     .of_search = true,
     .set = set_round_to},
    {.name = "keep-layers",
     .verbs = LIMITED,
     .value = "3,7-9",
     .by_default = "none",
     .help = "layers, by index, whose output channels all stay",
     .is_limit = true,
     .set = set_keep_layers},
    {.name = "freeze-layers",
     .verbs = LIMITED,
     .value = "3,7-9",
     .by_default = "none",
     .help = "the same, and the channels that these layers read stay as well",
     .is_limit = true,
     .set = set_freeze_layers},
    {.name = "no-compensate",
     .verbs = OCSP_FOR_PRUNE | OCSP_FOR_TRAIN,
     .help = "drop what removed channels still emit, rather than fold it into the layers "
             "that read them",
     .set = set_no_compensate},
    {0}};
