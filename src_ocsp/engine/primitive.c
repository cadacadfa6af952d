#include "engine/primitive.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/scratch.h"

/* Live as long as the process. */
static dnnl_engine_t cpu;
static dnnl_stream_t stream;

static const enum ocsp_engine_buffer own_buffer[OCSP_ROLES] = {
    [OCSP_SOURCE] = OCSP_ENGINE_OWN_SOURCE,
    [OCSP_FILTERS] = OCSP_ENGINE_OWN_FILTERS,
    [OCSP_OUTPUT] = OCSP_ENGINE_OWN_OUTPUT,
};

void ocsp_engine_must(dnnl_status_t status)
{
    if (status != dnnl_success)
        abort(); /* execution fails on our own mistakes only */
}

static dnnl_status_t start(void)
{
    dnnl_status_t status = dnnl_success;

    if (!cpu)
        status = dnnl_engine_create(&cpu, dnnl_cpu, 0);
    if (!status && !stream)
        status = dnnl_stream_create(&stream, cpu, dnnl_stream_default_flags);
    return status;
}

dnnl_status_t ocsp_shapes_describe(struct ocsp_shapes *s,
                                   const struct ocsp_engine_node *node, const layer *l)
{
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;
    const int dilation = ocsp_host_dilation(l), k = l->size, g = l->groups;
    const int reach = dilation * (k - 1) + 1, pad = l->pad * dilation;
    const int sy = ocsp_host_stride_y(l), sx = ocsp_host_stride_x(l);
    const dnnl_dims_t source = {in->batch, in->c, in->h, in->w};
    const dnnl_dims_t output = {out->batch, out->c, out->h, out->w};
    const dnnl_dim_t c = in->c,
                     n = l->out_c; /* from pixel to pixel, of a slice as well */
    const dnnl_dims_t of_source = {in->h * in->w * c, 1, in->w * c, c};
    const dnnl_dims_t of_output = {out->h * out->w * n, 1, out->w * n, n};
    const dnnl_dims_t filters = {g, out->c / g, in->c / g, k, k}, bias = {out->c};
    const int dims = g > 1 ? 5 : 4;
    const dnnl_dim_t *const sizes[OCSP_ROLES] = {source, filters + 5 - dims, output};
    const int counts[OCSP_ROLES] = {4, dims, 4};
    const dnnl_dim_t *const strides[OCSP_ROLES] = {of_source, NULL /* row-major */,
                                                   of_output};
    dnnl_status_t status = start();

    ocsp_shapes_clear(s);
    s->strides[0] = sy, s->strides[1] = sx;
    s->dilates[0] = s->dilates[1] = dilation - 1;
    s->before[0] = s->before[1] = pad;
    s->after[0] = (out->h - 1) * sy + reach - in->h - pad;
    s->after[1] = (out->w - 1) * sx + reach - in->w - pad;
    s->slope = ocsp_engine_slope(l->activation);
    for (int r = 0; r < OCSP_ROLES && !status; r++) {
        status = ocsp_layout_new(&s->plain[r], counts[r], sizes[r], strides[r]);
        if (!status)
            status = ocsp_layout_new_any(&s->wanted[r], counts[r], sizes[r]);
    }
    return status ? status : ocsp_layout_new(&s->bias, 1, bias, NULL);
}

void ocsp_shapes_clear(struct ocsp_shapes *s)
{
    for (int r = 0; r < OCSP_ROLES; r++) {
        ocsp_layout_free(s->plain[r]);
        ocsp_layout_free(s->wanted[r]);
        s->plain[r] = s->wanted[r] = NULL;
    }
    ocsp_layout_free(s->bias);
    s->bias = NULL;
}

/* Scratch memory from us, and the activation where it is fused. */
static dnnl_status_t make_attributes(dnnl_primitive_attr_t *attr, bool activates,
                                     float slope)
{
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(attr);

    if (!status)
        status =
            dnnl_primitive_attr_set_scratchpad_mode(*attr, dnnl_scratchpad_mode_user);
    if (!status)
        status = dnnl_post_ops_create(&ops);
    if (!status && activates && slope != 1)
        status = ocsp_post_ops_add_relu(ops, slope);
    if (!status)
        status = dnnl_primitive_attr_set_post_ops(*attr, ops);
    dnnl_post_ops_destroy(ops);
    return status;
}

