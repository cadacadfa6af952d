/* For GPU builds. */
#ifdef GPU

#include "train/device.h"

#include <cuda_runtime_api.h>
#include <stdint.h>
#include <stdlib.h>

#include "hosts/fatal.h"
#include "layers/arrays.h"
#include "train/device_kernels.h"

#define PIECE 16384 /* numbers that one block of find_bad reads */

/* Of one of the two spans of a step that are measured. */
struct span {
    cudaEvent_t begin, end;
    bool recorded;
};

struct ocsp_device {
    struct ocsp_device_tables tables;
    int n_layers;
    bool *updated; /* what the device has */
    struct span gradient, shrinking;
    double milliseconds;
};

/* The tables while they are made, on the host. */
struct device_layout {
    struct ocsp_matrix *matrices;
    struct ocsp_tile *tiles;
    struct ocsp_segment *segments;
    struct ocsp_piece *pieces;
    int *channel_of, *sums_begin, *sums_of, *sum_channel;
    size_t n_matrices, n_tiles, n_sums, n_pieces, n_places, n_partial;
};

/* A failed call of CUDA leaves nothing to go on with: the host ends the process, too. */
#define CUDA(call) check((int)(call), #call)

static void check(int status, const char *call)
{
    struct ocsp_error err;

    if (status == cudaSuccess)
        return;
    ocsp_fail(&err, OCSP_E_IO, NULL, 0, "CUDA: %.60s: %s", call,
              cudaGetErrorString((cudaError_t)status));
    ocsp_fatal(&err);
}

static size_t divide_up(size_t a, size_t b)
{
    return (a + b - 1) / b;
}

/* Weights of a layer as a matrix; a depthwise one is all rows. */
static struct ocsp_matrix weights_matrix(const struct ocsp_coupled_table *l,
                                         const struct ocsp_host_layer *layer)
{
    const int columns = l->depthwise ? 0 : l->cols / l->conv_groups;
    const int length = l->depthwise ? l->block : columns * l->block;

    return (struct ocsp_matrix){.w = ocsp_params_table(&layer->device.value, l->index),
                                .u = ocsp_params_table(&layer->device.momentum, l->index),
                                .layer = l->layer,
                                .rows = l->depthwise ? l->rows : l->rows / l->conv_groups,
                                .columns = columns,
                                .block = l->block,
                                .length = length,
                                .rate = layer->rate};
}

static struct ocsp_matrix scales_matrix(const struct ocsp_coupled_table *l,
                                        const struct ocsp_host_layer *layer)
{
    return (struct ocsp_matrix){.w = layer->device.value.scales,
                                .u = layer->device.momentum.scales,
                                .layer = l->layer,
                                .rows = l->rows,
                                .block = 1,
                                .length = 1,
                                .rate = layer->rate};
}

/* Chunks that a column of `block` numbers can touch. */
static int chunks_of_column(int block)
{
    return OCSP_CHUNK % block == 0 ? 1 : (block + OCSP_CHUNK - 2) / OCSP_CHUNK + 1;
}

/* Notes a sum's channel, and where its partial sums are. */
static void add_sums(struct device_layout *d, const int *channel, int n, size_t begin,
                     int count)
{
    for (int k = 0; k < n; k++) {
        d->sum_channel[d->n_sums] = channel[k];
        d->segments[d->n_sums++] =
            (struct ocsp_segment){begin + (size_t)k * (size_t)count, count};
    }
}

static size_t add_channels(struct device_layout *d, const int *channel, int n)
{
    const size_t index = d->n_places;

    for (int k = 0; k < n; k++)
        d->channel_of[d->n_places++] = channel[k];
    return index;
}

static void add_tiles(struct device_layout *d, const struct ocsp_matrix *m, int groups)
{
    for (int g = 0; g < groups; g++)
        for (int r = 0; r < m->row_tiles; r++)
            for (int c = 0; c < m->chunks; c++)
                d->tiles[d->n_tiles++] = (struct ocsp_tile){(int)d->n_matrices, g, r, c};
}

/* Lays a matrix out: its tiles, its channels, its partial sums, and their sums in the
 * order of struct ocsp_sums: rows, then columns. */
static void add_matrix(struct device_layout *d, struct ocsp_matrix m, int groups,
                       const int *row, const int *column, int n_columns)
{
    const int rows = m.rows * groups;

    m.chunks = (int)divide_up((size_t)m.length, OCSP_CHUNK);
    m.row_tiles = (int)divide_up((size_t)m.rows, OCSP_TILE_ROWS);
    m.column_chunks = chunks_of_column(m.block);
    m.row_partial = d->n_partial;
    m.column_partial = m.row_partial + (size_t)rows * (size_t)m.chunks;
    const int per_column = m.columns > 0 ? m.column_chunks * m.row_tiles : 0;
    d->n_partial = m.column_partial + (size_t)n_columns * (size_t)per_column;
    m.row_channel = add_channels(d, row, rows);
    m.column_channel = add_channels(d, column, n_columns);
    add_sums(d, row, rows, m.row_partial, m.chunks);
    add_sums(d, column, n_columns, m.column_partial, per_column);
    add_tiles(d, &m, groups);
    d->matrices[d->n_matrices++] = m;
}

