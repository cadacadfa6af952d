/* oneDNN 3 keeps layouts to itself and asks for them by handles, and describes an
 * operation by creating its primitive's descriptor, without a step before. */
#include "engine/onednn.h"

#include <stdint.h>
#include <stdlib.h>

#if DNNL_VERSION_MAJOR == 2

/* Ends the making of *layout, which the library has filled unless it failed. */
static dnnl_status_t deliver(ocsp_layout **layout, ocsp_layout *filled,
                             dnnl_status_t status)
{
    if (status)
        free(filled);
    else
        *layout = filled;
    return status;
}

dnnl_status_t ocsp_layout_new(ocsp_layout **layout, int n_dims, const dnnl_dim_t *sizes,
                              const dnnl_dim_t *strides)
{
    ocsp_layout *filled = malloc(sizeof *filled);

    if (!filled)
        return dnnl_out_of_memory;
    return deliver(
        layout, filled,
        dnnl_memory_desc_init_by_strides(filled, n_dims, sizes, dnnl_f32, strides));
}

dnnl_status_t ocsp_layout_new_any(ocsp_layout **layout, int n_dims,
                                  const dnnl_dim_t *sizes)
{
    ocsp_layout *filled = malloc(sizeof *filled);

    if (!filled)
        return dnnl_out_of_memory;
    return deliver(layout, filled,
                   dnnl_memory_desc_init_by_tag(filled, n_dims, sizes, dnnl_f32,
                                                dnnl_format_tag_any));
}

dnnl_status_t ocsp_layout_new_part(ocsp_layout **part, const ocsp_layout *whole,
                                   dnnl_dim_t first, dnnl_dim_t n)
{
    ocsp_layout *filled = malloc(sizeof *filled);
    const dnnl_dims_t offsets = {first};
    dnnl_dims_t sizes;

    if (!filled)
        return dnnl_out_of_memory;
    for (int d = 0; d < whole->ndims; d++)
        sizes[d] = d ? whole->dims[d] : n;
    return deliver(part, filled,
                   dnnl_memory_desc_init_submemory(filled, whole, sizes, offsets));
}

void ocsp_layout_free(ocsp_layout *layout)
{
    free(layout);
}

dnnl_dim_t ocsp_layout_length(const ocsp_layout *layout)
{
    return layout->dims[0];
}

dnnl_dim_t ocsp_layout_stride(const ocsp_layout *layout)
{
    return layout->format_desc.blocking.strides[0];
}

dnnl_dim_t ocsp_layout_block(const ocsp_layout *layout)
{
    const dnnl_blocking_desc_t *blocking = &layout->format_desc.blocking;
    dnnl_dim_t block = 1;

    for (int k = 0; k < blocking->inner_nblks; k++)
        if (blocking->inner_idxs[k] == 0)
            block *= blocking->inner_blks[k];
    return block;
}

dnnl_status_t ocsp_post_ops_add_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1);
}

dnnl_status_t ocsp_post_ops_add_relu(dnnl_post_ops_t ops, float slope)
{
    return dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, slope, 0);
}

dnnl_status_t ocsp_convolution_forward(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                       const struct ocsp_convolution *c, bool train,
                                       dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t op;
    const dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
        &op, train ? dnnl_forward_training : dnnl_forward_inference, c->algorithm,
        c->source, c->filters, c->bias, c->output, c->strides, c->dilates, c->before,
        c->after);

    return status ? status : dnnl_primitive_desc_create(desc, &op, attr, engine, NULL);
}

dnnl_status_t ocsp_convolution_backward_source(dnnl_primitive_desc_t *desc,
                                               dnnl_engine_t engine,
                                               const struct ocsp_convolution *c,
                                               dnnl_primitive_desc_t forward,
                                               dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t op;
    const dnnl_status_t status = dnnl_dilated_convolution_backward_data_desc_init(
        &op, c->algorithm, c->source, c->filters, c->output, c->strides, c->dilates,
        c->before, c->after);

    return status ? status : dnnl_primitive_desc_create(desc, &op, attr, engine, forward);
}

dnnl_status_t ocsp_convolution_backward_filters(dnnl_primitive_desc_t *desc,
                                                dnnl_engine_t engine,
                                                const struct ocsp_convolution *c,
                                                dnnl_primitive_desc_t forward,
                                                dnnl_primitive_attr_t attr)
{
    dnnl_convolution_desc_t op;
    const dnnl_status_t status = dnnl_dilated_convolution_backward_weights_desc_init(
        &op, c->algorithm, c->source, c->filters, NULL, c->output, c->strides, c->dilates,
        c->before, c->after);

    return status ? status : dnnl_primitive_desc_create(desc, &op, attr, engine, forward);
}

