/* A layer's weights in tiles, for passes over all of them. Compiled with OpenMP a pass
 * runs on several threads; its results do not depend on how many. */
#ifndef OCSP_PRUNE_TILES_H
#define OCSP_PRUNE_TILES_H

#include <stddef.h>

#include "prune/coupling.h"

/* A tile has much of a row: memory is read fastest in one piece. */
enum { OCSP_TILE_ROWS = 64, OCSP_TILE_LENGTH = 8192 };

struct ocsp_tile {
    int band; /* of OCSP_TILE_ROWS rows within a conv group */
    int row, rows;
    int length;                   /* weights of each row that are in the tile */
    size_t offset;                /* of the first one among the layer's */
    size_t stride;                /* from row to row */
    int column[OCSP_TILE_LENGTH]; /* of each in `col`; not where depthwise */
};

/* The channel that a tile's k-th number belongs to by its column; −1: none, as where that
 * is frozen, and in a depthwise layer, whose columns are its rows. */
static inline int ocsp_tile_column_channel(const struct ocsp_coupled_table *layer,
                                           const struct ocsp_tile *tile, int k)
{
    return layer->depthwise ? -1 : layer->col[tile->column[k]];
}

/* Bands of each conv group. */
int ocsp_tile_bands(const struct ocsp_coupled_table *layer);

typedef void ocsp_tile_visit(void *context, const struct ocsp_tile *tile);

/* Calls `visit` for all tiles of a layer that has weights; one thread has those of a
 * band, from left to right. */
void ocsp_visit_tiles(const struct ocsp_coupled_table *layer, ocsp_tile_visit *visit,
                      void *context);

#endif
