/* Which channel elements each layer's output consists of, coupled by the layers'
 * semantics. The first half of group.c's work, used by it alone. */
#ifndef OCSP_LAYERS_CHANNELS_H
#define OCSP_LAYERS_CHANNELS_H

#include "layers/graph.h"
#include "layers/union_find.h"
#include "net/error.h"

/* An output as a list of channels: element id and numbers per channel (w·h). */
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

/* List that layer i reads (not for route, which reads several). */
const struct ocsp_channel_list *ocsp_channels_input(const struct ocsp_channels *channels,
                                                    int i);
/* Is it a convolution whose filters and input channels are one? */
bool ocsp_is_depthwise(const struct ocsp_layer *layer);

enum ocsp_status ocsp_channels_init(struct ocsp_channels *channels,
                                    const struct ocsp_graph *graph,
                                    struct ocsp_error *err);
void ocsp_channels_clear(struct ocsp_channels *channels, int n_layers);

#endif
