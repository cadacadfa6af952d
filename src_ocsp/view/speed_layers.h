/* Times of layers as text of at most 100 columns; for speed_table.c. */
#ifndef OCSP_VIEW_SPEED_LAYERS_H
#define OCSP_VIEW_SPEED_LAYERS_H

#include <stdio.h>

#include "view/speed_result.h"

/* Why net k, of this median, does not reach its MACs' ratio to the first one, most costly
 * reason first, and the layers that take most of its time. */
void ocsp_speed_print_reasons(FILE *out, const struct ocsp_speed_result *result, int k,
                              double seconds);

/* A table per net. */
void ocsp_speed_print_layers(FILE *out, const struct ocsp_speed_result *result);

#endif
