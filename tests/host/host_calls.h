/* The few calls of a host's CPU library that the tests need, alike for both hosts. */
#ifndef OCSP_TESTS_HOST_CALLS_H
#define OCSP_TESTS_HOST_CALLS_H

#include <stdbool.h>

#include "hosts/by_value/darknet_compat.h"

/* Where tests depend on the host, #else means Debian's. */
#if defined(OCSP_HOST_ALEXEYAB)
#define HOST_IS_ALEXEYAB 1
#elif defined(OCSP_HOST_DEBIAN)
#define HOST_IS_ALEXEYAB 0
/* what only ages of AlexeyAB's Darknet have */
#define OCSP_HAS_ADVERSARIAL 0
#define OCSP_HAS_DONT_UPDATE 0
#define OCSP_HAS_EMA 0
#define OCSP_HAS_GRAD_CENTR 0
#define OCSP_HAS_REJECTION 0
#define OCSP_HAS_RELU6 0
#define OCSP_HAS_STREAMS 0
#define OCSP_HAS_STRIDED_1X1 0
#define OCSP_HAS_UNTRAINED 0
#else
#error "a host that the tests do not know: look where they ask for OCSP_HOST_ALEXEYAB"
#endif

/* The host's network of a cfg given as text; its talk goes to /dev/null. Free with
 * ocsp_host.free_net. */
network *host_parse(const char *cfg);
/* The host's network of two files, for one image at a time, and one such image through
 * it.
 */
network *host_open(char *cfg, char *weights);
void host_predict(network *net, float *image);
/* Writes `cfg` to a new temporary file and returns its path, to be freed. */
char *host_write(const char *cfg);
void host_silence(bool on);
/* Whether the host knows all activations of a cfg; it takes others for relu. */
bool host_knows_activations(const char *cfg);

/* One minibatch in training mode, forward or also backward; returns the host's loss. */
float host_pass(network *net, float *images, float *truth, bool backward);
/* The host's update of all layers. */
void host_update(network *net);
int host_truths(const network *net);

#endif
