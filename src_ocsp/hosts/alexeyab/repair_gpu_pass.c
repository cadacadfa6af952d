#ifdef GPU

#include "hosts/alexeyab/repair_gpu_pass.h"

#include <stdlib.h>
#include <string.h>

#include "batchnorm_layer.h"
#include "blas.h"
#include "dark_cuda.h"
#include "gemm.h"
#include "hosts/alexeyab/repair_gpu_kernels.h"
#include "hosts/by_value/layer_edges.h"
#include "hosts/by_value/loss.h"
#include "hosts/fatal.h"
#include "net/random_bits.h"

/* Of the host's normalize_gpu, and what it gives cuDNN. */
static const float EPSILON = .00001f;

static void check_launch(void)
{
    struct ocsp_error err;
    const cudaError_t status = cudaPeekAtLastError();

    if (status != cudaSuccess) {
        ocsp_fail(&err, OCSP_E_IO, NULL, 0, "CUDA: %s", cudaGetErrorString(status));
        ocsp_fatal(&err);
    }
}

static void clear_array(float *x, size_t n)
{
    if (x && n > 0)
        fill_ongpu((int)n, 0, x, 1);
}

static void add(float *sum, float *x, size_t n)
{
    axpy_ongpu((int)n, 1, x, 1, sum, 1);
}

/* The output of layer `index` before the dropouts that work on it in place. Dropped
 * elements come out as 0, and have delta 0. */
static float *undropped(const layer *l, struct ocsp_gpu_replica *net,
                        const ocsp_pass *pass)
{
    const size_t n = ocsp_layer_outputs(l);
    float *output = l->output_gpu;

    for (int k = 1; k <= net->layers[pass->index].dropouts; k++) {
        const layer *dropout = &pass->net.layers[pass->index + k];
        float *result = ocsp_gpu_grow_buffer(&net->output, n);
        ocsp_gpu_undrop(result, output, dropout->scale,
                        dropout->dropblock ? dropout->drop_blocks_scale_gpu : NULL,
                        l->outputs, n, get_cuda_stream());
        output = result;
    }
    check_launch();
    return output;
}

/* l->delta_gpu: from dL/d output to dL/d the activation's input. */
static void activation_gradient(const layer *l, struct ocsp_gpu_replica *net,
                                const ocsp_pass *pass)
{
    const int n = (int)ocsp_layer_outputs(l);

    switch ((int)l->activation) {
    case LINEAR:
        break;
    case SWISH:
        gradient_array_swish_ongpu(undropped(l, net, pass), n, l->activation_input_gpu,
                                   l->delta_gpu);
        break;
    case MISH:
        gradient_array_mish_ongpu(n, l->activation_input_gpu, l->delta_gpu);
        break;
#if OCSP_HAS_HARD_MISH
    case HARD_MISH:
        gradient_array_hard_mish_ongpu(n, l->activation_input_gpu, l->delta_gpu);
        break;
#endif
    case GELU:
        gradient_array_ongpu(net->layers[pass->index].before.data, n, l->activation,
                             l->delta_gpu);
        break;
    default:
        gradient_array_ongpu(undropped(l, net, pass), n, l->activation, l->delta_gpu);
    }
}

/* cuDNN's is right; the host's own has another epsilon in the backward pass, which
 * matters for channels that the penalty brings near 0. */
static void normalization_gradient(layer *l, const ocsp_pass *pass)
{
    if (OCSP_ON_CUDNN) {
        const LAYER_TYPE type = l->type;
        l->type = CONNECTED; /* [batchnorm]: else it writes to the input's delta */
        backward_batchnorm_layer_gpu(*l, *pass);
        l->type = type;
        return;
    }
    const struct ocsp_gpu_normalization args = {
        .x = l->x_gpu,
        .mean = l->mean_gpu,
        .variance = l->variance_gpu,
        .scale = l->scales_gpu,
        .delta = l->delta_gpu,
        .bias_updates = l->bias_updates_gpu,
        .scale_updates = l->scale_updates_gpu,
        .batch = l->batch,
        .channels = l->out_c,
        .spatial = l->out_h * l->out_w,
        .epsilon = EPSILON,
    };
    ocsp_gpu_normalization_gradient(&args, get_cuda_stream());
    check_launch();
}

/* The host's backward, whose input delta is added to what is there, or dropped where
 * nobody wants it. */
