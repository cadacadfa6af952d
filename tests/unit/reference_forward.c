#include "reference_forward.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "layers/layer_type.h"

struct pass {
    const struct ocsp_graph *graph;
    const struct ocsp_params *params;
    const double *image;
    double **out;
    enum reference_epsilon epsilon;
};

static double activate(const char *name, double x)
{
    if (strcmp(name, "") == 0 || strcmp(name, "linear") == 0)
        return x;
    if (strcmp(name, "relu") == 0)
        return x > 0 ? x : 0;
    if (strcmp(name, "leaky") == 0)
        return x > 0 ? x : 0.1 * x;
    if (strcmp(name, "logistic") == 0)
        return 1 / (1 + exp(-x));
    if (strcmp(name, "tanh") == 0)
        return tanh(x);
    if (strcmp(name, "elu") == 0)
        return x >= 0 ? x : exp(x) - 1;
    if (strcmp(name, "relu6") == 0)
        return fmin(fmax(x, 0), 6);
    if (strcmp(name, "swish") == 0)
        return x / (1 + exp(-x));
    if (strcmp(name, "mish") == 0)
        return x * tanh(log1p(exp(x)));
    fail_msg("unknown activation %s", name);
    return 0;
}

/* A number that the graph, which is tested with this, might have wrong. */
static double number_of(const struct pass *p, const struct ocsp_layer *l, const char *key,
                        double fallback)
{
    const char *text = ocsp_cfg_string(p->graph->cfg, l->section, key, NULL);
    return text ? strtod(text, NULL) : fallback;
}

/* What the hosts take where a convolution or a connected layer names no activation. */
static const char *activation_of(const struct ocsp_layer *l)
{
    return *l->activation ? l->activation : "logistic";
}

static double at(const double *map, const struct ocsp_layer *l, int c, int y, int x)
{
    if (y < 0 || y >= l->in_h || x < 0 || x >= l->in_w)
        return 0;
    return map[((size_t)c * (size_t)l->in_h + (size_t)y) * (size_t)l->in_w + (size_t)x];
}

/* The layer whose arrays this one computes with. */
static int owner_of(const struct pass *p, int i)
{
    return p->graph->layers[i].shares >= 0 ? p->graph->layers[i].shares : i;
}

/* Batch normalization where there is one, then the bias. */
static double normalize(const struct pass *p, int i, int channel, double x)
{
    const struct ocsp_params *w = &p->params[owner_of(p, i)];

    if (p->graph->layers[owner_of(p, i)].n_scales > 0) {
        const double variance = (double)w->variance[channel];
        const double deviation = p->epsilon == EPSILON_ALEXEYAB ? sqrt(variance + 1e-5)
                                                                : sqrt(variance) + 1e-6;
        x = (x - (double)w->mean[channel]) / deviation * (double)w->scales[channel];
    }
    return x + (w->biases ? (double)w->biases[channel] : 0);
}

static double filter_sum(const struct pass *p, int i, const double *in, int f, int y,
                         int x)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const int per_group = l->in_c / l->conv_groups;
    const int first = f / (l->out_c / l->conv_groups) * per_group;
    const float *w = p->params[owner_of(p, i)].weights +
                     (size_t)f * (size_t)per_group * (size_t)l->size * (size_t)l->size;
    double sum = 0;

    for (int c = 0; c < per_group; c++)
        for (int ky = 0; ky < l->size; ky++)
            for (int kx = 0; kx < l->size; kx++)
                sum += (double)*w++ * at(in, l, first + c,
                                         y * l->stride_y + (ky - l->pad) * l->dilation,
                                         x * l->stride_x + (kx - l->pad) * l->dilation);
    return sum;
}

