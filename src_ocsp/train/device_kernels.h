/* The kernels under device.c, and the tables that they go by. Every array of weights, and
 * of BN scales, is a matrix: rows are filters, a row is [columns, block] numbers. It is
 * cut into tiles of OCSP_TILE_ROWS rows and OCSP_CHUNK numbers of each, one tile a block
 * of threads. Private to device.c. */
#ifndef OCSP_TRAIN_DEVICE_KERNELS_H
#define OCSP_TRAIN_DEVICE_KERNELS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define OCSP_TILE_ROWS 32
#define OCSP_CHUNK 256

/* Pointers are the device's. A matrix of conv_groups has those one below the other: rows
 * of each, each with columns of its own. */
struct ocsp_matrix {
    float *w;
    float *u; /* momentum; NULL: frozen by the cfg */
    int layer;
    int rows;    /* of one conv group */
    int columns; /* of one conv group; 0: none that count, as in a depthwise one */
    int block;   /* numbers per row and column */
    int length;  /* of a row */
    float rate;  /* the layer's own factor of the learning rate */
    /* places of the channels of its rows and columns in `channel_of` */
    size_t row_channel, column_channel;
    /* places of its partial sums: [all rows, chunks] and [all columns, column_chunks,
     * row_tiles] */
    size_t row_partial, column_partial;
    int chunks, column_chunks, row_tiles;
};

struct ocsp_tile {
    int matrix, group, row_tile, chunk;
};

/* A sum's partial sums follow each other. */
struct ocsp_segment {
    size_t begin;
    int count;
};

/* A piece of an array that find_bad reads. */
struct ocsp_piece {
    const float *data;
    int length, layer;
};

/* Everything is the device's. */
struct ocsp_device_tables {
    const struct ocsp_matrix *matrices;
    const struct ocsp_tile *tiles;       /* [n_tiles] */
    const struct ocsp_segment *segments; /* [n_sums] */
    const struct ocsp_piece *pieces;     /* [n_pieces] */
    const int *channel_of;               /* −1: frozen */
    const int *sums_begin;               /* [n_channels + 1] into sums_of */
    const int *sums_of;                  /* numbers of the sums of one channel */
    double *partial;                     /* those that no tile writes stay 0 */
    double *sums;                        /* [n_sums], in the order of struct ocsp_sums */
    float *inverse_norm;                 /* [n_channels] 1/||w_c||, 0: not selected */
    unsigned char *selected;             /* [n_channels] */
    unsigned char *updated;              /* [n_layers] */
    int *bad_layer;
    int n_tiles, n_sums, n_channels, n_pieces;
};

/* Each queues its work; 0, or a cudaError_t. */
int ocsp_kernel_sums(const struct ocsp_device_tables *t, void *stream);
int ocsp_kernel_inverse_norms(const struct ocsp_device_tables *t, void *stream);
int ocsp_kernel_add_gradient(const struct ocsp_device_tables *t, float scale,
                             void *stream);
int ocsp_kernel_shrink(const struct ocsp_device_tables *t, float pull, void *stream);
/* *bad_layer = the lowest layer with a bad number, or `none`. */
int ocsp_kernel_find_bad(const struct ocsp_device_tables *t, int none, void *stream);

#ifdef __cplusplus
}
#endif

#endif
