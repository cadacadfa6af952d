/* One of oneDNN's convolution primitives with its three tensors, which it may want laid
 * out otherwise than they are. Private to engine*.c. */
#ifndef OCSP_ENGINE_PRIMITIVE_H
#define OCSP_ENGINE_PRIMITIVE_H

#include <stdbool.h>

#include "engine/layer.h"
#include "engine/onednn.h"

/* `plain`: as the engine has it, channels last, weights [groups, n/groups, c/groups, k,
 * k]; `own`: as the primitive wants it. */
struct ocsp_operand {
    dnnl_memory_t plain, own;
    dnnl_primitive_t convert; /* to own, of the result to plain; NULL: they are one */
    dnnl_primitive_t add;     /* of the result: own is added to plain */
    size_t floats;            /* of own */
    float *kept;              /* filters, converted once */
};

enum ocsp_role { OCSP_SOURCE, OCSP_FILTERS, OCSP_OUTPUT, OCSP_ROLES };

struct ocsp_primitive {
    dnnl_primitive_t run;
    enum ocsp_role result;
    struct ocsp_operand operands[OCSP_ROLES]; /* the tensors or their gradients */
    dnnl_memory_t bias, scratchpad;           /* scratchpad: what it needs besides */
    size_t scratchpad_floats;
};

/* What the primitives of one layer are made of. An output of fewer channels than the
 * layer has is a slice of them, in the map of all. */
struct ocsp_shapes {
    ocsp_layout *plain[OCSP_ROLES], *wanted[OCSP_ROLES], *bias;
    dnnl_dims_t strides, dilates, before, after;
    dnnl_alg_kind_t algorithm;
    bool fused; /* forward adds a bias and activates: y > 0 ? y : slope · y */
    float slope;
    bool train;
};

/* Anew, where they were described before; to be cleared also where it fails. */
dnnl_status_t ocsp_shapes_describe(struct ocsp_shapes *shapes,
                                   const struct ocsp_engine_node *node, const layer *l);
void ocsp_shapes_clear(struct ocsp_shapes *shapes);

/* The three of them from forward on; `forward` is needed for the other two. */
dnnl_status_t ocsp_primitive_forward(struct ocsp_primitive *p,
                                     dnnl_primitive_desc_t *desc,
                                     const struct ocsp_shapes *shapes);
dnnl_status_t ocsp_primitive_backward(struct ocsp_primitive *p, enum ocsp_role result,
                                      dnnl_primitive_desc_t forward,
                                      const struct ocsp_shapes *shapes);
void ocsp_primitive_clear(struct ocsp_primitive *p);
/* Takes the filters over, which change no more: converts *filters, frees them, and sets
 * them to NULL. Nothing happens where they need no conversion. The two are never both
 * whole in memory. On failure *filters are garbage. */
dnnl_status_t ocsp_primitive_take_filters(struct ocsp_primitive *p, float **filters);
/* The other way, into memory to be freed with free; nothing happens where they were not
 * taken. On failure *filters stay NULL. */
dnnl_status_t ocsp_primitive_return_filters(struct ocsp_primitive *p, float **filters);

struct ocsp_primitive_call {
    float *data[OCSP_ROLES];
    const float *bias;       /* NULL: none */
    bool add;                /* the result to what is there */
    bool is_own[OCSP_ROLES]; /* converted by the call before, for a primitive that wants
                                it alike */
};
void ocsp_primitive_run(const struct ocsp_primitive *p,
                        const struct ocsp_primitive_call *call);
/* Whether `b` wants the tensor as `a` does. */
bool ocsp_primitive_same_layout(const struct ocsp_primitive *a,
                                const struct ocsp_primitive *b, enum ocsp_role role);

void ocsp_engine_must(dnnl_status_t status);

#endif