/* A binomial filter of size 3, padded, or a mean of 2 x 2. */
static void blur(const struct pass *p, const struct ocsp_layer *l, const double *in,
                 int w, int h, double *out)
{
    const int size = (int)number_of(p, l, "antialiasing", 0) == 2 ? 2 : 3;
    const int stride = (int)number_of(p, l, "stride", 1);

    for (int c = 0; c < l->out_c; c++, in += w * h)
        for (int y = 0; y < l->out_h; y++)
            for (int x = 0; x < l->out_w; x++) {
                double sum = 0;
                for (int k = 0; k < size * size; k++) {
                    const int dy = k / size, dx = k % size;
                    const int row = y * stride + dy - (size == 3);
                    const int col = x * stride + dx - (size == 3);
                    const double weight =
                        size == 2 ? 0.25 : (1 + (dy == 1)) * (1 + (dx == 1)) / 16.0;
                    if (row >= 0 && row < h && col >= 0 && col < w)
                        sum += weight * in[row * w + col];
                }
                *out++ = sum;
            }
}

static void convolve(const struct pass *p, int i, const double *in, double *out)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const int w = l->blurred ? l->in_w + 2 * l->pad - l->size + 1 : l->out_w;
    const int h = l->blurred ? l->in_h + 2 * l->pad - l->size + 1 : l->out_h;
    double *sharp = calloc((size_t)l->out_c * (size_t)w * (size_t)h, sizeof *sharp);
    double *next = l->blurred ? sharp : out;

    assert_non_null(sharp);
    for (int f = 0; f < l->out_c; f++)
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                *next++ = activate(activation_of(l),
                                   normalize(p, i, f, filter_sum(p, i, in, f, y, x)));
    if (l->blurred)
        blur(p, l, sharp, w, h, out);
    free(sharp);
}

static void connect(const struct pass *p, int i, const double *in, double *out)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const float *w = p->params[i].weights;

    for (int o = 0; o < l->outputs; o++) {
        double sum = 0;
        for (int k = 0; k < l->inputs; k++)
            sum += (double)*w++ * in[k];
        out[o] = activate(activation_of(l), normalize(p, i, o, sum));
    }
}

/* Maximum, or mean over what lies inside the map. */
static double pool_window(const struct ocsp_layer *l, const double *in, int c, int y,
                          int x)
{
    const int top = y * l->stride_y - l->pad / 2, left = x * l->stride_x - l->pad / 2;
    double largest = -INFINITY, sum = 0;
    int count = 0;

    for (int dy = 0; dy < l->size; dy++)
        for (int dx = 0; dx < l->size; dx++) {
            if (top + dy < 0 || top + dy >= l->in_h || left + dx < 0 ||
                left + dx >= l->in_w)
                continue;
            const double value = at(in, l, c, top + dy, left + dx);
            largest = fmax(largest, value);
            sum += value;
            count++;
        }
    return ocsp_layer_is(l, "maxpool") ? largest : sum / count;
}

/* Backwards, for stride < 0, it adds up what it would have spread. */
static double upsample(const struct pass *p, const struct ocsp_layer *l, const double *in,
                       int c, int y, int x)
{
    const double scale = number_of(p, l, "scale", 1);
    const int stride = (int)number_of(p, l, "stride", 2);
    double sum = 0;

    if (stride > 0)
        return scale * at(in, l, c, y / stride, x / stride);
    for (int dy = 0; dy < -stride; dy++)
        for (int dx = 0; dx < -stride; dx++)
            sum += scale * at(in, l, c, dy - y * stride, dx - x * stride);
    return sum;
}

/* Layers whose output pixel depends on the same channel of the input alone. */
static double plane_value(const struct pass *p, int i, const double *in, int c, int y,
                          int x)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    double sum = 0;

    if (ocsp_layer_is(l, "maxpool") || ocsp_layer_is(l, "local_avgpool"))
        return pool_window(l, in, c, y, x);
    if (ocsp_layer_is(l, "avgpool")) {
        for (int k = 0; k < l->in_h * l->in_w; k++)
            sum += at(in, l, c, k / l->in_w, k % l->in_w);
        return sum / (l->in_h * l->in_w);
    }
    if (ocsp_layer_is(l, "upsample"))
        return upsample(p, l, in, c, y, x);
    if (ocsp_layer_is(l, "batchnorm"))
        return normalize(p, i, c, at(in, l, c, y, x));
    if (ocsp_layer_is(l, "crop")) {
        const double value =
            at(in, l, c, y + (l->in_h - l->out_h) / 2, x + (l->in_w - l->out_w) / 2);
        return number_of(p, l, "noadjust", 0) != 0 ? value : 2 * value - 1;
    }
    fail_msg("layer %d [%s] is unknown to the reference", i, l->name);
    return 0;
}

