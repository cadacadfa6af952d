/* What a layer of a host's network is called. */
#ifndef OCSP_HOSTS_BY_VALUE_LAYER_NAME_H
#define OCSP_HOSTS_BY_VALUE_LAYER_NAME_H

#include "hosts/by_value/darknet_compat.h"

/* Of its section. */
const char *ocsp_layer_name(const layer *l);
/* The same of layer i of a network, with the activation where it has one, as
 * "convolutional (mish)". */
void ocsp_layer_kind(const void *net, int i, char *text, size_t size);

#endif
