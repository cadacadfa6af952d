/* `ocsp prune`, whole and in memory. Four parts: the flags in one line, the cfg, the
 * plan's "keep" (empty: the plan is searched), and bytes that fill the weights. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/report.h"
#include "fuzz.h"
#include "prune/compensate.h"
#include "prune/plan_file.h"
#include "prune/saliency.h"

static enum ocsp_status search(const struct fuzz_net *net, const struct ocsp_flags *flags,
                               const struct ocsp_weights *weights, struct ocsp_plan *plan,
                               struct ocsp_error *err)
{
    struct ocsp_saliency s;
    enum ocsp_status status = ocsp_saliency_init(&s, net->coupling, err);

    if (status)
        return status;
    status = ocsp_saliency_measure(&s, net->coupling, weights->layers,
                                   flags->settings.saliency, err);
    for (int c = 0; c < net->coupling->n_channels && !status; c++)
        HOLDS(!isnan(s.score[c]) || isnan(s.raw[c]));
    if (!status)
        status = ocsp_plan_search(plan, net->coupling, s.score, &flags->settings.budget,
                                  &flags->settings.limits, err);
    ocsp_saliency_clear(&s);
    return status;
}

/* A plan file around the given "keep", with the right cfg_sha256. */
static enum ocsp_status read_plan(const struct fuzz_net *net,
                                  const struct fuzz_part *keep, struct ocsp_plan *plan,
                                  struct ocsp_error *err)
{
    char sha[OCSP_SHA256_TEXT], *text = malloc(keep->size + 256);
    int n;
    enum ocsp_status status;

    HOLDS(text);
    ocsp_cfg_sha256(net->cfg, sha);
    n = sprintf(text, "{\"version\":1,\"cfg_sha256\":\"%s\",\"keep\":", sha);
    memcpy(text + n, keep->data, keep->size);
    text[(size_t)n + keep->size] = '}';
    status = ocsp_plan_parse(plan, net->coupling, "fuzz.json", text,
                             (size_t)n + keep->size + 1, err);
    free(text);
    return status;
}

static void prune(const struct fuzz_net *net, const struct ocsp_flags *flags,
                  const struct fuzz_part *keep, struct ocsp_weights *weights)
{
    struct ocsp_plan plan;
    struct ocsp_error err;
    const enum ocsp_status status = keep->size > 1
                                        ? read_plan(net, keep, &plan, &err)
                                        : search(net, flags, weights, &plan, &err);

    fuzz_check_error(status, &err);
    if (status)
        return;
    ocsp_report_plan(fuzz_nowhere(), net->coupling, &plan);
    if (flags->settings.compensate)
        HOLDS(!ocsp_compensate(net->coupling, &plan, weights->layers, &err));
    fuzz_rewrite(net, &plan, weights);
    ocsp_plan_clear(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_part parts[4];
    struct fuzz_net net = {0};
    struct ocsp_flags flags;
    struct ocsp_error err;
    enum ocsp_status status;

    fuzz_split(data, size, parts, 4);
    status = fuzz_flags(&flags, OCSP_FOR_PRUNE, &parts[0], &err);
    if (!status)
        status = ocsp_cfg_parse(&net.cfg, "fuzz.cfg", parts[1].data, parts[1].size, &err);
    if (!status)
        status = ocsp_graph_new(&net.graph, net.cfg, &err);
    if (!status)
        status = ocsp_settings_fix(&flags.settings, net.graph, &err);
    if (!status)
        status = ocsp_coupling_new(&net.coupling, net.graph, &err);
    fuzz_check_error(status, &err);
    if (!status) {
        struct ocsp_weights *weights = fuzz_weights(net.graph, &parts[3]);
        if (weights)
            prune(&net, &flags, &parts[2], weights);
        ocsp_weights_free(weights);
    }
    fuzz_net_clear(&net);
    return 0;
}
