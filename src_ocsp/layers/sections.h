/* The section types of both hosts' parsers, each as a function that fills one layer. Used
 * by graph.c alone. */
#ifndef OCSP_LAYERS_SECTIONS_H
#define OCSP_LAYERS_SECTIONS_H

#include "layers/graph.h"

/* Largest number of floats we allow in one layer's output or weights. */
#define OCSP_MAX_FLOATS ((int64_t)1 << 30)

struct ocsp_section_reader {
    const struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    int index; /* of the layer being filled; its in_* and inputs are set */
    struct ocsp_error *err;
};

/* Fills kind, shapes, edges and array lengths of graph->layers[index] from its section.
 */
enum ocsp_status ocsp_section_read(const struct ocsp_section_reader *reader);

#endif
