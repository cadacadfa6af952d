/* What hosts/by_value/darknet_compat.h asks of a host, for AlexeyAB's Darknet and its
 * ages. OCSP_HAS_* come from features.mk, which looks into the tree. */
#ifndef OCSP_HOSTS_ALEXEYAB_COMPAT_H
#define OCSP_HOSTS_ALEXEYAB_COMPAT_H

#include <limits.h>
#include <math.h>
#include <stdbool.h>

#include "activations.h"
#include "darknet.h"
#include "tree.h"

#ifndef OCSP_HAS_UNTRAINED
#error "compile with the flags of hosts/alexeyab/features.mk"
#endif

#define OCSP_HOST_ALEXEYAB 1

#if OCSP_HAS_HISTORY
#define OCSP_HISTORY(X) X(HISTORY, "history")
#else
#define OCSP_HISTORY(X)
#endif
#if OCSP_HAS_CONTRASTIVE
#define OCSP_CONTRASTIVE(X) X(CONTRASTIVE, "contrastive")
#else
#define OCSP_CONTRASTIVE(X)
#endif
#if OCSP_HAS_IMPLICIT
#define OCSP_IMPLICIT(X) X(IMPLICIT, "implicit")
#else
#define OCSP_IMPLICIT(X)
#endif
#define OCSP_HOST_UNNAMED_LAYERS(X)                                                      \
    X(UPSAMPLE, "upsample")                                                              \
    X(CONV_LSTM, "conv_lstm")                                                            \
    X(LOCAL_AVGPOOL, "local_avgpool")                                                    \
    X(REORG_OLD, "reorg")                                                                \
    X(EMPTY, "empty")                                                                    \
    OCSP_HISTORY(X) OCSP_CONTRASTIVE(X) OCSP_IMPLICIT(X)

typedef network_state ocsp_pass;
#define OCSP_PASS_LAYERS(pass) ((pass).net.layers)

#if defined(GPU) && OCSP_HAS_LOSS_SCALE
#define OCSP_UPDATE_PARAMETERS                                                           \
    int batch, float rate, float momentum, float decay, float loss_scale
#else
#define OCSP_UPDATE_PARAMETERS int batch, float rate, float momentum, float decay
#endif
#ifndef GPU
/* This host's CPU code scales the rate of no other kind of layer. */
#define OCSP_SGD(l)                                                                      \
    ((struct ocsp_sgd){                                                                  \
        batch, (l)->type == CONVOLUTIONAL ? rate * (l)->learning_rate_scale : rate,      \
        momentum, decay})
#endif
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

/* Only leaves keep a score. */
static inline void ocsp_host_scores_along_tree(tree *t, float *outputs, int n)
{
    hierarchy_predictions(outputs, n, t, 1);
}

/* Its .weights files hold the biases of [batchnorm], too. */
static inline bool ocsp_host_has_biases(const layer *l)
{
    (void)l;
    return true;
}

/* Whether layer l reads the layers in l->input_layers, or the layer l->index. */
static inline bool ocsp_host_reads_list(const layer *l)
{
    return l->type == ROUTE || l->type == SHORTCUT;
}

static inline bool ocsp_host_reads_index(const layer *l)
{
    return l->type == SCALE_CHANNELS || l->type == SAM;
}

/* Of the types that only this host has: do they read the layer before them alone? */
static inline bool ocsp_host_type_reads_predecessor_alone(LAYER_TYPE type)
{
    return type == LOCAL_AVGPOOL || type == GAUSSIAN_YOLO;
}

/* Whether l's backward function sets the gradient of its input instead of adding to it.
 */
static inline bool ocsp_host_overwrites_input_delta(const layer *l)
{
    return l->type == CONVOLUTIONAL || l->type == REORG || l->type == REORG_OLD ||
           l->type == NORMALIZATION || (l->type == UPSAMPLE && l->reverse != 0);
}

#ifdef GPU
/* Where the layer keeps what its activation got. */
static inline float **ocsp_host_activation_input(layer *l)
{
    return &l->activation_input_gpu;
}
#endif

static inline int ocsp_host_stride_x(const layer *l)
{
    return l->stride_x;
}

static inline int ocsp_host_stride_y(const layer *l)
{
    return l->stride_y;
}

static inline int ocsp_host_dilation(const layer *l)
{
    return l->dilation > 0 ? l->dilation : 1;
}

/* Keys that make a layer another one than its type says. */
static inline bool ocsp_host_is_special(const layer *l)
{
    return l->antialiasing || l->share_layer || l->assisted_excitation || l->deform ||
           l->maxpool_depth || ocsp_host_has_coordconv(l);
}

/* Of what was there before, in the rolling statistics. */
static inline float ocsp_host_rolling(const layer *l)
{
    return l->type == CONNECTED ? .95f : .9f;
}

static inline float ocsp_host_shortcut_alpha(const layer *l)
{
    (void)l;
    return 1;
}

static inline float ocsp_host_shortcut_beta(const layer *l)
{
    (void)l;
    return 1;
}

/* [route] of a part of its inputs' channels. */
static inline bool ocsp_host_is_partial(const layer *l)
{
    return l->groups > 1;
}

static inline bool ocsp_host_runs_backward(const layer *l)
{
    return !l->onlyforward;
}

#endif
