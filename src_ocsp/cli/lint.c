#include "cli/lint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/lint_training.h"
#include "lint/linter.h"
#include "net/json_text.h"

static bool is_number(const char *value)
{
    return *value && value[strspn(value, "+-.0123456789")] == '\0';
}

/* The same in another layer or line, whatever the number: a table says it once. */
static bool is_alike(const struct ocsp_finding *a, const struct ocsp_finding *b)
{
    return a->program == b->program && strcmp(a->text, b->text) == 0 &&
           strcmp(a->key, b->key) == 0 &&
           (*a->key || strcmp(a->section, b->section) == 0) &&
           (strcmp(a->value, b->value) == 0 ||
            (is_number(a->value) && is_number(b->value)));
}

static bool is_first(const struct ocsp_lint *lint, int finding)
{
    for (int f = 0; f < finding; f++)
        if (is_alike(&lint->findings[f], &lint->findings[finding]))
            return false;
    return true;
}

static void print_finding(const struct ocsp_lint *lint, int finding)
{
    char text[512];
    int more = 0;

    ocsp_finding_text(&lint->findings[finding], text, sizeof text);
    for (int f = finding + 1; f < lint->n_findings; f++)
        more += is_alike(&lint->findings[f], &lint->findings[finding]);
    printf("%s", text);
    if (more > 0)
        printf("; and %d more", more);
    printf("\n");
}

static void print_findings(const struct ocsp_lint *lint, int program, const char *name)
{
    if (ocsp_lint_accepts(lint, program))
        printf("%-22s accepted\n", name);
    for (int f = 0; f < lint->n_findings; f++) {
        if (lint->findings[f].program != program || !is_first(lint, f))
            continue;
        printf("%-22s ", name);
        print_finding(lint, f);
        name = "";
    }
}

static json_t *finding_json(const struct ocsp_finding *f)
{
    return json_pack("{s:i, s:o, s:i, s:o, s:o, s:b, s:s}", "layer", f->layer, "section",
                     ocsp_json_string(f->section), "line", f->line, "key",
                     ocsp_json_string(f->key), "value", ocsp_json_string(f->value),
                     "refused", f->refused, "text", f->text);
}

static void print_repairs(const struct ocsp_host_rules *rules,
                          const struct ocsp_graph *graph)
{
    const char *sentences[OCSP_MOST_REPAIRS];
    const int n = ocsp_lint_repairs(rules, graph, sentences);

    for (int k = 0; k < n; k++)
        printf("%-22s repaired: %s\n", "", sentences[k]);
}

static void print_training(const struct ocsp_lint *lint, const struct ocsp_graph *graph)
{
    printf("\ntraining with ocsp, on CPU\n");
    for (int h = 0; ocsp_all_host_rules[h]; h++) {
        char name[64];
        snprintf(name, sizeof name, "Darknet (%s)", ocsp_all_host_rules[h]->name);
        print_findings(lint, h, name);
        if (ocsp_lint_accepts(lint, h))
            print_repairs(ocsp_all_host_rules[h], graph);
    }
}

/* {NAME_KEY: name, "accepted": …, "findings": […]} of one program, or of one host. NULL:
 * no memory. */
static json_t *findings_json(const struct ocsp_lint *lint, int program,
                             const char *name_key, const char *name)
{
    json_t *findings = json_array();
    bool failed = false;

    for (int f = 0; f < lint->n_findings; f++)
        if (lint->findings[f].program == program)
            failed |=
                json_array_append_new(findings, finding_json(&lint->findings[f])) != 0;
    json_t *json = json_pack("{s:s, s:b, s:o}", name_key, name, "accepted",
                             ocsp_lint_accepts(lint, program), "findings", findings);
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

/* As above, with the repairs. */
static json_t *training_json(const struct ocsp_lint *lint, int host,
                             const struct ocsp_graph *graph)
{
    const struct ocsp_host_rules *rules = ocsp_all_host_rules[host];
    const char *sentences[OCSP_MOST_REPAIRS];
    const int n = ocsp_lint_repairs(rules, graph, sentences);
    json_t *json = findings_json(lint, host, "host", rules->name), *list = json_array();
    bool failed = false;

    for (int k = 0; k < n; k++)
        failed |= json_array_append_new(list, json_string(sentences[k])) != 0;
    if (json_object_set_new(json, "repairs", list) == 0 && !failed)
        return json;
    json_decref(json);
    return NULL;
}

static enum ocsp_status print_json(const struct ocsp_lint *lint,
                                   const struct ocsp_lint *training,
                                   const struct ocsp_graph *graph, struct ocsp_error *err)
{
    json_t *programs = json_array(), *hosts = json_array();
    bool failed = false;

    for (int p = 0; p < OCSP_PROGRAMS; p++)
        failed |=
            json_array_append_new(
                programs, findings_json(lint, p, "name", ocsp_program_name(p))) != 0;
    for (int h = 0; ocsp_all_host_rules[h]; h++)
        failed |= json_array_append_new(hosts, training_json(training, h, graph)) != 0;
    json_t *root = json_pack("{s:o, s:o}", "consumers", programs, "training", hosts);
    char *text = NULL;
    const enum ocsp_status status =
        failed ? ocsp_fail_memory(err) : ocsp_json_render(root, JSON_COMPACT, &text, err);
    if (!status)
        printf("%s\n", text);
    free(text);
    json_decref(root);
    return status;
}

enum ocsp_status ocsp_lint_print(const struct ocsp_graph *graph, bool json,
                                 struct ocsp_error *err)
{
    struct ocsp_lint lint = {0}, training = {0};
    enum ocsp_status status = ocsp_lint_run(graph->cfg, graph, &lint, err);

    if (!status)
        status = ocsp_lint_training(graph, &training, err);
    if (!status && json)
        status = print_json(&lint, &training, graph, err);
    if (!status && !json) {
        for (int p = 0; p < OCSP_PROGRAMS; p++)
            print_findings(&lint, p, ocsp_program_name(p));
        print_training(&training, graph);
    }
    ocsp_lint_clear(&training);
    ocsp_lint_clear(&lint);
    return status;
}