static dnnl_status_t make_reorder(dnnl_primitive_t *reorder, const ocsp_layout *from,
                                  const ocsp_layout *to, bool add)
{
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_post_ops_t ops = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(&attr);

    if (!status)
        status = dnnl_post_ops_create(&ops);
    if (!status && add)
        status = ocsp_post_ops_add_sum(ops);
    if (!status)
        status = dnnl_primitive_attr_set_post_ops(attr, ops);
    if (!status)
        status = dnnl_reorder_primitive_desc_create(&desc, from, cpu, to, cpu, attr);
    if (!status)
        status = dnnl_primitive_create(reorder, desc);
    dnnl_primitive_desc_destroy(desc);
    dnnl_post_ops_destroy(ops);
    dnnl_primitive_attr_destroy(attr);
    return status;
}

static dnnl_status_t make_memory(dnnl_memory_t *memory, const ocsp_layout *desc)
{
    return dnnl_memory_create(memory, desc, cpu, DNNL_MEMORY_NONE);
}

static dnnl_status_t make_operand(struct ocsp_operand *o, const ocsp_layout *plain,
                                  const ocsp_layout *own, bool is_result)
{
    const bool same = dnnl_memory_desc_equal(plain, own);
    dnnl_status_t status = make_memory(&o->plain, plain);

    o->floats = dnnl_memory_desc_get_size(own) / sizeof(float);
    if (!status)
        status = make_memory(&o->own, own);
    if (!status && !same)
        status = is_result ? make_reorder(&o->convert, own, plain, false)
                           : make_reorder(&o->convert, plain, own, false);
    if (!status && is_result)
        status = make_reorder(&o->add, own, plain, true);
    return status;
}

static dnnl_status_t make_room(struct ocsp_primitive *p, dnnl_primitive_desc_t desc)
{
    const ocsp_layout *scratchpad =
        dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0);

    p->scratchpad_floats = dnnl_memory_desc_get_size(scratchpad) / sizeof(float) + 1;
    return make_memory(&p->scratchpad, scratchpad);
}

/* The primitive of `desc`, whose result is p->result, and all its tensors. */
static dnnl_status_t finish(struct ocsp_primitive *p, dnnl_primitive_desc_t desc,
                            const struct ocsp_shapes *s)
{
    const dnnl_query_t queries[OCSP_ROLES] = {
        p->result == OCSP_SOURCE ? dnnl_query_diff_src_md : dnnl_query_src_md,
        p->result == OCSP_FILTERS ? dnnl_query_diff_weights_md : dnnl_query_weights_md,
        p->result == OCSP_OUTPUT ? dnnl_query_dst_md : dnnl_query_diff_dst_md};
    dnnl_status_t status = dnnl_primitive_create(&p->run, desc);

    for (int r = 0; r < OCSP_ROLES && !status; r++)
        status = make_operand(&p->operands[r], s->plain[r],
                              dnnl_primitive_desc_query_md(desc, queries[r], 0),
                              (enum ocsp_role)r == p->result);
    if (!status)
        status = make_memory(&p->bias, s->bias);
    return status ? status : make_room(p, desc);
}

/* Maps as the engine has them; a Winograd primitive says itself what it wants. */
static const ocsp_layout *map_of(const struct ocsp_shapes *s, enum ocsp_role role)
{
    return s->algorithm == dnnl_convolution_winograd ? s->wanted[role] : s->plain[role];
}

static struct ocsp_convolution convolution_of(const struct ocsp_shapes *s)
{
    return (struct ocsp_convolution){
        .algorithm = s->algorithm,
        .source = map_of(s, OCSP_SOURCE),
        .filters = s->wanted[OCSP_FILTERS],
        .output = map_of(s, OCSP_OUTPUT),
        .bias = s->fused ? s->bias : NULL,
        .strides = s->strides,
        .dilates = s->dilates,
        .before = s->before,
        .after = s->after,
    };
}

dnnl_status_t ocsp_primitive_forward(struct ocsp_primitive *p,
                                     dnnl_primitive_desc_t *desc,
                                     const struct ocsp_shapes *s)
{
    const struct ocsp_convolution convolution = convolution_of(s);
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = make_attributes(&attr, s->fused, s->slope);

    p->result = OCSP_OUTPUT;
    if (!status)
        status = ocsp_convolution_forward(desc, cpu, &convolution, s->train, attr);
    dnnl_primitive_attr_destroy(attr);
    return status ? status : finish(p, *desc, s);
}

