/* A plan file for one small net with groups, a depthwise convolution and frozen
 * channels. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "prune/plan_file.h"

static const char cfg[] = "[net]\nwidth=4\nheight=4\nchannels=3\n"
                          "[convolutional]\nfilters=4\nbatch_normalize=1\n"
                          "[convolutional]\nfilters=4\ngroups=4\nsize=3\npad=1\n"
                          "[convolutional]\nfilters=4\n"
                          "[shortcut]\nfrom=-2\n"
                          "[convolutional]\nfilters=6\ngroups=2\n"
                          "[connected]\noutput=3\n";

/* What was accepted is written, and read as the same. */
static void check_again(const struct ocsp_plan *plan,
                        const struct ocsp_coupling *coupling)
{
    struct ocsp_plan again;
    struct ocsp_error err;
    char *text;

    HOLDS(!ocsp_plan_render(plan, coupling, &text, &err));
    HOLDS(!ocsp_plan_parse(&again, coupling, "again.json", text, strlen(text), &err));
    HOLDS(memcmp(plan->removed, again.removed, (size_t)coupling->n_channels) == 0);
    HOLDS(plan->macs_after == again.macs_after);
    ocsp_plan_clear(&again);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_net net;
    struct ocsp_plan plan;
    struct ocsp_error err;
    enum ocsp_status status;

    if (!net.coupling)
        HOLDS(!fuzz_net_parse(&net, cfg, strlen(cfg), &err));
    status =
        ocsp_plan_parse(&plan, net.coupling, "fuzz.json", (const char *)data, size, &err);
    fuzz_check_error(status, &err);
    if (status)
        return 0;
    check_again(&plan, net.coupling);
    fuzz_rewrite(&net, &plan, NULL);
    ocsp_plan_clear(&plan);
    return 0;
}
