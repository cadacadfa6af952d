/* Convolutional and connected layers: oneDNN's matrix work, then normalization.c. */
#include "engine/primitive.h"

#include <omp.h>
#include <stdlib.h>

struct plan {
    struct ocsp_primitive forward; /* direct */
    struct ocsp_primitive train;   /* Winograd's, in training; run is NULL: `forward` */
    struct ocsp_primitive data, filters; /* backward */
    bool fused;                          /* forward adds the bias and activates */
    bool same_output; /* `data` and `filters` want the output's gradient alike */
    int parts;  /* of the batch, one after the other through Winograd's primitives */
    int slices; /* of the output channels, one after the other through `filters` */
};

static void clear_plan(void *of)
{
    struct plan *plan = of;

    ocsp_primitive_clear(&plan->forward);
    ocsp_primitive_clear(&plan->train);
    ocsp_primitive_clear(&plan->data);
    ocsp_primitive_clear(&plan->filters);
    free(plan);
}

/* Winograd's F(4x4, 3x3) has a quarter of the multiplications, but other layouts, which
 * cost conversions, and tiles of 4x4. It pays, measured with AVX-512, from some 32 to 48
 * channels on. Its rounding is that of training, not of inference: outputs of a net that
 * is checked or used come from direct convolutions alone. */
static bool is_worth_winograd(const struct ocsp_engine_node *node, const layer *l)
{
    enum { TILE = 4, SMALL = 32, LARGE = 48, VERY_LARGE = 256 };
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;
    const int c = in->c < out->c ? in->c : out->c;
    const int tiles = (out->h + TILE - 1) / TILE * ((out->w + TILE - 1) / TILE);
    const bool whole = in->c % 16 == 0 && out->c % 16 == 0;

    /* filters are transformed, too, into 36 numbers each: at every step, for few tiles */
    if ((int64_t)in->c * out->c > (int64_t)3 * tiles * in->batch * (in->c + out->c))
        return false;
    return l->size == 3 && l->groups == 1 && l->pad == 1 && ocsp_host_stride_x(l) == 1 &&
           ocsp_host_stride_y(l) == 1 && ocsp_host_dilation(l) == 1 &&
           c >= (whole ? SMALL : LARGE) && (tiles > 1 || c >= VERY_LARGE) &&
           5 * tiles * TILE * TILE <= 8 * out->h * out->w;
}

/* Maps are transformed into 36 numbers per tile and channel: with a whole batch at once,
 * training would need more memory than the host's own. */
static int parts_of(const struct ocsp_engine_node *node)
{
    enum { MOST = 6 << 20 }; /* floats */
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;
    const int64_t image =
        (int64_t)36 * (in->c + out->c) * ((out->h + 3) / 4) * ((out->w + 3) / 4);
    int parts = 1;

    while (image * (in->batch / parts) > MOST && in->batch % (2 * parts) == 0)
        parts *= 2;
    return parts;
}

/* The library sums the transformed gradient of filters, 36 numbers each, per thread: all
 * filters at once would take 0.7 GB for VGG16's widest layers on 16 threads. Slices
 * repeat the source's transformation: eight instead of four cost VGG16 4 % of an
 * iteration, the direct way 12 % (two cores). 0: that, also where the number of filters
 * cannot be divided. */
static int slices_of(const struct ocsp_engine_node *node)
{
    enum { MOST = 8 << 20, MANY = 8 }; /* floats, slices */
    const int n = node->out.c;
    const int64_t sums = (int64_t)36 * node->in.c * n * (omp_get_max_threads() + 1);

    for (int slices = 1; slices <= MANY; slices++)
        if (sums <= (int64_t)slices * MOST && n % slices == 0)
            return slices;
    return 0;
}

/* plan->filters by s->algorithm. */
static dnnl_status_t make_filters(struct plan *plan, const struct ocsp_engine_node *whole,
                                  const layer *l, struct ocsp_shapes *s)
{
    struct ocsp_engine_node slice = *whole;
    struct ocsp_primitive unused = {0};
    dnnl_primitive_desc_t forward = NULL;

    slice.out.c /= plan->slices;
    dnnl_status_t status = ocsp_shapes_describe(s, &slice, l);
    if (!status)
        status = ocsp_primitive_forward(&unused, &forward, s);
    if (!status)
        status = ocsp_primitive_backward(&plan->filters, OCSP_FILTERS, forward, s);
    dnnl_primitive_desc_destroy(forward);
    ocsp_primitive_clear(&unused);
    return status;
}