void ocsp_gpu_backward_added(layer l, ocsp_pass pass)
{
    struct ocsp_gpu_replica *net = ocsp_gpu_replica_of(&pass);
    float *target = pass.delta;
    const size_t n = ocsp_layer_inputs(pass.net.layers, pass.index);

    pass.delta = ocsp_gpu_grow_buffer(&net->delta, n);
    clear_array(pass.delta, n);
    net->layers[pass.index].backward(l, pass);
    if (target)
        add(target, pass.delta, n);
}

bool ocsp_gpu_convolution_overwrites(const network *net)
{
#if defined(CUDNN_HALF)
    /* on tensor cores */
    return net->cudnn_half && (!OCSP_HAS_LOSS_SCALE || OCSP_LOSS_SCALE(net) != 1);
#else
    (void)net;
    return !OCSP_ON_CUDNN;
#endif
}

/* The host leaves the gradients of these layers in their updates, one iteration on top
 * of the other, until the first update applies them all. */
static bool is_delayed(const layer *l, const network *net)
{
    const uint64_t images = (uint64_t)net->batch * (uint64_t)net->subdivisions;
    /* as the host counts at the end of this iteration */
    const int iteration = (int)((*net->seen + images - 1) / images);

    return ocsp_host_is_delayed(l, net->burn_in, iteration);
}

static void forget_gradients(const layer *l)
{
    const size_t n = (size_t)(l->type == CONNECTED ? l->outputs : l->n);
    const size_t weights = l->type == CONVOLUTIONAL ? (size_t)l->nweights
                           : l->type == CONNECTED ? (size_t)l->inputs * (size_t)l->outputs
                                                  : 0;

    clear_array(l->weight_updates_gpu, weights);
    clear_array(l->bias_updates_gpu, n);
    clear_array(l->scale_updates_gpu, n);
}

/* What try_fix_nan=1 does at the end of the host's backward. */
static void fix_nan(const layer *l, const ocsp_pass *pass)
{
    if (pass->delta)
        reset_nan_and_inf(pass->delta, (size_t)l->inputs * (size_t)l->batch);
    reset_nan_and_inf(l->weight_updates_gpu, (size_t)l->nweights);
    fix_nan_and_inf(l->weights_gpu, (size_t)l->nweights);
}

/* The activation's gradient, and without cuDNN the normalization's, are ours; the host's
 * backward does the matrix products, on a layer that has neither. */
static void backward_bare(layer l, ocsp_pass pass, struct ocsp_gpu_replica *net)
{
    const bool fixes = pass.net.try_fix_nan;
    struct ocsp_gpu_repaired *r = &net->layers[pass.index];

    if (fixes)
        constrain_ongpu((int)ocsp_layer_outputs(&l), 1, l.delta_gpu, 1);
    pass.net.try_fix_nan = 0; /* not again, on the activation's input */
    activation_gradient(&l, net, &pass);
    l.activation = LINEAR;
    if (l.batch_normalize && !OCSP_ON_CUDNN) {
        normalization_gradient(&l, &pass);
        l.batch_normalize = 0;
        l.bias_updates_gpu = ocsp_gpu_grow_buffer(&net->biases, (size_t)l.n);
    }
    if (pass.delta && r->shares_target && ocsp_gpu_convolution_overwrites(&pass.net))
        ocsp_gpu_backward_added(l, pass);
    else
        r->backward(l, pass);
    if (fixes)
        fix_nan(&l, &pass);
}

void ocsp_gpu_backward_convolutional(layer l, ocsp_pass pass)
{
    struct ocsp_gpu_replica *net = ocsp_gpu_replica_of(&pass);
    struct ocsp_gpu_repaired *r = &net->layers[pass.index];

    if (is_delayed(&l, &pass.net))
        forget_gradients(&l);
    if (OCSP_IS_GELU(l.activation) || r->dropouts ||
        (l.batch_normalize && !OCSP_ON_CUDNN))
        backward_bare(l, pass, net);
    else if (pass.delta && r->shares_target && ocsp_gpu_convolution_overwrites(&pass.net))
        ocsp_gpu_backward_added(l, pass);
    else
        r->backward(l, pass);
}

/* As the host does it, but for its errors: it adds a normalized layer's bias gradient
 * twice, and limits dL/dy to ±1 without an eye on loss_scale. */
