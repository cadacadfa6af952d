/* The repairs of AlexeyAB's GPU builds; repair.c is for CPU builds. */
#if defined(GPU) && defined(OCSP_HOST_ALEXEYAB)

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "batchnorm_layer.h"
#include "blas.h"
#include "dark_cuda.h"
#include "gemm.h"
#include "host/darknet_compat.h"
#include "host/give_up.h"
#include "host/repair.h"
#include "host/repair_gpu.h"

/* Of the host's normalize_gpu, and what it gives cuDNN. */
static const float EPSILON = .00001f;

/* Before May 2020 the host knows none. */
#if OCSP_HAS_LOSS_SCALE
#define LOSS_SCALE_OF(net) ((net)->loss_scale)
typedef void update_function(layer, int, float, float, float, float);
#else
#define LOSS_SCALE_OF(net) 1.f
typedef void update_function(layer, int, float, float, float);
#endif

/* On a replica's device. Grows on use: random resizing enlarges layers after arming. */
struct buffer {
    float *data;
    size_t capacity;
};

struct repaired {
    ocsp_pass_function *forward, *backward; /* the host's own */
    update_function *update;                /* likewise */
    int dropouts;         /* that follow, and multiply the output in place */
    bool shares_target;   /* other layers add to the delta that its backward writes to */
    struct buffer before; /* what gelu got; [dropout]: which elements dropblock left */
};

enum repair {
    OVERWRITTEN,
    NORMALIZATION_GRADIENT,
    CONNECTED_BIAS,
    UNTRAINED,
    HOARDED,
    LOSS_SCALE,
    ACTIVATION_AFTER_DROPOUT,
    RANDOM_ORDER,
    DROPBLOCK,
    AVERAGE_WINDOW,
    PLACE_SCALING,
    GELU_GRADIENT,
    FIRST_LAYER,
    N_REPAIRS
};

static const char *const lines[N_REPAIRS] = {
    [OVERWRITTEN] = "gradients are added to those of skip connections, not written over",
    [NORMALIZATION_GRADIENT] =
        "batch normalization: gradient with the epsilon of the forward pass",
    [CONNECTED_BIAS] = "[connected] batch_normalize=1: biases get their gradient once",
    [UNTRAINED] = "all layers are updated",
    [HOARDED] = "layers that are not updated yet do not hoard gradients",
    [LOSS_SCALE] = "loss_scale= reaches all losses; [connected] keeps its momentum",
    [ACTIVATION_AFTER_DROPOUT] =
        "activations before [dropout]: gradient at the undropped output",
    [RANDOM_ORDER] = "[dropout]: waits for its random numbers",
    [DROPBLOCK] = "[dropout] dropblock=1: gradient where the output was not dropped",
    [AVERAGE_WINDOW] = "[local_avgpool]: gradient of the elements of each window",
    [PLACE_SCALING] = "[scale_channels] scale_wh=1: gradient of the scales",
    [GELU_GRADIENT] = "gelu: gradient at the input of the activation",
    [FIRST_LAYER] = "first layer without weights: no write through a null pointer",
};

/* A network in training: one of each -gpus has a thread of its own, in which that device
 * is the current one. */
struct replica {
    const layer *net; /* its layers */
    int n;
    struct repaired *layers;
    struct buffer delta;  /* the input's delta that a host overwrites */
    struct buffer output; /* undropped outputs */
    struct buffer biases; /* bias updates that must not count twice */
    cudaEvent_t drawn;    /* orders the stream of random numbers and the network's */
    struct replica *next;
};

/* Callbacks only read the list: it changes while no network trains. */
static struct replica *replicas;
static const char *active[N_REPAIRS + 1];

static struct replica *find(const layer *net)
{
    struct replica *r = replicas;

    while (r && r->net != net)
        r = r->next;
    return r;
}

/* The network for -map has layers of its own, with the arrays of one in training. */
static struct replica *replica_of(const ocsp_pass *pass)
{
    struct replica *r = find(pass->net.layers);

    if (r)
        return r;
    for (r = replicas; r; r = r->next)
        if (pass->index < r->n &&
            r->net[pass->index].output_gpu == pass->net.layers[pass->index].output_gpu)
            return r;
    assert(!"a network that is not armed");
    abort();
}

/* The host's cuda_make_array ends the process where memory does. */
static float *room(struct buffer *buffer, size_t n)
{
    if (n > buffer->capacity) {
        if (buffer->data)
            cuda_free(buffer->data);
        buffer->data = cuda_make_array(NULL, n);
        buffer->capacity = n;
    }
    return buffer->data;
}

