#include "hosts/rules.h"

#include <string.h>

#include "lint/lint_site.h"

#define OCSP_HOST_ENTRY(name) extern const struct ocsp_host_rules ocsp_host_rules_##name;
#include "hosts/list.h"
#undef OCSP_HOST_ENTRY

const struct ocsp_host_rules *const ocsp_all_host_rules[] = {
#define OCSP_HOST_ENTRY(name) &ocsp_host_rules_##name,
#include "hosts/list.h"
#undef OCSP_HOST_ENTRY
    NULL};

bool ocsp_section_is_one_of(const char *name, const char *words)
{
    return ocsp_list_has(words, name, strlen(name));
}

static bool is_about(const struct ocsp_rule *row, const struct ocsp_layer *layer)
{
    if (!layer)
        return *row->sections == '\0' || strcmp(row->sections, "net") == 0;
    return strcmp(row->sections, "*") == 0 ||
           ocsp_section_is_one_of(layer->name, row->sections);
}

static bool row_holds(const struct ocsp_rule *row, struct ocsp_rule_site *site)
{
    site->key = row->key;
    return (row->builds & site->build->kind) != 0 &&
           (row->features & ~site->build->features) == 0 && is_about(row, site->layer) &&
           (!row->holds || row->holds(site));
}

void ocsp_rules_find(const struct ocsp_rule_list *lists,
                     const struct ocsp_host_build *build, const struct ocsp_graph *graph,
                     bool (*found)(void *context, const struct ocsp_rule *row,
                                   const struct ocsp_rule_site *site),
                     void *context)
{
    struct ocsp_rule_site site = {.graph = graph, .build = build};

    for (site.index = -1; site.index < graph->n_layers; site.index++) {
        site.layer = site.index < 0 ? NULL : &graph->layers[site.index];
        for (const struct ocsp_rule_list *list = lists; list->rows; list++)
            for (const struct ocsp_rule *row = list->rows;
                 row->sentence && (list->builds & build->kind) != 0; row++)
                if (row_holds(row, &site) && !found(context, row, &site))
                    return;
    }
}

int ocsp_rule_line(const struct ocsp_rule *row, const struct ocsp_rule_site *site)
{
    if (*row->sections == '\0')
        return 0;
    return ocsp_cfg_line(site->graph->cfg, site->index + 1, row->key);
}

struct search {
    bool training;
    struct ocsp_error *err;
    enum ocsp_status status;
};

static bool refuse(void *context, const struct ocsp_rule *row,
                   const struct ocsp_rule_site *site)
{
    struct search *search = context;
    const char *file = ocsp_cfg_name(site->graph->cfg);
    const int line = ocsp_rule_line(row, site);

    if (row->kind != OCSP_MISREAD && !search->training)
        return true;
    if (site->layer)
        search->status =
            ocsp_fail(search->err, OCSP_E_UNSUPPORTED, file, line, "layer %d [%.40s]: %s",
                      site->index, site->layer->name, row->sentence);
    else if (*row->key)
        search->status = ocsp_fail(
            search->err, OCSP_E_UNSUPPORTED, file, line, "[net] %s=%.40s: %s", row->key,
            ocsp_cfg_string(site->graph->cfg, 0, row->key, ""), row->sentence);
    else
        search->status =
            ocsp_fail(search->err, OCSP_E_UNSUPPORTED, file, line, "%s", row->sentence);
    return false;
}

enum ocsp_status ocsp_refusals_check(const struct ocsp_host_rules *rules,
                                     const struct ocsp_host_build *build,
                                     const struct ocsp_graph *graph, bool training,
                                     struct ocsp_error *err)
{
    struct search search = {.training = training, .err = err, .status = OCSP_OK};

    ocsp_rules_find(rules->refusals, build, graph, refuse, &search);
    return search.status;
}
