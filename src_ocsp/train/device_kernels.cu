#include "train/device_kernels.h"

#include <cuda_runtime.h>

#define WARP 32
#define WARPS 8
#define THREADS (WARP * WARPS)
#define PER_LANE (OCSP_CHUNK / WARP)
#define ALL_LANES 0xffffffffu

/* In a fixed order: runs repeat bit by bit. Lane 0 has the result. */
__device__ static double sum_of_warp(double x)
{
    for (int step = WARP / 2; step > 0; step /= 2)
        x += __shfl_down_sync(ALL_LANES, x, step);
    return x;
}

/* Where a tile lies in its matrix. */
struct place {
    int first, end;  /* numbers of a row */
    int row, rows;   /* first row, counted over all groups, and how many */
    const float *at; /* row `row`, number `first` */
};

__device__ static struct place place_of(const struct ocsp_matrix *m,
                                        const struct ocsp_tile *tile)
{
    struct place p;
    const int row = tile->row_tile * OCSP_TILE_ROWS;

    p.first = tile->chunk * OCSP_CHUNK;
    p.end = min(p.first + OCSP_CHUNK, m->length);
    p.row = tile->group * m->rows + row;
    p.rows = min(OCSP_TILE_ROWS, m->rows - row);
    p.at = m->w + (size_t)p.row * m->length + p.first;
    return p;
}

/* Sums over the rows of one number each, `number` [OCSP_CHUNK], to the partial sums of
 * the columns that the chunk touches. */
__device__ static void put_columns(const struct ocsp_matrix *m,
                                   const struct ocsp_tile *tile, const struct place *p,
                                   const double *number, double *partial)
{
    const int first = p->first / m->block, last = (p->end - 1) / m->block;

    for (int c = first + threadIdx.x; c <= last; c += THREADS) {
        const int begin = max(c * m->block, p->first);
        const int end = min((c + 1) * m->block, p->end);
        const int nth = tile->chunk - c * m->block / OCSP_CHUNK;
        const size_t column = (size_t)tile->group * m->columns + c;
        double sum = 0;
        for (int k = begin; k < end; k++)
            sum += number[k - p->first];
        partial[m->column_partial + (column * m->column_chunks + nth) * m->row_tiles +
                tile->row_tile] = sum;
    }
}

/* A warp takes every WARPS-th row; a lane always the same numbers of a row, so it can add
 * up over the rows as well. */
__global__ static void partial_sums(struct ocsp_device_tables t)
{
    __shared__ double number[WARPS][OCSP_CHUNK];
    const struct ocsp_tile tile = t.tiles[blockIdx.x];
    const struct ocsp_matrix *m = &t.matrices[tile.matrix];
    const struct place p = place_of(m, &tile);
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    const int n = p.end - p.first;
    double column[PER_LANE] = {0};

    for (int r = warp; r < p.rows; r += WARPS) {
        const float *w = p.at + (size_t)r * m->length;
        double sum = 0;
        for (int k = 0; k < PER_LANE; k++) {
            const double x = k * WARP + lane < n ? w[k * WARP + lane] : 0;
            column[k] += x * x;
            sum += x * x;
        }
        sum = sum_of_warp(sum);
        if (lane == 0)
            t.partial[m->row_partial + (size_t)(p.row + r) * m->chunks + tile.chunk] =
                sum;
    }
    if (m->columns == 0)
        return; /* the whole block */
    for (int k = 0; k < PER_LANE; k++)
        number[warp][k * WARP + lane] = column[k];
    __syncthreads();
    for (int w = 1; w < WARPS; w++)
        number[0][threadIdx.x] += number[w][threadIdx.x];
    __syncthreads();
    put_columns(m, &tile, &p, number[0], t.partial);
}

__global__ static void add_partial_sums(struct ocsp_device_tables t)
{
    const int i = blockIdx.x * THREADS + threadIdx.x;

    if (i >= t.n_sums)
        return;
    const struct ocsp_segment s = t.segments[i];
    double sum = 0;
    for (int k = 0; k < s.count; k++)
        sum += t.partial[s.begin + k];
    t.sums[i] = sum;
}

/* A warp per channel. */
__global__ static void invert_norms(struct ocsp_device_tables t)
{
    const int channel = blockIdx.x * WARPS + threadIdx.x / WARP;
    const int lane = threadIdx.x % WARP;

    if (channel >= t.n_channels)
        return;
    const int end = t.sums_begin[channel + 1];
    double square = 0;
    for (int k = t.sums_begin[channel] + lane; k < end; k += WARP)
        square += t.sums[t.sums_of[k]];
    square = sum_of_warp(square);
    if (lane == 0)
        t.inverse_norm[channel] =
            t.selected[channel] && square > 0 ? (float)(1 / sqrt(square)) : 0;
}

/* Coefficients of the lane's numbers by their columns. */
__device__ static void column_coefficients(const struct ocsp_device_tables *t,
                                           const struct ocsp_matrix *m,
                                           const struct ocsp_tile *tile,
                                           const struct place *p, int channel[PER_LANE])
{
    const int lane = threadIdx.x % WARP;
    const size_t columns = m->column_channel + (size_t)tile->group * m->columns;

    for (int k = 0; k < PER_LANE; k++) {
        const int number = p->first + k * WARP + lane;
        channel[k] = m->columns > 0 && number < p->end
                         ? t->channel_of[columns + number / m->block]
                         : -1;
    }
}