static void check_launch(void)
{
    struct ocsp_error err;
    const cudaError_t status = cudaPeekAtLastError();

    if (status != cudaSuccess) {
        ocsp_fail(&err, OCSP_E_IO, NULL, 0, "CUDA: %s", cudaGetErrorString(status));
        ocsp_give_up(&err);
    }
}

static size_t outputs_of(const layer *l)
{
    return (size_t)l->batch * (size_t)l->outputs;
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
static float *undropped(const layer *l, struct replica *net, const ocsp_pass *pass)
{
    const size_t n = outputs_of(l);
    float *output = l->output_gpu;

    for (int k = 1; k <= net->layers[pass->index].dropouts; k++) {
        const layer *dropout = &pass->net.layers[pass->index + k];
        float *result = room(&net->output, n);
        ocsp_gpu_undrop(result, output, dropout->scale,
                        dropout->dropblock ? dropout->drop_blocks_scale_gpu : NULL,
                        l->outputs, n, get_cuda_stream());
        output = result;
    }
    check_launch();
    return output;
}

/* l->delta_gpu: from dL/d output to dL/d the activation's input. */
static void activation_gradient(const layer *l, struct replica *net,
                                const ocsp_pass *pass)
{
    const int n = (int)outputs_of(l);

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

/* Number of elements of the delta that layer i's backward pass writes. */
static size_t inputs_of(const layer *layers, int i)
{
    if (i > 0)
        return outputs_of(&layers[i - 1]);
    return (size_t)layers[0].batch * (size_t)layers[0].inputs;
}

/* The host's backward, whose input delta is added to what is there, or dropped where
 * nobody wants it. */
static void backward_added(layer l, ocsp_pass pass)
{
    struct replica *net = replica_of(&pass);
    float *target = pass.delta;
    const size_t n = inputs_of(pass.net.layers, pass.index);

    pass.delta = room(&net->delta, n);
    clear_array(pass.delta, n);
    net->layers[pass.index].backward(l, pass);
    if (target)
        add(target, pass.delta, n);
}

/* Whether the host's backward of a convolution may write over its input's delta. */
static bool convolution_overwrites(const network *net)
{
#if defined(CUDNN_HALF)
    /* on tensor cores */
    return net->cudnn_half && (!OCSP_HAS_LOSS_SCALE || LOSS_SCALE_OF(net) != 1);
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
    bool delayed = false;

#if OCSP_HAS_DONT_UPDATE
    delayed = delayed || (l->dont_update && l->dont_update >= iteration) ||
              (l->burnin_update && l->burnin_update * net->burn_in > iteration);
#endif
#if OCSP_HAS_TRAIN_ONLY_BN
    delayed = delayed || l->train_only_bn;
#endif
    (void)l;
    (void)iteration;
    return delayed;
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
static void backward_bare(layer l, ocsp_pass pass, struct replica *net)
{
    const bool fixes = pass.net.try_fix_nan;
    struct repaired *r = &net->layers[pass.index];

    if (fixes)
        constrain_ongpu((int)outputs_of(&l), 1, l.delta_gpu, 1);
    pass.net.try_fix_nan = 0; /* not again, on the activation's input */
    activation_gradient(&l, net, &pass);
    l.activation = LINEAR;
    if (l.batch_normalize && !OCSP_ON_CUDNN) {
        normalization_gradient(&l, &pass);
        l.batch_normalize = 0;
        l.bias_updates_gpu = room(&net->biases, (size_t)l.n);
    }
    if (pass.delta && r->shares_target && convolution_overwrites(&pass.net))
        backward_added(l, pass);
    else
        r->backward(l, pass);
    if (fixes)
        fix_nan(&l, &pass);
}

static void backward_convolutional(layer l, ocsp_pass pass)
{
    struct replica *net = replica_of(&pass);
    struct repaired *r = &net->layers[pass.index];

    if (is_delayed(&l, &pass.net))
        forget_gradients(&l);
    if (OCSP_IS_GELU(l.activation) || r->dropouts ||
        (l.batch_normalize && !OCSP_ON_CUDNN))
        backward_bare(l, pass, net);
    else if (pass.delta && r->shares_target && convolution_overwrites(&pass.net))
        backward_added(l, pass);
    else
        r->backward(l, pass);
}

/* As the host does it, but for its errors: it adds a normalized layer's bias gradient
 * twice, and limits dL/dy to ±1 without an eye on loss_scale. */
static void backward_connected(layer l, ocsp_pass pass)
{
    struct replica *net = replica_of(&pass);

    if (is_delayed(&l, &pass.net))
        forget_gradients(&l);
    constrain_ongpu((int)outputs_of(&l), LOSS_SCALE_OF(&pass.net), l.delta_gpu, 1);
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
static void update_connected(layer l, int batch, float rate, float momentum, float decay,
                             float loss_scale)
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

static void backward_batchnorm(layer l, ocsp_pass pass)
{
    if (is_delayed(&l, &pass.net))
        forget_gradients(&l);
    normalization_gradient(&l, &pass);
    if (pass.delta)
        add(pass.delta, l.delta_gpu, outputs_of(&l));
}

static void backward_activation(layer l, ocsp_pass pass)
{
    activation_gradient(&l, replica_of(&pass), &pass);
    if (pass.delta)
        add(pass.delta, l.delta_gpu, outputs_of(&l));
}

static void backward_shortcut(layer l, ocsp_pass pass)
{
    struct replica *net = replica_of(&pass);

    activation_gradient(&l, net, &pass);
    l.activation = LINEAR;
    net->layers[pass.index].backward(l, pass);
}

/* Losses that the host does not scale, although its updates divide by loss_scale. */
static void backward_loss(layer l, ocsp_pass pass)
{
    if (LOSS_SCALE_OF(&pass.net) != 1)
        scal_ongpu(l.batch * l.inputs, LOSS_SCALE_OF(&pass.net), l.delta_gpu, 1);
    backward_added(l, pass);
}

static void backward_local_avgpool(layer l, ocsp_pass pass)
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
static void backward_place_scaling(layer l, ocsp_pass pass)
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
    activation_gradient(&l, replica_of(&pass), &pass);
    ocsp_gpu_place_scaling_gradient(&args, from->delta_gpu, pass.delta,
                                    get_cuda_stream());
    check_launch();
}

/* The host keeps no input of gelu, and takes its gradient at the output. */
static void forward_gelu(layer l, ocsp_pass pass)
{
    struct repaired *r = &replica_of(&pass)->layers[pass.index];
    const size_t n = outputs_of(&l);
    const ACTIVATION gelu = l.activation;

    l.activation = LINEAR;
    r->forward(l, pass);
    simple_copy_ongpu((int)n, l.output_gpu, room(&r->before, n));
    activate_array_ongpu(l.output_gpu, (int)n, gelu);
}

static void follow(cudaStream_t later, cudaStream_t earlier, struct replica *net)
{
    if (!net->drawn)
        cudaEventCreateWithFlags(&net->drawn, cudaEventDisableTiming);
    cudaEventRecord(net->drawn, earlier);
    cudaStreamWaitEvent(later, net->drawn, 0);
    check_launch();
}

/* The host draws on the default stream, for which the one of its kernels does not wait
 * in builds with cuDNN: forward and backward passes see different numbers. */
static void draw(const layer *l, struct replica *net)
{
    const cudaStream_t drawing = 0, stream = get_cuda_stream();

    follow(drawing, stream, net); /* the numbers of the pass before are used up */
    cuda_random(l->rand_gpu, outputs_of(l));
    follow(stream, drawing, net);
}

static void forward_dropout(layer l, ocsp_pass pass)
{
    if (!pass.train)
        return;
    draw(&l, replica_of(&pass));
    ocsp_gpu_drop(pass.input, l.rand_gpu, l.probability, l.scale, outputs_of(&l),
                  get_cuda_stream());
    check_launch();
}

static void backward_dropout(layer l, ocsp_pass pass)
{
    if (!pass.delta)
        return;
    ocsp_gpu_drop(pass.delta, l.rand_gpu, l.probability, l.scale, outputs_of(&l),
                  get_cuda_stream());
    check_launch();
}

/* The host marks what it dropped among its random numbers, where blocks of threads that
 * work on other channels read, and overwrite, the marks. */
static void forward_dropblock(layer l, ocsp_pass pass)
{
    struct replica *net = replica_of(&pass);
    struct repaired *r = &net->layers[pass.index];
    const size_t n = outputs_of(&l);

    if (!pass.train)
        return;
    draw(&l, net); /* it draws once more: what it sees may be of either draw */
    r->forward(l, pass);
    ocsp_gpu_nonzero(room(&r->before, n), pass.input, n, get_cuda_stream());
    check_launch();
}

static void backward_dropblock(layer l, ocsp_pass pass)
{
    const struct repaired *r = &replica_of(&pass)->layers[pass.index];

    if (!pass.delta)
        return;
    ocsp_gpu_mask(pass.delta, r->before.data, l.drop_blocks_scale_gpu, l.outputs,
                  outputs_of(&l), get_cuda_stream());
    check_launch();
}

static void use(enum repair repair)
{
    active[repair] = lines[repair];
}

/* How many dropouts work in place on layer i's output, where the gradient of its
 * activation depends on more than the output's sign. */
static int count_dropouts(const network *net, int i)
{
    const layer *l = &net->layers[i];
    int n = 0;

    if (l->type != CONVOLUTIONAL && l->type != CONNECTED && l->type != ACTIVE &&
        l->type != SHORTCUT)
        return 0;
    switch ((int)l->activation) {
    case LINEAR:
    case RELU:
    case LEAKY:
    case MISH:
    case HARD_MISH:
    case GELU:
        return 0;
    default:
        while (i + n + 1 < net->n && net->layers[i + n + 1].type == DROPOUT)
            n++;
        return n;
    }
}

static bool reads(const network *net, const layer *l, const float *delta)
{
    switch (l->type) {
    case ROUTE:
    case SHORTCUT:
        for (int k = 0; k < l->n; k++)
            if (net->layers[l->input_layers[k]].delta_gpu == delta)
                return true;
        return false;
    case SCALE_CHANNELS:
    case SAM:
        return net->layers[l->index].delta_gpu == delta;
    case CONVOLUTIONAL:
    case CONNECTED:
    case BATCHNORM:
    case MAXPOOL:
    case AVGPOOL:
    case LOCAL_AVGPOOL:
    case UPSAMPLE:
    case REORG:
    case DROPOUT:
    case ACTIVE:
    case SOFTMAX:
    case COST:
    case YOLO:
    case GAUSSIAN_YOLO:
    case REGION:
        return false; /* none but the layer before it */
    default:
        return true;
    }
}

/* Whether a layer behind layer i adds to the delta of the layer before it. Those behind
 * it come first in the backward pass, and find it cleared. */
static bool shares_target(const network *net, int i)
{
    const float *delta = i > 0 ? net->layers[i - 1].delta_gpu : NULL;

    for (int k = i + 1; delta && k < net->n; k++)
        if (reads(net, &net->layers[k], delta))
            return true;
    return false;
}

static bool needs_bare_backward(const layer *l, const struct repaired *r)
{
    return OCSP_IS_GELU(l->activation) || r->dropouts > 0;
}

static void install_convolutional(const network *net, layer *l, struct repaired *r)
{
    l->backward_gpu = backward_convolutional;
    if (l->batch_normalize && !OCSP_ON_CUDNN)
        use(NORMALIZATION_GRADIENT);
    if (r->shares_target && convolution_overwrites(net))
        use(OVERWRITTEN);
}

static void install_connected(const network *net, layer *l, struct repaired *r)
{
    if (l->batch_normalize || LOSS_SCALE_OF(net) != 1 || needs_bare_backward(l, r) ||
        ocsp_host_delays_updates(l))
        l->backward_gpu = backward_connected;
    if (l->batch_normalize) {
        use(CONNECTED_BIAS);
        if (!OCSP_ON_CUDNN)
            use(NORMALIZATION_GRADIENT);
    }
#if OCSP_HAS_LOSS_SCALE
    if (net->loss_scale != 1) {
        l->update_gpu = update_connected;
        use(LOSS_SCALE);
    }
#endif
}

static void install_dropout(layer *l)
{
    l->forward_gpu = l->dropblock ? forward_dropblock : forward_dropout;
    l->backward_gpu = l->dropblock ? backward_dropblock : backward_dropout;
    if (l->dropblock)
        use(DROPBLOCK);
    if (OCSP_ON_CUDNN)
        use(RANDOM_ORDER);
}

/* Layers that write over their input's delta, or without a look whether there is one. */
static void install_added(const network *net, int i, const struct repaired *r)
{
    layer *l = &net->layers[i];
    const bool no_target = i == 0 || !net->layers[i - 1].delta_gpu;
    const bool overwrites = l->type == REORG || l->type == REORG_OLD ||
                            l->type == NORMALIZATION || l->type == REGION;

    if (!no_target && !(overwrites && r->shares_target))
        return;
    l->backward_gpu = backward_added;
    use(no_target ? FIRST_LAYER : OVERWRITTEN);
}

static void install_layer(const network *net, int i, struct repaired *r)
{
    layer *l = &net->layers[i];

    switch (l->type) {
    case CONVOLUTIONAL:
        install_convolutional(net, l, r);
        break;
    case CONNECTED:
        install_connected(net, l, r);
        break;
    case BATCHNORM:
        l->backward_gpu = backward_batchnorm;
        use(OVERWRITTEN);
        if (!OCSP_ON_CUDNN)
            use(NORMALIZATION_GRADIENT);
        break;
    case ACTIVE:
        l->backward_gpu = backward_activation;
        use(OVERWRITTEN);
        break;
    case SHORTCUT:
        if (needs_bare_backward(l, r))
            l->backward_gpu = backward_shortcut;
        break;
    case DROPOUT:
        install_dropout(l);
        break;
    case LOCAL_AVGPOOL:
        l->backward_gpu = backward_local_avgpool;
        use(AVERAGE_WINDOW);
        break;
    case SCALE_CHANNELS:
        if (l->scale_wh) {
            l->backward_gpu = backward_place_scaling;
            use(PLACE_SCALING);
        }
        break;
    case MAXPOOL:
    case AVGPOOL:
    case UPSAMPLE:
    case REORG:
    case REORG_OLD:
    case NORMALIZATION:
    case SOFTMAX:
        install_added(net, i, r);
        break;
    case COST:
    case REGION:
    case DETECTION:
    case GAUSSIAN_YOLO:
        install_added(net, i, r);
        if (LOSS_SCALE_OF(net) != 1) {
            l->backward_gpu = backward_loss;
            use(LOSS_SCALE);
        }
        break;
    default:
        break;
    }
}

static void install_everywhere(const network *net, int i, struct repaired *r)
{
    layer *l = &net->layers[i];

    if (!l->onlyforward && ocsp_host_skips(l)) {
        l->train = 1;
        use(UNTRAINED);
    }
    if (ocsp_host_delays_updates(l) &&
        (l->type == CONVOLUTIONAL || l->type == CONNECTED || l->type == BATCHNORM))
        use(HOARDED);
    if (r->dropouts)
        use(ACTIVATION_AFTER_DROPOUT);
    if (OCSP_IS_GELU(l->activation) && (l->type == CONVOLUTIONAL || l->type == ACTIVE ||
                                        l->type == CONNECTED || l->type == SHORTCUT)) {
        l->forward_gpu = forward_gelu;
        use(GELU_GRADIENT);
    }
}

static void release(struct buffer *buffer)
{
    if (buffer->data)
        cuda_free(buffer->data);
}

void ocsp_repair_forget(const void *net)
{
    struct replica **at = &replicas;

    while (*at && (*at)->net != ((const network *)net)->layers)
        at = &(*at)->next;
    struct replica *r = *at;
    if (!r)
        return;
    *at = r->next;
    for (int i = 0; r->layers && i < r->n; i++)
        release(&r->layers[i].before);
    release(&r->delta);
    release(&r->output);
    release(&r->biases);
    if (r->drawn)
        cudaEventDestroy(r->drawn);
    free(r->layers);
    free(r);
}

void ocsp_repair_remove(void *net)
{
    const network *of = net;
    const struct replica *r = find(of->layers);

    for (int i = 0; r && i < of->n; i++) {
        of->layers[i].forward_gpu = r->layers[i].forward;
        of->layers[i].backward_gpu = r->layers[i].backward;
        of->layers[i].update_gpu = r->layers[i].update;
    }
    ocsp_repair_forget(net);
}

/* The host's GPU code has all that it needs, also after it has resized. */
enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err)
{
    (void)net;
    (void)err;
    return OCSP_OK;
}

static struct replica *new_replica(const network *net)
{
    struct replica *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->net = net->layers;
    r->n = net->n;
    r->layers = calloc((size_t)net->n, sizeof *r->layers);
    if (!r->layers) {
        free(r);
        return NULL;
    }
    return r;
}

enum ocsp_status ocsp_repair_install(void *net, struct ocsp_error *err)
{
    const network *of = net;

    ocsp_repair_remove(net);
    struct replica *r = new_replica(of);
    if (!r)
        return ocsp_fail_memory(err);
    r->next = replicas;
    replicas = r;
    memset(active, 0, sizeof active);
    for (int i = 0; i < of->n; i++) {
        struct repaired *repaired = &r->layers[i];
        repaired->forward = of->layers[i].forward_gpu;
        repaired->backward = of->layers[i].backward_gpu;
        repaired->update = of->layers[i].update_gpu;
        repaired->dropouts = count_dropouts(of, i);
        repaired->shares_target = shares_target(of, i);
        install_everywhere(of, i, repaired);
        install_layer(of, i, repaired);
    }
    int n = 0;
    for (int k = 0; k < N_REPAIRS; k++)
        if (active[k])
            active[n++] = active[k];
    for (; n < N_REPAIRS; n++)
        active[n] = NULL;
    return OCSP_OK;
}

const char *const *ocsp_repairs(void)
{
    return active;
}

#endif
