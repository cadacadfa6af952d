/* What the readers of sections share: keys with their ranges, and the shapes that follow.
 * Used by sections.c and sections_opaque.c. Errors name the section and the key's line.
 */
#ifndef OCSP_LAYERS_SECTION_KEYS_H
#define OCSP_LAYERS_SECTION_KEYS_H

#include "layers/sections.h"

/* Largest width, height, stride, … */
#define OCSP_MAX_SIDE 1000000
/* Most layers that one joins or adds. */
#define OCSP_MAX_FROM 256

struct ocsp_layer *ocsp_layer_of(const struct ocsp_section_reader *r);
/* `key` may be "": the line is then the section's. */
enum ocsp_status ocsp_section_fail(const struct ocsp_section_reader *r, const char *key,
                                   enum ocsp_status status, const char *text);

/* A whole number in [low, high]; positive: in [1, OCSP_MAX_SIDE]. */
enum ocsp_status ocsp_key_number(const struct ocsp_section_reader *r, const char *key,
                                 int fallback, int low, int high, int *out);
enum ocsp_status ocsp_key_positive(const struct ocsp_section_reader *r, const char *key,
                                   int fallback, int *out);
enum ocsp_status ocsp_key_real(const struct ocsp_section_reader *r, const char *key,
                               double fallback, double *out);
/* Is the key there with a value other than 0? */
bool ocsp_key_is_set(const struct ocsp_section_reader *r, const char *key);
/* Such keys of the section hold whole numbers, if they are there. */
enum ocsp_status ocsp_check_switches(const struct ocsp_section_reader *r);

/* padding= and pad= (half of size) to `pad`; stride=, stride_x=, stride_y=; a list of
 * layers, negative ones counted back, to n_from and from. */
enum ocsp_status ocsp_read_padding(const struct ocsp_section_reader *r);
enum ocsp_status ocsp_read_strides(const struct ocsp_section_reader *r);
enum ocsp_status ocsp_read_from(const struct ocsp_section_reader *r, const char *key);

/* Sets out_w, out_h, out_c and outputs; refuses empty and huge ones. */
enum ocsp_status ocsp_set_output(const struct ocsp_section_reader *r, int64_t w,
                                 int64_t h, int64_t c);
enum ocsp_status ocsp_same_output(const struct ocsp_section_reader *r);
/* a · b, refused beyond OCSP_MAX_FLOATS. */
enum ocsp_status ocsp_count_floats(const struct ocsp_section_reader *r, int64_t a,
                                   int64_t b, size_t *out);

#endif
