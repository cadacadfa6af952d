/* The few calls of a host's CPU library that the tests need, alike for both hosts. */
#ifndef OCSP_TESTS_HOST_SHIM_H
#define OCSP_TESTS_HOST_SHIM_H

#include <stdbool.h>

#include "hosts/by_value/darknet_compat.h"

#ifdef OCSP_HOST_DEBIAN
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
#endif

#ifdef OCSP_HOST_ALEXEYAB
#define SHIM_ALEXEYAB 1
#else
#define SHIM_ALEXEYAB 0
#endif

/* The host's network of a cfg given as text; its talk goes to /dev/null. Free with
 * ocsp_host.free_net. */
network *shim_parse(const char *cfg);
/* The host's network of two files, for one image at a time, and one such image through
 * it.
 */
network *shim_open(char *cfg, char *weights);
void shim_predict(network *net, float *image);
/* Writes `cfg` to a new temporary file and returns its path, to be freed. */
char *shim_write(const char *cfg);
void shim_silence(bool on);
/* Whether the host knows all activations of a cfg; it takes others for relu. */
bool shim_knows_activations(const char *cfg);

/* One minibatch in training mode, forward or also backward; returns the host's loss. */
float shim_pass(network *net, float *images, float *truth, bool backward);
/* The host's update of all layers. */
void shim_update(network *net);
int shim_truths(const network *net);

#endif
