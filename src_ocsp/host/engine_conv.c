/* Convolutional and connected layers: oneDNN's matrix work, then engine_norm.c. */
#include <dnnl.h>
#include <stdlib.h>
#include <string.h>

#include "host/engine_layer.h"

/* The host's weights [groups, n/groups, c/groups, size, size] in the layout that one
 * primitive wants, converted at each use: they change at every step. */
struct weights {
    dnnl_memory_t plain, own;
    dnnl_primitive_t reorder; /* NULL: own is plain */
    size_t floats;            /* of own */
    float *kept;              /* converted once, where they change no more */
};

struct plan {
    bool fused; /* forward adds the bias and activates; else engine_norm.c does */
    dnnl_memory_t bias;
    dnnl_primitive_t forward, backward_data, backward_weights;
    struct weights for_forward, for_data, of_weights;
    dnnl_memory_t source, output; /* also of their gradients */
    dnnl_memory_t room;           /* scratch that the primitives share */
    size_t room_bytes;
};

/* Lives as long as the process. */
static dnnl_engine_t cpu;
static dnnl_stream_t stream;

static void must(dnnl_status_t status)
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

static dnnl_status_t make_memory(dnnl_memory_t *memory, const dnnl_memory_desc_t *desc)
{
    return dnnl_memory_create(memory, desc, cpu, DNNL_MEMORY_NONE);
}

static dnnl_status_t make_weights(struct weights *w, const dnnl_memory_desc_t *plain,
                                  const dnnl_memory_desc_t *own, bool back,
                                  dnnl_primitive_attr_t attr)
{
    dnnl_primitive_desc_t desc = NULL;
    dnnl_status_t status = make_memory(&w->plain, plain);

    if (!status)
        status = make_memory(&w->own, own);
    w->floats = dnnl_memory_desc_get_size(own) / sizeof(float);
    /* gradients are added to what is there, by `attr` */
    if (status || (!back && dnnl_memory_desc_equal(plain, own)))
        return status;
    status = back ? dnnl_reorder_primitive_desc_create(&desc, own, cpu, plain, cpu, attr)
                  : dnnl_reorder_primitive_desc_create(&desc, plain, cpu, own, cpu, attr);
    if (!status)
        status = dnnl_primitive_create(&w->reorder, desc);
    dnnl_primitive_desc_destroy(desc);
    return status;
}

static void clear_weights(struct weights *w)
{
    dnnl_primitive_destroy(w->reorder);
    dnnl_memory_destroy(w->plain);
    dnnl_memory_destroy(w->own);
    free(w->kept);
}

static void clear_plan(void *of)
{
    struct plan *plan = of;

    dnnl_primitive_destroy(plan->forward);
    dnnl_primitive_destroy(plan->backward_data);
    dnnl_primitive_destroy(plan->backward_weights);
    clear_weights(&plan->for_forward);
    clear_weights(&plan->for_data);
    clear_weights(&plan->of_weights);
    dnnl_memory_destroy(plan->bias);
    dnnl_memory_destroy(plan->source);
    dnnl_memory_destroy(plan->output);
    dnnl_memory_destroy(plan->room);
    free(plan);
}

/* What all descriptors of a layer are made of. */
struct shape {
    dnnl_memory_desc_t source, output, weights, any_weights;
    dnnl_dims_t strides, dilates, before, after;
    dnnl_memory_desc_t bias;
    dnnl_primitive_attr_t room;  /* scratch from us */
    dnnl_primitive_attr_t fused; /* the same, and the activation */
    dnnl_primitive_attr_t sum;   /* into the result */
};

static dnnl_status_t make_attributes(struct shape *s, float slope)
{
    dnnl_post_ops_t sum = NULL, activation = NULL;
    dnnl_status_t status = dnnl_primitive_attr_create(&s->room);

    if (!status)
        status =
            dnnl_primitive_attr_set_scratchpad_mode(s->room, dnnl_scratchpad_mode_user);
    if (!status)
        status = dnnl_primitive_attr_clone(&s->fused, s->room);
    if (!status)
        status = dnnl_post_ops_create(&activation);
    if (!status && slope != 1)
        status = dnnl_post_ops_append_eltwise(activation, 1, dnnl_eltwise_relu, slope, 0);
    if (!status)
        status = dnnl_primitive_attr_set_post_ops(s->fused, activation);
    if (!status)
        status = dnnl_primitive_attr_create(&s->sum);
    if (!status)
        status = dnnl_post_ops_create(&sum);
    if (!status)
        status = dnnl_post_ops_append_sum(sum, 1);
    if (!status)
        status = dnnl_primitive_attr_set_post_ops(s->sum, sum);
    dnnl_post_ops_destroy(sum);
    dnnl_post_ops_destroy(activation);
    return status;
}

