#include "lint/linter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lint/lint_section.h"

struct linter {
    struct ocsp_lint_site site;
    const struct ocsp_lint_section *section;    /* of the layer at `site` */
    const struct ocsp_section_support *support; /* how site.program takes it */
    int program; /* findings are kept in its name; site.program may be its base */
    struct ocsp_lint *lint;
    int capacity;
    bool failed;
};

static void keep(struct linter *w, int line, const char *key, const char *value,
                 bool refused, const char *text)
{
    struct ocsp_lint *lint = w->lint;
    const struct ocsp_lint_site *site = &w->site;

    for (int f = lint->n_findings - 1; f >= 0 && lint->findings[f].program == w->program;
         f--)
        if (lint->findings[f].line == line && strcmp(lint->findings[f].text, text) == 0 &&
            strcmp(lint->findings[f].key, key) == 0)
            return; /* its base found it already */
    if (lint->n_findings == w->capacity) {
        const int capacity = 2 * w->capacity + 16;
        struct ocsp_finding *more =
            realloc(lint->findings, (size_t)capacity * sizeof *lint->findings);
        if (!more) {
            w->failed = true;
            return;
        }
        lint->findings = more;
        w->capacity = capacity;
    }
    lint->findings[lint->n_findings++] =
        (struct ocsp_finding){.program = w->program,
                              .layer = site->section - 1,
                              .line = line,
                              .section = ocsp_cfg_section_name(site->cfg, site->section),
                              .key = key,
                              .value = value,
                              .refused = refused,
                              .text = text};
}

static const char *value_of(const struct linter *w, const char *key)
{
    return ocsp_cfg_string(w->site.cfg, w->site.section, key, "");
}

static void keep_key(struct linter *w, const char *key, bool refused, const char *text)
{
    keep(w, ocsp_cfg_line(w->site.cfg, w->site.section, key), key, value_of(w, key),
         refused, text);
}

/* Keys of any section: with them a layer is not in the .weights file. */
static const struct ocsp_key_meaning common_meanings[OCSP_MAX_MEANINGS] = {
    {"dontload", "0"}, {"dontsave", "0"}, {"numload", "0"}, {"dontloadscales", "0"}};

static bool is_neutral(const struct linter *w, const struct ocsp_key_meaning *m,
                       const char *value)
{
    const char *neutral = m->neutral;

    if (neutral && *neutral == '=')
        neutral = ocsp_cfg_string(w->site.cfg, w->site.section, neutral + 1, "1");
    if (!neutral)
        return false;
    return strcmp(value, neutral) == 0 || (*neutral >= '0' && *neutral <= '9' &&
                                           strtod(value, NULL) == strtod(neutral, NULL));
}

static bool honours(const struct linter *w, const char *key)
{
    const size_t n = strlen(key);
    return ocsp_list_has(w->support->keys, key, n) ||
           ocsp_list_has(ocsp_programs[w->site.program].common, key, n);
}

/* Keys that change the layer but not for this program. */
static void lint_meanings(struct linter *w, const struct ocsp_key_meaning *meanings)
{
    for (int i = 0; i < OCSP_MAX_MEANINGS && meanings[i].key; i++) {
        const char *key = meanings[i].key, *value = value_of(w, key);
        if (*value && !honours(w, key) && !is_neutral(w, &meanings[i], value))
            keep_key(w, key, false, "ignored");
    }
}

static void lint_needed_keys(struct linter *w)
{
    for (int i = 0; i < OCSP_MAX_NEEDED && w->section->needed[i].text; i++) {
        const struct ocsp_needed_keys *n = &w->section->needed[i];
        if (!(n->programs & OCSP_BIT(w->site.program)))
            continue;
        for (const char *const *key = n->keys; *key; key++)
            if (!*value_of(w, *key))
                keep_key(w, *key, n->refused, n->text);
    }
}

static void lint_activation(struct linter *w)
{
    const struct ocsp_program *c = &ocsp_programs[w->site.program];
    const struct ocsp_section_support *s = w->support;
    const char *name = value_of(w, "activation");
    const size_t n = c->cuts_comments ? strcspn(name, "#") : strlen(name);

    if (!*name || !ocsp_list_has(s->keys, "activation", 10))
        return;
    if (!ocsp_list_has(c->activations, name, n))
        keep_key(w, "activation", c->refuses_activation || c->unknown_fatal,
                 c->unknown_activation);
    else if (s->computed && !ocsp_list_has(s->computed, name, n))
        keep_key(w, "activation", c->refuses_activation, c->uncomputed_activation);
}

static bool stands_before(const struct linter *w, int option, const char **first)
{
    const char *key, *other;

    ocsp_cfg_option(w->site.cfg, w->site.section, option, &key, first);
    for (int i = 0; i < option; i++) {
        ocsp_cfg_option(w->site.cfg, w->site.section, i, &other, first);
        if (strcmp(key, other) == 0)
            return true;
    }
    return false;
}

