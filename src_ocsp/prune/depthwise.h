/* Grouped convolutions that must not become depthwise. OpenCV's code for depthwise
 * windows of 3x3, from 4.7 on, looks at a second column and row, also where the map has
 * none: where pruning leaves one channel of each conv_group, it would misread the pruned
 * cfg, though not the dense one. */
#ifndef OCSP_PRUNE_DEPTHWISE_H
#define OCSP_PRUNE_DEPTHWISE_H

#include "prune/coupling.h"

/* Whether it misreads the convolution, were it depthwise. */
bool ocsp_depthwise_is_misread(const struct ocsp_layer *layer);
/* Lowers `cap` [n_groups], channels that a group may lose, so that none becomes so. */
void ocsp_depthwise_avoid(const struct ocsp_coupling *coupling, int *cap);

#endif