static void map_planes(const struct pass *p, int i, const double *in, double *out)
{
    const struct ocsp_layer *l = &p->graph->layers[i];

    for (int c = 0; c < l->out_c; c++)
        for (int y = 0; y < l->out_h; y++)
            for (int x = 0; x < l->out_w; x++)
                *out++ = plane_value(p, i, in, c, y, x);
}

static void join(const struct pass *p, int i, double *out)
{
    const struct ocsp_layer *l = &p->graph->layers[i];

    for (int k = 0; k < l->n_from; k++) {
        const int part = p->graph->layers[l->from[k]].outputs / l->route_groups;
        for (int n = 0; n < part; n++)
            *out++ = p->out[l->from[k]][l->group_id * part + n];
    }
}

/* weights_type= and weights_normalization= of a shortcut; the layer before is summand 0.
 */
static double summand_weight(const struct pass *p, int i, int summand, int channel)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const char *how =
        ocsp_cfg_string(p->graph->cfg, l->section, "weights_normalization", "none");
    const int step = l->tables[0].length > (size_t)l->n_from + 1 ? l->in_c : 1;
    const float *w = p->params[i].weights + (step > 1 ? channel : 0);
    double sum = 1e-4, largest = -INFINITY;

    for (int k = 0; k <= l->n_from; k++)
        largest = fmax(largest, (double)w[k * step]);
    for (int k = 0; k <= l->n_from; k++)
        sum += strcmp(how, "relu") == 0 ? fmax(0, (double)w[k * step])
                                        : exp((double)w[k * step] - largest);
    const double own = (double)w[summand * step];
    return (strcmp(how, "relu") == 0 ? fmax(0, own) : exp(own - largest)) / sum;
}

static void add(const struct pass *p, int i, const double *in, double *out)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const double alpha = number_of(p, l, "alpha", 1), beta = number_of(p, l, "beta", 1);

    for (int n = 0; n < l->outputs; n++) {
        const int c = n / (l->out_w * l->out_h);
        double sum =
            in[n] * (l->tables[0].length > 0 ? summand_weight(p, i, 0, c) : alpha);
        for (int k = 0; k < l->n_from; k++)
            if (n < p->graph->layers[l->from[k]].outputs)
                sum += p->out[l->from[k]][n] *
                       (l->tables[0].length > 0 ? summand_weight(p, i, k + 1, c) : beta);
        out[n] = activate(l->activation, sum);
    }
}

static void multiply(const struct pass *p, int i, const double *in, double *out)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const bool by_place = number_of(p, l, "scale_wh", 0) != 0;
    const int plane = l->out_w * l->out_h;

    for (int n = 0; n < l->outputs; n++) {
        const int factor = strcmp(l->name, "sam") == 0 ? n
                           : by_place                  ? n % plane
                                                       : n / plane;
        out[n] = activate(l->activation, in[factor] * p->out[l->from[0]][n]);
    }
}

/* As the hosts index their arrays. */
static void reorganize(const struct pass *p, int i, const double *in, double *out)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const bool whole = strcmp(l->name, "reorg3d") == 0;
    const int s = (int)number_of(p, l, "stride", 1);
    const int w = whole ? l->out_w : l->in_w, h = whole ? l->out_h : l->in_h;
    const int c = whole ? l->out_c : l->in_c, few = c / (s * s);

    for (int k = 0; k < c; k++)
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                const int part = k / few;
                const int row = y * s + part / s, col = x * s + part % s;
                *out++ = in[col + w * s * (row + h * s * (k % few))];
            }
}

static void pool_channels(const struct ocsp_layer *l, const double *in, double *out)
{
    const int plane = l->out_w * l->out_h;

    for (int n = 0; n < l->outputs; n++) {
        out[n] = -INFINITY;
        for (int k = n; k < l->inputs; k += l->out_c * plane)
            out[n] = fmax(out[n], in[k]);
    }
}