static dnnl_status_t describe(struct shape *s, const struct ocsp_engine_node *node,
                              const layer *l)
{
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;
    const int dilation = ocsp_engine_dilation(l), k = l->size, g = l->groups;
    const int reach = dilation * (k - 1) + 1, pad = l->pad * dilation;
    const int sy = ocsp_engine_stride_y(l), sx = ocsp_engine_stride_x(l);
    const dnnl_dims_t source = {in->batch, in->c, in->h, in->w};
    const dnnl_dims_t output = {out->batch, out->c, out->h, out->w};
    const dnnl_dims_t grouped = {g, out->c / g, in->c / g, k, k};
    const dnnl_dims_t bias = {out->c};
    const int dims = g > 1 ? 5 : 4;
    dnnl_status_t status;

    s->strides[0] = sy, s->strides[1] = sx;
    s->dilates[0] = s->dilates[1] = dilation - 1;
    s->before[0] = s->before[1] = pad;
    s->after[0] = (out->h - 1) * sy + reach - in->h - pad;
    s->after[1] = (out->w - 1) * sx + reach - in->w - pad;
    status = dnnl_memory_desc_init_by_tag(&s->source, 4, source, dnnl_f32, dnnl_nhwc);
    if (!status)
        status = dnnl_memory_desc_init_by_tag(&s->output, 4, output, dnnl_f32, dnnl_nhwc);
    if (!status)
        status = dnnl_memory_desc_init_by_tag(&s->weights, dims, grouped + 5 - dims,
                                              dnnl_f32, g > 1 ? dnnl_goihw : dnnl_oihw);
    if (!status)
        status = dnnl_memory_desc_init_by_tag(&s->any_weights, dims, grouped + 5 - dims,
                                              dnnl_f32, dnnl_format_tag_any);
    if (!status)
        status = dnnl_memory_desc_init_by_tag(&s->bias, 1, bias, dnnl_f32, dnnl_a);
    return status ? status : make_attributes(s, ocsp_engine_slope(l->activation));
}

/* Makes the primitive, and the weights in its layout. */
static dnnl_status_t finish(struct plan *plan, const struct shape *s,
                            dnnl_primitive_desc_t desc, dnnl_primitive_t *primitive,
                            struct weights *w, bool back)
{
    const dnnl_query_t query = back ? dnnl_query_diff_weights_md : dnnl_query_weights_md;
    const dnnl_memory_desc_t *own = dnnl_primitive_desc_query_md(desc, query, 0);
    const size_t room = dnnl_memory_desc_get_size(
        dnnl_primitive_desc_query_md(desc, dnnl_query_scratchpad_md, 0));
    dnnl_status_t status = dnnl_primitive_create(primitive, desc);

    if (room > plan->room_bytes)
        plan->room_bytes = room;
    return status ? status
                  : make_weights(w, &s->weights, own, back, back ? s->sum : NULL);
}

static dnnl_status_t make_primitives(struct plan *plan, const struct shape *s, bool train)
{
    dnnl_convolution_desc_t op;
    dnnl_primitive_desc_t forward = NULL, desc = NULL;
    dnnl_status_t status = dnnl_dilated_convolution_forward_desc_init(
        &op, train ? dnnl_forward_training : dnnl_forward_inference,
        dnnl_convolution_direct, &s->source, &s->any_weights,
        plan->fused ? &s->bias : NULL, &s->output, s->strides, s->dilates, s->before,
        s->after);

    if (!status)
        status = dnnl_primitive_desc_create(&forward, &op,
                                            plan->fused ? s->fused : s->room, cpu, NULL);
    if (!status)
        status = finish(plan, s, forward, &plan->forward, &plan->for_forward, false);
    if (!status && train)
        status = dnnl_dilated_convolution_backward_data_desc_init(
            &op, dnnl_convolution_direct, &s->source, &s->any_weights, &s->output,
            s->strides, s->dilates, s->before, s->after);
    if (!status && train)
        status = dnnl_primitive_desc_create(&desc, &op, s->room, cpu, forward);
    if (!status && train)
        status = finish(plan, s, desc, &plan->backward_data, &plan->for_data, false);
    dnnl_primitive_desc_destroy(desc);
    desc = NULL;
    if (!status && train)
        status = dnnl_dilated_convolution_backward_weights_desc_init(
            &op, dnnl_convolution_direct, &s->source, &s->any_weights, NULL, &s->output,
            s->strides, s->dilates, s->before, s->after);
    if (!status && train)
        status = dnnl_primitive_desc_create(&desc, &op, s->room, cpu, forward);
    if (!status && train)
        status = finish(plan, s, desc, &plan->backward_weights, &plan->of_weights, true);
    dnnl_primitive_desc_destroy(desc);
    dnnl_primitive_desc_destroy(forward);
    return status;
}

