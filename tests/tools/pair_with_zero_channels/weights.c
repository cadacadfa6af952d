/* Random numbers and weights: made while an image passes through the net. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "layers/activation.h"
#include "layers/layer_type.h"
#include "made_up_image.h"
#include "pair.h"

static uint64_t random_state;

void random_seed(uint64_t seed)
{
    random_state = seed;
}

/* xorshift64 */
uint32_t random_bits(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 32);
}

/* Uniform with mean 0 and variance 1. */
static float random_unit(void)
{
    return (float)(int32_t)random_bits() * (1.7320508F / 2147483648.0F);
}

void fill(float *array, size_t n, double center, double spread)
{
    for (size_t k = 0; k < n && array; k++)
        array[k] = (float)center + (float)spread * random_unit();
}

/* What makes a removed channel. */
static void zero(const struct net *net, int i, const struct ocsp_params *p)
{
    const struct ocsp_coupled_table *c = &net->coupling->tables[i];
    const size_t row =
        c->rows > 0 ? net->graph->layers[i].tables[0].length / (size_t)c->rows : 0;

    for (int r = 0; r < c->rows; r++) {
        if (ocsp_plan_keeps(&net->plan, c->row[r]))
            continue;
        if (p->biases)
            p->biases[r] = 0;
        if (p->scales)
            p->scales[r] = p->mean[r] = 0;
        if (p->weights)
            memset(p->weights + (size_t)r * row, 0, row * sizeof(float));
    }
}

/* What reads it. */
static void zero_columns(const struct net *net, int i, const struct ocsp_params *p)
{
    const struct ocsp_coupled_table *c = &net->coupling->tables[i];
    const int per_group = c->cols > 0 ? c->cols / c->conv_groups : 0;
    float *w = p->weights;

    for (int r = 0; r < c->rows; r++)
        for (int j = 0; j < per_group; j++, w += c->block)
            if (!ocsp_plan_keeps(&net->plan, c->col[ocsp_column(c, r, j)]))
                memset(w, 0, (size_t)c->block * sizeof *w);
}

/* Hundreds of layers of random weights would let activations explode or vanish, so every
 * layer is scaled by what it computes on one image. Only statistics are needed: a layer
 * without weights that is unknown here passes its input on as a vector. */
struct pass {
    const struct net *net;
    enum zeroed zeroed;
    float **out; /* [n_layers] */
    const float *image;
};

static const float *input_of(const struct pass *p, int i)
{
    return i > 0 ? p->out[i - 1] : p->image;
}

/* columns [c·k·k, out_h·out_w] of the input channels from `first` on. */
static void unfold(const struct ocsp_layer *l, const float *in, int first, int channels,
                   float *columns)
{
    const size_t plane = (size_t)l->in_w * (size_t)l->in_h;

    for (int n = 0; n < channels * l->size * l->size; n++) {
        const float *map = in + (size_t)(first + n / (l->size * l->size)) * plane;
        const int ky = n / l->size % l->size, kx = n % l->size;
        for (int y = 0; y < l->out_h; y++)
            for (int x = 0; x < l->out_w; x++) {
                const int at_y = y * l->stride_y + ky * l->dilation - l->pad;
                const int at_x = x * l->stride_x + kx * l->dilation - l->pad;
                const bool inside =
                    at_y >= 0 && at_y < l->in_h && at_x >= 0 && at_x < l->in_w;
                *columns++ = inside ? map[at_y * l->in_w + at_x] : 0;
            }
    }
}

static void multiply(const float *w, const float *columns, int rows, int n, int plane,
                     float *out)
{
    for (int f = 0; f < rows; f++, out += plane)
        for (int k = 0; k < n; k++) {
            const float factor = *w++, *column = columns + (size_t)k * (size_t)plane;
            for (int x = 0; x < plane && factor != 0; x++)
                out[x] += factor * column[x];
        }
}

/* The sums of a layer without blur. A connected layer is a convolution of a map of one
 * pixel. */
static void convolve(const struct ocsp_layer *l, const float *in, const float *w,
                     float *out)
{
    const int groups = l->conv_groups, plane = l->out_w * l->out_h;
    const struct ocsp_table *t = &l->tables[0];
    const int rows = t->rows / groups, n = t->cols / groups * t->block;
    float *columns = allocate((size_t)n * (size_t)plane, sizeof *columns);

    for (int g = 0; g < groups; g++) {
        if (ocsp_layer_is(l, "convolutional"))
            unfold(l, in, g * (l->in_c / groups), l->in_c / groups, columns);
        else
            memcpy(columns, in, (size_t)n * sizeof *columns);
        multiply(w + (size_t)g * (size_t)rows * (size_t)n, columns, rows, n, plane,
                 out + (size_t)g * (size_t)rows * (size_t)plane);
    }
    free(columns);
}

