/* The repairs that AlexeyAB's Darknet alone needs, on CPU. */
#ifndef GPU

#include <math.h>
#include <string.h>

#include "hosts/alexeyab/rules.h"
#include "hosts/by_value/loss.h"
#include "hosts/by_value/repair_cpu.h"

/* An output's index lies in its own channel's plane (maxpool_depth: in its image), so
 * planes (images) can be done in parallel. */
static void backward_maxpool(layer l, ocsp_pass pass)
{
    const int parts = l.batch * (l.maxpool_depth ? 1 : l.out_c);
    const int size = (int)(ocsp_layer_outputs(&l) / (size_t)parts);

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
    ocsp_repaired_layer(&pass)->forward(l, pass);
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
    const size_t n = ocsp_layer_outputs(l), plane = (size_t)(l->w * l->h);
    float *near = ocsp_repair_buffer(OCSP_UNDROPPED_OUTPUT, n);

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
    ocsp_repaired_layer(&pass)->forward(l, pass);
    if (pass.train)
        ocsp_loss_drop_bad_gradients(&l);
}

/* As above, for layers whose activation is logistic. */
static void forward_logistic(layer l, ocsp_pass pass)
{
    const size_t n = ocsp_layer_outputs(&l);

    l.activation = LINEAR;
    forward_host(l, pass);
    OCSP_PARALLEL_FOR
    for (size_t i = 0; i < n; i++)
        l.output[i] = 1 / (1 + expf(-l.output[i]));
}

/* The host keeps no input of gelu, and takes its gradient at the output. */
static void forward_gelu(layer l, ocsp_pass pass)
{
    struct ocsp_repaired_layer *r = ocsp_repaired_layer(&pass);
    const size_t n = ocsp_layer_outputs(&l);
    const ACTIVATION gelu = l.activation;

    l.activation = LINEAR;
    forward_host(l, pass);
    memcpy(ocsp_grow_buffer(&r->before, n), l.output, n * sizeof *l.output);
    activate_array(l.output, (int)n, gelu);
}

/* The host's resizing forgets these two. */
static void forward_batchnorm(layer l, ocsp_pass pass)
{
    struct ocsp_repaired_layer *r = ocsp_repaired_layer(&pass);
    layer *own = &OCSP_PASS_LAYERS(pass)[pass.index];
    const size_t n = ocsp_layer_outputs(&l);

    if (n > r->before.capacity) {
        struct ocsp_buffer x = {l.x, r->before.capacity}, norm = {l.x_norm, x.capacity};
        l.x = own->x = ocsp_grow_buffer(&x, n);
        l.x_norm = own->x_norm = ocsp_grow_buffer(&norm, n);
        r->before.capacity = n;
    }
    forward_host(l, pass);
}

static bool is_left_out(const struct ocsp_repair_site *site)
{
    return !site->l->onlyforward && ocsp_host_skips(site->l);
}

static bool freezes_normalization(const struct ocsp_repair_site *site)
{
    return is_frozen(site->l);
}

static bool activates_by_logistic(const struct ocsp_repair_site *site)
{
    return ocsp_repair_activates(site) && site->l->activation == LOGISTIC;
}

static bool activates_by_gelu(const struct ocsp_repair_site *site)
{
    return ocsp_repair_activates(site) && OCSP_IS_GELU(site->l->activation);
}

static void mark_as_trained(const struct ocsp_repair_site *site)
{
    site->l->train = 1;
}

static void install_frozen(const struct ocsp_repair_site *site)
{
    site->l->forward = forward_host;
}

static void install_batchnorm(const struct ocsp_repair_site *site)
{
    struct ocsp_repaired_layer *kept = site->kept;

    site->l->forward = forward_batchnorm;
    kept->before.capacity = ocsp_layer_outputs(site->l);
}

static void install_maxpool(const struct ocsp_repair_site *site)
{
    site->l->backward = backward_maxpool;
}

static void install_local_avgpool(const struct ocsp_repair_site *site)
{
    site->l->backward = backward_local_avgpool;
}

static void install_boxes(const struct ocsp_repair_site *site)
{
    site->l->forward = forward_boxes;
}

static void install_logistic(const struct ocsp_repair_site *site)
{
    site->l->forward = forward_logistic;
}

static void install_gelu(const struct ocsp_repair_site *site)
{
    site->l->forward = forward_gelu;
}

static const struct ocsp_repair everywhere[] = {
    {OCSP_ANY_TYPE, is_left_out, ocsp_alexeyab_repaired_untrained, mark_as_trained},
    {OCSP_ANY_TYPE, freezes_normalization, ocsp_alexeyab_repaired_frozen_normalization,
     install_frozen},
    {OCSP_ANY_TYPE, NULL, NULL, NULL},
};

static const struct ocsp_repair own[] = {
    {BATCHNORM, NULL, ocsp_alexeyab_repaired_normalization_bias, install_batchnorm},
    {CONVOLUTIONAL, ocsp_repair_normalizes, ocsp_alexeyab_repaired_normalization_bias,
     NULL},
    {MAXPOOL, NULL, ocsp_alexeyab_repaired_maxpool_race, install_maxpool},
    {LOCAL_AVGPOOL, NULL, ocsp_alexeyab_repaired_average_at_border,
     install_local_avgpool},
    {YOLO, NULL, ocsp_alexeyab_repaired_bad_gradients, install_boxes},
    {YOLO, NULL, ocsp_alexeyab_repaired_far_logistic, NULL},
    {GAUSSIAN_YOLO, NULL, ocsp_alexeyab_repaired_bad_gradients, install_boxes},
    {GAUSSIAN_YOLO, NULL, ocsp_alexeyab_repaired_far_logistic, NULL},
    {OCSP_ANY_TYPE, activates_by_logistic, ocsp_alexeyab_repaired_far_logistic,
     install_logistic},
    {OCSP_ANY_TYPE, activates_by_gelu, ocsp_alexeyab_repaired_gelu, install_gelu},
    {OCSP_ANY_TYPE, NULL, NULL, NULL},
};

const struct ocsp_cpu_repairs ocsp_cpu_repairs = {everywhere, own,
                                                  &ocsp_host_rules_alexeyab};

#endif