__global__ static void add_gradient(struct ocsp_device_tables t, float scale)
{
    const struct ocsp_tile tile = t.tiles[blockIdx.x];
    const struct ocsp_matrix *m = &t.matrices[tile.matrix];
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    int channel[PER_LANE];
    float column[PER_LANE];

    if (!m->u || !t.updated[m->layer])
        return;
    const struct place p = place_of(m, &tile);
    column_coefficients(&t, m, &tile, &p, channel);
    for (int k = 0; k < PER_LANE; k++)
        column[k] = channel[k] >= 0 ? t.inverse_norm[channel[k]] : 0;
    for (int r = warp; r < p.rows; r += WARPS) {
        const int of_row = t.channel_of[m->row_channel + p.row + r];
        const float row = of_row >= 0 ? t.inverse_norm[of_row] : 0;
        const float *w = p.at + (size_t)r * m->length;
        float *u = m->u + (w - m->w);
        for (int k = 0; k < PER_LANE; k++) {
            const float pull = scale * (row + column[k]);
            if (pull != 0 && p.first + k * WARP + lane < p.end)
                u[k * WARP + lane] -= pull * w[k * WARP + lane];
        }
    }
}

__global__ static void shrink(struct ocsp_device_tables t, float pull)
{
    const struct ocsp_tile tile = t.tiles[blockIdx.x];
    const struct ocsp_matrix *m = &t.matrices[tile.matrix];
    const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
    const float factor = fmaxf(0, 1 - pull * m->rate);
    int channel[PER_LANE];
    bool column[PER_LANE];

    if (!m->u || !t.updated[m->layer])
        return;
    const struct place p = place_of(m, &tile);
    column_coefficients(&t, m, &tile, &p, channel);
    for (int k = 0; k < PER_LANE; k++)
        column[k] = channel[k] >= 0 && t.selected[channel[k]];
    for (int r = warp; r < p.rows; r += WARPS) {
        const int of_row = t.channel_of[m->row_channel + p.row + r];
        const bool row = of_row >= 0 && t.selected[of_row];
        float *w = m->w + (size_t)(p.row + r) * m->length + p.first;
        for (int k = 0; k < PER_LANE; k++)
            if ((row || column[k]) && p.first + k * WARP + lane < p.end)
                w[k * WARP + lane] *= row && column[k] ? factor * factor : factor;
    }
}

/* By their bits: also right where the compiler was told that all numbers are finite. */
__global__ static void find_bad(struct ocsp_device_tables t)
{
    const struct ocsp_piece piece = t.pieces[blockIdx.x];
    bool bad = false;

    for (int i = threadIdx.x; i < piece.length; i += THREADS)
        bad |= (__float_as_int(piece.data[i]) & 0x7f800000) == 0x7f800000;
    if (bad)
        atomicMin(t.bad_layer, piece.layer);
}

__global__ static void set(int *to, int value)
{
    *to = value;
}

static int blocks_of(int n, int per_block)
{
    return (n + per_block - 1) / per_block;
}

/* A launch of no blocks is an error. */

int ocsp_kernel_sums(const struct ocsp_device_tables *t, void *stream)
{
    const cudaStream_t s = (cudaStream_t)stream;

    if (t->n_tiles == 0)
        return 0;
    partial_sums<<<t->n_tiles, THREADS, 0, s>>>(*t);
    add_partial_sums<<<blocks_of(t->n_sums, THREADS), THREADS, 0, s>>>(*t);
    return (int)cudaPeekAtLastError();
}

int ocsp_kernel_inverse_norms(const struct ocsp_device_tables *t, void *stream)
{
    const cudaStream_t s = (cudaStream_t)stream;

    if (t->n_channels > 0)
        invert_norms<<<blocks_of(t->n_channels, WARPS), THREADS, 0, s>>>(*t);
    return (int)cudaPeekAtLastError();
}

int ocsp_kernel_add_gradient(const struct ocsp_device_tables *t, float scale,
                             void *stream)
{
    const cudaStream_t s = (cudaStream_t)stream;

    if (t->n_tiles > 0)
        add_gradient<<<t->n_tiles, THREADS, 0, s>>>(*t, scale);
    return (int)cudaPeekAtLastError();
}

int ocsp_kernel_shrink(const struct ocsp_device_tables *t, float pull, void *stream)
{
    const cudaStream_t s = (cudaStream_t)stream;

    if (t->n_tiles > 0)
        shrink<<<t->n_tiles, THREADS, 0, s>>>(*t, pull);
    return (int)cudaPeekAtLastError();
}

int ocsp_kernel_find_bad(const struct ocsp_device_tables *t, int none, void *stream)
{
    const cudaStream_t s = (cudaStream_t)stream;

    set<<<1, 1, 0, s>>>(t->bad_layer, none);
    if (t->n_pieces > 0)
        find_bad<<<t->n_pieces, THREADS, 0, s>>>(*t);
    return (int)cudaPeekAtLastError();
}
