/* Which outputs a Darknet takes for maps. Some of its layers set no width, height and
 * channels: what they make is a row of numbers for it, and a layer that needs a map
 * refuses it, divides by zero or computes nothing. */
#ifndef OCSP_LINT_KNOWN_MAPS_H
#define OCSP_LINT_KNOWN_MAPS_H

#include "lint/lint_site.h"

/* knows[i] for the output of layer i, of graph->n_layers. All true for a program that is
 * no Darknet. */
void ocsp_lint_know_maps(const struct ocsp_graph *graph, int program, bool *knows);

/* Does the site's program know the output of `layer` as a map? NULL: the image. */
bool ocsp_lint_knows_map(const struct ocsp_lint_site *site,
                         const struct ocsp_layer *layer);
/* The same of what the site's layer reads. */
bool ocsp_lint_knows_input_map(const struct ocsp_lint_site *site);

#endif
