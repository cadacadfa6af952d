#include "lint/linter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint/known_maps.h"
#include "lint/lint_section.h"

struct linter {
    struct ocsp_lint_site site;
    const struct ocsp_lint_section *section;    /* of the layer at `site` */
    const struct ocsp_section_support *support; /* how site.program takes it */
    int program; /* findings are reported in its name; site.program may be its base */
    struct ocsp_lint *lint;
    int capacity;
    bool failed;
};

static void add_finding(struct linter *linter, int line, const char *key,
                        const char *value, bool refused, const char *text)
{
    struct ocsp_lint *lint = linter->lint;
    const struct ocsp_lint_site *site = &linter->site;

    for (int f = lint->n_findings - 1;
         f >= 0 && lint->findings[f].program == linter->program; f--)
        if (lint->findings[f].line == line && strcmp(lint->findings[f].text, text) == 0 &&
            strcmp(lint->findings[f].key, key) == 0)
            return; /* its base found it already */
    if (lint->n_findings == linter->capacity) {
        const int capacity = 2 * linter->capacity + 16;
        struct ocsp_finding *more =
            realloc(lint->findings, (size_t)capacity * sizeof *lint->findings);
        if (!more) {
            linter->failed = true;
            return;
        }
        lint->findings = more;
        linter->capacity = capacity;
    }
    lint->findings[lint->n_findings++] =
        (struct ocsp_finding){.program = linter->program,
                              .layer = site->section - 1,
                              .line = line,
                              .section = ocsp_cfg_section_name(site->cfg, site->section),
                              .key = key,
                              .value = value,
                              .refused = refused,
                              .text = text};
}

static const char *value_of(const struct linter *linter, const char *key)
{
    return ocsp_cfg_string(linter->site.cfg, linter->site.section, key, "");
}

static void add_key_finding(struct linter *linter, const char *key, bool refused,
                            const char *text)
{
    add_finding(linter, ocsp_cfg_line(linter->site.cfg, linter->site.section, key), key,
                value_of(linter, key), refused, text);
}

/* Keys of any section: with them a layer is not in the .weights file. */
static const struct ocsp_key_meaning common_meanings[OCSP_MAX_MEANINGS] = {
    {"dontload", "0"}, {"dontsave", "0"}, {"numload", "0"}, {"dontloadscales", "0"}};

static bool is_neutral(const struct linter *linter, const struct ocsp_key_meaning *m,
                       const char *value)
{
    const char *neutral = m->neutral;

    if (neutral && *neutral == '=')
        neutral =
            ocsp_cfg_string(linter->site.cfg, linter->site.section, neutral + 1, "1");
    if (!neutral)
        return false;
    return strcmp(value, neutral) == 0 || (*neutral >= '0' && *neutral <= '9' &&
                                           strtod(value, NULL) == strtod(neutral, NULL));
}

static bool honours(const struct linter *linter, const char *key)
{
    const size_t n = strlen(key);
    return ocsp_list_has(linter->support->keys, key, n) ||
           ocsp_list_has(ocsp_programs[linter->site.program].common, key, n);
}

/* Keys that change the layer but not for this program. */
static void lint_meanings(struct linter *linter, const struct ocsp_key_meaning *meanings)
{
    for (int i = 0; i < OCSP_MAX_MEANINGS && meanings[i].key; i++) {
        const char *key = meanings[i].key, *value = value_of(linter, key);
        if (*value && !honours(linter, key) && !is_neutral(linter, &meanings[i], value))
            add_key_finding(linter, key, false, "ignored");
    }
}

static void lint_needed_keys(struct linter *linter)
{
    for (int i = 0; i < OCSP_MAX_NEEDED && linter->section->needed[i].text; i++) {
        const struct ocsp_needed_keys *n = &linter->section->needed[i];
        if (!(n->programs & OCSP_BIT(linter->site.program)))
            continue;
        for (const char *const *key = n->keys; *key; key++)
            if (!*value_of(linter, *key))
                add_key_finding(linter, *key, n->refused, n->text);
    }
}

static void lint_activation(struct linter *linter)
{
    const struct ocsp_program *p = &ocsp_programs[linter->site.program];
    const struct ocsp_section_support *s = linter->support;
    const char *name = value_of(linter, "activation");
    const size_t n = p->cuts_comments ? strcspn(name, "#") : strlen(name);

    if (!*name || !ocsp_list_has(s->keys, "activation", 10))
        return;
    if (!ocsp_list_has(p->activations, name, n))
        add_key_finding(linter, "activation", p->refuses_activation || p->unknown_fatal,
                        p->unknown_activation);
    else if (s->computed && !ocsp_list_has(s->computed, name, n))
        add_key_finding(linter, "activation", p->refuses_activation,
                        p->uncomputed_activation);
}