static void softmax(const struct ocsp_layer *l, const double *in, double *out)
{
    double largest = in[0], sum = 0;

    for (int n = 0; n < l->outputs; n++)
        largest = fmax(largest, in[n]);
    for (int n = 0; n < l->outputs; n++)
        sum += out[n] = exp(in[n] - largest);
    for (int n = 0; n < l->outputs; n++)
        out[n] /= sum;
}

static bool is_pool_over_channels(const struct ocsp_layer *l)
{
    return l->n_tables > 0 && l->tables[0].rows_key &&
           strcmp(l->tables[0].rows_key, "out_channels") == 0;
}

static void forward_layer(const struct pass *p, int i)
{
    const struct ocsp_layer *l = &p->graph->layers[i];
    const double *in = i > 0 ? p->out[i - 1] : p->image;
    double *out = p->out[i];

    if (ocsp_layer_is(l, "convolutional"))
        convolve(p, i, in, out);
    else if (ocsp_layer_is(l, "connected"))
        connect(p, i, in, out);
    else if (ocsp_layer_is(l, "shortcut"))
        add(p, i, in, out);
    else if (ocsp_layer_is(l, "route"))
        join(p, i, out);
    else if (ocsp_layer_is(l, "scale_channels") || ocsp_layer_is(l, "sam"))
        multiply(p, i, in, out);
    else if (ocsp_layer_is(l, "reorg") || ocsp_layer_is(l, "reorg3d") ||
             ocsp_layer_is(l, "history"))
        reorganize(p, i, in, out);
    else if (is_pool_over_channels(l))
        pool_channels(l, in, out);
    else if (ocsp_layer_is(l, "implicit"))
        for (int n = 0; n < l->outputs; n++)
            out[n] = (double)p->params[i].weights[n];
    else if (ocsp_layer_is(l, "empty"))
        memcpy(out, in, (size_t)l->outputs * sizeof *out);
    else if (ocsp_layer_is(l, "dropout") || ocsp_layer_is(l, "activation"))
        for (int n = 0; n < l->outputs; n++)
            out[n] = activate(l->activation, in[n]);
    else if (l->type->is_head)
        softmax(l, in, out);
    else
        map_planes(p, i, in, out);
}

double **reference_forward(const struct ocsp_graph *graph,
                           const struct ocsp_params *params, const float *image,
                           enum reference_epsilon epsilon)
{
    const int n = graph->w * graph->h * graph->c;
    double *copy = calloc((size_t)n, sizeof *copy);
    double **out = calloc((size_t)graph->n_layers, sizeof *out);
    const struct pass p = {graph, params, copy, out, epsilon};

    assert_non_null(copy);
    assert_non_null(out);
    for (int k = 0; k < n; k++)
        copy[k] = (double)image[k];
    for (int i = 0; i < graph->n_layers; i++) {
        out[i] = calloc((size_t)graph->layers[i].outputs, sizeof *out[i]);
        assert_non_null(out[i]);
        forward_layer(&p, i);
    }
    free(copy);
    return out;
}

void reference_free(double **outputs, const struct ocsp_graph *graph)
{
    for (int i = 0; i < graph->n_layers; i++)
        free(outputs[i]);
    free(outputs);
}

double reference_difference(const double *a, const double *b, size_t n)
{
    double largest = 0, difference = 0;

    for (size_t k = 0; k < n; k++) {
        assert_true(isfinite(a[k]) && isfinite(b[k]));
        largest = fmax(largest, fabs(a[k]));
        difference = fmax(difference, fabs(a[k] - b[k]));
    }
    return largest > 0 ? difference / largest : difference;
}

double reference_outputs_difference(const struct ocsp_graph *graph, double **a,
                                    double **b)
{
    const int n = graph->n_layers;
    double worst = 0;
    bool *read = calloc((size_t)n, sizeof *read);

    assert_non_null(read);
    for (int i = 0; i < n; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        if (l->reads_before && !l->type->is_head && i > 0)
            read[i - 1] = true;
        for (int k = 0; k < l->n_from; k++)
            read[l->from[k]] = true;
    }
    for (int i = 0; i < n; i++)
        if (!read[i])
            worst = fmax(worst, reference_difference(a[i], b[i],
                                                     (size_t)graph->layers[i].outputs));
    free(read);
    return worst;
}
