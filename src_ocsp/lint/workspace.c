#include "lint/workspace.h"

#include "layers/layer_type.h"

static int64_t map_size(const struct ocsp_layer *l)
{
    return (int64_t)l->out_w * l->out_h;
}

/* Bytes that the layer makes sure of. [local] forgets that a number has four, [crnn]
 * what its convolutions ask for. */
static int64_t asked(const struct ocsp_layer *l)
{
    const int64_t square = (int64_t)l->size * l->size;

    if (ocsp_layer_is(l, "convolutional"))
        return map_size(l) * square * l->in_c / l->conv_groups * 4;
    if (ocsp_layer_is(l, "local"))
        return map_size(l) * square * l->in_c;
    if (ocsp_layer_is(l, "deconvolutional"))
        return (int64_t)l->in_w * l->in_h * square * l->out_c * 4;
    return 0;
}

static int64_t used(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    if (ocsp_layer_is(l, "local"))
        return map_size(l) * l->size * l->size * l->in_c * 4;
    const int hidden = ocsp_lint_number(site, "hidden_filters", 1);
    return map_size(l) * 9 * (hidden > l->in_c ? hidden : l->in_c) * 4;
}

bool ocsp_lint_overflows_workspace(const struct ocsp_lint_site *site)
{
    const int64_t need = used(site);

    for (int i = 0; i < site->graph->n_layers; i++)
        if (asked(&site->graph->layers[i]) >= need)
            return false;
    return true;
}
