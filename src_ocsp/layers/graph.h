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

#ifdef __cplusplus
extern "C" {
#endif

struct ocsp_layer_type;

/* What the rows, or the columns, of a table of weights stand for. */
enum ocsp_axis {
    OCSP_NO_CHANNELS,     /* they belong to no channel */
    OCSP_OUTPUT_CHANNELS, /* a row for each channel of the output */
    OCSP_INPUT_CHANNELS,  /* a column for each channel of the input */
    OCSP_INPUT_NUMBERS    /* a column for each number of the input: w · h of a channel */
};

/* One array of weights, w [rows, cols / conv_groups, block]. Rows alone (cols 0) stand
 * for channels that have no weights here, but are counted. */
struct ocsp_table {
    const char *name; /* of a layer's further tables, for JSON; NULL for the first */
    int rows, cols, block;
    enum ocsp_axis row_axis, col_axis;
    const char *rows_key; /* whose number the rows are in the cfg, or NULL */
    size_t length;        /* floats; 0 where another layer's are shared */
    int64_t places;       /* where each weight is multiplied in an image; 0: nowhere */
};

/* Most tables of one layer. */
#define OCSP_MAX_TABLES 4

struct ocsp_layer {
    const struct ocsp_layer_type *type;
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

    /* Weights: convolutional [n, c / conv_groups, k²], connected [out, in], implicit
     * [filters, 1, atoms], weighted shortcut [summands, c or 1]; batchnorm and
     * maxpool_depth: rows alone. */
    int n_tables;
    struct ocsp_table tables[OCSP_MAX_TABLES];
    int shares; /* convolutional: the layer whose arrays it shares, or −1 */

    int size, stride_x, stride_y, pad, dilation;
    int conv_groups;            /* convolutional: `groups=`, of the first table */
    int route_groups, group_id; /* route: `groups=`, `group_id=` */
    bool batch_normalize;
    const char *activation; /* borrowed from the cfg; "" where there is none */
    bool blurred;           /* antialiasing=: its size is known to the next layer alone */
    bool by_place;          /* scale_channels: a factor per place, not per channel */
    const char *normalization; /* weighted shortcut: of its weights; NULL: not weighted */
    bool is_frozen;            /* its channels are not followed, or must stay */
    const char *why_frozen;    /* a sentence for the user; static */
    /* y = scale · x + shift: an upsample's `scale=`, times stride² where it shrinks by
     * summing; a crop's 2x − 1 without `noadjust=`; 1 and 0 in all others */
    double scale, shift;
    /* shortcut: alpha · the layer before + beta · those in `from`; 1. AlexeyAB's Darknet
     * does not know these keys */
    double alpha, beta;

    bool fixed_outputs, fixed_inputs; /* by ocsp_graph_fix */
    bool untrained; /* stopbackward=1, here or further on: no gradient comes here */

    bool odd_file; /* has dontload=, dontsave=, dontloadscales= or numload= */
    /* arrays in the .weights file besides the tables, in floats; 0 where there is none */
    int n_biases;    /* also the length of scales, mean and variance */
    int n_scales;    /* 0 or n_biases */
    size_t n_opaque; /* floats of a layer that loses no channel, copied through */
    size_t opaque_parameters; /* of these: without rolling statistics */
    uint64_t opaque_macs;     /* besides those of the tables */
};

struct ocsp_graph {
    const struct ocsp_cfg *cfg; /* borrowed */
    int n_layers;
    struct ocsp_layer *layers;
    int w, h, c; /* input image */
};

/* Is it a convolution whose filters and input channels are one? */
bool ocsp_is_depthwise(const struct ocsp_layer *layer);

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

#ifdef __cplusplus
}
#endif

#endif
