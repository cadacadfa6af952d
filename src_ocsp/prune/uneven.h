/* Shortcuts that add a convolution's output of another width. AlexeyAB's CPU code and
 * hank-ai's take the shape of that convolution's *input* for that of its output
 * (layers/shortcut.h): where pruning makes that as wide as the sum, they would misread
 * the pruned cfg, though not the dense one. */
#ifndef OCSP_PRUNE_UNEVEN_H
#define OCSP_PRUNE_UNEVEN_H

#include "prune/coupling.h"

/* The first shortcut that these programs would misread once `removed` [n_channels] is
 * gone, or NULL. */
const struct ocsp_uneven *ocsp_uneven_misread(const struct ocsp_coupling *coupling,
                                              const bool *removed);
/* Whether a group's channels count for what such a shortcut is read by. */
bool ocsp_uneven_concerns(const struct ocsp_coupling *coupling,
                          const struct ocsp_uneven *uneven, int group);
/* A group that loses channels of one of the two equal widths; −1: none does. */
int ocsp_uneven_group(const struct ocsp_coupling *coupling,
                      const struct ocsp_uneven *uneven, const bool *removed);

#endif
