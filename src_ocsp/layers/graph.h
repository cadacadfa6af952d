/* A cfg as typed layers with shapes and edges: what the host's parser would build.
 *
 * Index i is Darknet's layer index: the first section after [net] is 0. Everything that
 * later rooms decide follows from this table; no other room reads cfg keys. */
#ifndef OCSP_LAYERS_GRAPH_H
#define OCSP_LAYERS_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/cfg.h"
#include "net/error.h"

/* What a section does with channels. OPAQUE: known shape and weights, unknown channel
 * relation; its neighbours are frozen. OUTPUT: a head with fixed outputs. */
enum ocsp_kind {
    OCSP_CONVOLUTIONAL,
    OCSP_CONNECTED,
    OCSP_BATCHNORM,
    OCSP_MAXPOOL,
    OCSP_AVGPOOL,
    OCSP_LOCAL_AVGPOOL,
    OCSP_UPSAMPLE,
    OCSP_SHORTCUT,
    OCSP_ROUTE,
    OCSP_DROPOUT,
    OCSP_ACTIVATION,
    OCSP_CROP,
    OCSP_EMPTY,
    OCSP_MAXPOOL_DEPTH,  /* output g: the largest of the channels k with k mod c = g */
    OCSP_REORG,          /* blocks of stride² channels to stride⁴ channels each */
    OCSP_REPEAT,         /* output q is made of input channel q mod c alone */
    OCSP_SCALE_CHANNELS, /* `from` times the layer before, by channel or by place */
    OCSP_SAM,            /* `from` times the layer before, element by element */
    OCSP_IMPLICIT,
    OCSP_OUTPUT,
    OCSP_OPAQUE
};

struct ocsp_layer {
    enum ocsp_kind kind;
    const char *name; /* section name, borrowed from the cfg */
    int section;      /* section number in the cfg */
    int line;         /* line of the section in the cfg */

    /* input and output maps; a flat vector has w = h = 1 and c = its length. A route over
     * maps of unequal size has out_w = out_h = 1 and out_c = outputs. */
    int in_w, in_h, in_c;
    int out_w, out_h, out_c;
    int inputs, outputs; /* w · h · c, of one image */

    bool reads_before; /* reads layer i − 1's output, or the image (route does not) */
    int n_from;        /* shortcut: the added layers; route: the joined ones */
    int *from;

    /* flat_route.h: the route of unequal maps whose numbers the output is; of such a
     * route, the first layer that needs a map of it. NULL: none */
    struct ocsp_layer *flat, *map_reader;

    /* The layer's weights as a table, w [rows, cols / conv_groups, block]: convolutional
     * [n, c, k²], connected [out, in], implicit [filters, 1, atoms], weighted shortcut
     * [summands, c or 1]. rows alone: batchnorm, maxpool_depth. 0: no table. */
    int rows, cols, block;
    const char *rows_key; /* whose number the rows are in the cfg, or NULL */
    int shares;           /* convolutional: the layer whose arrays it shares, or −1 */
    int64_t places;       /* convolutional: where each filter is applied, w · h */

    int size, stride_x, stride_y, pad, dilation;
    int conv_groups;            /* convolutional: `groups=` */
    int route_groups, group_id; /* route: `groups=`, `group_id=` */
    bool batch_normalize;
    const char *activation; /* borrowed from the cfg; "" where there is none */
    bool blurred;           /* antialiasing=: its size is known to the next layer alone */
    bool by_place;          /* scale_channels: a factor per place, not per channel */
    const char *normalization; /* weighted shortcut: of its weights; NULL: not weighted */
    const char *opaque_reason; /* OPAQUE, OUTPUT and odd variants: why it is frozen */
    /* y = scale · x + shift: an upsample's `scale=`, times stride² where it shrinks by
     * summing; a crop's 2x − 1 without `noadjust=`; 1 and 0 in all others */
    double scale, shift;
    /* shortcut: alpha · the layer before + beta · those in `from`; 1. AlexeyAB's Darknet
     * does not know these keys */
    double alpha, beta;

    bool fixed_outputs, fixed_inputs; /* by ocsp_graph_fix */
    bool untrained; /* stopbackward=1, here or further on: no gradient comes here */

    bool odd_file; /* has dontload=, dontsave=, dontloadscales= or numload= */
    /* arrays in the .weights file, in floats; 0 where the layer has none */
    int n_biases;             /* also the length of scales, mean and variance */
    int n_scales;             /* 0 or n_biases */
    size_t n_weights;         /* of the table above; 0 where they are shared */
    size_t n_opaque;          /* floats of an OPAQUE layer, copied through */
    size_t opaque_parameters; /* of these: without rolling statistics */
    uint64_t opaque_macs;
};

struct ocsp_graph {
    const struct ocsp_cfg *cfg; /* borrowed */
    int n_layers;
    struct ocsp_layer *layers;
    int w, h, c; /* input image */
};

/* Builds the table and checks every shape: sizes positive, products within int, indices
 * of shortcut and route in range. Errors name the cfg's line. The cfg must outlive the
 * graph. */
enum ocsp_status ocsp_graph_new(struct ocsp_graph **out, const struct ocsp_cfg *cfg,
                                struct ocsp_error *err);
/* Marks layers of a list such as "3,7-9" as not to be pruned: their output channels stay,
 * and with `inputs` those that they read, too. `flag` gave the list, for the message. */
enum ocsp_status ocsp_graph_fix(struct ocsp_graph *graph, const char *list, bool inputs,
                                const char *flag, struct ocsp_error *err);
void ocsp_graph_free(struct ocsp_graph *graph);

#endif
