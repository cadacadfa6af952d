/* The differences between the hosts, and between the ages of AlexeyAB's, that code in
 * host/ must know. For hosts and engine alone. OCSP_HAS_* come from features.mk, which
 * looks into the tree.
 *
 * ocsp_pass is the by-value second argument of l.forward and l.backward; both hosts have
 * the fields input, delta, truth, train, index in it. */
#ifndef OCSP_HOSTS_DARKNET_COMPAT_H
#define OCSP_HOSTS_DARKNET_COMPAT_H

#include <limits.h>
#include <math.h>
#include <stdbool.h>

#include "activations.h"
#include "darknet.h"

#ifndef OCSP_HAS_UNTRAINED
#error "compile with the flags of features.mk"
#endif

#if defined(OCSP_HOST_ALEXEYAB)

typedef network_state ocsp_pass;
#if defined(GPU) && OCSP_HAS_LOSS_SCALE
typedef void ocsp_update_function(layer, int, float, float, float, float);
#else
typedef void ocsp_update_function(layer, int, float, float, float);
#endif
#define OCSP_PASS_LAYERS(pass) ((pass).net.layers)
/* [net] loss_scale=, of May 2020. */
#if OCSP_HAS_LOSS_SCALE
#define OCSP_LOSS_SCALE(net) ((net)->loss_scale)
#else
#define OCSP_LOSS_SCALE(net) 1.f
#endif

/* Of normalize_cpu: x is divided by `divisor`, d divisor / d variance = 1 / (2 root). */
static inline void ocsp_host_deviation(double variance, double *divisor, double *root)
{
    const double epsilon = OCSP_HAS_WIDE_EPSILON ? .00001f : .000001f;
    *divisor = *root = sqrt(variance + epsilon);
}

/* Activations that a tree does not know: numbers that no layer of it has. */
#if !OCSP_HAS_GELU
#define GELU 1001
#endif
#if !OCSP_HAS_RELU6
#define RELU6 1002
#endif
#if !OCSP_HAS_HARD_MISH
#define HARD_MISH 1003
#endif
#define OCSP_IS_GELU(activation) ((int)(activation) == GELU)

/* Of the activations whose gradient this host takes at their input: brings l->delta
 * there, and returns true. */
static inline bool ocsp_host_gradient_at_input(const layer *l, const float *output)
{
    const int n = l->batch * l->outputs;

    switch (l->activation) {
    case SWISH:
        gradient_array_swish(output, n, l->activation_input, l->delta);
        return true;
    case MISH:
        gradient_array_mish(n, l->activation_input, l->delta);
        return true;
#if OCSP_HAS_HARD_MISH
    case HARD_MISH:
        gradient_array_hard_mish(n, l->activation_input, l->delta);
        return true;
#endif
    default:
        return false;
    }
}

/* Whether the host leaves this layer out where it clears gradients and updates. */
static inline bool ocsp_host_skips(const layer *l)
{
    return OCSP_HAS_UNTRAINED && !l->train;
}

/* Whether the host's CPU code has no eye on the strides of a 1x1 convolution. */
static inline bool ocsp_host_ignores_strides(const layer *l)
{
    return l->size == 1 &&
           (!OCSP_HAS_STRIDED_1X1 || (l->stride_x == 1 && l->dilation == 1));
}

/* coordconv=, which only GPU builds heed. */
static inline bool ocsp_host_has_coordconv(const layer *l)
{
#if OCSP_HAS_COORDCONV
    return l->coordconv;
#else
    (void)l;
    return false;
#endif
}

#define OCSP_REJECTION_REFUSAL                                                           \
    "Darknet's weights_reject_freq= writes behind the weights of a convolution with "    \
    "groups=: remove it"

/* Whether [net] weights_reject_freq= would compare, and replace, filters of this grouped
 * convolution by their size without groups=, far behind its weights. */
static inline bool ocsp_host_rejects_beyond(const network *net, const layer *l)
{
#if OCSP_HAS_REJECTION
    return net->weights_reject_freq && l->type == CONVOLUTIONAL && l->groups > 1 &&
           l->activation != LINEAR;
#else
    (void)net;
    (void)l;
    return false;
#endif
}

/* [yolo] new_coords=1: its input has gone through the logistic function. */
static inline bool ocsp_host_has_new_coords(const layer *l)
{
#if OCSP_HAS_NEW_COORDS
    return l->new_coords;
#else
    (void)l;
    return false;
#endif
}

/* clip= and grad_centr= of convolutions, which only GPU builds heed. */
static inline bool ocsp_host_has_clip_or_centring(const layer *l)
{
#if OCSP_HAS_GRAD_CENTR
    if (l->grad_centr)
        return true;
#endif
    return l->clip != 0;
}

/* Whether dont_update=, burnin_update= or train_only_bn=, which only GPU builds heed,
 * keep the layer from being updated in this iteration, counted from 1. */