/* Sums belong to no channel where the contract of ocsp_visit_parts leaves them out. */
static const int *columns_of(const struct ocsp_coupled_table *l, const int *nothing)
{
    return l->depthwise ? nothing : l->col;
}

static void add_tables(struct device_layout *d, const struct ocsp_coupling *coupling,
                       const struct ocsp_host_layer *layers, const struct ocsp_sums *sums,
                       const int *nothing)
{
    for (int i = 0; i < coupling->n_tables; i++) {
        const struct ocsp_coupled_table *l = &coupling->tables[i];
        const int groups = l->depthwise ? 1 : l->conv_groups;
        if (sums->tables[i].row)
            add_matrix(d, weights_matrix(l, &layers[l->layer]), groups, l->row,
                       columns_of(l, nothing), l->cols);
        if (sums->tables[i].scale)
            add_matrix(d, scales_matrix(l, &layers[l->layer]), 1, l->row, NULL, 0);
    }
}

static void add_pieces(struct device_layout *d, const struct ocsp_graph *graph,
                       const struct ocsp_host_layer *layers)
{
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];

    for (int i = 0; i < graph->n_layers; i++) {
        const int n = ocsp_arrays_of(&graph->layers[i], &layers[i].device.value, arrays);
        for (int k = 0; k < n; k++)
            for (size_t start = 0; start < arrays[k].length; start += PIECE) {
                const size_t left = arrays[k].length - start;
                d->pieces[d->n_pieces++] = (struct ocsp_piece){
                    arrays[k].data + start, (int)(left < PIECE ? left : PIECE), i};
            }
    }
}

/* Upper bounds, before anything is laid out. */
static void count_pieces(struct device_layout *d, const struct ocsp_graph *graph,
                         const struct ocsp_host_layer *layers)
{
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];

    for (int i = 0; i < graph->n_layers; i++) {
        const int n = ocsp_arrays_of(&graph->layers[i], &layers[i].device.value, arrays);
        for (int k = 0; k < n; k++)
            d->n_pieces += divide_up(arrays[k].length, PIECE);
    }
}

static void count_matrices(struct device_layout *d, const struct ocsp_coupling *coupling,
                           const struct ocsp_sums *sums, size_t *most_columns)
{
    for (int i = 0; i < coupling->n_tables; i++) {
        const struct ocsp_coupled_table *l = &coupling->tables[i];
        const size_t rows = (size_t)l->rows, columns = (size_t)l->cols;
        d->n_matrices += 2;
        d->n_places += 2 * rows + columns;
        d->n_tiles += divide_up(rows, OCSP_TILE_ROWS);
        if (sums->tables[i].row)
            d->n_tiles += (divide_up(rows, OCSP_TILE_ROWS) + (size_t)l->conv_groups) *
                          divide_up(columns / (size_t)l->conv_groups * (size_t)l->block,
                                    OCSP_CHUNK);
        if (columns > *most_columns)
            *most_columns = columns;
    }
    d->n_sums = sums->n;
}

static enum ocsp_status allocate(struct device_layout *d, size_t channels,
                                 struct ocsp_error *err)
{
    d->matrices = calloc(d->n_matrices + 1, sizeof *d->matrices);
    d->tiles = calloc(d->n_tiles + 1, sizeof *d->tiles);
    d->segments = calloc(d->n_sums + 1, sizeof *d->segments);
    d->pieces = calloc(d->n_pieces + 1, sizeof *d->pieces);
    d->channel_of = calloc(d->n_places + 1, sizeof *d->channel_of);
    d->sum_channel = calloc(d->n_sums + 1, sizeof *d->sum_channel);
    d->sums_begin = calloc(channels + 2, sizeof *d->sums_begin);
    d->sums_of = calloc(d->n_sums + 1, sizeof *d->sums_of);
    d->n_matrices = d->n_tiles = d->n_sums = d->n_pieces = d->n_places = 0;
    return d->matrices && d->tiles && d->segments && d->pieces && d->channel_of &&
                   d->sum_channel && d->sums_begin && d->sums_of
               ? OCSP_OK
               : ocsp_fail_memory(err);
}