static bool stands_before(const struct linter *linter, int option, const char **first)
{
    const char *key, *other;

    ocsp_cfg_option(linter->site.cfg, linter->site.section, option, &key, first);
    for (int i = 0; i < option; i++) {
        ocsp_cfg_option(linter->site.cfg, linter->site.section, i, &other, first);
        if (strcmp(key, other) == 0)
            return true;
    }
    return false;
}

static void apply_key_rules(struct linter *linter, const struct ocsp_key_rule *rules,
                            int n, int option)
{
    const char *key, *value;
    const int line =
        ocsp_cfg_option(linter->site.cfg, linter->site.section, option, &key, &value);

    for (int i = 0; i < n; i++)
        if ((rules[i].programs & OCSP_BIT(linter->site.program)) &&
            rules[i].holds(&linter->site, key, value))
            add_finding(linter, line, key, value, rules[i].refused, rules[i].text);
}

/* What is wrong with one key = value, if anything. */
static void lint_option(struct linter *linter, int option)
{
    const struct ocsp_program *p = &ocsp_programs[linter->site.program];
    const char *key, *value, *first;
    const int line =
        ocsp_cfg_option(linter->site.cfg, linter->site.section, option, &key, &value);
    const bool repeated = stands_before(linter, option, &first);
    const bool known = ocsp_list_has(linter->support->keys, key, strlen(key)) ||
                       (linter->site.layer && ocsp_list_has(p->common, key, strlen(key)));

    if (p->unknown_fatal && !known)
        add_finding(linter, line, key, value, true, "it does not know this key");
    else if (p->unknown_fatal && repeated)
        add_finding(linter, line, key, value, true,
                    "the key stands twice in this section");
    else if (p->last_wins && repeated && known && strcmp(first, value) != 0)
        add_finding(linter, line, key, value, false,
                    "given twice: it takes the last, Darknet the first");
    if (!known && p->unknown_fatal)
        return;
    apply_key_rules(linter, ocsp_key_rules, ocsp_n_key_rules, option);
    if (!repeated || p->last_wins)
        apply_key_rules(linter, ocsp_value_rules, ocsp_n_value_rules, option);
}

static void apply_rule(struct linter *linter, const struct ocsp_section_rule *r)
{
    if ((r->programs & OCSP_BIT(linter->site.program)) && r->holds(&linter->site))
        add_key_finding(linter, r->key, r->refused, r->text);
}

static void lint_rules(struct linter *linter)
{
    for (int i = 0; i < OCSP_MAX_RULES && linter->section->rules[i].text; i++)
        apply_rule(linter, &linter->section->rules[i]);
    for (int i = 0; i < ocsp_n_layer_rules && linter->site.layer; i++)
        apply_rule(linter, &ocsp_layer_rules[i]);
    const int before = linter->lint->n_findings;
    for (int i = 0; i < ocsp_n_inference_rules && linter->site.layer; i++)
        apply_rule(linter, &ocsp_inference_rules[i]);
    for (int f = before; f < linter->lint->n_findings; f++)
        linter->lint->findings[f].predicts_alone = true;
}

static void lint_section(struct linter *linter)
{
    linter->section = ocsp_lint_section_find(linter->site.layer);
    linter->support = ocsp_lint_support(&linter->site, linter->site.program);
    if (!linter->support) {
        add_finding(linter, ocsp_cfg_section_line(linter->site.cfg, linter->site.section),
                    "", "", true, "it does not know this section");
        return;
    }
    for (int i = 0; i < ocsp_cfg_options(linter->site.cfg, linter->site.section); i++)
        lint_option(linter, i);
    if (linter->site.layer)
        lint_activation(linter);
    if (linter->site.layer && !ocsp_programs[linter->site.program].unknown_fatal) {
        lint_meanings(linter, linter->section->meanings);
        lint_meanings(linter, common_meanings);
    }
    lint_needed_keys(linter);
    lint_rules(linter);
}