static inline bool ocsp_host_is_delayed(const layer *l, int burn_in, int iteration)
{
    bool delayed = false;

#if OCSP_HAS_DONT_UPDATE
    delayed = (l->dont_update && l->dont_update >= iteration) ||
              (l->burnin_update && l->burnin_update * burn_in > iteration);
#endif
#if OCSP_HAS_TRAIN_ONLY_BN
    delayed = delayed || l->train_only_bn;
#endif
    (void)l;
    (void)burn_in;
    (void)iteration;
    return delayed;
}

/* In any iteration. */
static inline bool ocsp_host_delays_updates(const layer *l)
{
    return ocsp_host_is_delayed(l, 1, INT_MIN);
}

/* A cfg may delay the updates of a layer that has none. */
static inline void ocsp_host_update_always(layer *l)
{
    l->train = 1;
#if OCSP_HAS_DONT_UPDATE
    l->dont_update = l->burnin_update = 0;
#endif
#if OCSP_HAS_TRAIN_ONLY_BN
    l->train_only_bn = 0;
#endif
}

/* What update_network_gpu asks of a layer, at its next call. */
static inline bool ocsp_host_updates_now(const network *net, const layer *l)
{
    const int iteration = (int)(*net->seen / ((uint64_t)net->batch * net->subdivisions));

    return (!OCSP_HAS_UNTRAINED || l->train) &&
           !ocsp_host_is_delayed(l, net->burn_in, iteration);
}

/* What detectors measure while they train. */
static inline void ocsp_host_carry_statistics(network *net, const network *old)
{
#if OCSP_HAS_TOTAL_BBOX
    *net->total_bbox = *old->total_bbox;
    *net->rewritten_bbox = *old->rewritten_bbox;
#endif
#if OCSP_HAS_BADLABELS
    *net->badlabels_reject_threshold = *old->badlabels_reject_threshold;
    *net->delta_rolling_max = *old->delta_rolling_max;
    *net->delta_rolling_avg = *old->delta_rolling_avg;
    *net->delta_rolling_std = *old->delta_rolling_std;
#endif
    (void)net;
    (void)old;
}

/* What a network counts, by its fields. */
#if OCSP_HAS_TOTAL_BBOX
#define OCSP_BBOX_COUNTERS(X) X(total_bbox) X(rewritten_bbox)
#else
#define OCSP_BBOX_COUNTERS(X)
#endif
#if OCSP_HAS_BADLABELS
#define OCSP_BADLABELS_COUNTERS(X)                                                       \
    X(badlabels_reject_threshold)                                                        \
    X(delta_rolling_max) X(delta_rolling_avg) X(delta_rolling_std)
#else
#define OCSP_BADLABELS_COUNTERS(X)
#endif
#define OCSP_HOST_COUNTERS(X)                                                            \
    X(seen) X(cur_iteration) OCSP_BBOX_COUNTERS(X) OCSP_BADLABELS_COUNTERS(X)

#elif defined(OCSP_HOST_DEBIAN)

#define OCSP_HOST_COUNTERS(X) X(seen) X(t)

typedef network ocsp_pass;
typedef void ocsp_update_function(layer, update_args);
#define OCSP_PASS_LAYERS(pass) ((pass).layers)
#define OCSP_IS_GELU(activation) false

static inline void ocsp_host_update_always(layer *l)
{
    (void)l;
}

static inline bool ocsp_host_gradient_at_input(const layer *l, const float *output)
{
    (void)l;
    (void)output;
    return false;
}

static inline void ocsp_host_deviation(double variance, double *divisor, double *root)
{
    *root = sqrt(variance);
    *divisor = *root + (double).000001f;
}

#else
#error "compile with -DOCSP_HOST_ALEXEYAB or -DOCSP_HOST_DEBIAN"
#endif

typedef void ocsp_pass_function(layer, ocsp_pass);

/* Whether layer l, by layers= or from=, passes a gradient to a [crop], which has no place
 * for it. */
static inline bool ocsp_host_reads_crop(const network *net, const layer *l)
{
#ifdef OCSP_HOST_ALEXEYAB
    const bool has_list = l->type == ROUTE || l->type == SHORTCUT;
    const bool has_index = l->type == SCALE_CHANNELS || l->type == SAM;
#else
    const bool has_list = l->type == ROUTE, has_index = l->type == SHORTCUT;
#endif

    for (int k = 0; has_list && k < l->n; k++)
        if (net->layers[l->input_layers[k]].type == CROP)
            return true;
    return has_index && net->layers[l->index].type == CROP;
}

/* Layers whose l->activation acts on their output. */
static inline bool ocsp_host_activates(const layer *l)
{
    return l->type == CONVOLUTIONAL || l->type == CONNECTED || l->type == ACTIVE ||
           l->type == SHORTCUT;
}

#ifdef CUDNN
#define OCSP_ON_CUDNN 1
#else
#define OCSP_ON_CUDNN 0
#endif

/* The layer's function of a training step in this build. */
#ifdef GPU
#define OCSP_UPDATE update_gpu
#else
#define OCSP_UPDATE update
#endif

#ifdef _OPENMP
#define OCSP_PARALLEL_FOR _Pragma("omp parallel for")
#else
#define OCSP_PARALLEL_FOR
#endif

#endif
