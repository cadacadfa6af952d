/* The picture of which filters stay in each layer: the paper's Fig. 6. */
#ifndef OCSP_VIEW_PLOT_LAYERS_H
#define OCSP_VIEW_PLOT_LAYERS_H

#include <stdbool.h>

#include "view/plot_page.h"

/* After the first search, of a net with layers that have filters. */
bool ocsp_has_layers(const struct ocsp_page *page);
void ocsp_plot_layers(const struct ocsp_page *page, const char *picture);

#endif
