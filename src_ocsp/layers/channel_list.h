/* The outputs of all layers as lists of channels, whose elements are coupled. */
#ifndef OCSP_LAYERS_CHANNEL_LIST_H
#define OCSP_LAYERS_CHANNEL_LIST_H

#include <stdbool.h>

#include "layers/union_find.h"

/* An output as a list of channels: element id and numbers per channel (w · h). */
struct ocsp_channel_list {
    int n;
    int *id;
    int *plane;
};

struct ocsp_channels {
    struct ocsp_channel_list image;
    struct ocsp_channel_list *out; /* [n_layers] */
    struct ocsp_union_find classes;
};

/* A list of n channels of `plane` numbers. Their elements are *next and those behind it,
 * and *next moves on; NULL: they are to be filled in. false: no memory. */
bool ocsp_channel_list_new(struct ocsp_channel_list *list, int n, int plane, int *next);

/* The list that layer i reads (not of a route, which reads several). */
const struct ocsp_channel_list *ocsp_channels_input(const struct ocsp_channels *channels,
                                                    int i);

void ocsp_channels_clear(struct ocsp_channels *channels, int n_layers);

#endif