void ocsp_gpu_backward_connected(layer l, ocsp_pass pass)
{
    struct ocsp_gpu_replica *net = ocsp_gpu_replica_of(&pass);

    if (is_delayed(&l, &pass.net))
        forget_gradients(&l);
    constrain_ongpu((int)ocsp_layer_outputs(&l), OCSP_LOSS_SCALE(&pass.net), l.delta_gpu,
                    1);
    activation_gradient(&l, net, &pass);
    if (l.batch_normalize)
        normalization_gradient(&l, &pass);
    else
        backward_bias_gpu(l.bias_updates_gpu, l.delta_gpu, l.batch, l.outputs, 1);
    gemm_ongpu(1, 0, l.outputs, l.inputs, l.batch, 1, l.delta_gpu, l.outputs, pass.input,
               l.inputs, 1, l.weight_updates_gpu, l.inputs);
    if (pass.delta)
        gemm_ongpu(0, 0, l.batch, l.inputs, l.outputs, 1, l.delta_gpu, l.outputs,
                   l.weights_gpu, l.inputs, 1, pass.delta, l.inputs);
}

#if OCSP_HAS_LOSS_SCALE
/* The host's rule for convolutions. Its own for this layer divides all of the updates by
 * loss_scale, momentum too, and writes through a null pointer where there are no scales.
 */
void ocsp_gpu_update_connected(layer l, int batch, float rate, float momentum,
                               float decay, float loss_scale)
{
    const float step = rate * l.learning_rate_scale / loss_scale / (float)batch;
    const int n = l.inputs * l.outputs;

    axpy_ongpu(l.outputs, step, l.bias_updates_gpu, 1, l.biases_gpu, 1);
    scal_ongpu(l.outputs, momentum, l.bias_updates_gpu, 1);
    if (l.batch_normalize) {
        axpy_ongpu(l.outputs, step, l.scale_updates_gpu, 1, l.scales_gpu, 1);
        scal_ongpu(l.outputs, momentum, l.scale_updates_gpu, 1);
    }
    axpy_ongpu(n, -decay * (float)batch * loss_scale, l.weights_gpu, 1,
               l.weight_updates_gpu, 1);
    axpy_ongpu(n, step, l.weight_updates_gpu, 1, l.weights_gpu, 1);
    scal_ongpu(n, momentum, l.weight_updates_gpu, 1);
}

#endif

void ocsp_gpu_backward_batchnorm(layer l, ocsp_pass pass)
{
    if (is_delayed(&l, &pass.net))
        forget_gradients(&l);
    normalization_gradient(&l, &pass);
    if (pass.delta)
        add(pass.delta, l.delta_gpu, ocsp_layer_outputs(&l));
}

void ocsp_gpu_backward_activation(layer l, ocsp_pass pass)
{
    activation_gradient(&l, ocsp_gpu_replica_of(&pass), &pass);
    if (pass.delta)
        add(pass.delta, l.delta_gpu, ocsp_layer_outputs(&l));
}

void ocsp_gpu_backward_shortcut(layer l, ocsp_pass pass)
{
    struct ocsp_gpu_replica *net = ocsp_gpu_replica_of(&pass);

    activation_gradient(&l, net, &pass);
    l.activation = LINEAR;
    net->layers[pass.index].backward(l, pass);
}

/* Losses that the host does not scale, although its updates divide by loss_scale. */
void ocsp_gpu_backward_loss(layer l, ocsp_pass pass)
{
    if (OCSP_LOSS_SCALE(&pass.net) != 1)
        scal_ongpu(l.batch * l.inputs, OCSP_LOSS_SCALE(&pass.net), l.delta_gpu, 1);
    ocsp_gpu_backward_added(l, pass);
}

void ocsp_gpu_backward_local_avgpool(layer l, ocsp_pass pass)
{
    const struct ocsp_gpu_average args = {
        .planes = l.batch * l.c,
        .h = l.h,
        .w = l.w,
        .out_h = l.out_h,
        .out_w = l.out_w,
        .size = l.size,
        .stride_y = l.stride_y,
        .stride_x = l.stride_x,
        .offset = -l.pad / 2,
    };
    if (!pass.delta)
        return;
    ocsp_gpu_average_gradient(&args, pass.delta, l.delta_gpu, get_cuda_stream());
    check_launch();
}

/* scale_wh=1: the host divides the gradient of the scales by the number of places. */
void ocsp_gpu_backward_place_scaling(layer l, ocsp_pass pass)
{
    const layer *from = &pass.net.layers[l.index];
    const struct ocsp_gpu_place_scaling args = {
        .delta = l.delta_gpu,
        .x = from->output_gpu,
        .scale = pass.input,
        .batch = l.batch,
        .channels = l.out_c,
        .spatial = l.out_w * l.out_h,
    };
    activation_gradient(&l, ocsp_gpu_replica_of(&pass), &pass);
    ocsp_gpu_place_scaling_gradient(&args, from->delta_gpu, pass.delta,
                                    get_cuda_stream());
    check_launch();
}

