/* The repairs of CPU builds; repair_gpu.c is for GPU builds. */
#ifndef GPU

#include "hosts/by_value/repair.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hosts/by_value/darknet_compat.h"
#include "hosts/by_value/loss.h"
#include "hosts/fatal.h"

/* Grows on use: random resizing enlarges layers after arming. */
struct buffer {
    float *data;
    size_t capacity;
};

struct repaired {
    ocsp_pass_function *forward;  /* the host's own */
    ocsp_pass_function *backward; /* the host's own */
    float dropout_scale;  /* dropouts that follow multiplied the output in place */
    struct buffer before; /* forward_gelu: what the activation got */
};

enum repair {
    OVERWRITTEN,
    NORMALIZATION_GRADIENT,
    NORMALIZATION_BIAS,
    UNTRAINED,
    BATCHNORM_LAYER,
    ACTIVATION_AFTER_DROPOUT,
    MAXPOOL_RACE,
    AVERAGE_AT_BORDER,
    SMOOTH_COST,
    INFINITE_LOSS,
    GELU_GRADIENT,
    FIRST_LAYER,
    FROZEN_NORMALIZATION,
    BAD_GRADIENTS,
    FAR_LOGISTIC,
    N_REPAIRS
};

static const char *const lines[N_REPAIRS] = {
    [OVERWRITTEN] = "gradients are added to those of skip connections, not written over",
    [NORMALIZATION_GRADIENT] = "batch normalization: exact gradient of the forward pass",
    [NORMALIZATION_BIAS] =
        "batch normalization: biases of [convolutional], [batchnorm] train",
    [UNTRAINED] = "all layers are updated, and their gradients cleared at each step",
    [BATCHNORM_LAYER] = "[batchnorm]: missing buffers allocated; scales are trained",
    [ACTIVATION_AFTER_DROPOUT] =
        "activations before [dropout]: gradient at the undropped output",
    [MAXPOOL_RACE] = "[maxpool]: gradient without a race between threads",
    [AVERAGE_AT_BORDER] = "[local_avgpool]: gradient at padded borders",
    [SMOOTH_COST] = "[cost] type=smooth: sign of the gradient beyond 1",
    [INFINITE_LOSS] = OCSP_INFINITE_LOSS_LINE,
    [GELU_GRADIENT] = "gelu: gradient at the input of the activation",
    [FIRST_LAYER] = "first layer without weights: no write through a null pointer",
    [FROZEN_NORMALIZATION] =
        "batch normalization that stopbackward=1 freezes: by its rolling statistics",
    [BAD_GRADIENTS] = OCSP_BAD_GRADIENTS_LINE,
    [FAR_LOGISTIC] = "logistic: 0 far below 0, not NaN",
};

/* A host's callbacks carry no context of ours, so the armed network's has to be here. */
static struct {
    const layer *net; /* the armed network's layers */
    int n;
    struct repaired *layers;
    struct buffer delta;  /* the input's delta that a host overwrites */
    struct buffer output; /* undropped outputs */
    struct buffer biases; /* bias_updates that must not count twice */
    const char *active[N_REPAIRS + 1];
} armed;

static void use(enum repair repair)
{
    armed.active[repair] = lines[repair];
}

static float *room(struct buffer *buffer, size_t n)
{
    struct ocsp_error err;

    if (n > buffer->capacity) {
        free(buffer->data);
        buffer->data = malloc(n * sizeof *buffer->data);
        if (!buffer->data) {
            ocsp_fail_memory(&err);
            ocsp_fatal(&err);
        }
        buffer->capacity = n;
    }
    return buffer->data;
}

static size_t outputs_of(const layer *l)
{
    return (size_t)l->batch * (size_t)l->outputs;
}

