/* A cfg: parsed, as a graph, coupled, and as other programs would read it. */
#include <stdlib.h>
#include <string.h>

#include "cli/lint_training.h"
#include "cli/net_json.h"
#include "cli/train_gate.h"
#include "fuzz.h"
#include "hosts/rules_common.h"
#include "lint/linter.h"

/* Every byte is kept. */
static void check_lossless(const struct ocsp_cfg *cfg, const uint8_t *data, size_t size)
{
    struct ocsp_error err;
    char *text;
    size_t length;

    HOLDS(!ocsp_cfg_render(cfg, &text, &length, &err));
    HOLDS(length == size && memcmp(text, data, size) == 0);
    free(text);
}

static void check_lint(const struct fuzz_net *net)
{
    struct ocsp_lint lint;
    struct ocsp_error err;
    char text[512];

    HOLDS(!ocsp_lint_run(net->cfg, net->graph, &lint, &err));
    for (int f = 0; f < lint.n_findings; f++)
        ocsp_finding_text(&lint.findings[f], text, sizeof text);
    HOLDS(!ocsp_lint_first_loss(&lint, &lint));
    ocsp_lint_clear(&lint);
}

/* lint says of training what training itself refuses. */
static void check_training(const struct fuzz_net *net)
{
    struct ocsp_lint lint;
    struct ocsp_error err;
    const char *sentences[OCSP_MOST_REPAIRS];

    HOLDS(!ocsp_lint_training(net->graph, &lint, &err));
    for (int h = 0; ocsp_all_host_rules[h]; h++) {
        const struct ocsp_host_rules *rules = ocsp_all_host_rules[h];
        const struct ocsp_training as = {.rules = rules,
                                         .build = rules->usual,
                                         .detector = ocsp_last_box_head(net->graph) >= 0};
        const enum ocsp_status status = ocsp_train_gate(net->graph, &as, &err);
        fuzz_check_error(status, &err);
        HOLDS((status == OCSP_OK) == ocsp_lint_accepts(&lint, h));
        HOLDS(ocsp_lint_repairs(rules, net->graph, sentences) <= OCSP_MOST_REPAIRS);
    }
    ocsp_lint_clear(&lint);
}

static void check_json(const struct ocsp_coupling *coupling)
{
    struct ocsp_settings settings;
    struct ocsp_error err;
    char *text;

    ocsp_settings_init(&settings);
    HOLDS(!ocsp_net_json(coupling, &settings.limits, NULL, &text, &err));
    free(text);
}

/* Every channel is of a group, and every group has two or more. */
static void check_coupling(const struct ocsp_coupling *c)
{
    int channels = 0;

    for (int g = 0; g < c->n_groups; g++) {
        HOLDS(c->groups[g].channels >= 2 && c->groups[g].first == channels);
        channels += c->groups[g].channels;
    }
    HOLDS(channels == c->n_channels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_net net;
    struct ocsp_error err;
    const enum ocsp_status status = fuzz_net_parse(&net, (const char *)data, size, &err);

    fuzz_check_error(status, &err);
    if (net.cfg)
        check_lossless(net.cfg, data, size);
    if (net.graph) {
        check_lint(&net);
        check_training(&net);
    }
    if (net.coupling) {
        struct ocsp_plan plan;
        bool *nothing = calloc((size_t)net.coupling->n_channels + 1, sizeof *nothing);
        check_coupling(net.coupling);
        check_json(net.coupling);
        HOLDS(nothing && !ocsp_plan_from_set(&plan, net.coupling, nothing, &err));
        fuzz_rewrite(&net, &plan, NULL);
        ocsp_plan_clear(&plan);
        free(nothing);
    }
    fuzz_net_clear(&net);
    return 0;
}