dnnl_status_t ocsp_primitive_backward(struct ocsp_primitive *p, enum ocsp_role result,
                                      dnnl_primitive_desc_t forward,
                                      const struct ocsp_shapes *s)
{
    const struct ocsp_convolution convolution = convolution_of(s);
    dnnl_primitive_desc_t desc = NULL;
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = make_attributes(&attr, false, 1);

    p->result = result;
    if (!status)
        status = result == OCSP_SOURCE
                     ? ocsp_convolution_backward_source(&desc, cpu, &convolution, forward,
                                                        attr)
                     : ocsp_convolution_backward_filters(&desc, cpu, &convolution,
                                                         forward, attr);
    if (!status)
        status = finish(p, desc, s);
    dnnl_primitive_desc_destroy(desc);
    dnnl_primitive_attr_destroy(attr);
    return status;
}

void ocsp_primitive_clear(struct ocsp_primitive *p)
{
    for (int r = 0; r < OCSP_ROLES; r++) {
        struct ocsp_operand *o = &p->operands[r];
        dnnl_primitive_destroy(o->convert);
        dnnl_primitive_destroy(o->add);
        dnnl_memory_destroy(o->plain);
        dnnl_memory_destroy(o->own);
        free(o->kept);
    }
    dnnl_primitive_destroy(p->run);
    dnnl_memory_destroy(p->bias);
    dnnl_memory_destroy(p->scratchpad);
    *p = (struct ocsp_primitive){0};
}

static dnnl_memory_t with_data(dnnl_memory_t memory, const float *data)
{
    ocsp_engine_must(dnnl_memory_set_data_handle(memory, (void *)(uintptr_t)data));
    return memory;
}

static void reorder(dnnl_primitive_t primitive, dnnl_memory_t from, dnnl_memory_t to)
{
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};

    ocsp_engine_must(dnnl_primitive_execute(primitive, stream, 2, args));
}

/* The whole pages of [from, from + n) go back to the system; their content is lost. */
static void drop_pages(float *from, size_t n)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    const uintptr_t first = ((uintptr_t)from + page - 1) / page * page;
    const uintptr_t end = (uintptr_t)(from + n) / page * page;

    if (first < end)
        madvise((void *)first, end - first, MADV_DONTNEED);
}

/* Filters [first, first + n) of one layout, as a memory of its own. */
static dnnl_status_t slice_of(dnnl_memory_t *slice, dnnl_memory_t whole, float *data,
                              dnnl_dim_t first, dnnl_dim_t n)
{
    const ocsp_layout *layout;
    ocsp_layout *part = NULL;
    dnnl_status_t status = dnnl_memory_get_memory_desc(whole, &layout);

    if (!status)
        status = ocsp_layout_new_part(&part, layout, first, n);
    if (!status)
        status = dnnl_memory_create(slice, part, cpu, data);
    ocsp_layout_free(part);
    return status;
}

static dnnl_status_t convert_slice(struct ocsp_operand *o, float *filters,
                                   dnnl_dim_t first, dnnl_dim_t n)
{
    dnnl_memory_t from = NULL, to = NULL;
    const ocsp_layout *from_desc, *to_desc;
    dnnl_primitive_t convert = NULL;
    dnnl_status_t status = slice_of(&from, o->plain, filters, first, n);

    if (!status)
        status = slice_of(&to, o->own, o->kept, first, n);
    if (!status)
        status = dnnl_memory_get_memory_desc(from, &from_desc);
    if (!status)
        status = dnnl_memory_get_memory_desc(to, &to_desc);
    if (!status)
        status = make_reorder(&convert, from_desc, to_desc, false);
    if (!status)
        reorder(convert, from, to);
    dnnl_primitive_destroy(convert);
    dnnl_memory_destroy(from);
    dnnl_memory_destroy(to);
    return status;
}

/* Filters that a blocked layout keeps together, or some such groups. */
static dnnl_dim_t slice_length(const ocsp_layout *layout)
{
    enum { ENOUGH = 64 };
    const dnnl_dim_t block = ocsp_layout_block(layout);

    return (ENOUGH + block - 1) / block * block;
}

