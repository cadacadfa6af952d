/* What the commands without training read and write. */
#include "cli/flag.h"

static enum ocsp_status set_json(const struct ocsp_given_flag *g)
{
    g->flags->json = true;
    return OCSP_OK;
}

static enum ocsp_status set_plan(const struct ocsp_given_flag *g)
{
    g->flags->plan_file = g->value;
    return OCSP_OK;
}

static enum ocsp_status set_output(const struct ocsp_given_flag *g)
{
    g->flags->output = g->value;
    return OCSP_OK;
}

const struct ocsp_flag ocsp_flags_of_files[] = {
    {.name = "json",
     .verbs = OCSP_FOR_INFO | OCSP_FOR_SALIENCY | OCSP_FOR_LINT | OCSP_FOR_COMPARE,
     .help = "print JSON",
     .command_line_only = true,
     .set = set_json},
    {.name = "plan",
     .verbs = OCSP_FOR_PRUNE,
     .value = "PLAN.json",
     .help = "remove what this plan says, in place of -reduce",
     .command_line_only = true,
     .set = set_plan},
    {.name = "o",
     .verbs = OCSP_FOR_PLAN | OCSP_FOR_PRUNE | OCSP_FOR_BACKBONE,
     .value = "PLAN.json|PREFIX",
     .help = "the plan to write; or PREFIX.cfg and PREFIX.weights",
     .command_line_only = true,
     .set = set_output},
    {0}};