/* The host keeps no input of gelu, and takes its gradient at the output. */
void ocsp_gpu_forward_gelu(layer l, ocsp_pass pass)
{
    struct ocsp_gpu_repaired *r = &ocsp_gpu_replica_of(&pass)->layers[pass.index];
    const size_t n = ocsp_layer_outputs(&l);
    const ACTIVATION gelu = l.activation;

    l.activation = LINEAR;
    r->forward(l, pass);
    simple_copy_ongpu((int)n, l.output_gpu, ocsp_gpu_grow_buffer(&r->before, n));
    activate_array_ongpu(l.output_gpu, (int)n, gelu);
}

/* The host brings the losses to the CPU to add them up. */
void ocsp_gpu_forward_softmax(layer l, ocsp_pass pass)
{
    ocsp_gpu_replica_of(&pass)->layers[pass.index].forward(l, pass);
    if (pass.truth)
        ocsp_loss_make_finite(&l, NULL);
}

/* The host computes them on the CPU, too. */
void ocsp_gpu_forward_boxes(layer l, ocsp_pass pass)
{
    ocsp_gpu_replica_of(&pass)->layers[pass.index].forward(l, pass);
    if (pass.train && !l.onlyforward && ocsp_loss_drop_bad_gradients(&l))
        cuda_push_array(l.delta_gpu, l.delta, ocsp_layer_outputs(&l));
}

static void follow(cudaStream_t later, cudaStream_t earlier, struct ocsp_gpu_replica *net)
{
    if (!net->drawn)
        cudaEventCreateWithFlags(&net->drawn, cudaEventDisableTiming);
    cudaEventRecord(net->drawn, earlier);
    cudaStreamWaitEvent(later, net->drawn, 0);
    check_launch();
}

/* The host draws by the clock, and on the default stream, for which the one of its
 * kernels does not wait in builds with cuDNN: forward and backward passes see different
 * numbers. rand() is the run's own, -seed or not. */
void ocsp_gpu_forward_dropout(layer l, ocsp_pass pass)
{
    if (!pass.train)
        return;
    const uint64_t high = (uint64_t)rand(), low = (uint64_t)rand();
    ocsp_gpu_draw(l.rand_gpu, ocsp_random_bits_of(high << 32 | low),
                  ocsp_layer_outputs(&l), get_cuda_stream());
    ocsp_gpu_drop(pass.input, l.rand_gpu, l.probability, l.scale, ocsp_layer_outputs(&l),
                  get_cuda_stream());
    check_launch();
}

void ocsp_gpu_backward_dropout(layer l, ocsp_pass pass)
{
    if (!pass.delta)
        return;
    ocsp_gpu_drop(pass.delta, l.rand_gpu, l.probability, l.scale, ocsp_layer_outputs(&l),
                  get_cuda_stream());
    check_launch();
}

/* The host marks what it dropped among its random numbers, where blocks of threads that
 * work on other channels read, and overwrite, the marks. */
void ocsp_gpu_forward_dropblock(layer l, ocsp_pass pass)
{
    const cudaStream_t drawing = 0, stream = get_cuda_stream();
    struct ocsp_gpu_replica *net = ocsp_gpu_replica_of(&pass);
    struct ocsp_gpu_repaired *r = &net->layers[pass.index];
    const size_t n = ocsp_layer_outputs(&l);

    if (!pass.train)
        return;
    /* it draws on the default stream, for which its own does not wait with cuDNN: once
     * more, for what it sees may be of either draw */
    follow(drawing, stream, net); /* the numbers of the pass before are used up */
    cuda_random(l.rand_gpu, n);
    follow(stream, drawing, net);
    r->forward(l, pass);
    ocsp_gpu_nonzero(ocsp_gpu_grow_buffer(&r->before, n), pass.input, n, stream);
    check_launch();
}

void ocsp_gpu_backward_dropblock(layer l, ocsp_pass pass)
{
    const struct ocsp_gpu_repaired *r = &ocsp_gpu_replica_of(&pass)->layers[pass.index];

    if (!pass.delta)
        return;
    ocsp_gpu_mask(pass.delta, r->before.data, l.drop_blocks_scale_gpu, l.outputs,
                  ocsp_layer_outputs(&l), get_cuda_stream());
    check_launch();
}

#endif
