#include "cli/train_gate.h"

#include <stdio.h>

#include "layers/layer_type.h"

bool ocsp_train_gate_stops(const struct ocsp_training *as,
                           const struct ocsp_finding *finding)
{
    const bool is_mended = as->rules->mended && finding->layer >= 0 && !*finding->key &&
                           ocsp_section_is_one_of(finding->section, as->rules->mended);
    const struct ocsp_layer_type *type = ocsp_layer_type_find(finding->section);

    if (type && type->is_ours)
        return false; /* what no host computes of it is ocsp_train_cfg_check's to say */
    /* what is misread was read in the CPU code of the newest tree */
    return !is_mended && !finding->predicts_alone &&
           (finding->refused || as->build.kind == OCSP_CPU);
}

static enum ocsp_status refuse(const struct ocsp_graph *graph,
                               const struct ocsp_training *as,
                               const struct ocsp_finding *f, struct ocsp_error *err)
{
    char layer[32] = "";

    if (f->layer >= 0)
        snprintf(layer, sizeof layer, "layer %d ", f->layer);
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(graph->cfg), f->line,
                     "%s[%.40s]%s%.40s%s%.40s: %s's Darknet %s it: %s", layer, f->section,
                     *f->key ? " " : "", f->key, *f->value ? "=" : "", f->value,
                     as->rules->name, f->refused ? "refuses" : "misreads", f->text);
}

static enum ocsp_status check_findings(const struct ocsp_graph *graph,
                                       const struct ocsp_training *as,
                                       struct ocsp_error *err)
{
    struct ocsp_lint lint;
    enum ocsp_status status = ocsp_lint_run_for(as->rules->program, graph, &lint, err);

    if (status)
        return status;
    for (int f = 0; f < lint.n_findings && !status; f++)
        if (ocsp_train_gate_stops(as, &lint.findings[f]))
            status = refuse(graph, as, &lint.findings[f], err);
    ocsp_lint_clear(&lint);
    return status;
}

enum ocsp_status ocsp_train_gate(const struct ocsp_graph *graph,
                                 const struct ocsp_training *as, struct ocsp_error *err)
{
    enum ocsp_status status =
        ocsp_refusals_check(as->rules, &as->build, graph, true, err);

    if (!status)
        status = ocsp_train_cfg_check(graph, as, err);
    return status ? status : check_findings(graph, as, err);
}