static void add(float *sum, const float *x, size_t n)
{
    OCSP_PARALLEL_FOR
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* l->delta: from dL/d output to dL/d the activation's input. */
static void activation_gradient(const layer *l, struct repaired *r)
{
    const size_t n = outputs_of(l);
    const float *output = l->output;

    /* Dropped elements have delta 0, the others were multiplied by the scale. */
    if (r->dropout_scale != 1) {
        float *undropped = room(&armed.output, n);
        for (size_t i = 0; i < n; i++)
            undropped[i] = output[i] / r->dropout_scale;
        output = undropped;
    }
    if (OCSP_IS_GELU(l->activation))
        output = r->before.data;
    if (l->activation != LINEAR && !ocsp_host_gradient_at_input(l, output))
        gradient_array(output, (int)n, l->activation, l->delta);
}

/* One channel of y = scale · x_norm + bias, x_norm = (x − mean) / s(variance), variance
 * with 1/(N − 1), N = batch · size. With g = dL/dy · scale:
 *   dL/dx = (g − mean g)/s − x_norm · Σ(g · x_norm) / ((N − 1) · r),  s' = 1 / (2 r).
 * The host's delta is −dL/dy, and so are its updates; the formula is linear in it. */
static void normalization_gradient(const layer *l, int f, int channels, int size)
{
    double s, r, sum = 0, sum_norm = 0;
    const int n = l->batch * size;

    for (int b = 0; b < l->batch; b++) {
        const size_t at = ((size_t)b * (size_t)channels + (size_t)f) * (size_t)size;
        for (int i = 0; i < size; i++) {
            sum += l->delta[at + (size_t)i];
            sum_norm += (double)l->delta[at + (size_t)i] * l->x_norm[at + (size_t)i];
        }
    }
    l->bias_updates[f] += (float)sum;
    l->scale_updates[f] += (float)sum_norm;

    ocsp_host_deviation(l->variance[f], &s, &r);
    /* A constant channel (r is 0 in Debian's form): 1 / s would be 1e6, of noise. */
    const double a = r > 0 ? l->scales[f] / s : 0;
    const double c = r > 0 ? l->scales[f] * sum_norm / ((n - 1) * r) : 0;
    for (int b = 0; b < l->batch; b++) {
        const size_t at = ((size_t)b * (size_t)channels + (size_t)f) * (size_t)size;
        for (int i = 0; i < size; i++) {
            float *d = &l->delta[at + (size_t)i];
            *d = (float)(a * (*d - sum / n) - c * l->x_norm[at + (size_t)i]);
        }
    }
}

static void normalization_gradients(const layer *l)
{
    const int channels = l->type == CONNECTED ? l->outputs : l->out_c;
    const int size = l->outputs / channels;

    OCSP_PARALLEL_FOR
    for (int f = 0; f < channels; f++)
        normalization_gradient(l, f, channels, size);
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
    float *target = pass.delta;
    const size_t n = inputs_of(OCSP_PASS_LAYERS(pass), pass.index);

    pass.delta = room(&armed.delta, n);
    memset(pass.delta, 0, n * sizeof *pass.delta);
    armed.layers[pass.index].backward(l, pass);
    if (target)
        add(target, armed.delta.data, n);
}

/* Convolutional and connected. The host's own backward does the matrix products, on a
 * layer without activation and normalization. */
static void backward_weighted(layer l, ocsp_pass pass)
{
    struct repaired *r = &armed.layers[pass.index];

    activation_gradient(&l, r);
    l.activation = LINEAR;
    if (l.batch_normalize) {
        normalization_gradients(&l);
        l.batch_normalize = 0;
        const size_t n = (size_t)(l.type == CONNECTED ? l.outputs : l.n);
        l.bias_updates = room(&armed.biases, n);
        memset(l.bias_updates, 0, n * sizeof *l.bias_updates);
    }
    if (pass.delta && ocsp_host_overwrites_input_delta(&l))
        backward_added(l, pass);
    else
        r->backward(l, pass);
}

static void backward_batchnorm(layer l, ocsp_pass pass)
{
    normalization_gradients(&l);
    if (pass.delta)
        add(pass.delta, l.delta, outputs_of(&l));
}

static void backward_activation(layer l, ocsp_pass pass)
{
    activation_gradient(&l, &armed.layers[pass.index]);
    if (pass.delta)
        add(pass.delta, l.delta, outputs_of(&l));
}

static void backward_shortcut(layer l, ocsp_pass pass)
{
    activation_gradient(&l, &armed.layers[pass.index]);
    l.activation = LINEAR;
    armed.layers[pass.index].backward(l, pass);
}

static void forward_cross_entropy(layer l, ocsp_pass pass)
{
    armed.layers[pass.index].forward(l, pass);
    if (pass.truth)
        ocsp_loss_make_finite(&l, l.output);
}

#ifdef OCSP_HOST_ALEXEYAB

/* An output's index lies in its own channel's plane (maxpool_depth: in its image), so
 * planes (images) can be done in parallel. */
static void backward_maxpool(layer l, ocsp_pass pass)
{
    const int parts = l.batch * (l.maxpool_depth ? 1 : l.out_c);
    const int size = (int)(outputs_of(&l) / (size_t)parts);

    if (!pass.delta)
        return;
    OCSP_PARALLEL_FOR
    for (int part = 0; part < parts; part++)
        for (int i = part * size; i < (part + 1) * size; i++)
            if (l.indexes[i] >= 0) /* of a window of NaNs it is −1 */
                pass.delta[l.indexes[i]] += l.delta[i];
}

/* Forward divides by the number of elements inside the image, and so do we. */
static void local_average_gradient(const layer *l, float *delta, int plane, int y, int x)
{
    int top = -l->pad / 2 + y * l->stride_y, left = -l->pad / 2 + x * l->stride_x;
    const int bottom = top + l->size < l->h ? top + l->size : l->h;
    const int right = left + l->size < l->w ? left + l->size : l->w;

    top = top > 0 ? top : 0;
    left = left > 0 ? left : 0;
    const float d = l->delta[x + l->out_w * (y + l->out_h * plane)] /
                    (float)((bottom - top) * (right - left));
    for (int i = top; i < bottom; i++)
        for (int j = left; j < right; j++)
            delta[j + l->w * (i + l->h * plane)] += d;
}

static void backward_local_avgpool(layer l, ocsp_pass pass)
{
    if (!pass.delta)
        return;
    OCSP_PARALLEL_FOR
    for (int plane = 0; plane < l.batch * l.c; plane++)
        for (int y = 0; y < l.out_h; y++)
            for (int x = 0; x < l.out_w; x++)
                local_average_gradient(&l, pass.delta, plane, y, x);
}

static bool is_frozen(const layer *l)
{
    return l->rolling_mean && !l->mean;
}

/* Layers that are not trained have no arrays for a batch's statistics. The host's GPU
 * code takes the rolling ones there. */
static void forward_host(layer l, ocsp_pass pass)
{
    if (is_frozen(&l))
        pass.train = 0;
    armed.layers[pass.index].forward(l, pass);
}

/* Whether plane `k` of an anchor's goes through the logistic function. */
static bool is_logistic(const layer *l, int k)
{
    return l->type == YOLO ? k != 2 && k != 3 : k != 4 && k != 6;
}

/* A copy of a head's input: -Ofast makes NaN, not 0, of the logistic function of less
 * than -88. */
static float *near_logits(const layer *l, const float *input)
{
    const int planes = l->outputs / (l->n * l->w * l->h);
    const size_t n = outputs_of(l), plane = (size_t)(l->w * l->h);
    float *near = room(&armed.output, n);

    for (size_t i = 0; i < n; i++) {
        const bool far = input[i] < -80 && is_logistic(l, (int)(i / plane) % planes);
        near[i] = far ? -80 : input[i];
    }
    return near;
}

static void forward_boxes(layer l, ocsp_pass pass)
{
    if (!ocsp_host_has_new_coords(&l)) /* then a layer before has applied it */
        pass.input = near_logits(&l, pass.input);
    armed.layers[pass.index].forward(l, pass);
    if (pass.train)
        ocsp_loss_drop_bad_gradients(&l);
}

/* As above, for layers whose activation is logistic. */
static void forward_logistic(layer l, ocsp_pass pass)
{
    const size_t n = outputs_of(&l);

    l.activation = LINEAR;
    forward_host(l, pass);
    OCSP_PARALLEL_FOR
    for (size_t i = 0; i < n; i++)
        l.output[i] = 1 / (1 + expf(-l.output[i]));
}

/* The host keeps no input of gelu, and takes its gradient at the output. */
static void forward_gelu(layer l, ocsp_pass pass)
{
    struct repaired *r = &armed.layers[pass.index];
    const size_t n = outputs_of(&l);
    const ACTIVATION gelu = l.activation;

    l.activation = LINEAR;
    forward_host(l, pass);
    memcpy(room(&r->before, n), l.output, n * sizeof *l.output);
    activate_array(l.output, (int)n, gelu);
}

/* The host's resizing forgets these two. */
static void forward_batchnorm(layer l, ocsp_pass pass)
{
    struct repaired *r = &armed.layers[pass.index];
    layer *own = &OCSP_PASS_LAYERS(pass)[pass.index];
    const size_t n = outputs_of(&l);

    if (n > r->before.capacity) {
        struct buffer x = {l.x, r->before.capacity}, norm = {l.x_norm, x.capacity};
        l.x = own->x = room(&x, n);
        l.x_norm = own->x_norm = room(&norm, n);
        r->before.capacity = n;
    }
    forward_host(l, pass);
}

#else

/* The host's gradient has the wrong sign where |truth − prediction| is 1 or more. */
static void forward_smooth_cost(layer l, ocsp_pass pass)
{
    armed.layers[pass.index].forward(l, pass);
    if (!pass.truth)
        return;
    for (size_t i = 0; i < outputs_of(&l); i++) {
        const float difference = pass.truth[i] - pass.input[i];
        if (difference >= 1 || difference <= -1)
            l.delta[i] = difference > 0 ? 1 : -1;
    }
}

#endif

/* Product of the scales of the dropouts that work in place on layer i's output, where the
 * gradient of its activation depends on more than the output's sign. */
static float scale_of_dropouts(const network *net, int i)
{
    const layer *l = &net->layers[i];
    float scale = 1;

    if (!ocsp_host_activates(l))
        return 1;
    if (l->activation == LINEAR || l->activation == RELU || l->activation == LEAKY)
        return 1;
    for (int k = i + 1; k < net->n && net->layers[k].type == DROPOUT; k++)
        scale *= net->layers[k].scale;
    return scale;
}

/* Kinds of layers that both hosts compute alike. */
static void install_common(const network *net, int i)
{
    layer *l = &net->layers[i];
    struct repaired *r = &armed.layers[i];
    const bool no_target = i == 0 || !net->layers[i - 1].delta;

    switch (l->type) {
    case CONVOLUTIONAL:
    case CONNECTED:
        l->backward = backward_weighted;
        if (l->batch_normalize)
            use(NORMALIZATION_GRADIENT);
        if (ocsp_host_overwrites_input_delta(l))
            use(OVERWRITTEN);
        break;
    case BATCHNORM:
        l->backward = backward_batchnorm;
        use(NORMALIZATION_GRADIENT);
        use(OVERWRITTEN);
        if (!OCSP_HAS_BATCHNORM_BUFFERS)
            use(BATCHNORM_LAYER);
        break;
    case ACTIVE:
        l->backward = backward_activation;
        use(OVERWRITTEN);
        break;
    case SHORTCUT:
        if (r->dropout_scale != 1 || OCSP_IS_GELU(l->activation))
            l->backward = backward_shortcut;
        break;
    case MAXPOOL:
    case AVGPOOL:
    case SOFTMAX:
    case COST:
    case UPSAMPLE:
    case REORG:
        if (no_target || ocsp_host_overwrites_input_delta(l)) {
            l->backward = backward_added;
            use(no_target ? FIRST_LAYER : OVERWRITTEN);
        }
        break;
    default:
        if (ocsp_host_overwrites_input_delta(l)) {
            l->backward = backward_added;
            use(OVERWRITTEN);
        }
    }
    if (l->type == SOFTMAX) {
        l->forward = forward_cross_entropy;
        use(INFINITE_LOSS);
    }
    if (r->dropout_scale != 1)
        use(ACTIVATION_AFTER_DROPOUT);
}

static void train_layer(layer *l)
{
#ifdef OCSP_HOST_ALEXEYAB
    if (!l->onlyforward && ocsp_host_skips(l)) {
        l->train = 1;
        use(UNTRAINED);
    }
    if (is_frozen(l)) {
        l->forward = forward_host;
        use(FROZEN_NORMALIZATION);
    }
#else
    (void)l;
#endif
}

static void install_host(const network *net, int i)
{
    layer *l = &net->layers[i];
#ifdef OCSP_HOST_ALEXEYAB
    struct repaired *r = &armed.layers[i];

    if (l->type == BATCHNORM) {
        l->forward = forward_batchnorm;
        r->before.capacity = outputs_of(l);
    }
    if (l->type == BATCHNORM || (l->type == CONVOLUTIONAL && l->batch_normalize))
        use(NORMALIZATION_BIAS);
    if (l->type == MAXPOOL) {
        l->backward = backward_maxpool;
        use(MAXPOOL_RACE);
    }
    if (l->type == LOCAL_AVGPOOL) {
        l->backward = backward_local_avgpool;
        use(AVERAGE_AT_BORDER);
    }
    if (l->type == YOLO || l->type == GAUSSIAN_YOLO) {
        l->forward = forward_boxes;
        use(BAD_GRADIENTS);
        use(FAR_LOGISTIC);
    }
    if (l->activation == LOGISTIC && ocsp_host_activates(l)) {
        l->forward = forward_logistic;
        use(FAR_LOGISTIC);
    }
    if (OCSP_IS_GELU(l->activation) && ocsp_host_activates(l)) {
        l->forward = forward_gelu;
        use(GELU_GRADIENT);
    }
#else
    if (l->type == COST && l->cost_type == SMOOTH) {
        l->forward = forward_smooth_cost;
        use(SMOOTH_COST);
    }
    if (l->type == LOGXENT) {
        l->forward = forward_cross_entropy;
        use(INFINITE_LOSS);
    }
#endif
}

static void clear(void)
{
    for (int i = 0; i < armed.n; i++)
        free(armed.layers[i].before.data);
    free(armed.layers);
    free(armed.delta.data);
    free(armed.output.data);
    free(armed.biases.data);
    memset(&armed, 0, sizeof armed);
}

void ocsp_repair_forget(const void *net)
{
    if (((const network *)net)->layers == armed.net)
        clear();
}

enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err)
{
    const network *of = net;

    for (int i = 0; i < of->n; i++) {
        layer *l = &of->layers[i];
        if (l->type != BATCHNORM)
            continue;
        /* freed by the host's free_layer */
        float *x = realloc(l->x, outputs_of(l) * sizeof *x);
        l->x = x ? x : l->x;
        float *norm = realloc(l->x_norm, outputs_of(l) * sizeof *norm);
        l->x_norm = norm ? norm : l->x_norm;
        if (!x || !norm)
            return ocsp_fail_memory(err);
    }
    return OCSP_OK;
}

