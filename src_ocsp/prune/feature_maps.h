/* The feature maps of a backbone: a classifier's body at some input size, and extra
 * blocks behind it. All shapes are the graph builder's.
 *
 *     ocsp_maps_init(&m, body, 304, &err);
 *     ocsp_maps_extend(&m, &heads, &reached, &err);
 *     ocsp_maps_tap(&m, 38)                           the layer to read 38x38 from
 */
#ifndef OCSP_PRUNE_FEATURE_MAPS_H
#define OCSP_PRUNE_FEATURE_MAPS_H

#include <stdbool.h>

#include "layers/graph.h"
#include "prune/heads.h"

struct ocsp_maps {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    int n_body;   /* layers of the body */
    int n_blocks; /* extra blocks of OCSP_EXTRA_LAYERS layers behind it */
};

/* `body` is a cfg that ends with the body; its width=, height= and what a [crop] in front
 * takes are changed to an input of size x size, nothing else. */
enum ocsp_status ocsp_maps_init(struct ocsp_maps *maps, struct ocsp_cfg *body, int size,
                                struct ocsp_error *err);
void ocsp_maps_clear(struct ocsp_maps *maps);

/* Side of the last layer's map (its width). */
int ocsp_maps_end(const struct ocsp_maps *maps);
/* The last layer that makes a square map of that side; −1: none. */
int ocsp_maps_tap(const struct ocsp_maps *maps, int side);

/* Adds extra blocks until all wanted maps below the body's last layer are there; *reached
 * is false where blocks do not lead to one of them. */
enum ocsp_status ocsp_maps_extend(struct ocsp_maps *maps, const struct ocsp_heads *heads,
                                  bool *reached, struct ocsp_error *err);
/* Puts `text` behind the cfg, which gets a new name; on failure nothing changes. */
enum ocsp_status ocsp_maps_append(struct ocsp_maps *maps, const char *name,
                                  const char *text, struct ocsp_error *err);

#endif