static dnnl_status_t make_room(struct plan *plan)
{
    const dnnl_dims_t bytes = {(dnnl_dim_t)plan->room_bytes};
    dnnl_memory_desc_t desc;
    dnnl_status_t status = dnnl_memory_desc_init_by_tag(&desc, 1, bytes, dnnl_u8, dnnl_a);

    return status ? status : make_memory(&plan->room, &desc);
}

static dnnl_memory_t at(dnnl_memory_t memory, const float *data)
{
    must(dnnl_memory_set_data_handle(memory, (void *)(uintptr_t)data));
    return memory;
}

/* `bias` of a fused forward pass; NULL: none. */
static void execute(const struct plan *plan, dnnl_primitive_t primitive, int source,
                    dnnl_memory_t source_memory, int weights,
                    dnnl_memory_t weights_memory, int output, dnnl_memory_t output_memory,
                    const float *bias)
{
    const dnnl_exec_arg_t args[] = {
        {source, source_memory},
        {weights, weights_memory},
        {output, output_memory},
        {DNNL_ARG_SCRATCHPAD,
         at(plan->room, ocsp_engine_scratch(OCSP_ENGINE_LIBRARY,
                                            plan->room_bytes / sizeof(float) + 1))},
        {DNNL_ARG_BIAS, bias ? at(plan->bias, bias) : NULL}};

    must(dnnl_primitive_execute(primitive, stream, bias ? 5 : 4, args));
}

static void reorder(dnnl_primitive_t primitive, dnnl_memory_t from, dnnl_memory_t to)
{
    const dnnl_exec_arg_t args[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};

    must(dnnl_primitive_execute(primitive, stream, sizeof args / sizeof *args, args));
}

/* The layer's weights in the layout of one primitive. */
static dnnl_memory_t converted(const struct weights *w, const float *weights)
{
    if (!w->reorder)
        return at(w->own, weights);
    if (w->kept)
        return w->own;
    at(w->own, ocsp_engine_scratch(OCSP_ENGINE_WEIGHTS, w->floats));
    reorder(w->reorder, at(w->plain, weights), w->own);
    return w->own;
}

/* For good: the weights change no more. */
static dnnl_status_t keep_converted(struct weights *w, const float *weights)
{
    if (!w->reorder)
        return dnnl_success;
    w->kept = ocsp_engine_allocate(w->floats);
    if (!w->kept)
        return dnnl_out_of_memory;
    reorder(w->reorder, at(w->plain, weights), at(w->own, w->kept));
    return dnnl_success;
}

static enum ocsp_status plan_convolution(struct ocsp_engine_node *node, const layer *l,
                                         struct ocsp_error *err)
{
    struct plan *plan = calloc(1, sizeof *plan);
    struct shape shape = {0};
    dnnl_status_t status = plan ? start() : dnnl_out_of_memory;

    if (!status)
        status = describe(&shape, node, l);
    if (!status)
        status = make_memory(&plan->source, &shape.source);
    if (!status)
        status = make_memory(&plan->output, &shape.output);
    if (!status)
        status = make_memory(&plan->bias, &shape.bias);
    if (!status)
        plan->fused = !l->batch_normalize;
    if (!status)
        status =
            make_primitives(plan, &shape, !node->inference && l->weight_updates != NULL);
    if (!status)
        status = make_room(plan);
    if (!status && node->inference)
        status = keep_converted(&plan->for_forward, l->weights);
    dnnl_primitive_attr_destroy(shape.room);
    dnnl_primitive_attr_destroy(shape.fused);
    dnnl_primitive_attr_destroy(shape.sum);
    if (!status) {
        node->plan = plan;
        return OCSP_OK;
    }
    if (plan)
        clear_plan(plan);
    if (status == dnnl_out_of_memory)
        return ocsp_fail_memory(err);
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                     "oneDNN cannot plan a convolution of %d channels: error %d", l->n,
                     (int)status);
}

