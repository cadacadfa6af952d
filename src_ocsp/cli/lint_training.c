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

static bool collect(void *context, const struct ocsp_rule *row,
                    const struct ocsp_rule_site *site)
{
    struct collector *c = context;
    const struct ocsp_cfg *cfg = site->graph->cfg;
    const int section = site->index + 1, line = ocsp_rule_line(row, site);

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
        ocsp_rules_find(ocsp_all_host_rules[c.host]->refusals,
                        &ocsp_all_host_rules[c.host]->usual, graph, collect, &c);
    if (!c.failed)
        return OCSP_OK;
    ocsp_lint_clear(out);
    *out = (struct ocsp_lint){0};
    return ocsp_fail_memory(err);
}

/* One sentence that is looked for. */
struct wanted {
    const char *sentence;
    bool found;
};

static bool look_for(void *context, const struct ocsp_rule *row,
                     const struct ocsp_rule_site *site)
{
    struct wanted *wanted = context;

    (void)site;
    wanted->found = row->sentence == wanted->sentence;
    return !wanted->found;
}

int ocsp_lint_repairs(const struct ocsp_host_rules *rules, const struct ocsp_graph *graph,
                      const char *sentences[OCSP_MOST_REPAIRS])
{
    int n = 0;

    for (const struct ocsp_rule_list *list = rules->repairs; list->rows; list++)
        for (const struct ocsp_rule *row = list->rows; row->sentence; row++) {
            struct wanted wanted = {row->sentence, false};
            bool again = false;
            for (int k = 0; k < n; k++)
                again |= sentences[k] == row->sentence;
            if (again || n == OCSP_MOST_REPAIRS)
                continue;
            ocsp_rules_find(rules->repairs, &rules->usual, graph, look_for, &wanted);
            if (wanted.found)
                sentences[n++] = row->sentence;
        }
    return n;
}
