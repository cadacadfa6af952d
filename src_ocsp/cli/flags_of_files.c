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

static enum ocsp_status set_before(const struct ocsp_given_flag *g)
{
    g->flags->before = g->value;
    return OCSP_OK;
}

static enum ocsp_status set_after(const struct ocsp_given_flag *g)
{
    g->flags->after = g->value;
    return OCSP_OK;
}

static enum ocsp_status set_run_name(const struct ocsp_given_flag *g)
{
    g->flags->run_name = g->value;
    return OCSP_OK;
}

static enum ocsp_status set_speed_file(const struct ocsp_given_flag *g)
{
    g->flags->speed_file = g->value;
    return OCSP_OK;
}

const struct ocsp_flag ocsp_flags_of_files[] = {
    {.name = "json",
     .verbs = OCSP_FOR_INFO | OCSP_FOR_SALIENCY | OCSP_FOR_LINT | OCSP_FOR_COMPARE |
              OCSP_FOR_SPEED,
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
     .verbs = OCSP_FOR_PLAN | OCSP_FOR_PRUNE | OCSP_FOR_BACKBONE | OCSP_FOR_REPORT,
     .value = "PLAN.json|PREFIX|PAGE.html",
     .help =
         "the plan to write; or PREFIX.cfg and PREFIX.weights; or the report, which is "
         "else BACKUP_DIR/<base>_ocsp_report.html",
     .command_line_only = true,
     .set = set_output},
    {.name = "before",
     .verbs = OCSP_FOR_REPORT,
     .value = "A.cfg",
     .help = "the dense net; of a run, where its cfg has moved",
     .command_line_only = true,
     .set = set_before},
    {.name = "after",
     .verbs = OCSP_FOR_REPORT,
     .value = "B.cfg",
     .help = "the pruned net, where the report is of no run",
     .command_line_only = true,
     .set = set_after},
    {.name = "net",
     .verbs = OCSP_FOR_REPORT,
     .value = "BASE",
     .help = "the run of BASE.cfg, where the folder has several",
     .command_line_only = true,
     .set = set_run_name},
    {.name = "speed",
     .verbs = OCSP_FOR_REPORT,
     .value = "SPEED.json",
     .help =
         "what `darknet ocsp speed A.cfg B.cfg -json` has printed: the report shows it",
     .command_line_only = true,
     .set = set_speed_file},
    {0}};