/* The bytes of the file, for what is lost when blanks are dropped. */
static void lint_lines(struct linter *linter)
{
    size_t size, end;
    const char *text = ocsp_cfg_text(linter->site.cfg, &size);
    const int sections = ocsp_cfg_sections(linter->site.cfg);
    int line = 1;

    linter->site.section = 0;
    for (size_t start = 0; start < size; start = end + 1, line++) {
        const char *newline = memchr(text + start, '\n', size - start);
        end = newline ? (size_t)(newline - text) : size;
        while (linter->site.section + 1 < sections &&
               ocsp_cfg_section_line(linter->site.cfg, linter->site.section + 1) <= line)
            linter->site.section++;
        for (int i = 0; i < ocsp_n_line_rules; i++)
            if ((ocsp_line_rules[i].programs & OCSP_BIT(linter->site.program)) &&
                ocsp_line_rules[i].holds(text + start, end - start))
                add_finding(linter, line, "", "", ocsp_line_rules[i].refused,
                            ocsp_line_rules[i].text);
    }
}

/* As the file is read by `program`; knows_map is the site's. */
static void lint_file(struct linter *linter, int program, bool *knows_map)
{
    linter->site.program = program;
    ocsp_lint_know_maps(linter->site.graph, program, knows_map);
    lint_lines(linter);
    for (int s = 0; s < ocsp_cfg_sections(linter->site.cfg); s++) {
        linter->site.section = s;
        linter->site.layer = s > 0 ? &linter->site.graph->layers[s - 1] : NULL;
        lint_section(linter);
    }
}

static enum ocsp_status run(unsigned programs, const struct ocsp_cfg *cfg,
                            const struct ocsp_graph *graph, struct ocsp_lint *out,
                            struct ocsp_error *err)
{
    struct ocsp_lint lint = {0};
    bool *knows_map = calloc((size_t)graph->n_layers, sizeof *knows_map);
    struct linter linter = {
        .site = {.cfg = cfg, .graph = graph, .knows_map = knows_map},
        .lint = &lint,
        .failed = !knows_map,
    };

    for (; linter.program < OCSP_PROGRAMS && !linter.failed; linter.program++) {
        if (!(programs & OCSP_BIT(linter.program)))
            continue;
        if (ocsp_programs[linter.program].base >= 0)
            lint_file(&linter, ocsp_programs[linter.program].base, knows_map);
        lint_file(&linter, linter.program, knows_map);
    }
    free(knows_map);
    if (linter.failed) {
        ocsp_lint_clear(&lint);
        return ocsp_fail_memory(err);
    }
    *out = lint;
    return OCSP_OK;
}

enum ocsp_status ocsp_lint_run(const struct ocsp_cfg *cfg, const struct ocsp_graph *graph,
                               struct ocsp_lint *out, struct ocsp_error *err)
{
    return run(~0u, cfg, graph, out, err);
}

enum ocsp_status ocsp_lint_run_for(unsigned programs, const struct ocsp_graph *graph,
                                   struct ocsp_lint *out, struct ocsp_error *err)
{
    return run(programs, graph->cfg, graph, out, err);
}

void ocsp_lint_clear(struct ocsp_lint *lint)
{
    for (int i = 0; i < lint->n_texts; i++)
        free(lint->texts[i]);
    free(lint->texts);
    free(lint->findings);
    *lint = (struct ocsp_lint){0};
}

void ocsp_finding_text(const struct ocsp_finding *f, char *text, size_t size)
{
    char where[32] = "";

    if (f->layer >= 0)
        snprintf(where, sizeof where, "layer %d ", f->layer);
    snprintf(text, size, "%s[%.40s] (line %d)%s%.40s%s%.40s: %s: %s", where, f->section,
             f->line, *f->key ? ", " : "", f->key, *f->value ? "=" : "", f->value,
             f->refused ? "refused" : "misread", f->text);
}

bool ocsp_lint_accepts(const struct ocsp_lint *lint, int program)
{
    for (int f = 0; f < lint->n_findings; f++)
        if (lint->findings[f].program == program)
            return false;
    return true;
}

/* Looks from *next on, around the end: both lists have the same order. */
static bool was_found_before(const struct ocsp_lint *before, const struct ocsp_finding *f,
                             int *next)
{
    for (int n = 0; n < before->n_findings; n++) {
        const int i = (*next + n) % before->n_findings;
        const struct ocsp_finding *b = &before->findings[i];
        if (b->program == f->program && b->layer == f->layer &&
            strcmp(b->text, f->text) == 0 && strcmp(b->key, f->key) == 0) {
            *next = i + 1;
            return true;
        }
    }
    return false;
}

const struct ocsp_finding *ocsp_lint_first_loss(const struct ocsp_lint *before,
                                                const struct ocsp_lint *after)
{
    int next = 0;
    for (int f = 0; f < after->n_findings; f++)
        if (!was_found_before(before, &after->findings[f], &next))
            return &after->findings[f];
    return NULL;
}