dnnl_status_t ocsp_primitive_take_filters(struct ocsp_primitive *p, float **filters)
{
    struct ocsp_operand *o = &p->operands[OCSP_FILTERS];
    const ocsp_layout *plain, *own;
    dnnl_status_t status = dnnl_success;

    if (!o->convert)
        return status;
    o->kept = ocsp_engine_allocate(o->floats);
    if (!o->kept)
        return dnnl_out_of_memory;
    ocsp_engine_must(dnnl_memory_get_memory_desc(o->plain, &plain));
    ocsp_engine_must(dnnl_memory_get_memory_desc(o->own, &own));
    const dnnl_dim_t n = ocsp_layout_length(plain), each = ocsp_layout_stride(plain);
    const dnnl_dim_t slice = slice_length(own);
    for (dnnl_dim_t first = 0; first < n && !status; first += slice) {
        const dnnl_dim_t count = n - first < slice ? n - first : slice;
        status = convert_slice(o, *filters, first, count);
        drop_pages(*filters + first * each, (size_t)(count * each));
    }
    with_data(o->own, o->kept);
    free(*filters);
    *filters = NULL;
    return status;
}

dnnl_status_t ocsp_primitive_return_filters(struct ocsp_primitive *p, float **filters)
{
    struct ocsp_operand *o = &p->operands[OCSP_FILTERS];
    const ocsp_layout *plain, *own;
    dnnl_primitive_t convert = NULL;
    dnnl_status_t status;

    if (!o->kept)
        return dnnl_success;
    ocsp_engine_must(dnnl_memory_get_memory_desc(o->plain, &plain));
    ocsp_engine_must(dnnl_memory_get_memory_desc(o->own, &own));
    status = make_reorder(&convert, own, plain, false);
    if (status)
        return status;
    *filters = malloc(dnnl_memory_desc_get_size(plain));
    if (*filters)
        reorder(convert, o->own, with_data(o->plain, *filters));
    dnnl_primitive_destroy(convert);
    free(o->kept);
    o->kept = NULL;
    return *filters ? dnnl_success : dnnl_out_of_memory;
}

/* Tensor `role` in the primitive's layout. */
static dnnl_memory_t converted(const struct ocsp_primitive *p, enum ocsp_role role,
                               const struct ocsp_primitive_call *call)
{
    const struct ocsp_operand *o = &p->operands[role];

    if (o->kept)
        return o->own;
    if (!o->convert)
        return with_data(o->own, call->data[role]);
    with_data(o->own, ocsp_engine_scratch(own_buffer[role], o->floats));
    if (!call->is_own[role])
        reorder(o->convert, with_data(o->plain, call->data[role]), o->own);
    return o->own;
}

void ocsp_primitive_run(const struct ocsp_primitive *p,
                        const struct ocsp_primitive_call *call)
{
    const struct ocsp_operand *result = &p->operands[p->result];
    const bool direct = !result->convert && !call->add;
    const int ids[OCSP_ROLES] = {
        p->result == OCSP_SOURCE ? DNNL_ARG_DIFF_SRC : DNNL_ARG_SRC,
        p->result == OCSP_FILTERS ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS,
        p->result == OCSP_OUTPUT ? DNNL_ARG_DST : DNNL_ARG_DIFF_DST};
    dnnl_exec_arg_t args[OCSP_ROLES + 2] = {
        [OCSP_ROLES] = {DNNL_ARG_SCRATCHPAD,
                        with_data(p->scratchpad,
                                  ocsp_engine_scratch(OCSP_ENGINE_LIBRARY,
                                                      p->scratchpad_floats))},
        {DNNL_ARG_BIAS, call->bias ? with_data(p->bias, call->bias) : NULL}};

    for (int r = 0; r < OCSP_ROLES; r++) {
        args[r].arg = ids[r];
        args[r].memory =
            (enum ocsp_role)r != p->result
                ? converted(p, (enum ocsp_role)r, call)
                : with_data(result->own,
                            direct ? call->data[r]
                                   : ocsp_engine_scratch(own_buffer[r], result->floats));
    }
    ocsp_engine_must(dnnl_primitive_execute(p->run, stream,
                                            OCSP_ROLES + 1 + (call->bias != NULL), args));
    if (!direct)
        reorder(call->add ? result->add : result->convert, result->own,
                with_data(result->plain, call->data[p->result]));
}

bool ocsp_primitive_same_layout(const struct ocsp_primitive *a,
                                const struct ocsp_primitive *b, enum ocsp_role role)
{
    const ocsp_layout *of_a, *of_b;

    ocsp_engine_must(dnnl_memory_get_memory_desc(a->operands[role].own, &of_a));
    ocsp_engine_must(dnnl_memory_get_memory_desc(b->operands[role].own, &of_b));
    return dnnl_memory_desc_equal(of_a, of_b);
}
