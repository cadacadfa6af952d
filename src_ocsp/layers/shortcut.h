/* What others ask of [shortcut] alone. */
#ifndef OCSP_LAYERS_SHORTCUT_H
#define OCSP_LAYERS_SHORTCUT_H

#include "layers/graph.h"

/* Whether layer i is a shortcut that adds a convolution's output of another width, where
 * some programs take the shape of that convolution's input for that of its output:
 * pruning could make the two equally wide by chance. Where they are so in the dense net
 * already, that is its author's business: false. */
bool ocsp_shortcut_may_be_misread(const struct ocsp_graph *graph, int i);

#endif
