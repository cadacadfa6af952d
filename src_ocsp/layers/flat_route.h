/* A [route] over maps of unequal size: for Darknet its output has no width and height.
 * That suits [connected]; at a layer that needs a map Darknet stops. */
#ifndef OCSP_LAYERS_FLAT_ROUTE_H
#define OCSP_LAYERS_FLAT_ROUTE_H

#include "layers/graph.h"

/* Before layer i is read, the layers before it being known: sets what its flat, and the
 * map_reader of a route, follow from its type. */
void ocsp_flat_route_note(struct ocsp_graph *graph, int i);

/* Fails at the first route that a layer needs as a map. */
enum ocsp_status ocsp_flat_route_check(const struct ocsp_graph *graph,
                                       struct ocsp_error *err);

#endif
