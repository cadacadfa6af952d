#ifdef GPU

#include "hosts/alexeyab/repair_gpu_replica.h"

#include <assert.h>
#include <stdlib.h>

#include "dark_cuda.h"

/* Callbacks only read the list: it changes while no network trains. */
static struct ocsp_gpu_replica *replicas;

static void release(struct ocsp_gpu_buffer *buffer)
{
    if (buffer->data)
        cuda_free(buffer->data);
}

struct ocsp_gpu_replica *ocsp_gpu_replica_new(const network *net)
{
    struct ocsp_gpu_replica *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->net = net->layers;
    r->n = net->n;
    r->layers = calloc((size_t)net->n, sizeof *r->layers);
    if (!r->layers) {
        free(r);
        return NULL;
    }
    r->next = replicas;
    replicas = r;
    return r;
}

void ocsp_gpu_replica_free(struct ocsp_gpu_replica *r)
{
    struct ocsp_gpu_replica **at = &replicas;

    while (*at != r)
        at = &(*at)->next;
    *at = r->next;
    for (int i = 0; i < r->n; i++)
        release(&r->layers[i].before);
    release(&r->delta);
    release(&r->output);
    release(&r->biases);
    if (r->drawn)
        cudaEventDestroy(r->drawn);
    free(r->layers);
    free(r);
}

struct ocsp_gpu_replica *ocsp_gpu_replica_find(const layer *net)
{
    struct ocsp_gpu_replica *r = replicas;

    while (r && r->net != net)
        r = r->next;
    return r;
}

/* The network for -map has layers of its own, with the arrays of one in training. */
struct ocsp_gpu_replica *ocsp_gpu_replica_of(const ocsp_pass *pass)
{
    struct ocsp_gpu_replica *r = ocsp_gpu_replica_find(pass->net.layers);

    if (r)
        return r;
    for (r = replicas; r; r = r->next)
        if (pass->index < r->n &&
            r->net[pass->index].output_gpu == pass->net.layers[pass->index].output_gpu)
            return r;
    assert(!"a network that is not repaired");
    abort();
}

float *ocsp_gpu_grow_buffer(struct ocsp_gpu_buffer *buffer, size_t n)
{
    if (n > buffer->capacity) {
        if (buffer->data)
            cuda_free(buffer->data);
        buffer->data = cuda_make_array(NULL, n);
        buffer->capacity = n;
    }
    return buffer->data;
}

#endif
