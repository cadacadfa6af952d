/* The differences between the hosts that shared code in host/ must know; nothing else in
 * this room but the two adapters looks at OCSP_HOST_*. Private to host/.
 *
 * ocsp_pass is the by-value second argument of l.forward and l.backward; both hosts have
 * the fields input, delta, truth, train, index in it. */
#ifndef OCSP_HOST_DARKNET_COMPAT_H
#define OCSP_HOST_DARKNET_COMPAT_H

#include <math.h>
#include <stdbool.h>

#include "activations.h"
#include "darknet.h"

#if defined(OCSP_HOST_ALEXEYAB)

typedef network_state ocsp_pass;
typedef void ocsp_update_function(layer, int, float, float, float);
#define OCSP_PASS_LAYERS(pass) ((pass).net.layers)
#define OCSP_IS_GELU(activation) ((activation) == GELU)

/* Of normalize_cpu: x is divided by `divisor`, d divisor / d variance = 1 / (2 root). */
static inline void ocsp_host_deviation(double variance, double *divisor, double *root)
{
    *divisor = *root = sqrt(variance + (double).00001f);
}

#elif defined(OCSP_HOST_DEBIAN)

typedef network ocsp_pass;
typedef void ocsp_update_function(layer, update_args);
#define OCSP_PASS_LAYERS(pass) ((pass).layers)
#define OCSP_IS_GELU(activation) false

static inline void ocsp_host_deviation(double variance, double *divisor, double *root)
{
    *root = sqrt(variance);
    *divisor = *root + (double).000001f;
}

#else
#error "compile with -DOCSP_HOST_ALEXEYAB or -DOCSP_HOST_DEBIAN"
#endif

typedef void ocsp_pass_function(layer, ocsp_pass);

#ifdef _OPENMP
#define OCSP_PARALLEL_FOR _Pragma("omp parallel for")
#else
#define OCSP_PARALLEL_FOR
#endif

#endif
