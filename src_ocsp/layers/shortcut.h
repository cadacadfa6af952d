/* What others ask of [shortcut] alone. */
#ifndef OCSP_LAYERS_SHORTCUT_H
#define OCSP_LAYERS_SHORTCUT_H

#include "layers/graph.h"

/* forward_shortcut_layer() of AlexeyAB and hank-ai, on CPU: where a shortcut without
 * weights adds one layer whose *input* has the shortcut's shape, it adds as many numbers
 * as the shortcut has, whatever that layer's output has. Is layer i a shortcut that these
 * programs misread so? */
bool ocsp_shortcut_is_misread(const struct ocsp_graph *graph, int i);

/* Whether layer i is a shortcut that adds a convolution's output of another width, and
 * pruning could make them misread it: where the convolution's input becomes as wide as
 * the sum by chance. Where it is so in the dense net already, that is its author's
 * business: false. */
bool ocsp_shortcut_may_be_misread(const struct ocsp_graph *graph, int i);

#endif
