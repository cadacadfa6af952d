#include "cli/lint_training.h"

#include <stdlib.h>

struct collector {
    struct ocsp_lint *lint;
    int host, capacity;
    bool failed;
};

static bool grow(struct collector *c)
{
    const int capacity = 2 * c->capacity + 8;
    struct ocsp_finding *more =
        realloc(c->lint->findings, (size_t)capacity * sizeof *more);

    if (!more) {
        c->failed = true;
        return false;
    }
    c->lint->findings = more;
    c->capacity = capacity;
    return true;
}

static bool collect(void *context, const struct ocsp_refusal *row,
                    const struct ocsp_refusal_site *site)
{
    struct collector *c = context;
    const struct ocsp_cfg *cfg = site->graph->cfg;
    const int section = site->index + 1, line = ocsp_refusal_line(row, site);

    if (c->lint->n_findings == c->capacity && !grow(c))
        return false;
    c->lint->findings[c->lint->n_findings++] =
        (struct ocsp_finding){.program = c->host,
                              .layer = site->index,
                              .line = line ? line : ocsp_cfg_section_line(cfg, section),
                              .section = ocsp_cfg_section_name(cfg, section),
                              .key = row->key,
                              .value = ocsp_cfg_string(cfg, section, row->key, ""),
                              .text = row->sentence,
                              .refused = true};
    return true;
}

enum ocsp_status ocsp_lint_training(const struct ocsp_graph *graph, struct ocsp_lint *out,
                                    struct ocsp_error *err)
{
    struct collector c = {.lint = out};

    *out = (struct ocsp_lint){0};
    for (; ocsp_all_host_rules[c.host] && !c.failed; c.host++)
        ocsp_refusals_find(ocsp_all_host_rules[c.host],
                           &ocsp_all_host_rules[c.host]->usual, graph, collect, &c);
    if (!c.failed)
        return OCSP_OK;
    ocsp_lint_clear(out);
    *out = (struct ocsp_lint){0};
    return ocsp_fail_memory(err);
}
