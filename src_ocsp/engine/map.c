/* Sums of maps and conversions between the formats. */
#include "engine/layer.h"

enum { TILE = 16, PART = 1 << 14 };

OCSP_ENGINE_KERNEL
static void add_part(float *restrict sum, const float *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += x[i];
}

void ocsp_engine_add(float *sum, const float *x, size_t n)
{
#pragma omp parallel for schedule(static) if (n > PART)
    for (size_t start = 0; start < n; start += PART)
        add_part(sum + start, x + start, n - start < PART ? n - start : PART);
}

/* [rows, cols] to [cols, rows], a tile at a time for the caches. */
OCSP_ENGINE_KERNEL
static void transpose(float *restrict to, const float *restrict from, size_t rows,
                      size_t cols, bool add)
{
    if (rows < TILE && !add) { /* the image */
        for (size_t j = 0; j < cols; j++)
            for (size_t i = 0; i < rows; i++)
                to[j * rows + i] = from[i * cols + j];
        return;
    }
    for (size_t i0 = 0; i0 < rows; i0 += TILE)
        for (size_t j0 = 0; j0 < cols; j0 += TILE) {
            const size_t i1 = i0 + TILE < rows ? i0 + TILE : rows;
            const size_t j1 = j0 + TILE < cols ? j0 + TILE : cols;
            for (size_t j = j0; j < j1; j++)
                for (size_t i = i0; i < i1; i++)
                    to[j * rows + i] =
                        add ? to[j * rows + i] + from[i * cols + j] : from[i * cols + j];
        }
}

void ocsp_engine_to_last(float *to, const float *from, const struct ocsp_engine_map *map,
                         bool add)
{
    const size_t c = (size_t)map->c, pixels = (size_t)map->h * (size_t)map->w;

#pragma omp parallel for schedule(static) if (ocsp_engine_floats(map) > PART)
    for (int b = 0; b < map->batch; b++)
        transpose(to + (size_t)b * c * pixels, from + (size_t)b * c * pixels, c, pixels,
                  add);
}

void ocsp_engine_from_last(float *to, const float *from,
                           const struct ocsp_engine_map *map, bool add)
{
    const size_t c = (size_t)map->c, pixels = (size_t)map->h * (size_t)map->w;

#pragma omp parallel for schedule(static) if (ocsp_engine_floats(map) > PART)
    for (int b = 0; b < map->batch; b++)
        transpose(to + (size_t)b * c * pixels, from + (size_t)b * c * pixels, pixels, c,
                  add);
}
