/* Which channel elements each layer's output consists of, coupled by the layers' types.
 */
#ifndef OCSP_LAYERS_CHANNELS_H
#define OCSP_LAYERS_CHANNELS_H

#include "layers/graph.h"
#include "layers/union_find.h"
#include "net/error.h"

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

enum ocsp_status ocsp_channels_init(struct ocsp_channels *channels,
                                    const struct ocsp_graph *graph,
                                    struct ocsp_error *err);
void ocsp_channels_clear(struct ocsp_channels *channels, int n_layers);

#endif
