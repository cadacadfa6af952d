#include "prune/tiles.h"

#ifdef _OPENMP
#include <omp.h>
#endif

/* A second thread gains nothing on fewer weights. */
#define PARALLEL (1 << 19)

/* Parts of a table whose rows read no columns of another part's. The filters of a
 * depthwise layer count as one part: each reads the column that is its own. */
static int count_parts(const struct ocsp_coupled_table *l)
{
    return l->depthwise ? 1 : l->conv_groups;
}

int ocsp_tile_bands(const struct ocsp_coupled_table *l)
{
    return (l->rows / count_parts(l) + OCSP_TILE_ROWS - 1) / OCSP_TILE_ROWS;
}

static int min(int a, int b)
{
    return a < b ? a : b;
}

/* Fills in the columns of the tile's numbers, the first of which is number `first` of its
 * row. */
static void fill_columns(struct ocsp_tile *t, const struct ocsp_coupled_table *l,
                         int first)
{
    int column = ocsp_column(l, t->row, first / l->block), in_block = first % l->block;

    for (int k = 0; k < t->length; k++) {
        t->column[k] = column;
        if (++in_block == l->block) {
            in_block = 0;
            column++;
        }
    }
}

static void visit_band(const struct ocsp_coupled_table *l, int k, int length,
                       ocsp_tile_visit *visit, void *context)
{
    const int rows = l->rows / count_parts(l), bands = ocsp_tile_bands(l);
    struct ocsp_tile t; /* large: not to be cleared */

    t.band = k % bands;
    t.row = k / bands * rows + t.band * OCSP_TILE_ROWS;
    t.rows = min(OCSP_TILE_ROWS, rows - t.band * OCSP_TILE_ROWS);
    t.stride = (size_t)length;
    for (int first = 0; first < length; first += OCSP_TILE_LENGTH) {
        t.length = min(OCSP_TILE_LENGTH, length - first);
        t.offset = (size_t)t.row * t.stride + (size_t)first;
        if (!l->depthwise)
            fill_columns(&t, l, first);
        visit(context, &t);
    }
}

#ifdef _OPENMP
/* More than there are cores only wait for each other, whatever OMP_NUM_THREADS says. */
static int count_threads(void)
{
    return min(omp_get_max_threads(), omp_get_num_procs());
}
#endif

void ocsp_visit_tiles(const struct ocsp_coupled_table *l, ocsp_tile_visit *visit,
                      void *context)
{
    const int n = count_parts(l) * ocsp_tile_bands(l);
    const int length = l->cols / l->conv_groups * l->block;

#ifdef _OPENMP
#pragma omp parallel for num_threads(                                                    \
    count_threads()) if ((size_t)l->rows * (size_t)length > PARALLEL)
#endif
    for (int k = 0; k < n; k++)
        visit_band(l, k, length, visit, context);
}
