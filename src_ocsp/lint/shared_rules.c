#include "lint/shared_rules.h"

#include <string.h>

#include "layers/layer_type.h"

bool ocsp_lint_reads_connected(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *before = ocsp_lint_before(site);
    return before && ocsp_layer_is(before, "connected");
}

bool ocsp_lint_reads_map(const struct ocsp_lint_site *site)
{
    return site->layer->in_w > 1 || site->layer->in_h > 1;
}

bool ocsp_lint_reads_flat_route(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *before = ocsp_lint_before(site);
    return before && before->flat;
}

/* yolo_to_onnx makes no node for these. */
bool ocsp_lint_reads_nodeless_layer(const struct ocsp_lint_site *site)
{
    for (int k = 0; k < site->layer->n_from; k++) {
        const struct ocsp_layer *from = ocsp_lint_from(site, k);
        if (ocsp_layer_is(from, "yolo") ||
            (ocsp_layer_is(from, "route") && from->n_from == 1 &&
             !*ocsp_cfg_string(site->cfg, from->section, "groups", "")))
            return true;
    }
    return false;
}

bool ocsp_lint_stands_behind_dropout(const struct ocsp_lint_site *site)
{
    for (const struct ocsp_layer *l = site->graph->layers; l < site->layer; l++)
        if (ocsp_layer_is(l, "dropout"))
            return true;
    return false;
}

bool ocsp_lint_adds_layer_0(const struct ocsp_lint_site *site)
{
    return ocsp_list_holds_0(ocsp_lint_text(site, "from"));
}

bool ocsp_lint_has_activation(const struct ocsp_lint_site *site)
{
    return ocsp_lint_has(site, "activation") &&
           strcmp(ocsp_lint_text(site, "activation"), "linear") != 0;
}

bool ocsp_lint_always(const struct ocsp_lint_site *site)
{
    (void)site;
    return true;
}
