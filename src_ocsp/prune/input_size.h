/* The input size at which a classifier's body has the feature maps that are wanted. */
#ifndef OCSP_PRUNE_INPUT_SIZE_H
#define OCSP_PRUNE_INPUT_SIZE_H

#include "prune/feature_maps.h"

/* The largest input that is tried. */
#define OCSP_MAX_INPUT 2048

/* Sets *size, the side of a square input. The largest map must be the body's, and so must
 * all that are not smaller than its last layer's; the others come from extra blocks. Of
 * all sizes that give all maps, one where a head reads the body's last layer comes before
 * others; then where the largest map is closest to an eighth of the input, as SSD's is;
 * then a multiple of 32, of 16, 8, 4, 1; then the smallest. With `wanted` > 0 only that
 * size is tried. Refuses with the maps of the nearest size. `body` is left with some
 * size set. */
enum ocsp_status ocsp_input_size_find(struct ocsp_cfg *body,
                                      const struct ocsp_heads *heads, int wanted,
                                      int *size, struct ocsp_error *err);

#endif