static void forward_convolution(const struct ocsp_engine_node *node, const layer *l,
                                const struct ocsp_engine_io *io)
{
    const struct plan *plan = node->plan;
    /* backward needs what normalization got */
    float *x = l->batch_normalize && io->train ? l->x : io->out;

    execute(plan, plan->forward, DNNL_ARG_SRC, at(plan->source, io->in[0]),
            DNNL_ARG_WEIGHTS, converted(&plan->for_forward, l->weights), DNNL_ARG_DST,
            at(plan->output, x), plan->fused ? l->biases : NULL);
    if (!plan->fused)
        ocsp_engine_normalize(l, ocsp_engine_rows(&node->out), node->out.c, io->train, x,
                              io->out);
}

static void backward_convolution(const struct ocsp_engine_node *node, const layer *l,
                                 const struct ocsp_engine_io *io)
{
    const struct plan *plan = node->plan;
    const size_t n = ocsp_engine_floats(&node->in);

    ocsp_engine_normalize_gradient(l, ocsp_engine_rows(&node->out), node->out.c, l->x,
                                   io->out, io->delta);
    at(plan->output, io->delta);
    at(plan->of_weights.own,
       ocsp_engine_scratch(OCSP_ENGINE_WEIGHTS, plan->of_weights.floats));
    execute(plan, plan->backward_weights, DNNL_ARG_SRC, at(plan->source, io->in[0]),
            DNNL_ARG_DIFF_WEIGHTS, plan->of_weights.own, DNNL_ARG_DIFF_DST, plan->output,
            NULL);
    reorder(plan->of_weights.reorder, plan->of_weights.own,
            at(plan->of_weights.plain, l->weight_updates));
    if (!io->in_delta[0])
        return;
    float *to = io->add[0] ? ocsp_engine_scratch(OCSP_ENGINE_ADDEND, n) : io->in_delta[0];
    execute(plan, plan->backward_data, DNNL_ARG_DIFF_SRC, at(plan->source, to),
            DNNL_ARG_WEIGHTS, converted(&plan->for_data, l->weights), DNNL_ARG_DIFF_DST,
            plan->output, NULL);
    if (io->add[0])
        ocsp_engine_add(io->in_delta[0], to, n);
}

static bool takes_convolution(const network *net, int i)
{
    const layer *l = &net->layers[i];

    return !l->binary && !l->xnor && !ocsp_engine_is_special(l) &&
           ocsp_engine_activates(l->activation);
}

const struct ocsp_engine_kind ocsp_engine_convolutional = {
    .name = "convolutional",
    .takes = takes_convolution,
    .plan = plan_convolution,
    .clear = clear_plan,
    .forward = forward_convolution,
    .backward = backward_convolution,
    .converts = true,
};

static void multiply(bool transpose_a, bool transpose_b, int m, int n, int k,
                     const float *a, const float *b, bool add, float *c)
{
    must(dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k, 1, a,
                    transpose_a ? m : k, b, transpose_b ? k : n, add ? 1 : 0, c, n));
}

/* Weights [outputs, inputs]. */
static void forward_connected(const struct ocsp_engine_node *node, const layer *l,
                              const struct ocsp_engine_io *io)
{
    float *x = l->batch_normalize && io->train ? l->x : io->out;

    (void)node;
    multiply(false, true, l->batch, l->outputs, l->inputs, io->in[0], l->weights, false,
             x);
    ocsp_engine_normalize(l, (size_t)l->batch, l->outputs, io->train, x, io->out);
}

static void backward_connected(const struct ocsp_engine_node *node, const layer *l,
                               const struct ocsp_engine_io *io)
{
    (void)node;
    ocsp_engine_normalize_gradient(l, (size_t)l->batch, l->outputs, l->x, io->out,
                                   io->delta);
    multiply(true, false, l->outputs, l->inputs, l->batch, io->delta, io->in[0], true,
             l->weight_updates);
    if (io->in_delta[0])
        multiply(false, false, l->batch, l->inputs, l->outputs, io->delta, l->weights,
                 io->add[0], io->in_delta[0]);
}

static bool takes_connected(const network *net, int i)
{
    return ocsp_engine_activates(net->layers[i].activation);
}

const struct ocsp_engine_kind ocsp_engine_connected = {
    .name = "connected",
    .takes = takes_connected,
    .forward = forward_connected,
    .backward = backward_connected,
    .flat_input = true,
    .flat_output = true,
};
