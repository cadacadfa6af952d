/* [shortcut] and [route] on channels-last maps. */
#include <string.h>

#include "engine/layer.h"

enum { PART = 1 << 14 };

static bool same_output(const layer *a, const layer *b)
{
    return a->out_c == b->out_c && a->out_h == b->out_h && a->out_w == b->out_w &&
           a->outputs == b->outputs;
}

OCSP_ENGINE_KERNEL
static void scale_sum(float *restrict y, const float *restrict a, const float *restrict b,
                      float alpha, float beta, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = alpha * a[i] + beta * b[i];
}

OCSP_ENGINE_KERNEL
static void add_scaled(float *restrict y, const float *restrict x, float scale, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += scale * x[i];
}

OCSP_ENGINE_KERNEL
static void activate_part(float *y, float slope, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = y[i] > 0 ? y[i] : slope * y[i];
}

OCSP_ENGINE_KERNEL
static void gradient_part(float *restrict delta, const float *restrict y, float slope,
                          size_t n)
{
    for (size_t i = 0; i < n; i++)
        delta[i] = y[i] > 0 ? delta[i] : slope * delta[i];
}

OCSP_ENGINE_KERNEL
static void set_scaled(float *restrict y, const float *restrict x, float factor, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = factor * x[i];
}

/* A part that stays in the first cache through all its steps. */
static void forward_shortcut(const struct ocsp_engine_node *node, const layer *l,
                             const struct ocsp_engine_io *io)
{
    const size_t n = ocsp_engine_floats(&node->out);
    const float alpha = ocsp_host_shortcut_alpha(l), beta = ocsp_host_shortcut_beta(l),
                slope = ocsp_engine_slope(l->activation);

#pragma omp parallel for schedule(static) if (n > PART)
    for (size_t start = 0; start < n; start += PART) {
        const size_t m = n - start < PART ? n - start : PART;
        scale_sum(io->out + start, io->in[0] + start, io->in[1] + start, alpha, beta, m);
        for (int k = 2; k < node->n_sources; k++)
            add_scaled(io->out + start, io->in[k] + start, beta, m);
        if (slope != 1)
            activate_part(io->out + start, slope, m);
    }
}

static void backward_shortcut(const struct ocsp_engine_node *node, const layer *l,
                              const struct ocsp_engine_io *io)
{
    const size_t n = ocsp_engine_floats(&node->out);
    const float slope = ocsp_engine_slope(l->activation);

#pragma omp parallel for schedule(static) if (n > PART)
    for (size_t start = 0; start < n; start += PART) {
        const size_t m = n - start < PART ? n - start : PART;
        if (slope != 1)
            gradient_part(io->delta + start, io->out + start, slope, m);
        for (int k = 0; k < node->n_sources; k++) {
            const float factor =
                k == 0 ? ocsp_host_shortcut_alpha(l) : ocsp_host_shortcut_beta(l);
            if (!io->in_delta[k])
                continue;
            if (io->add[k])
                add_scaled(io->in_delta[k] + start, io->delta + start, factor, m);
            else
                set_scaled(io->in_delta[k] + start, io->delta + start, factor, m);
        }
    }
}

static bool takes_shortcut(const network *net, int i)
{
    const layer *l = &net->layers[i];

    if (i == 0 || l->nweights > 0 || !ocsp_engine_activates(l->activation) ||
        !same_output(l, &net->layers[i - 1]) || !same_output(l, &net->layers[l->index]))
        return false;
    for (int k = 0; l->n > 1 && k < l->n; k++)
        if (!same_output(l, &net->layers[l->input_layers[k]]))
            return false;
    return true;
}

const struct ocsp_engine_kind ocsp_engine_shortcut = {
    .name = "shortcut",
    .takes = takes_shortcut,
    .forward = forward_shortcut,
    .backward = backward_shortcut,
};

/* Channels of each source; their sum is the output's. */
static int channels(const struct ocsp_engine_node *node, const layer *l, int k)
{
    return l->input_sizes[k] / (node->out.h * node->out.w);
}

static void forward_route(const struct ocsp_engine_node *node, const layer *l,
                          const struct ocsp_engine_io *io)
{
    const size_t c = (size_t)node->out.c;

#pragma omp parallel for schedule(static) if (ocsp_engine_floats(&node->out) > PART)
    for (size_t row = 0; row < ocsp_engine_rows(&node->out); row++) {
        float *to = io->out + row * c;
        for (int k = 0; k < node->n_sources; k++) {
            const size_t m = (size_t)channels(node, l, k);
            memcpy(to, io->in[k] + row * m, m * sizeof *to);
            to += m;
        }
    }
}

static void backward_route(const struct ocsp_engine_node *node, const layer *l,
                           const struct ocsp_engine_io *io)
{
    const size_t c = (size_t)node->out.c;

#pragma omp parallel for schedule(static) if (ocsp_engine_floats(&node->out) > PART)
    for (size_t row = 0; row < ocsp_engine_rows(&node->out); row++) {
        const float *from = io->delta + row * c;
        for (int k = 0; k < node->n_sources; k++) {
            const size_t m = (size_t)channels(node, l, k);
            if (io->in_delta[k] && io->add[k])
                add_scaled(io->in_delta[k] + row * m, from, 1, m);
            else if (io->in_delta[k])
                memcpy(io->in_delta[k] + row * m, from, m * sizeof *from);
            from += m;
        }
    }
}

static bool takes_route(const network *net, int i)
{
    const layer *l = &net->layers[i];
    int c = 0;

    if (ocsp_host_is_partial(l))
        return false;
    for (int k = 0; k < l->n; k++) {
        const layer *from = &net->layers[l->input_layers[k]];
        if (from->out_h != l->out_h || from->out_w != l->out_w ||
            from->out_c * from->out_h * from->out_w != l->input_sizes[k])
            return false;
        c += from->out_c;
    }
    return c == l->out_c && c * l->out_h * l->out_w == l->outputs && l->outputs > 0;
}

const struct ocsp_engine_kind ocsp_engine_route = {
    .name = "route",
    .takes = takes_route,
    .forward = forward_route,
    .backward = backward_route,
};