/* Where a blur follows, some of the sums. */
static void convolve_and_thin(const struct ocsp_layer *l, const float *in, const float *w,
                              float *out)
{
    struct ocsp_layer full = *l;

    full.out_w = (l->in_w + 2 * l->pad - l->size) / l->stride_x + 1;
    full.out_h = (l->in_h + 2 * l->pad - l->size) / l->stride_y + 1;
    const int step = full.out_w / l->out_w;
    const size_t plane = (size_t)full.out_w * (size_t)full.out_h;
    float *sums = allocate((size_t)l->tables[0].rows * plane, sizeof *sums);
    convolve(&full, in, w, sums);
    for (int f = 0; f < l->tables[0].rows; f++)
        for (int y = 0; y < l->out_h; y++)
            for (int x = 0; x < l->out_w; x++) {
                const int row = y * step < full.out_h ? y * step : full.out_h - 1;
                const int column = x * step < full.out_w ? x * step : full.out_w - 1;
                *out++ = sums[(size_t)f * plane + (size_t)(row * full.out_w + column)];
            }
    free(sums);
}

static double mean_square(const float *x, int n)
{
    double sum = 0;
    for (int k = 0; k < n; k++)
        sum += (double)x[k] * (double)x[k];
    return fmax(sum / n, 1e-20);
}

/* Biases and BN numbers with which these sums become outputs near 1; without BN, weights
 * and sums are scaled. All filters get about the same numbers: with its own statistics
 * each, a random net is chaotic. */
static void set_norm(const struct ocsp_layer *l, const struct ocsp_params *p, float *sums)
{
    const float deviation = (float)sqrt(mean_square(sums, l->outputs));

    fill(p->biases, (size_t)l->n_biases, 0, .1);
    if (p->scales) {
        fill(p->scales, (size_t)l->n_biases, 1, .1);
        fill(p->mean, (size_t)l->n_biases, 0, .1 * (double)deviation);
        fill(p->variance, (size_t)l->n_biases, (double)(deviation * deviation),
             .1 * (double)(deviation * deviation));
        return;
    }
    for (size_t k = 0; k < l->tables[0].length; k++)
        p->weights[k] /= deviation;
    for (int k = 0; k < l->outputs; k++)
        sums[k] /= deviation;
}

static void apply_norm(const struct ocsp_layer *l, const struct ocsp_params *p,
                       float *sums)
{
    const int plane = l->outputs / l->tables[0].rows;

    for (int f = 0; f < l->tables[0].rows; f++)
        for (int k = 0; k < plane; k++, sums++) {
            if (p->scales)
                *sums = (*sums - p->mean[f]) / sqrtf(p->variance[f]) * p->scales[f];
            *sums += p->biases[f];
        }
}

/* A layer with filters of its own, or with those of `owner`. */
static void pass_filters(const struct pass *p, int i, int owner,
                         const struct ocsp_params *layers)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const struct ocsp_params *params = &layers[owner];
    float *out = p->out[i];

    if (i == owner)
        fill(params->weights, l->tables[0].length, 0, 1);
    if (i == owner && p->zeroed != NONE)
        zero(p->net, i, params);
    if (ocsp_layer_is(l, "batchnorm"))
        memcpy(out, input_of(p, i), (size_t)l->outputs * sizeof *out);
    else if (l->blurred)
        convolve_and_thin(l, input_of(p, i), params->weights, out);
    else
        convolve(l, input_of(p, i), params->weights, out);
    if (i == owner)
        set_norm(l, params, out);
    if (i == owner && p->zeroed != NONE)
        zero(p->net, i, params);
    apply_norm(l, params, out);
}

