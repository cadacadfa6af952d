/* Passes of layers whose gradients the CPU code of all hosts gets wrong, and the table of
 * where they are installed. */
#ifndef GPU

#include <string.h>

#include "hosts/by_value/loss.h"
#include "hosts/by_value/repair_cpu.h"
#include "hosts/rules_common.h"

static void add(float *sum, const float *x, size_t n)
{
    OCSP_PARALLEL_FOR
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

/* l->delta: from dL/d output to dL/d the activation's input. */
static void activation_gradient(const layer *l, struct ocsp_repaired_layer *r)
{
    const size_t n = ocsp_layer_outputs(l);
    const float *output = l->output;

    /* Dropped elements have delta 0, the others were multiplied by the scale. */
    if (r->dropout_scale != 1) {
        float *undropped = ocsp_repair_buffer(OCSP_UNDROPPED_OUTPUT, n);
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

/* The host's backward, whose input delta is added to what is there, or dropped where
 * nobody wants it. */
static void backward_added(layer l, ocsp_pass pass)
{
    float *target = pass.delta;
    const size_t n = ocsp_layer_inputs(OCSP_PASS_LAYERS(pass), pass.index);

    pass.delta = ocsp_repair_buffer(OCSP_INPUT_DELTA, n);
    memset(pass.delta, 0, n * sizeof *pass.delta);
    ocsp_repaired_layer(&pass)->backward(l, pass);
    if (target)
        add(target, pass.delta, n);
}

/* Convolutional and connected. The host's own backward does the matrix products, on a
 * layer without activation and normalization. */
static void backward_weighted(layer l, ocsp_pass pass)
{
    struct ocsp_repaired_layer *r = ocsp_repaired_layer(&pass);

    activation_gradient(&l, r);
    l.activation = LINEAR;
    if (l.batch_normalize) {
        normalization_gradients(&l);
        l.batch_normalize = 0;
        const size_t n = (size_t)(l.type == CONNECTED ? l.outputs : l.n);
        l.bias_updates = ocsp_repair_buffer(OCSP_BIAS_UPDATES, n);
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
        add(pass.delta, l.delta, ocsp_layer_outputs(&l));
}

static void backward_activation(layer l, ocsp_pass pass)
{
    activation_gradient(&l, ocsp_repaired_layer(&pass));
    if (pass.delta)
        add(pass.delta, l.delta, ocsp_layer_outputs(&l));
}

static void backward_shortcut(layer l, ocsp_pass pass)
{
    activation_gradient(&l, ocsp_repaired_layer(&pass));
    l.activation = LINEAR;
    ocsp_repaired_layer(&pass)->backward(l, pass);
}

void ocsp_forward_cross_entropy(layer l, ocsp_pass pass)
{
    ocsp_repaired_layer(&pass)->forward(l, pass);
    if (pass.truth)
        ocsp_loss_make_finite(&l, l.output);
}

static bool overwrites(const struct ocsp_repair_site *site)
{
    return ocsp_host_overwrites_input_delta(site->l);
}

static bool has_no_target(const struct ocsp_repair_site *site)
{
    return site->index == 0 || !site->net->layers[site->index - 1].delta;
}

static bool overwrites_target(const struct ocsp_repair_site *site)
{
    return overwrites(site) && !has_no_target(site);
}

static bool is_dropped(const struct ocsp_repair_site *site)
{
    return ((const struct ocsp_repaired_layer *)site->kept)->dropout_scale != 1;
}

/* The host takes the gradient of the activation at the wrong place. */
static bool is_dropped_or_gelu(const struct ocsp_repair_site *site)
{
    return is_dropped(site) || OCSP_IS_GELU(site->l->activation);
}

static bool lacks_buffers(const struct ocsp_repair_site *site)
{
    (void)site;
    return !OCSP_HAS_BATCHNORM_BUFFERS;
}

/* Types whose backward asks for no target do not come here. */
static bool overwrites_without_a_look(const struct ocsp_repair_site *site)
{
    switch (site->l->type) {
    case CONVOLUTIONAL:
    case CONNECTED:
    case BATCHNORM:
    case ACTIVE:
    case SHORTCUT:
    case MAXPOOL:
    case AVGPOOL:
    case SOFTMAX:
    case COST:
    case UPSAMPLE:
    case REORG:
        return false; /* entries of their own */
    default:
        return overwrites(site);
    }
}

bool ocsp_repair_normalizes(const struct ocsp_repair_site *site)
{
    return site->l->type == BATCHNORM || site->l->batch_normalize;
}

bool ocsp_repair_activates(const struct ocsp_repair_site *site)
{
    return ocsp_host_activates(site->l);
}

static void install_weighted(const struct ocsp_repair_site *site)
{
    site->l->backward = backward_weighted;
}

static void install_batchnorm(const struct ocsp_repair_site *site)
{
    site->l->backward = backward_batchnorm;
}

static void install_activation(const struct ocsp_repair_site *site)
{
    site->l->backward = backward_activation;
}

static void install_shortcut(const struct ocsp_repair_site *site)
{
    site->l->backward = backward_shortcut;
}

static void install_added(const struct ocsp_repair_site *site)
{
    site->l->backward = backward_added;
}

static void install_cross_entropy(const struct ocsp_repair_site *site)
{
    site->l->forward = ocsp_forward_cross_entropy;
}

/* Layers that write to their input's delta without a look whether there is one, or over
 * what is there. */
#define ADDED(type)                                                                      \
    {type, has_no_target, ocsp_repaired_first_layer, install_added},                     \
    {                                                                                    \
        type, overwrites_target, ocsp_repaired_overwriting, install_added                \
    }

const struct ocsp_repair ocsp_common_repairs[] = {
    {CONVOLUTIONAL, NULL, NULL, install_weighted},
    {CONVOLUTIONAL, ocsp_repair_normalizes, ocsp_repaired_normalization, NULL},
    {CONVOLUTIONAL, overwrites, ocsp_repaired_overwriting, NULL},
    {CONNECTED, NULL, NULL, install_weighted},
    {CONNECTED, ocsp_repair_normalizes, ocsp_repaired_normalization, NULL},
    {BATCHNORM, NULL, ocsp_repaired_normalization, install_batchnorm},
    {BATCHNORM, NULL, ocsp_repaired_overwriting, NULL},
    {BATCHNORM, lacks_buffers, ocsp_repaired_batchnorm_layer, NULL},
    {ACTIVE, NULL, ocsp_repaired_overwriting, install_activation},
    {SHORTCUT, is_dropped_or_gelu, NULL, install_shortcut},
    ADDED(MAXPOOL),
    ADDED(AVGPOOL),
    ADDED(SOFTMAX),
    ADDED(COST),
    ADDED(UPSAMPLE),
    ADDED(REORG),
    {OCSP_ANY_TYPE, overwrites_without_a_look, ocsp_repaired_overwriting, install_added},
    {SOFTMAX, NULL, ocsp_repaired_infinite_loss, install_cross_entropy},
    {OCSP_ANY_TYPE, is_dropped, ocsp_repaired_dropped_activation, NULL},
    {OCSP_ANY_TYPE, NULL, NULL, NULL},
};

#endif