#else /* oneDNN 3 */

dnnl_status_t ocsp_layout_new(ocsp_layout **layout, int n_dims, const dnnl_dim_t *sizes,
                              const dnnl_dim_t *strides)
{
    return dnnl_memory_desc_create_with_strides(layout, n_dims, sizes, dnnl_f32, strides);
}

dnnl_status_t ocsp_layout_new_any(ocsp_layout **layout, int n_dims,
                                  const dnnl_dim_t *sizes)
{
    return dnnl_memory_desc_create_with_tag(layout, n_dims, sizes, dnnl_f32,
                                            dnnl_format_tag_any);
}

/* A query of a table; they fail on our own mistakes only. */
static const dnnl_dim_t *table_of(const ocsp_layout *layout, dnnl_query_t query)
{
    const dnnl_dims_t *table;

    if (dnnl_memory_desc_query(layout, query, (void *)&table))
        abort();
    return *table;
}

static int count_of(const ocsp_layout *layout, dnnl_query_t query)
{
    int32_t count;

    if (dnnl_memory_desc_query(layout, query, &count))
        abort();
    return count;
}

dnnl_status_t ocsp_layout_new_part(ocsp_layout **part, const ocsp_layout *whole,
                                   dnnl_dim_t first, dnnl_dim_t n)
{
    const dnnl_dim_t *all = table_of(whole, dnnl_query_dims);
    const int n_dims = count_of(whole, dnnl_query_ndims_s32);
    const dnnl_dims_t offsets = {first};
    dnnl_dims_t sizes;

    for (int d = 0; d < n_dims; d++)
        sizes[d] = d ? all[d] : n;
    return dnnl_memory_desc_create_submemory(part, whole, sizes, offsets);
}

void ocsp_layout_free(ocsp_layout *layout)
{
    dnnl_memory_desc_destroy(layout);
}

dnnl_dim_t ocsp_layout_length(const ocsp_layout *layout)
{
    return table_of(layout, dnnl_query_dims)[0];
}

dnnl_dim_t ocsp_layout_stride(const ocsp_layout *layout)
{
    return table_of(layout, dnnl_query_strides)[0];
}

dnnl_dim_t ocsp_layout_block(const ocsp_layout *layout)
{
    const int n = count_of(layout, dnnl_query_inner_nblks_s32);
    const dnnl_dim_t *blocks = table_of(layout, dnnl_query_inner_blks);
    const dnnl_dim_t *dimensions = table_of(layout, dnnl_query_inner_idxs);
    dnnl_dim_t block = 1;

    for (int k = 0; k < n; k++)
        if (dimensions[k] == 0)
            block *= blocks[k];
    return block;
}

dnnl_status_t ocsp_post_ops_add_sum(dnnl_post_ops_t ops)
{
    return dnnl_post_ops_append_sum(ops, 1, 0, dnnl_data_type_undef);
}

dnnl_status_t ocsp_post_ops_add_relu(dnnl_post_ops_t ops, float slope)
{
    return dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, slope, 0);
}

dnnl_status_t ocsp_convolution_forward(dnnl_primitive_desc_t *desc, dnnl_engine_t engine,
                                       const struct ocsp_convolution *c, bool train,
                                       dnnl_primitive_attr_t attr)
{
    return dnnl_convolution_forward_primitive_desc_create(
        desc, engine, train ? dnnl_forward_training : dnnl_forward_inference,
        c->algorithm, c->source, c->filters, c->bias, c->output, c->strides, c->dilates,
        c->before, c->after, attr);
}

dnnl_status_t ocsp_convolution_backward_source(dnnl_primitive_desc_t *desc,
                                               dnnl_engine_t engine,
                                               const struct ocsp_convolution *c,
                                               dnnl_primitive_desc_t forward,
                                               dnnl_primitive_attr_t attr)
{
    return dnnl_convolution_backward_data_primitive_desc_create(
        desc, engine, c->algorithm, c->source, c->filters, c->output, c->strides,
        c->dilates, c->before, c->after, forward, attr);
}

dnnl_status_t ocsp_convolution_backward_filters(dnnl_primitive_desc_t *desc,
                                                dnnl_engine_t engine,
                                                const struct ocsp_convolution *c,
                                                dnnl_primitive_desc_t forward,
                                                dnnl_primitive_attr_t attr)
{
    return dnnl_convolution_backward_weights_primitive_desc_create(
        desc, engine, c->algorithm, c->source, c->filters, NULL, c->output, c->strides,
        c->dilates, c->before, c->after, forward, attr);
}

#endif
