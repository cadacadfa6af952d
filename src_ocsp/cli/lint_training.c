#include "cli/lint_training.h"

#include <stdlib.h>
#include <string.h>

#include "cli/train_gate.h"
#include "hosts/rules_common.h"

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

/* Whether the host's table has said so already. */
static bool is_known(const struct collector *c, int layer, const char *key)
{
    for (int f = c->lint->n_findings - 1;
         f >= 0 && c->lint->findings[f].program == c->host; f--)
        if (c->lint->findings[f].layer == layer &&
            strcmp(c->lint->findings[f].key, key) == 0)
            return true;
    return false;
}

static struct ocsp_finding *add(struct collector *c)
{
    if (c->lint->n_findings == c->capacity && !grow(c))
        return NULL;
    return &c->lint->findings[c->lint->n_findings++];
}

/* What training finds at the host's own findings of lint. */
static enum ocsp_status collect_findings(struct collector *c,
                                         const struct ocsp_training *as,
                                         const struct ocsp_graph *graph,
                                         struct ocsp_error *err)
{
    struct ocsp_lint lint;
    const enum ocsp_status status =
        ocsp_lint_run_for(as->rules->program, graph, &lint, err);

    for (int f = 0; !status && f < lint.n_findings; f++) {
        const struct ocsp_finding *finding = &lint.findings[f];
        if (!ocsp_train_gate_stops(as, finding) ||
            is_known(c, finding->layer, finding->key))
            continue;
        struct ocsp_finding *here = add(c);
        if (!here)
            break;
        *here = *finding;
        here->program = c->host;
    }
    if (!status)
        ocsp_lint_clear(&lint);
    return status;
}

/* The text of an error as one of the list's own; its front, which says file, line and
 * section, is what a finding has itself. */
static const char *keep_text(struct collector *c, const struct ocsp_cfg *cfg,
                             const struct ocsp_error *err)
{
    const char *name = ocsp_cfg_name(cfg);
    const char *text = strncmp(err->text, name, strlen(name)) == 0
                           ? strstr(err->text + strlen(name), ": ")
                           : NULL;
    char **more = realloc(c->lint->texts, ((size_t)c->lint->n_texts + 1) * sizeof *more);

    if (more)
        c->lint->texts = more;
    text = text ? text + 2 : err->text;
    if (*text == '[' && strchr(text, ']'))
        text = strchr(text, ']') + 1;
    char *own = more ? strdup(text + (*text == ' ')) : NULL;
    c->failed |= !own;
    if (own)
        more[c->lint->n_texts++] = own;
    return own;
}

static int line_of(const struct ocsp_error *err, const struct ocsp_cfg *cfg)
{
    const size_t n = strlen(ocsp_cfg_name(cfg));

    return strlen(err->text) > n && err->text[n] == ':' ? atoi(err->text + n + 1) : 0;
}

/* The first thing that is wrong with schedule or heads. */
static void collect_error(struct collector *c, const struct ocsp_graph *graph,
                          const struct ocsp_error *err)
{
    const struct ocsp_cfg *cfg = graph->cfg;
    const int line = line_of(err, cfg);
    int section = ocsp_cfg_sections(cfg) - 1;
    const char *text = keep_text(c, cfg, err);
    struct ocsp_finding *here = text ? add(c) : NULL;

    while (section > 0 && ocsp_cfg_section_line(cfg, section) > line)
        section--;
    if (here)
        *here = (struct ocsp_finding){.program = c->host,
                                      .layer = section - 1,
                                      .line = line,
                                      .section = ocsp_cfg_section_name(cfg, section),
                                      .key = "",
                                      .value = "",
                                      .text = text,
                                      .refused = true};
}

static enum ocsp_status collect_host(struct collector *c,
                                     const struct ocsp_host_rules *rules,
                                     const struct ocsp_graph *graph,
                                     struct ocsp_error *err)
{
    const struct ocsp_training as = {.rules = rules,
                                     .build = rules->usual,
                                     .detector = ocsp_last_box_head(graph) >= 0};
    struct ocsp_error found;

    ocsp_rules_find(rules->refusals, &rules->usual, graph, collect, c);
    if (ocsp_train_cfg_check(graph, &as, &found))
        collect_error(c, graph, &found);
    return collect_findings(c, &as, graph, err);
}

enum ocsp_status ocsp_lint_training(const struct ocsp_graph *graph, struct ocsp_lint *out,
                                    struct ocsp_error *err)
{
    struct collector c = {.lint = out};
    enum ocsp_status status = OCSP_OK;

    *out = (struct ocsp_lint){0};
    for (; ocsp_all_host_rules[c.host] && !c.failed && !status; c.host++)
        status = collect_host(&c, ocsp_all_host_rules[c.host], graph, err);
    if (!status && c.failed)
        status = ocsp_fail_memory(err);
    if (!status)
        return OCSP_OK;
    ocsp_lint_clear(out);
    *out = (struct ocsp_lint){0};
    return status;
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
