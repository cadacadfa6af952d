#include "lint/workspace.h"

#include <unistd.h>

#include "layers/layer_type.h"

/* Places of the layer's output, before the blur of antialiasing=. */
static int64_t map_size(const struct ocsp_layer *l)
{
    if (l->blurred) /* which takes over the stride */
        return ((int64_t)l->in_w + 2 * l->pad - l->size + 1) *
               ((int64_t)l->in_h + 2 * l->pad - l->size + 1);
    return (int64_t)l->out_w * l->out_h;
}

/* Bytes that the layer makes sure of. In Debian's, [local] forgets that a number has
 * four, and [crnn] what its convolutions ask for. */
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

/* The blur is a depthwise convolution that asks for nothing. */
static int64_t used_by_blur(const struct ocsp_lint_site *site)
{
    const int side = ocsp_lint_number(site, "antialiasing", 0) == 2 ? 2 : 3;
    return (int64_t)site->layer->out_w * site->layer->out_h * side * side * 4;
}

static int64_t used(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    if (l->blurred)
        return used_by_blur(site);
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

bool ocsp_lint_blurs_beyond_workspace(const struct ocsp_lint_site *site)
{
    return site->layer->blurred && ocsp_lint_overflows_workspace(site);
}

static double largest(double a, double b)
{
    return a > b ? a : b;
}

/* Bytes of the layer's largest array, for so many images. */
static double largest_array(const struct ocsp_layer *l, double images)
{
    double bytes = largest((double)asked(l), images * l->outputs * 4);

    for (int k = 0; k < l->n_tables; k++)
        bytes = largest(bytes, (double)l->tables[k].length * 4);
    return bytes;
}

bool ocsp_lint_exceeds_memory(const struct ocsp_lint_site *site)
{
    const struct ocsp_lint_site net = {.cfg = site->cfg, .section = 0};
    const int subdivisions = ocsp_lint_number(&net, "subdivisions", 1);
    const int batch = ocsp_lint_number(&net, "batch", 1);
    const int steps = ocsp_lint_number(&net, "time_steps", 1);
    const double images =
        subdivisions < 1 ? 1 : (double)(batch / subdivisions) * (double)steps;
    const double memory = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    double bytes = 0;

    for (int i = 0; i < site->graph->n_layers; i++)
        bytes = largest(bytes, largest_array(&site->graph->layers[i], images));
    return memory > 0 && bytes > memory;
}
