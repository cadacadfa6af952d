/* What is known of a section type: one file per type, or per family of types.
 *
 * A file of this room defines a const struct ocsp_layer_type and registers it:
 *
 *     static const struct ocsp_layer_type gain = {
 *         .names = {"gain"}, .read = read_gain, .couple = ocsp_couple_through, .emit =
 * emit_gain}; OCSP_REGISTER_LAYER_TYPE(gain);
 *
 * Nothing else has to be told of it: the linker collects the entries of all files. What
 * the function `read` leaves in struct ocsp_layer says the rest: shapes, edges, tables of
 * weights and the multiply-accumulates that they cost. */
#ifndef OCSP_LAYERS_LAYER_TYPE_H
#define OCSP_LAYERS_LAYER_TYPE_H

#include <stdbool.h>

#include "layers/weights.h"
#include "net/error.h"

struct ocsp_section;
struct ocsp_coupler;
struct ocsp_emission;

/* The section name and its aliases. */
#define OCSP_MAX_NAMES 3

struct ocsp_layer_type {
    const char
        *names[OCSP_MAX_NAMES]; /* up to the first NULL; none: a variant of a type */

    /* Fills shapes, edges, tables and lengths of arrays of one layer from its section. */
    enum ocsp_status (*read)(const struct ocsp_section *section);

    /* Makes the list of channels that layer i's output consists of, and says which
     * channels are one (layers/coupler.h). false: no memory. A layer that is frozen does
     * not come here unless `couples_frozen` is set: all that it reads and its output are
     * frozen. */
    bool (*couple)(struct ocsp_coupler *coupler, int i);
    bool couples_frozen;

    /* What channels that are removed before layer i still make it emit
     * (layers/emission.h). NULL: nothing that is known. */
    void (*emit)(const struct ocsp_emission *emission, int i);

    /* The order of the layer's arrays in the .weights file; n_file_order 0: that of
     * [convolutional]. */
    const enum ocsp_array_role *file_order;
    int n_file_order;

    /* A [route] over maps of unequal size has an output without width and height
     * (layers/flat_route.h): a layer that needs a map stops there, one that passes it on
     * has such an output too. */
    bool needs_map, passes_flat;

    bool is_head;      /* its outputs have fixed meanings */
    bool classifies;   /* a head of classifiers */
    bool ends_body;    /* what follows a backbone in a classifier begins with it */
    bool only_trains;  /* passes everything on at inference */
    bool is_ours;      /* no Darknet knows it; a file of hosts/ computes it */
    bool has_memory;   /* its outputs depend on the images before */
    bool crops_images; /* detectors' boxes would not follow it */
};

/* The type of a section of this name, or NULL: it is unknown to us. */
const struct ocsp_layer_type *ocsp_layer_type_find(const char *name);

/* All registered types, in no order; returns how many there are. */
int ocsp_layer_types(const struct ocsp_layer_type *const **types);

/* Is it a layer of the type that has this section name, under whichever alias? */
bool ocsp_layer_is(const struct ocsp_layer *layer, const char *name);

/* The entry of one type in the table that the linker makes of all files. (The section
 * must not have the name of a function: where both meet, the assembler takes one for the
 * other.) */
#define OCSP_REGISTER_LAYER_TYPE(type)                                                   \
    extern const struct ocsp_layer_type *const ocsp_layer_type_entry_##type;             \
    __attribute__((used, section("ocsp_layer_type_entries")))                            \
    const struct ocsp_layer_type *const ocsp_layer_type_entry_##type = &type

#endif
