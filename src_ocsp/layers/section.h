/* What the readers of sections share: keys with their ranges, and the shapes that follow.
 * Errors name the section and the key's line. */
#ifndef OCSP_LAYERS_SECTION_H
#define OCSP_LAYERS_SECTION_H

#include "layers/graph.h"

/* The section of one layer, while `read` of its type fills the layer. */
struct ocsp_section {
    const struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    int index; /* of the layer; its in_w, in_h, in_c and inputs are set */
    struct ocsp_error *err;
};

/* Largest number of floats that we allow in one layer's output or weights. */
#define OCSP_MAX_FLOATS ((int64_t)1 << 30)
/* Largest width, height, stride, … */
#define OCSP_MAX_SIDE 1000000
/* Most layers that one joins or adds. */
#define OCSP_MAX_FROM 256

struct ocsp_layer *ocsp_layer_of(const struct ocsp_section *s);
/* `key` may be "": the line is then the section's. */
enum ocsp_status ocsp_section_fail(const struct ocsp_section *s, const char *key,
                                   enum ocsp_status status, const char *text);

/* A whole number in [low, high]; positive: in [1, OCSP_MAX_SIDE]. */
enum ocsp_status ocsp_key_number(const struct ocsp_section *s, const char *key,
                                 int fallback, int low, int high, int *out);
enum ocsp_status ocsp_key_positive(const struct ocsp_section *s, const char *key,
                                   int fallback, int *out);
enum ocsp_status ocsp_key_real(const struct ocsp_section *s, const char *key,
                               double fallback, double *out);
/* Is the key there with a value other than 0? */
bool ocsp_key_is_set(const struct ocsp_section *s, const char *key);
/* Such keys of the section hold whole numbers, if they are there. */
enum ocsp_status ocsp_check_switches(const struct ocsp_section *s);

/* padding= and pad= (half of size) to `pad`; stride=, stride_x=, stride_y=; a list of
 * layers, negative ones counted back, to n_from and from. */
enum ocsp_status ocsp_read_padding(const struct ocsp_section *s);
enum ocsp_status ocsp_read_strides(const struct ocsp_section *s);
/* antialiasing= (AlexeyAB): blur behind a strided layer. The layer itself then has stride
 * 1, and only the next one knows the blurred map's size. */
enum ocsp_status ocsp_read_antialiasing(const struct ocsp_section *s);
enum ocsp_status ocsp_read_from(const struct ocsp_section *s, const char *key);

/* Gives the layer its next table of weights, w [rows, cols / conv_groups, block], with
 * the output's channels as rows and the input's as columns; all else the caller sets.
 * Refuses more than OCSP_MAX_FLOATS weights. */
enum ocsp_status ocsp_add_table(const struct ocsp_section *s, int rows, int cols,
                                int64_t block);

/* Freezes the layer, what it reads and its output; `reason`: a static text. */
void ocsp_section_freeze(const struct ocsp_section *s, const char *reason);
/* The same, with an output shaped like the input. */
enum ocsp_status ocsp_section_freeze_like_input(const struct ocsp_section *s,
                                                const char *reason);

/* Sets out_w, out_h, out_c and outputs; refuses empty and huge ones. */
enum ocsp_status ocsp_set_output(const struct ocsp_section *s, int64_t w, int64_t h,
                                 int64_t c);
enum ocsp_status ocsp_same_output(const struct ocsp_section *s);
/* a · b, refused beyond OCSP_MAX_FLOATS. */
enum ocsp_status ocsp_count_floats(const struct ocsp_section *s, int64_t a, int64_t b,
                                   size_t *out);

#endif
