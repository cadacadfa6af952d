/* The arrays of a host's layers: views on what is trained, outputs, gradients. For hosts
 * alone. */
#ifndef OCSP_HOSTS_BY_VALUE_LAYER_ARRAYS_H
#define OCSP_HOSTS_BY_VALUE_LAYER_ARRAYS_H

#include "hosts/by_value/darknet_compat.h"
#include "hosts/host.h"

/* The arrays of convolutional, connected and batchnorm layers; none for all others. */
void ocsp_layer_view(const layer *l, struct ocsp_host_layer *out);

/* ocsp_host.read_output. */
void ocsp_net_read_output(const void *net, int i, float *out);
/* ocsp_host.resized. */
void ocsp_net_clear_deltas(void *net);
/* With random weights and variances of 0, as parsed, activations have no bounds: makes
 * them 1. */
void ocsp_net_set_variances(const network *net);
#ifdef GPU
/* ocsp_host.free_activations. */
void ocsp_net_free_activations(void *net);
#endif

#endif
