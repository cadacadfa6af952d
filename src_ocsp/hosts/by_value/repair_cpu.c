/* The repairs of CPU builds: installed in one network at a time. */
#ifndef GPU

#include "hosts/by_value/repair_cpu.h"

#include <stdlib.h>
#include <string.h>

#include "hosts/by_value/repair.h"
#include "hosts/fatal.h"

/* A host's callbacks carry no context of ours, so the repaired network's has to be here.
 */
static struct {
    const layer *net; /* its layers */
    int n;
    struct ocsp_repaired_layer *layers;
    struct ocsp_buffer buffers[OCSP_REPAIR_BUFFERS];
} repaired;

struct ocsp_repaired_layer *ocsp_repaired_layer(const ocsp_pass *pass)
{
    return &repaired.layers[pass->index];
}

float *ocsp_grow_buffer(struct ocsp_buffer *buffer, size_t n)
{
    struct ocsp_error err;

    if (n > buffer->capacity) {
        free(buffer->data);
        buffer->data = malloc(n * sizeof *buffer->data);
        if (!buffer->data) {
            ocsp_fail_memory(&err);
            ocsp_fatal(&err);
        }
        buffer->capacity = n;
    }
    return buffer->data;
}

float *ocsp_repair_buffer(enum ocsp_repair_buffer which, size_t n)
{
    return ocsp_grow_buffer(&repaired.buffers[which], n);
}

/* Product of the scales of the dropouts behind layer i, where the gradient of its
 * activation depends on more than the output's sign. */
static float scale_of_dropouts(const network *net, int i)
{
    const layer *l = &net->layers[i];
    float scale = 1;

    if (!ocsp_host_activates(l) || l->activation == LINEAR || l->activation == RELU ||
        l->activation == LEAKY)
        return 1;
    for (int k = 1; k <= ocsp_dropouts_behind(net, i); k++)
        scale *= l[k].scale;
    return scale;
}

static void clear(void)
{
    for (int i = 0; i < repaired.n; i++)
        free(repaired.layers[i].before.data);
    free(repaired.layers);
    for (int k = 0; k < OCSP_REPAIR_BUFFERS; k++)
        free(repaired.buffers[k].data);
    memset(&repaired, 0, sizeof repaired);
    ocsp_repairs_clear_log();
}

void ocsp_repair_forget(const void *net)
{
    if (((const network *)net)->layers == repaired.net)
        clear();
}

enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err)
{
    const network *of = net;

    for (int i = 0; i < of->n; i++) {
        layer *l = &of->layers[i];
        if (l->type != BATCHNORM)
            continue;
        /* freed by the host's free_layer */
        float *x = realloc(l->x, ocsp_layer_outputs(l) * sizeof *x);
        l->x = x ? x : l->x;
        float *norm = realloc(l->x_norm, ocsp_layer_outputs(l) * sizeof *norm);
        l->x_norm = norm ? norm : l->x_norm;
        if (!x || !norm)
            return ocsp_fail_memory(err);
    }
    return OCSP_OK;
}

void ocsp_repair_remove(void *net)
{
    const network *of = net;

    if (of->layers != repaired.net)
        return;
    for (int i = 0; i < of->n; i++) {
        of->layers[i].forward = repaired.layers[i].forward;
        of->layers[i].backward = repaired.layers[i].backward;
    }
    clear();
}

static void repair_layer(const network *net, int i, const struct ocsp_engine *engine)
{
    struct ocsp_repaired_layer *kept = &repaired.layers[i];
    const struct ocsp_repair_site site = {net, i, &net->layers[i], kept};

    kept->forward = site.l->forward;
    kept->backward = site.l->backward;
    kept->dropout_scale = scale_of_dropouts(net, i);
    ocsp_repairs_apply(ocsp_cpu_repairs.everywhere, &site);
    if (ocsp_engine_takes(engine, i))
        return;
    ocsp_repairs_apply(ocsp_common_repairs, &site);
    ocsp_repairs_apply(ocsp_cpu_repairs.own, &site);
}

enum ocsp_status ocsp_repair_install(void *net, const struct ocsp_engine *engine,
                                     struct ocsp_error *err)
{
    const network *of = net;

    ocsp_repair_remove(net);
    clear();
    if (ocsp_repair_batchnorm_buffers(net, err))
        return err->status;
    repaired.layers = calloc((size_t)of->n, sizeof *repaired.layers);
    if (!repaired.layers)
        return ocsp_fail_memory(err);
    repaired.net = of->layers;
    repaired.n = of->n;
    for (int i = 0; i < of->n; i++)
        repair_layer(of, i, engine);
    ocsp_repairs_sort_log(ocsp_cpu_repairs.rules);
    return OCSP_OK;
}

#endif
