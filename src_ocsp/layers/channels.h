/* Which channel elements each layer's output consists of, coupled by the layers' types.
 */
#ifndef OCSP_LAYERS_CHANNELS_H
#define OCSP_LAYERS_CHANNELS_H

#include "layers/channel_list.h"
#include "layers/graph.h"
#include "net/error.h"

/* To be cleared with ocsp_channels_clear. */
enum ocsp_status ocsp_channels_init(struct ocsp_channels *channels,
                                    const struct ocsp_graph *graph,
                                    struct ocsp_error *err);

#endif
