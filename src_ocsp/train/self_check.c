#include "train/self_check.h"

#include <math.h>
#include <stdlib.h>

#include "hosts/host.h"
#include "layers/layer_type.h"
#include "prune/check.h"

float *ocsp_noise(size_t n)
{
    float *noise = malloc((n + 1) * sizeof *noise);
    uint32_t state = 1;

    for (size_t i = 0; i < n && noise; i++) {
        state = state * 1664525u + 1013904223u;
        noise[i] = (float)(state >> 8) / 16777216.0f;
    }
    return noise;
}

static bool is_read_by_head(const struct ocsp_graph *graph, int i)
{
    if (i + 1 == graph->n_layers)
        return !graph->layers[i].type->is_head;
    return !graph->layers[i].type->is_head && graph->layers[i + 1].type->is_head &&
           graph->layers[i + 1].reads_before;
}

static size_t outputs_of(const void *net, int i, int batch)
{
    struct ocsp_host_layer layer;

    ocsp_host.layer(net, i, &layer);
    return (size_t)layer.outputs * (size_t)batch;
}

enum ocsp_status ocsp_self_check_read(void *net, const struct ocsp_graph *graph,
                                      struct ocsp_readings *out, struct ocsp_error *err)
{
    struct ocsp_progress p;
    float *unused;
    size_t unused_length;

    ocsp_host.progress(net, &p);
    out->n = 0;
    for (int i = 0; i < graph->n_layers; i++)
        if (is_read_by_head(graph, i))
            out->n += outputs_of(net, i, p.batch);
    float *images =
        ocsp_noise((size_t)p.w * (size_t)p.h * (size_t)graph->c * (size_t)p.batch);
    out->data = malloc((out->n + 1) * sizeof *out->data);
    if (!images || !out->data) {
        free(images);
        return ocsp_fail_memory(err);
    }
    ocsp_host.infer(net, true, images, &unused, &unused_length);
    free(images);
    float *next = out->data;
    for (int i = 0; i < graph->n_layers; i++) {
        if (!is_read_by_head(graph, i))
            continue;
        ocsp_host.read_output(net, i, next);
        next += outputs_of(net, i, p.batch);
    }
    return OCSP_OK;
}

double ocsp_self_check_compare(const struct ocsp_readings *masked,
                               const struct ocsp_readings *pruned)
{
    return pruned->n == masked->n
               ? ocsp_check_difference(masked->data, pruned->data, masked->n)
               : NAN;
}