void ocsp_repair_remove(void *net)
{
    const network *of = net;

    if (of->layers != armed.net)
        return;
    for (int i = 0; i < of->n; i++) {
        of->layers[i].forward = armed.layers[i].forward;
        of->layers[i].backward = armed.layers[i].backward;
    }
    clear();
}

enum ocsp_status ocsp_repair_install(void *net, const struct ocsp_engine *engine,
                                     struct ocsp_error *err)
{
    const network *of = net;

    ocsp_repair_remove(net);
    clear();
    if (ocsp_repair_batchnorm_buffers(net, err))
        return err->status;
    armed.layers = calloc((size_t)of->n, sizeof *armed.layers);
    if (!armed.layers)
        return ocsp_fail_memory(err);
    armed.net = of->layers;
    armed.n = of->n;
    for (int i = 0; i < of->n; i++) {
        armed.layers[i].forward = of->layers[i].forward;
        armed.layers[i].backward = of->layers[i].backward;
        armed.layers[i].dropout_scale = scale_of_dropouts(of, i);
        train_layer(&of->layers[i]);
        if (ocsp_engine_takes(engine, i))
            continue;
        install_common(of, i);
        install_host(of, i);
    }
    int n = 0;
    for (int k = 0; k < N_REPAIRS; k++)
        if (armed.active[k])
            armed.active[n++] = armed.active[k];
    for (; n < N_REPAIRS; n++)
        armed.active[n] = NULL;
    return OCSP_OK;
}

const char *const *ocsp_repairs(void)
{
    return armed.active;
}

#endif
