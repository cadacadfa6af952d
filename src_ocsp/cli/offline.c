#include "cli/offline.h"

#include <stdio.h>

#include "cli/backbone.h"
#include "cli/commands.h"
#include "net/standard_output.h"

static enum ocsp_status usage_error(struct ocsp_error *err, const char *text)
{
    return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "%s", text);
}

/* What a command needs beyond its flags' own checks. */
static enum ocsp_status check_usage(const struct ocsp_command *c, int words,
                                    const struct ocsp_flags *flags,
                                    struct ocsp_error *err)
{
    if (c->n_files > 0 && words != c->n_files)
        return usage_error(err, c->n_files == 1 ? "expected one cfg file"
                                                : "expected a cfg and a weights file");
    if (c->verb == OCSP_FOR_BACKBONE && ocsp_backbone_check_usage(flags, err))
        return err->status;
    if ((c->verb & (OCSP_FOR_PLAN | OCSP_FOR_PRUNE | OCSP_FOR_BACKBONE)) &&
        !flags->output)
        return usage_error(err, "-o is missing: it names what to write");
    if (c->verb == OCSP_FOR_PLAN && !flags->reduce_given)
        return usage_error(err,
                           "-reduce is missing: it says what goes, as -reduce macs=50%");
    if (c->verb == OCSP_FOR_PRUNE && flags->reduce_given == (flags->plan_file != NULL))
        return usage_error(err, "expected either -reduce or -plan");
    if (c->verb == OCSP_FOR_PRUNE && flags->plan_file && flags->of_search)
        return ocsp_fail(err, OCSP_E_USAGE, NULL, 0,
                         "-%s says how to search, but the plan has all that goes: give "
                         "it to `plan`, or leave it out",
                         flags->of_search);
    return OCSP_OK;
}

static int run(const struct ocsp_command *c, int argc, char **argv)
{
    struct ocsp_error err;
    struct ocsp_flags flags;
    struct ocsp_net_files net = {0};
    enum ocsp_status status = ocsp_flags_read(&flags, c->verb, NULL, &argc, argv, &err);

    if (!status)
        status = check_usage(c, argc, &flags, &err);
    if (!status && c->n_files > 0)
        status = ocsp_net_files_open(&net, argv[0], c->n_files == 2 ? argv[1] : NULL,
                                     &flags.settings, &err);
    if (!status && c->n_files == 0)
        net = (struct ocsp_net_files){.words = argv, .n_words = argc};
    net.plan_path = status ? NULL : flags.plan_file;
    if (!status)
        status = c->run(&net, &flags, &err);
    ocsp_net_files_close(&net);
    if (!status)
        status = ocsp_output_check(&err);
    if (!status)
        return 0;
    fprintf(stderr, "ocsp %s: %s\n", c->name, err.text);
    return status == OCSP_E_USAGE ? 2 : 1;
}

int ocsp_offline_run(int argc, char **argv, bool *known)
{
    const struct ocsp_command *c = ocsp_command_given(argc, argv);

    *known = c && c->run;
    return *known ? run(c, argc - 1, argv + 1) : 2;
}