static void clear(struct device_layout *d)
{
    free(d->matrices);
    free(d->tiles);
    free(d->segments);
    free(d->pieces);
    free(d->channel_of);
    free(d->sum_channel);
    free(d->sums_begin);
    free(d->sums_of);
}

/* The sums of each channel, by counting. */
static void list_sums(struct device_layout *d, int n_channels)
{
    for (size_t k = 0; k < d->n_sums; k++)
        if (d->sum_channel[k] >= 0)
            d->sums_begin[d->sum_channel[k] + 2]++;
    for (int c = 0; c < n_channels; c++)
        d->sums_begin[c + 2] += d->sums_begin[c + 1];
    for (size_t k = 0; k < d->n_sums; k++)
        if (d->sum_channel[k] >= 0)
            d->sums_of[d->sums_begin[d->sum_channel[k] + 1]++] = (int)k;
}

static enum ocsp_status make(struct device_layout *d, const struct ocsp_graph *graph,
                             const struct ocsp_coupling *coupling,
                             const struct ocsp_host_layer *layers,
                             const struct ocsp_sums *sums, struct ocsp_error *err)
{
    const int n_channels = coupling ? coupling->n_channels : 0;
    size_t most = 0;

    count_pieces(d, graph, layers);
    if (coupling)
        count_matrices(d, coupling, sums, &most);
    int *nothing = malloc((most + 1) * sizeof *nothing);
    const enum ocsp_status status =
        nothing ? allocate(d, (size_t)n_channels, err) : ocsp_fail_memory(err);
    for (size_t k = 0; k < most && !status; k++)
        nothing[k] = -1;
    if (!status) {
        add_pieces(d, graph, layers);
        if (coupling)
            add_tables(d, coupling, layers, sums, nothing);
        list_sums(d, n_channels);
    }
    free(nothing);
    return status;
}

/* A zeroed array of the device; at least one byte. */
static void *device_array(size_t n, size_t size)
{
    void *array;

    CUDA(cudaMalloc(&array, n * size + 1));
    CUDA(cudaMemset(array, 0, n * size + 1));
    return array;
}

static void *to_device(const void *from, size_t n, size_t size)
{
    void *array = device_array(n, size);

    CUDA(cudaMemcpy(array, from, n * size, cudaMemcpyHostToDevice));
    return array;
}

static void upload(struct ocsp_device *device, const struct device_layout *d,
                   int n_channels)
{
    const size_t channels = (size_t)n_channels;

    device->tables = (struct ocsp_device_tables){
        .matrices = to_device(d->matrices, d->n_matrices, sizeof *d->matrices),
        .tiles = to_device(d->tiles, d->n_tiles, sizeof *d->tiles),
        .segments = to_device(d->segments, d->n_sums, sizeof *d->segments),
        .pieces = to_device(d->pieces, d->n_pieces, sizeof *d->pieces),
        .channel_of = to_device(d->channel_of, d->n_places, sizeof *d->channel_of),
        .sums_begin = to_device(d->sums_begin, channels + 1, sizeof *d->sums_begin),
        .sums_of = to_device(d->sums_of, d->n_sums, sizeof *d->sums_of),
        .partial = device_array(d->n_partial, sizeof(double)),
        .sums = device_array(d->n_sums, sizeof(double)),
        .inverse_norm = device_array(channels, sizeof(float)),
        .selected = device_array(channels, 1),
        .updated = device_array((size_t)device->n_layers, 1),
        .bad_layer = device_array(1, sizeof(int)),
        .n_tiles = (int)d->n_tiles,
        .n_sums = (int)d->n_sums,
        .n_channels = n_channels,
        .n_pieces = (int)d->n_pieces};
}

static void make_span(struct span *span)
{
    CUDA(cudaEventCreate(&span->begin));
    CUDA(cudaEventCreate(&span->end));
}

enum ocsp_status ocsp_device_new(struct ocsp_device **out, const struct ocsp_graph *graph,
                                 const struct ocsp_coupling *coupling,
                                 const struct ocsp_host_layer *layers,
                                 const struct ocsp_sums *sums, struct ocsp_error *err)
{
    struct device_layout d = {0};
    struct ocsp_device *device = calloc(1, sizeof *device);
    bool *updated = calloc((size_t)graph->n_layers + 1, sizeof *updated);
    const enum ocsp_status status = device && updated
                                        ? make(&d, graph, coupling, layers, sums, err)
                                        : ocsp_fail_memory(err);

    if (status) {
        clear(&d);
        free(device);
        free(updated);
        return status;
    }
    device->n_layers = graph->n_layers;
    device->updated = updated;
    upload(device, &d, coupling ? coupling->n_channels : 0);
    make_span(&device->gradient);
    make_span(&device->shrinking);
    /* the host's stream does not wait for the default one, which has done all this */
    CUDA(cudaDeviceSynchronize());
    clear(&d);
    *out = device;
    return OCSP_OK;
}

