/* What hosts/by_value/darknet_compat.h asks of a host, for Debian's Darknet. */
#ifndef OCSP_HOSTS_DEBIAN_COMPAT_H
#define OCSP_HOSTS_DEBIAN_COMPAT_H

#include <math.h>
#include <stdbool.h>

#include "activations.h"
#include "darknet.h"

#define OCSP_HOST_DEBIAN 1

/* [batchnorm] has no buffers of its own on CPU. */
#define OCSP_HAS_BATCHNORM_BUFFERS 0

#define OCSP_HOST_COUNTERS(X) X(seen) X(t)
#define OCSP_HOST_UNNAMED_LAYERS(X)                                                      \
    X(UPSAMPLE, "upsample") X(L2NORM, "l2norm") X(LOGXENT, "logistic") X(ISEG, "iseg")

typedef network ocsp_pass;
#define OCSP_PASS_LAYERS(pass) ((pass).layers)

#define OCSP_UPDATE_PARAMETERS update_args args
#define OCSP_SGD(l)                                                                      \
    ((struct ocsp_sgd){args.batch, args.learning_rate * (l)->learning_rate_scale,        \
                       args.momentum, args.decay})
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

/* Only leaves keep a score. */
static inline void ocsp_host_scores_along_tree(tree *t, float *outputs, int n)
{
    hierarchy_predictions(outputs, n, t, 1, 1);
}

/* Its .weights files hold no biases of [batchnorm], so these stay 0. */
static inline bool ocsp_host_has_biases(const layer *l)
{
    return l->type != BATCHNORM;
}

/* Whether layer l reads the layers in l->input_layers, or the layer l->index. */
static inline bool ocsp_host_reads_list(const layer *l)
{
    return l->type == ROUTE;
}

static inline bool ocsp_host_reads_index(const layer *l)
{
    return l->type == SHORTCUT;
}

/* Of the types that only this host has: do they read the layer before them alone? */
static inline bool ocsp_host_type_reads_predecessor_alone(LAYER_TYPE type)
{
    (void)type;
    return false;
}

/* Whether l's backward function sets the gradient of its input instead of adding to it.
 */
static inline bool ocsp_host_overwrites_input_delta(const layer *l)
{
    return (l->type == CONVOLUTIONAL && l->size == 1) || l->type == REORG ||
           l->type == NORMALIZATION || (l->type == UPSAMPLE && l->reverse != 0);
}

#ifdef GPU
/* Where the layer keeps what its activation got; NULL: this host keeps it nowhere. */
static inline float **ocsp_host_activation_input(layer *l)
{
    (void)l;
    return NULL;
}
#endif

static inline int ocsp_host_stride_x(const layer *l)
{
    return l->stride;
}

static inline int ocsp_host_stride_y(const layer *l)
{
    return l->stride;
}

static inline int ocsp_host_dilation(const layer *l)
{
    (void)l;
    return 1;
}

static inline bool ocsp_host_is_special(const layer *l)
{
    (void)l;
    return false;
}

static inline float ocsp_host_rolling(const layer *l)
{
    (void)l;
    return .99f;
}

static inline float ocsp_host_shortcut_alpha(const layer *l)
{
    return l->alpha;
}

static inline float ocsp_host_shortcut_beta(const layer *l)
{
    return l->beta;
}

static inline bool ocsp_host_is_partial(const layer *l)
{
    (void)l;
    return false;
}

static inline bool ocsp_host_runs_backward(const layer *l)
{
    (void)l;
    return true;
}

#endif