/* What is wrong with one key = value, if anything. */
static void lint_option(struct linter *w, int option)
{
    const struct ocsp_program *c = &ocsp_programs[w->site.program];
    const char *key, *value, *first;
    const int line = ocsp_cfg_option(w->site.cfg, w->site.section, option, &key, &value);
    const bool repeated = stands_before(w, option, &first);
    const bool known = ocsp_list_has(w->support->keys, key, strlen(key)) ||
                       (w->site.layer && ocsp_list_has(c->common, key, strlen(key)));

    if (c->unknown_fatal && !known)
        keep(w, line, key, value, true, "it does not know this key");
    else if (c->unknown_fatal && repeated)
        keep(w, line, key, value, true, "the key stands twice in this section");
    else if (c->last_wins && repeated && known && strcmp(first, value) != 0)
        keep(w, line, key, value, false,
             "given twice: it takes the last, Darknet the first");
    if (!known && c->unknown_fatal)
        return;
    for (int i = 0; i < ocsp_n_key_rules; i++)
        if ((ocsp_key_rules[i].programs & OCSP_BIT(w->site.program)) &&
            ocsp_key_rules[i].holds(&w->site, key, value))
            keep(w, line, key, value, ocsp_key_rules[i].refused, ocsp_key_rules[i].text);
}

static void lint_rules(struct linter *w)
{
    for (int i = 0; i < OCSP_MAX_RULES && w->section->rules[i].text; i++) {
        const struct ocsp_section_rule *r = &w->section->rules[i];
        if ((r->programs & OCSP_BIT(w->site.program)) && r->holds(&w->site))
            keep_key(w, r->key, r->refused, r->text);
    }
}

static void lint_section(struct linter *w)
{
    w->section = ocsp_lint_section_find(w->site.layer);
    w->support = ocsp_lint_support(&w->site, w->site.program);
    if (!w->support) {
        keep(w, ocsp_cfg_section_line(w->site.cfg, w->site.section), "", "", true,
             "it does not know this section");
        return;
    }
    for (int i = 0; i < ocsp_cfg_options(w->site.cfg, w->site.section); i++)
        lint_option(w, i);
    if (w->site.layer)
        lint_activation(w);
    if (w->site.layer && !ocsp_programs[w->site.program].unknown_fatal) {
        lint_meanings(w, w->section->meanings);
        lint_meanings(w, common_meanings);
    }
    lint_needed_keys(w);
    lint_rules(w);
}

/* The bytes of the file, for what is lost when blanks are dropped. */
static void lint_lines(struct linter *w)
{
    size_t size, end;
    const char *text = ocsp_cfg_text(w->site.cfg, &size);
    const int sections = ocsp_cfg_sections(w->site.cfg);
    int line = 1;

    w->site.section = 0;
    for (size_t start = 0; start < size; start = end + 1, line++) {
        const char *newline = memchr(text + start, '\n', size - start);
        end = newline ? (size_t)(newline - text) : size;
        while (w->site.section + 1 < sections &&
               ocsp_cfg_section_line(w->site.cfg, w->site.section + 1) <= line)
            w->site.section++;
        for (int i = 0; i < ocsp_n_line_rules; i++)
            if ((ocsp_line_rules[i].programs & OCSP_BIT(w->site.program)) &&
                ocsp_line_rules[i].holds(text + start, end - start))
                keep(w, line, "", "", ocsp_line_rules[i].refused,
                     ocsp_line_rules[i].text);
    }
}

static void lint_file(struct linter *w)
{
    lint_lines(w);
    for (int s = 0; s < ocsp_cfg_sections(w->site.cfg); s++) {
        w->site.section = s;
        w->site.layer = s > 0 ? &w->site.graph->layers[s - 1] : NULL;
        lint_section(w);
    }
}

enum ocsp_status ocsp_lint_run(const struct ocsp_cfg *cfg, const struct ocsp_graph *graph,
                               struct ocsp_lint *out, struct ocsp_error *err)
{
    struct ocsp_lint lint = {0};
    struct linter w = {.site = {.cfg = cfg, .graph = graph}, .lint = &lint};

    for (w.program = 0; w.program < OCSP_PROGRAMS; w.program++) {
        w.site.program = ocsp_programs[w.program].base;
        if (w.site.program >= 0)
            lint_file(&w);
        w.site.program = w.program;
        lint_file(&w);
    }
    if (w.failed) {
        ocsp_lint_clear(&lint);
        return ocsp_fail_memory(err);
    }
    *out = lint;
    return OCSP_OK;
}

void ocsp_lint_clear(struct ocsp_lint *lint)
{
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
static bool had(const struct ocsp_lint *before, const struct ocsp_finding *f, int *next)
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
        if (!had(before, &after->findings[f], &next))
            return &after->findings[f];
    return NULL;
}
