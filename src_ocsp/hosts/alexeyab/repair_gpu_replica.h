/* The networks whose passes repair_gpu.c has repaired: what the repaired ones need.
 * Private to repair_gpu*.c, and to AlexeyAB's GPU builds. */
#ifndef OCSP_HOSTS_ALEXEYAB_REPAIR_GPU_REPLICA_H
#define OCSP_HOSTS_ALEXEYAB_REPAIR_GPU_REPLICA_H

#include <cuda_runtime.h>
#include <stdbool.h>
#include <stddef.h>

#include "hosts/by_value/darknet_compat.h"

#if OCSP_HAS_LOSS_SCALE
typedef void ocsp_gpu_update_function(layer, int, float, float, float, float);
#else
typedef void ocsp_gpu_update_function(layer, int, float, float, float);
#endif

/* On a replica's device. Grows on use: random resizing enlarges layers later. */
struct ocsp_gpu_buffer {
    float *data;
    size_t capacity;
};

struct ocsp_gpu_repaired {
    ocsp_pass_function *forward, *backward; /* the host's own */
    ocsp_gpu_update_function *update;       /* likewise */
    int dropouts;       /* that follow, and multiply the output in place */
    bool shares_target; /* other layers add to the delta that its backward writes to */
    struct ocsp_gpu_buffer
        before; /* what gelu got; [dropout]: which elements dropblock left */
};

/* A network in training: one of each -gpus has a thread of its own, in which that device
 * is the current one. */
struct ocsp_gpu_replica {
    const layer *net; /* its layers */
    int n;
    struct ocsp_gpu_repaired *layers;
    struct ocsp_gpu_buffer delta;  /* the input's delta that a host overwrites */
    struct ocsp_gpu_buffer output; /* undropped outputs */
    struct ocsp_gpu_buffer biases; /* bias updates that must not count twice */
    cudaEvent_t drawn; /* orders the stream of random numbers and the network's */
    struct ocsp_gpu_replica *next;
};

/* In the list from then on; NULL without memory. */
struct ocsp_gpu_replica *ocsp_gpu_replica_new(const network *net);
/* Takes it out of the list, and frees it. */
void ocsp_gpu_replica_free(struct ocsp_gpu_replica *replica);
/* NULL: it is not in the list. */
struct ocsp_gpu_replica *ocsp_gpu_replica_find(const layer *net);
/* The network that passes; it must be there. */
struct ocsp_gpu_replica *ocsp_gpu_replica_of(const ocsp_pass *pass);

/* At least n floats; what was there is lost where it grows. The host's cuda_make_array
 * ends the process where memory does. */
float *ocsp_gpu_grow_buffer(struct ocsp_gpu_buffer *buffer, size_t n);

#endif
