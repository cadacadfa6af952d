/* `ocsp compare`: two nets layer by layer, for a terminal and as JSON. */
#ifndef OCSP_VIEW_COMPARE_H
#define OCSP_VIEW_COMPARE_H

#include <stdio.h>

#include "layers/graph.h"
#include "view/terminal.h"

/* A line for each layer that has weights or computes, and the totals. Behind the layer
 * where the nets part come the rest of the one and the rest of the other. */
void ocsp_compare_print(FILE *out, const struct ocsp_graph *before,
                        const struct ocsp_graph *after,
                        const struct ocsp_terminal *terminal);

/* {"before":{"cfg","macs","params"},"after":{…},"parts_at":null or a layer,
 * "layers":[{"layer","type","filters":[before,after],"inputs":…,"macs":…,"params":…}]}:
 * all layers, null in the place of one that a net does not have. *text is malloc'ed. */
enum ocsp_status ocsp_compare_json(const struct ocsp_graph *before,
                                   const struct ocsp_graph *after, char **text,
                                   struct ocsp_error *err);

#endif