/* false: there is none for this layer on this machine. */
static bool plan_winograd(struct plan *plan, const struct ocsp_engine_node *whole,
                          const layer *l, struct ocsp_shapes *shapes)
{
    struct ocsp_engine_node node = *whole;
    dnnl_primitive_desc_t forward = NULL;
    const int slices = slices_of(whole);

    plan->parts = parts_of(whole);
    node.in.batch /= plan->parts;
    node.out.batch /= plan->parts;
    shapes->algorithm = dnnl_convolution_winograd;
    dnnl_status_t status = ocsp_shapes_describe(shapes, &node, l);
    if (!status)
        status = ocsp_primitive_forward(&plan->train, &forward, shapes);
    if (!status)
        status = ocsp_primitive_backward(&plan->data, OCSP_SOURCE, forward, shapes);
    dnnl_primitive_desc_destroy(forward);
    plan->slices = slices ? slices : 1;
    if (!slices)
        shapes->algorithm = dnnl_convolution_direct;
    if (!status)
        status = make_filters(plan, &node, l, shapes);
    if (!status)
        return true;
    ocsp_primitive_clear(&plan->train);
    ocsp_primitive_clear(&plan->filters);
    ocsp_primitive_clear(&plan->data);
    plan->parts = plan->slices = 1;
    return false;
}

static dnnl_status_t make_primitives(struct plan *plan,
                                     const struct ocsp_engine_node *node, const layer *l,
                                     struct ocsp_shapes *shapes)
{
    dnnl_primitive_desc_t forward = NULL;
    const bool winograd = shapes->train && is_worth_winograd(node, l) &&
                          plan_winograd(plan, node, l, shapes);

    shapes->algorithm = dnnl_convolution_direct;
    dnnl_status_t status = ocsp_shapes_describe(shapes, node, l);
    if (!status)
        status = ocsp_primitive_forward(&plan->forward, &forward, shapes);
    if (!status && shapes->train && !winograd)
        status = ocsp_primitive_backward(&plan->data, OCSP_SOURCE, forward, shapes);
    if (!status && shapes->train && !winograd)
        status = ocsp_primitive_backward(&plan->filters, OCSP_FILTERS, forward, shapes);
    if (!status && shapes->train)
        plan->same_output =
            ocsp_primitive_same_layout(&plan->filters, &plan->data, OCSP_OUTPUT);
    dnnl_primitive_desc_destroy(forward);
    return status;
}

static enum ocsp_status fail(dnnl_status_t status, const layer *l, struct ocsp_error *err)
{
    if (status == dnnl_out_of_memory)
        return ocsp_fail_memory(err);
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                     "oneDNN cannot plan a convolution of %d channels: error %d", l->n,
                     (int)status);
}

static enum ocsp_status plan_convolution(struct ocsp_engine_node *node, const layer *l,
                                         struct ocsp_error *err)
{
    struct plan *plan = calloc(1, sizeof *plan);
    struct ocsp_shapes shapes = {.train = !node->inference && l->weight_updates,
                                 .fused = !l->batch_normalize};
    dnnl_status_t status = dnnl_out_of_memory;

    if (plan) {
        plan->parts = plan->slices = 1;
        status = make_primitives(plan, node, l, &shapes);
        ocsp_shapes_clear(&shapes);
    }
    if (!status) {
        plan->fused = shapes.fused;
        node->plan = plan;
        return OCSP_OK;
    }
    if (plan)
        clear_plan(plan);
    return fail(status, l, err);
}

static enum ocsp_status take_filters(struct ocsp_engine_node *node, layer *l,
                                     struct ocsp_error *err)
{
    struct plan *plan = node->plan;
    const dnnl_status_t status = ocsp_primitive_take_filters(&plan->forward, &l->weights);

    return status ? fail(status, l, err) : OCSP_OK;
}

