/* The memory of layers that ocsp computes itself (own_section.h): in fields of the host's
 * struct layer that each host's free_layer frees. l->map holds what we know of the layer,
 * l->weights the tables one behind the other, l->x the scratch array. For own_section.c.
 */
#ifndef OCSP_HOSTS_BY_VALUE_OWN_SECTION_MEMORY_H
#define OCSP_HOSTS_BY_VALUE_OWN_SECTION_MEMORY_H

#include "hosts/by_value/own_section.h"

/* Fills l, of which batch, w, h, c and inputs are set, from the section's text; `train`:
 * with gradients. On failure nothing is left. */
enum ocsp_status ocsp_own_section_make(layer *l, const struct ocsp_own_section *own,
                                       const char *text, int index, bool train,
                                       struct ocsp_error *err);
/* Refuses a size at which the layer would have other parameters. */
enum ocsp_status ocsp_own_section_resize(layer *l, int w, int h, struct ocsp_error *err);

const struct ocsp_own_section *ocsp_own_section_of(const layer *l);
/* The order of its arrays in the file; returns how many. */
int ocsp_own_section_order(const layer *l, const enum ocsp_array_role **order);
/* Length of an array in floats. */
size_t ocsp_own_section_length(const layer *l, enum ocsp_array_role role);

#endif
