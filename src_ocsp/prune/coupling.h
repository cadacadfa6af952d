/* Channel coupling: which slices of which layers go together, and what is frozen.
 *
 * Every channel of every layer's output is an element of a union-find structure; a
 * layer's semantics say which elements are the same channel (layers/coupler.h). Each
 * equivalence class is a *coupled channel*; coupled channels with equally many slices in
 * the same tables form a *group*. Coupled channels are numbered so that those of one
 * group are consecutive. */
#ifndef OCSP_PRUNE_COUPLING_H
#define OCSP_PRUNE_COUPLING_H

#include <stdbool.h>
#include <stdint.h>

#include "layers/graph.h"
#include "net/error.h"

enum ocsp_part {
    OCSP_WEIGHTS,
    OCSP_BN_SCALE,
    OCSP_NO_PARAMETERS /* of its own: share_index=, maxpool_depth. Counted alone */
};

enum ocsp_side {
    OCSP_OUT, /* slices along filters (connected: outputs, BN: elements) */
    OCSP_IN   /* slices along input channels (connected: inputs) */
};

struct ocsp_member {
    int layer;
    int table; /* in coupling->tables; the layer's number where it is its first */
    enum ocsp_part part;
    enum ocsp_side side;
    int slices; /* of one coupled channel there */
};

struct ocsp_group {
    int first, channels; /* coupled channels first … first + channels − 1 */
    int n_members;
    int n_parts; /* members with parameters of their own */
    struct ocsp_member *members;
};

/* A table of weights, see struct ocsp_table, with the coupled channels that its rows and
 * columns belong to: rows are filters, columns input channels of a convolution or inputs
 * of a connected layer. */
struct ocsp_coupled_table {
    int layer, index; /* table `index` of this layer */
    int next;         /* the layer's next table in coupling->tables, −1: none */
    int rows, cols;
    int conv_groups;
    bool depthwise; /* filter and input channel are one: its member is `out` alone */
    int block;      /* weights per (row, column): k² */
    int *row;       /* [rows] coupled channel, or −1: frozen */
    int *col;       /* [cols] the same */
};

struct ocsp_frozen {
    int layer;    /* whose filters are frozen */
    int channels; /* how many of them */
    char *reason;
};

/* A shortcut that adds a convolution's output of another width, see prune/uneven.h. */
struct ocsp_uneven {
    int layer, summand; /* the shortcut, and the convolution */
    int n;
    int *sum; /* [n] coupled channels of the shortcut's output, −1: frozen */
};

struct ocsp_coupling {
    const struct ocsp_graph *graph; /* borrowed */
    int n_channels;                 /* coupled channels */
    int *group_of;                  /* [n_channels] */
    int n_groups;
    struct ocsp_group *groups;
    /* [n_tables]: table i is the first one of layer i, perhaps empty; behind those of all
     * layers come further ones */
    int n_tables;
    struct ocsp_coupled_table *tables;
    int n_frozen;
    struct ocsp_frozen *frozen;
    int n_uneven;
    struct ocsp_uneven *uneven;
};

/* The graph must outlive the coupling. */
enum ocsp_status ocsp_coupling_new(struct ocsp_coupling **out,
                                   const struct ocsp_graph *graph,
                                   struct ocsp_error *err);
void ocsp_coupling_free(struct ocsp_coupling *coupling);

/* Column in `col` of the j-th input channel that filter `row` reads: row's conv group
 * reads cols/conv_groups consecutive input channels. */
static inline int ocsp_column(const struct ocsp_coupled_table *l, int row, int j)
{
    const int per_group = l->cols / l->conv_groups;
    return row / (l->rows / l->conv_groups) * per_group + j;
}

#endif
