/* [maxpool], [avgpool] and [upsample] on channels-last maps. */
#include <string.h>

#include "engine/layer.h"

static bool has_maps(const layer *l)
{
    return l->c > 0 && l->out_c > 0 && l->c * l->h * l->w == l->inputs &&
           l->out_c * l->out_h * l->out_w == l->outputs;
}

/* Worth several threads. */
static bool is_large(const struct ocsp_engine_map *map)
{
    return ocsp_engine_floats(map) > 1 << 14;
}

static size_t pixel(const struct ocsp_engine_map *map, int b, int y, int x)
{
    return (((size_t)b * (size_t)map->h + (size_t)y) * (size_t)map->w + (size_t)x) *
           (size_t)map->c;
}

/* What lies of a window inside the map, in steps of the window. */
struct window {
    int y0, y1, x0, x1;
    int top, left; /* of the whole window */
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

static struct window window_at(const layer *l, const struct ocsp_engine_map *in, int y,
                               int x)
{
    const int top = -l->pad / 2 + y * ocsp_host_stride_y(l);
    const int left = -l->pad / 2 + x * ocsp_host_stride_x(l);

    return (struct window){most(0, -top),
                           least(l->size, in->h - top),
                           most(0, -left),
                           least(l->size, in->w - left),
                           top,
                           left};
}

OCSP_ENGINE_KERNEL
static void take_larger(const float *restrict x, float *restrict y, int *restrict from,
                        size_t c, int step)
{
    for (size_t i = 0; i < c; i++) {
        const bool larger = x[i] > y[i];
        y[i] = larger ? x[i] : y[i];
        from[i] = larger ? step : from[i];
    }
}

OCSP_ENGINE_KERNEL
static void keep_larger(const float *restrict x, float *restrict y, size_t c)
{
    for (size_t i = 0; i < c; i++)
        y[i] = x[i] > y[i] ? x[i] : y[i];
}

/* l.indexes keeps the step of the window, not the host's index of the input. `from` NULL:
 * a host's network for inference has no indexes. */
static void forward_window(const layer *l, const struct ocsp_engine_map *in,
                           const struct window *window, const float *image, float *y,
                           int *from)
{
    const size_t c = (size_t)in->c;
    bool first = true;

    for (int i = window->y0; i < window->y1; i++)
        for (int j = window->x0; j < window->x1; j++) {
            const float *x = image + pixel(in, 0, window->top + i, window->left + j);
            const int step = i * l->size + j;
            if (first) {
                memcpy(y, x, c * sizeof *y);
                for (size_t k = 0; from && k < c; k++)
                    from[k] = step;
                first = false;
            } else if (from) {
                take_larger(x, y, from, c, step);
            } else {
                keep_larger(x, y, c);
            }
        }
}

static void forward_maxpool(const struct ocsp_engine_node *node, const layer *l,
                            const struct ocsp_engine_io *io)
{
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;

#pragma omp parallel for schedule(static) if (is_large(in))
    for (int row = 0; row < out->batch * out->h; row++) {
        const int b = row / out->h, y = row % out->h;
        for (int x = 0; x < out->w; x++) {
            const struct window window = window_at(l, in, y, x);
            const size_t k = pixel(out, b, y, x);
            forward_window(l, in, &window, io->in[0] + pixel(in, b, 0, 0), io->out + k,
                           l->indexes && io->train ? l->indexes + k : NULL);
        }
    }
}

OCSP_ENGINE_KERNEL
static void add_to_channels(float *restrict to, const float *restrict delta,
                            const int *restrict from, size_t c, int step)
{
    for (size_t i = 0; i < c; i++)
        to[i] += from[i] == step ? delta[i] : 0;
}

static void backward_maxpool_image(const struct ocsp_engine_node *node, const layer *l,
                                   int b, const float *delta, float *to)
{
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;

    for (int y = 0; y < out->h; y++)
        for (int x = 0; x < out->w; x++) {
            const struct window window = window_at(l, in, y, x);
            const size_t k = pixel(out, b, y, x);
            for (int i = window.y0; i < window.y1; i++)
                for (int j = window.x0; j < window.x1; j++)
                    add_to_channels(to + pixel(in, b, window.top + i, window.left + j),
                                    delta + k, l->indexes + k, (size_t)in->c,
                                    i * l->size + j);
        }
}

static void backward_maxpool(const struct ocsp_engine_node *node, const layer *l,
                             const struct ocsp_engine_io *io)
{
    const struct ocsp_engine_map *in = &node->in;

    if (!io->in_delta[0])
        return;
#pragma omp parallel for schedule(static) if (is_large(in))
    for (int b = 0; b < in->batch; b++) {
        if (!io->add[0])
            memset(io->in_delta[0] + pixel(in, b, 0, 0), 0,
                   pixel(in, 1, 0, 0) * sizeof(float));
        backward_maxpool_image(node, l, b, io->delta, io->in_delta[0]);
    }
}

static bool takes_maxpool(const network *net, int i)
{
    const layer *l = &net->layers[i];

    /* each window holds an input */
    return has_maps(l) && !ocsp_host_is_special(l) && l->c == l->out_c &&
           l->pad / 2 < l->size;
}

const struct ocsp_engine_kind ocsp_engine_maxpool = {
    .name = "maxpool",
    .takes = takes_maxpool,
    .forward = forward_maxpool,
    .backward = backward_maxpool,
};

OCSP_ENGINE_KERNEL
static void average(const float *restrict x, float *restrict y, size_t pixels, size_t c)
{
    for (size_t i = 0; i < c; i++)
        y[i] = 0;
    for (size_t p = 0; p < pixels; p++)
        for (size_t i = 0; i < c; i++)
            y[i] += x[p * c + i];
    for (size_t i = 0; i < c; i++)
        y[i] /= (float)pixels;
}

OCSP_ENGINE_KERNEL
static void share(float *restrict to, const float *restrict delta, size_t pixels,
                  size_t c, bool add)
{
    for (size_t p = 0; p < pixels; p++)
        for (size_t i = 0; i < c; i++) {
            const float d = delta[i] / (float)pixels;
            to[p * c + i] = add ? to[p * c + i] + d : d;
        }
}

static void forward_avgpool(const struct ocsp_engine_node *node, const layer *l,
                            const struct ocsp_engine_io *io)
{
    const struct ocsp_engine_map *in = &node->in;

    (void)l;
#pragma omp parallel for schedule(static) if (is_large(in))
    for (int b = 0; b < in->batch; b++)
        average(io->in[0] + pixel(in, b, 0, 0), io->out + (size_t)b * (size_t)in->c,
                (size_t)in->h * (size_t)in->w, (size_t)in->c);
}

static void backward_avgpool(const struct ocsp_engine_node *node, const layer *l,
                             const struct ocsp_engine_io *io)
{
    const struct ocsp_engine_map *in = &node->in;

    (void)l;
    if (!io->in_delta[0])
        return;
#pragma omp parallel for schedule(static) if (is_large(in))
    for (int b = 0; b < in->batch; b++)
        share(io->in_delta[0] + pixel(in, b, 0, 0), io->delta + (size_t)b * (size_t)in->c,
              (size_t)in->h * (size_t)in->w, (size_t)in->c, io->add[0]);
}

static bool takes_avgpool(const network *net, int i)
{
    return has_maps(&net->layers[i]);
}

const struct ocsp_engine_kind ocsp_engine_avgpool = {
    .name = "avgpool",
    .takes = takes_avgpool,
    .forward = forward_avgpool,
    .backward = backward_avgpool,
    .flat_output = true,
};

OCSP_ENGINE_KERNEL
static void scale_pixel(float *restrict to, const float *restrict x, size_t c,
                        float scale, bool add)
{
    for (size_t i = 0; i < c; i++)
        to[i] = add ? to[i] + scale * x[i] : scale * x[i];
}

static void forward_upsample(const struct ocsp_engine_node *node, const layer *l,
                             const struct ocsp_engine_io *io)
{
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;

#pragma omp parallel for schedule(static) if (is_large(in))
    for (int row = 0; row < out->batch * out->h; row++) {
        const int b = row / out->h, y = row % out->h;
        for (int x = 0; x < out->w; x++)
            scale_pixel(io->out + pixel(out, b, y, x),
                        io->in[0] + pixel(in, b, y / l->stride, x / l->stride),
                        (size_t)in->c, l->scale, false);
    }
}

static void backward_upsample(const struct ocsp_engine_node *node, const layer *l,
                              const struct ocsp_engine_io *io)
{
    const struct ocsp_engine_map *in = &node->in, *out = &node->out;

    if (!io->in_delta[0])
        return;
#pragma omp parallel for schedule(static) if (is_large(in))
    for (int row = 0; row < in->batch * in->h; row++) {
        const int b = row / in->h, y = row % in->h;
        for (int x = 0; x < in->w; x++)
            for (int k = 0; k < l->stride * l->stride; k++)
                scale_pixel(io->in_delta[0] + pixel(in, b, y, x),
                            io->delta + pixel(out, b, y * l->stride + k / l->stride,
                                              x * l->stride + k % l->stride),
                            (size_t)in->c, l->scale, io->add[0] || k > 0);
    }
}

static bool takes_upsample(const network *net, int i)
{
    return has_maps(&net->layers[i]) && !net->layers[i].reverse;
}

const struct ocsp_engine_kind ocsp_engine_upsample = {
    .name = "upsample",
    .takes = takes_upsample,
    .forward = forward_upsample,
    .backward = backward_upsample,
};