static enum ocsp_status return_filters(struct ocsp_engine_node *node, layer *l,
                                       struct ocsp_error *err)
{
    struct plan *plan = node->plan;
    const dnnl_status_t status =
        ocsp_primitive_return_filters(&plan->forward, &l->weights);

    return status ? fail(status, l, err) : OCSP_OK;
}

/* Floats of one part of the batch. */
static size_t part_of(const struct plan *plan, const struct ocsp_engine_map *map)
{
    return ocsp_engine_floats(map) / (size_t)plan->parts;
}

static void forward_convolution(const struct ocsp_engine_node *node, const layer *l,
                                const struct ocsp_engine_io *io)
{
    const struct plan *plan = node->plan;
    const bool winograd = io->train && plan->train.run;
    /* backward needs what normalization got */
    float *x = l->batch_normalize && io->train ? l->x : io->out;
    struct ocsp_primitive_call call = {
        .data = {(float *)(uintptr_t)io->in[0], l->weights, x},
        .bias = plan->fused ? l->biases : NULL};

    for (int part = 0; part < (winograd ? plan->parts : 1); part++) {
        ocsp_primitive_run(winograd ? &plan->train : &plan->forward, &call);
        call.data[OCSP_SOURCE] += part_of(plan, &node->in);
        call.data[OCSP_OUTPUT] += part_of(plan, &node->out);
    }
    if (!plan->fused)
        ocsp_engine_normalize(l, ocsp_engine_rows(&node->out), node->out.c, io->train, x,
                              io->out);
}

/* One part of the batch. */
static void backward_filters(const struct plan *plan, const layer *l, float *in,
                             float *delta)
{
    const int n = l->n / plan->slices;
    struct ocsp_primitive_call call = {.data = {in, l->weight_updates, delta},
                                       .add = true};

    for (int slice = 0; slice < plan->slices; slice++) {
        ocsp_primitive_run(&plan->filters, &call);
        call.data[OCSP_FILTERS] += l->nweights / plan->slices;
        call.data[OCSP_OUTPUT] += n;
        call.is_own[OCSP_SOURCE] = true;
    }
}

static void backward_convolution(const struct ocsp_engine_node *node, const layer *l,
                                 const struct ocsp_engine_io *io)
{
    const struct plan *plan = node->plan;
    const size_t in = part_of(plan, &node->in), out = part_of(plan, &node->out);

    ocsp_engine_normalize_gradient(l, ocsp_engine_rows(&node->out), node->out.c, l->x,
                                   io->out, io->delta);
    for (size_t part = 0; part < (size_t)plan->parts; part++) {
        float *delta = io->delta + part * out;
        backward_filters(plan, l, (float *)(uintptr_t)io->in[0] + part * in, delta);
        if (!io->in_delta[0])
            continue;
        const struct ocsp_primitive_call call = {
            .data = {io->in_delta[0] + part * in, l->weights, delta},
            .add = io->add[0],
            .is_own = {[OCSP_OUTPUT] = plan->same_output}};
        ocsp_primitive_run(&plan->data, &call);
    }
}

/* Whether another layer has the same weights: these are not to be folded or taken. */
static bool shares_weights(const network *net, int i)
{
    for (int k = 0; k < net->n; k++)
        if (k != i && net->layers[k].weights == net->layers[i].weights)
            return true;
    return false;
}

static bool takes_convolution(const network *net, int i)
{
    const layer *l = &net->layers[i];

    return !l->binary && !l->xnor && !shares_weights(net, i) &&
           !ocsp_host_is_special(l) && ocsp_engine_activates(l->activation);
}

const struct ocsp_engine_kind ocsp_engine_convolutional = {
    .name = "convolutional",
    .takes = takes_convolution,
    .plan = plan_convolution,
    .clear = clear_plan,
    .take_weights = take_filters,
    .return_weights = return_filters,
    .forward = forward_convolution,
    .backward = backward_convolution,
    .converts = true,
};

static void multiply(bool transpose_a, bool transpose_b, int m, int n, int k,
                     const float *a, const float *b, bool add, float *c)
{
    ocsp_engine_must(dnnl_sgemm(transpose_a ? 'T' : 'N', transpose_b ? 'T' : 'N', m, n, k,
                                1, a, transpose_a ? m : k, b, transpose_b ? k : n,
                                add ? 1 : 0, c, n));
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