static void free_span(struct span *span)
{
    CUDA(cudaEventDestroy(span->begin));
    CUDA(cudaEventDestroy(span->end));
}

void ocsp_device_free(struct ocsp_device *device)
{
    if (!device)
        return;
    const struct ocsp_device_tables *t = &device->tables;
    const void *const arrays[] = {t->matrices,   t->tiles,        t->segments, t->pieces,
                                  t->channel_of, t->sums_begin,   t->sums_of,  t->partial,
                                  t->sums,       t->inverse_norm, t->selected, t->updated,
                                  t->bad_layer};
    for (size_t k = 0; k < sizeof arrays / sizeof *arrays; k++)
        CUDA(cudaFree((void *)(uintptr_t)arrays[k]));
    free_span(&device->gradient);
    free_span(&device->shrinking);
    free(device->updated);
    free(device);
}

/* Copies bytes that the host may change as soon as this returns. */
static void send(void *to, const void *from, size_t size, cudaStream_t stream)
{
    CUDA(cudaMemcpyAsync(to, from, size, cudaMemcpyHostToDevice, stream));
    CUDA(cudaStreamSynchronize(stream));
}

void ocsp_device_select(struct ocsp_device *device, const bool *selected, void *stream)
{
    send(device->tables.selected, selected, (size_t)device->tables.n_channels, stream);
}

void ocsp_device_update(struct ocsp_device *device, const bool *updated, void *stream)
{
    bool same = true;

    for (int i = 0; i < device->n_layers; i++) {
        same = same && device->updated[i] == updated[i];
        device->updated[i] = updated[i];
    }
    if (!same)
        send(device->tables.updated, device->updated, (size_t)device->n_layers, stream);
}

/* The last measurement, over by now as the host has waited for the step's loss. */
static void take_time(struct ocsp_device *device, struct span *span)
{
    float milliseconds;

    if (!span->recorded)
        return;
    CUDA(cudaEventSynchronize(span->end));
    CUDA(cudaEventElapsedTime(&milliseconds, span->begin, span->end));
    device->milliseconds += (double)milliseconds;
    span->recorded = false;
}

static void begin(struct ocsp_device *device, struct span *span, cudaStream_t stream)
{
    take_time(device, span);
    CUDA(cudaEventRecord(span->begin, stream));
}

static void end(struct span *span, cudaStream_t stream)
{
    CUDA(cudaEventRecord(span->end, stream));
    span->recorded = true;
}

void ocsp_device_add_gradient(struct ocsp_device *device, float scale, void *stream)
{
    const struct ocsp_device_tables *t = &device->tables;

    begin(device, &device->gradient, stream);
    CUDA(ocsp_kernel_sums(t, stream));
    CUDA(ocsp_kernel_inverse_norms(t, stream));
    CUDA(ocsp_kernel_add_gradient(t, scale, stream));
    end(&device->gradient, stream);
}

void ocsp_device_shrink(struct ocsp_device *device, float pull, void *stream)
{
    begin(device, &device->shrinking, stream);
    CUDA(ocsp_kernel_shrink(&device->tables, pull, stream));
    end(&device->shrinking, stream);
}

void ocsp_device_sums(struct ocsp_device *device, struct ocsp_sums *sums, void *stream)
{
    CUDA(ocsp_kernel_sums(&device->tables, stream));
    CUDA(cudaMemcpyAsync(sums->data, device->tables.sums, sums->n * sizeof *sums->data,
                         cudaMemcpyDeviceToHost, stream));
    CUDA(cudaStreamSynchronize(stream));
}

int ocsp_device_find_bad(struct ocsp_device *device, void *stream)
{
    int layer;

    CUDA(ocsp_kernel_find_bad(&device->tables, device->n_layers, stream));
    CUDA(cudaMemcpyAsync(&layer, device->tables.bad_layer, sizeof layer,
                         cudaMemcpyDeviceToHost, stream));
    CUDA(cudaStreamSynchronize(stream));
    return layer < device->n_layers ? layer : -1;
}

double ocsp_device_milliseconds(struct ocsp_device *device)
{
    take_time(device, &device->gradient);
    take_time(device, &device->shrinking);
    return device->milliseconds;
}

void ocsp_device_pull(float *to, const float *from, size_t n, void *stream)
{
    CUDA(cudaMemcpyAsync(to, from, n * sizeof *to, cudaMemcpyDeviceToHost, stream));
    CUDA(cudaStreamSynchronize(stream));
}

void ocsp_device_push(float *to, const float *from, size_t n, void *stream)
{
    send(to, from, n * sizeof *to, stream);
}

#endif
