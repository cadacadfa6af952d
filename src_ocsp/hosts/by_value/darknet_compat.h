/* clang-format off */
/* Darknet's headers, and the names by which code for all hosts speaks of what differs
 * between them. Each host's compat.h defines:
 *
 *     ocsp_pass                   the second argument, by value, of l.forward and
 *                                 l.backward: it has the fields input, delta, truth,
 *                                 train and index
 *     OCSP_PASS_LAYERS(pass)      the layers of its network
 *     OCSP_UPDATE_PARAMETERS      what l.update gets behind the layer
 *     OCSP_SGD(l)                 in a CPU build's l.update: its arguments as struct
 *                                 ocsp_sgd
 *     OCSP_HOST_COUNTERS(X)       X(field) for each field of the network that counts
 *     OCSP_HAS_BATCHNORM_BUFFERS  1 where [batchnorm] has l.x and l.x_norm on CPU
 *     OCSP_IS_GELU(activation)    whether it is gelu
 *     OCSP_HOST_UNNAMED_LAYERS(X) X(type, "section") for each layer type that the host's
 *                                 get_layer_string does not know
 *     ocsp_host_NAME              small functions, with comments in compat.h
 *
 * The build says which host by -DOCSP_HOST=NAME, the name of its folder in hosts/. For
 * hosts and engine alone. */
/* clang-format on */
#ifndef OCSP_HOSTS_BY_VALUE_DARKNET_COMPAT_H
#define OCSP_HOSTS_BY_VALUE_DARKNET_COMPAT_H

#ifndef OCSP_HOST
#error "compile with -DOCSP_HOST=NAME, a folder of hosts/"
#endif

/* What a step of SGD with momentum goes by. */
struct ocsp_sgd {
    int images; /* that the gradient is the sum of */
    float rate; /* of the layer */
    float momentum, decay;
};

#define OCSP_TEXT_OF(tokens) #tokens
#define OCSP_EXPANDED_TEXT_OF(tokens) OCSP_TEXT_OF(tokens)
/* A blank there would be a part of the name. */
/* clang-format off */
#define OCSP_HOST_COMPAT OCSP_EXPANDED_TEXT_OF(hosts/OCSP_HOST/compat.h)
/* clang-format on */
#if !__has_include(OCSP_HOST_COMPAT)
#error "-DOCSP_HOST= names no folder of hosts/ with a compat.h"
#endif
#include OCSP_HOST_COMPAT

typedef void ocsp_pass_function(layer, ocsp_pass);
typedef void ocsp_update_function(layer, OCSP_UPDATE_PARAMETERS);

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
