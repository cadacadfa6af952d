/* All that differs between oneDNN 2 and 3, by names of our own. Private to engine*.c. */
#ifndef OCSP_ENGINE_ONEDNN_H
#define OCSP_ENGINE_ONEDNN_H

#include <dnnl.h>
#include <stdbool.h>

/* How a tensor of floats lies in memory: what both versions call a memory descriptor. */
#if DNNL_VERSION_MAJOR == 2
typedef dnnl_memory_desc_t ocsp_layout;
#else
typedef struct dnnl_memory_desc ocsp_layout;
#endif

/* `strides` NULL: row-major. */
dnnl_status_t ocsp_layout_new(ocsp_layout **layout, int n_dims, const dnnl_dim_t *sizes,
                              const dnnl_dim_t *strides);
/* Left to the primitive that gets it. */
dnnl_status_t ocsp_layout_new_any(ocsp_layout **layout, int n_dims,
                                  const dnnl_dim_t *sizes);
/* Indices [first, first + n) of the first dimension, within the memory of all. */
dnnl_status_t ocsp_layout_new_part(ocsp_layout **part, const ocsp_layout *whole,
                                   dnnl_dim_t first, dnnl_dim_t n);
void ocsp_layout_free(ocsp_layout *layout);

/* The first dimension's size; from one of its indices to the next, in floats; and how
 * many of them a blocked layout keeps together. */
dnnl_dim_t ocsp_layout_length(const ocsp_layout *layout);
dnnl_dim_t ocsp_layout_stride(const ocsp_layout *layout);
dnnl_dim_t ocsp_layout_block(const ocsp_layout *layout);

dnnl_status_t ocsp_post_ops_add_sum(dnnl_post_ops_t ops);
/* y = x > 0 ? x : slope · x. */
dnnl_status_t ocsp_post_ops_add_relu(dnnl_post_ops_t ops, float slope);

/* Of a convolution: sizes and steps of height and width. */
struct ocsp_convolution {
    dnnl_alg_kind_t algorithm;
    const ocsp_layout *source, *filters, *output;
    const ocsp_layout *bias;                              /* forward only; NULL: none */
    const dnnl_dim_t *strides, *dilates, *before, *after; /* [2] */
};

dnnl_status_t ocsp_convolution_forward(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                       const struct ocsp_convolution *c, bool train,
                                       dnnl_primitive_attr_t attr);
/* The gradients of the source and of the filters; `forward` is the same convolution's. */
dnnl_status_t ocsp_convolution_backward_source(dnnl_primitive_desc_t *desc,
                                               dnnl_engine_t engine,
                                               const struct ocsp_convolution *c,
                                               dnnl_primitive_desc_t forward,
                                               dnnl_primitive_attr_t attr);
dnnl_status_t ocsp_convolution_backward_filters(dnnl_primitive_desc_t *desc,
                                                dnnl_engine_t engine,
                                                const struct ocsp_convolution *c,
                                                dnnl_primitive_desc_t forward,
                                                dnnl_primitive_attr_t attr);

#endif
