/* Where the body of a classifier ends: what a detector can go on from. */
#ifndef OCSP_PRUNE_BODY_H
#define OCSP_PRUNE_BODY_H

#include "layers/graph.h"

/* Layers 0 to *n_body − 1 are the body. Behind it, cut off: the global pooling, fully
 * connected, dropout, softmax and cost layers, and the 1x1 convolution to the classes
 * where no other layer of the cut part has weights. Refuses a detector, a net without a
 * body, and sections that change the image so that
 * the boxes of a detector would not fit it. */
enum ocsp_status ocsp_body_find(const struct ocsp_graph *graph, int *n_body,
                                struct ocsp_error *err);

#endif
