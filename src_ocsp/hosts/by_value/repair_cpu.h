/* What the repairs of CPU builds share: what is kept of a repaired network, its buffers,
 * and passes of layers. For hosts alone. */
#ifndef OCSP_HOSTS_BY_VALUE_REPAIR_CPU_H
#define OCSP_HOSTS_BY_VALUE_REPAIR_CPU_H

#include "hosts/by_value/layer_edges.h"
#include "hosts/by_value/repair_table.h"

/* Grows on use: random resizing enlarges layers after the repairs were installed. */
struct ocsp_buffer {
    float *data;
    size_t capacity; /* in floats */
};

struct ocsp_repaired_layer {
    ocsp_pass_function *forward;  /* the host's own */
    ocsp_pass_function *backward; /* the host's own */
    float dropout_scale; /* dropouts that follow multiplied the output in place by this */
    struct ocsp_buffer before; /* what the activation got, where the host keeps it not */
};

/* What a host's folder tells of its repairs. */
struct ocsp_cpu_repairs {
    const struct ocsp_repair *everywhere; /* also in layers that an engine computes */
    const struct ocsp_repair *own;        /* behind those that all hosts have */
    const struct ocsp_host_rules *rules;
};
extern const struct ocsp_cpu_repairs ocsp_cpu_repairs;

/* What all hosts have. */
extern const struct ocsp_repair ocsp_common_repairs[];

/* The layer that passes, of the repaired network. */
struct ocsp_repaired_layer *ocsp_repaired_layer(const ocsp_pass *pass);

/* At least n floats; what was there is lost where it grows. Ends the process without
 * memory: callbacks of a host cannot fail. */
float *ocsp_grow_buffer(struct ocsp_buffer *buffer, size_t n);

enum ocsp_repair_buffer {
    OCSP_INPUT_DELTA,      /* that a host's backward overwrites */
    OCSP_UNDROPPED_OUTPUT, /* or another copy of an input or output */
    OCSP_BIAS_UPDATES,     /* that must not count twice */
    OCSP_REPAIR_BUFFERS
};
/* The same for the buffers that all layers of the network share, one after the other. */
float *ocsp_repair_buffer(enum ocsp_repair_buffer which, size_t n);

ocsp_pass_function ocsp_forward_cross_entropy;

/* Conditions. */
bool ocsp_repair_normalizes(const struct ocsp_repair_site *site);
/* The layer's activation acts on its output. */
bool ocsp_repair_activates(const struct ocsp_repair_site *site);

#endif