/* Maximum, or mean, of a window. */
static void pool(const struct ocsp_layer *l, const float *in, float *out)
{
    const bool all = ocsp_layer_is(l, "avgpool");
    const int w = all ? l->in_w : l->size, h = all ? l->in_h : l->size;

    for (int n = 0; n < l->outputs; n++) {
        const float *map = in + n / (l->out_w * l->out_h) * l->in_w * l->in_h;
        const int top = all ? 0 : n / l->out_w % l->out_h * l->stride_y - l->pad / 2;
        const int left = all ? 0 : n % l->out_w * l->stride_x - l->pad / 2;
        float largest = -INFINITY, sum = 0;
        int count = 0;
        for (int k = 0; k < w * h; k++) {
            const int y = top + k / w, x = left + k % w;
            if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
                continue;
            largest = fmaxf(largest, map[y * l->in_w + x]);
            sum += map[y * l->in_w + x];
            count++;
        }
        out[n] = ocsp_layer_is(l, "maxpool") ? largest : sum / (float)count;
    }
}

static void concatenate(const struct pass *p, int i, float *out)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];

    for (int k = 0; k < l->n_from; k++) {
        const int part = p->net->graph->layers[l->from[k]].outputs / l->route_groups;
        memcpy(out, p->out[l->from[k]] + l->group_id * part, (size_t)part * sizeof *out);
        out += part;
    }
}

static void combine(const struct pass *p, int i, float *out)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const float *in = input_of(p, i);
    const bool multiplies =
        strcmp(l->name, "scale_channels") == 0 || strcmp(l->name, "sam") == 0;

    for (int n = 0; n < l->outputs; n++)
        out[n] = in[(int64_t)n * l->inputs / l->outputs];
    for (int k = 0; k < l->n_from; k++)
        for (int n = 0; n < l->outputs; n++) {
            const float x =
                p->out[l->from[k]][n % p->net->graph->layers[l->from[k]].outputs];
            out[n] = multiplies ? out[n] * x : out[n] + x;
        }
}

static void pass_without_weights(const struct pass *p, int i, float *out)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const float *in = input_of(p, i);

    if (ocsp_layer_is(l, "maxpool") || ocsp_layer_is(l, "avgpool") ||
        ocsp_layer_is(l, "local_avgpool"))
        pool(l, in, out);
    else if (l->n_from > 0 && l->reads_before)
        combine(p, i, out);
    else if (l->n_from > 0)
        concatenate(p, i, out);
    else if (l->n_opaque > 0)
        fill(out, (size_t)l->outputs, .3, .5);
    else
        for (int n = 0; n < l->outputs; n++)
            out[n] = in[(int64_t)n * l->inputs / l->outputs];
}

static void pass_layer(const struct pass *p, int i, const struct ocsp_params *layers)
{
    const struct ocsp_layer *l = &p->net->graph->layers[i];
    const struct ocsp_params *params = &layers[i];
    const double spread = sqrt((double)l->n_opaque / l->outputs);
    float *out = p->out[i];

    if (l->n_biases > 0 || l->shares >= 0) {
        pass_filters(p, i, l->shares >= 0 ? l->shares : i, layers);
    } else {
        fill(params->weights, l->tables[0].length, 1, .1); /* factors */
        if (p->zeroed != NONE)
            zero(p->net, i, params);
        /* positive: in recurrent layers some of it is variance */
        fill(params->opaque, l->n_opaque, spread > 2 ? 2 / spread : 1,
             spread > 2 ? 1 / spread : .1);
        if (ocsp_layer_is(l, "implicit"))
            memcpy(out, params->weights, (size_t)l->outputs * sizeof *out);
        else
            pass_without_weights(p, i, out);
    }
    for (int n = 0; n < l->outputs && *l->activation; n++)
        out[n] = (float)ocsp_activate(l->activation, (double)out[n]);
}

void make_weights(const struct net *net, enum zeroed zeroed, struct ocsp_weights **out)
{
    const size_t n =
        (size_t)net->graph->w * (size_t)net->graph->h * (size_t)net->graph->c;
    float *image = allocate(n, sizeof *image);
    const struct pass p = {net, zeroed,
                           allocate((size_t)net->graph->n_layers, sizeof *p.out), image};

    must(ocsp_weights_new(out, net->graph, true, &error));
    make_up_image(image, n); /* on another than run_net's, layers would not be near 1 */
    for (int i = 0; i < net->graph->n_layers; i++) {
        p.out[i] = allocate((size_t)net->graph->layers[i].outputs, sizeof **p.out);
        pass_layer(&p, i, (*out)->layers);
        if (zeroed == BOTH)
            zero_columns(net, i, &(*out)->layers[i]);
    }
    for (int i = 0; i < net->graph->n_layers; i++)
        free(p.out[i]);
    free(p.out);
    free(image);
}
