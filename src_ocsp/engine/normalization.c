/* Batch normalization, bias and activation in two passes over a map, forward and
 * backward: the exact gradient of what the host computes forward.
 *
 * Per-channel numbers are spread over `lanes` floats, a multiple of the number of
 * channels and, where that costs little, of the vector length, so that the inner loops
 * run over consecutive floats whatever the number of channels is. Maps are cut into
 * chunks by their size alone: results do not depend on the number of threads. */
#include "engine/layer.h"
#include "engine/scratch.h"

#include <string.h>

enum { CHUNK = 1 << 14, LEAST_LANES = 128, VECTOR = 16 };

struct cut {
    size_t n;     /* floats of the map */
    size_t lanes; /* floats after which channels repeat */
    size_t chunk; /* floats, a multiple of lanes */
    size_t n_chunks;
};

static size_t lanes_of(int c)
{
    size_t lanes = (size_t)c;

    /* long rows lose little at their ends */
    while (c < 4 * VECTOR && lanes % VECTOR != 0)
        lanes += (size_t)c;
    return (LEAST_LANES + lanes - 1) / lanes * lanes;
}

static struct cut cut_map(size_t rows, int c)
{
    struct cut cut = {rows * (size_t)c, lanes_of(c), 0, 0};

    cut.chunk = (CHUNK + cut.lanes - 1) / cut.lanes * cut.lanes;
    cut.n_chunks = (cut.n + cut.chunk - 1) / cut.chunk;
    return cut;
}

static size_t chunk_length(const struct cut *cut, size_t k)
{
    const size_t rest = cut->n - k * cut->chunk;

    return rest < cut->chunk ? rest : cut->chunk;
}

static void spread(float *to, const float *values, int c, size_t lanes)
{
    for (size_t i = 0; i < lanes; i += (size_t)c)
        memcpy(to + i, values, (size_t)c * sizeof *to);
}

/* Sum over chunks and lanes of the sums at `part` of each chunk's `parts` arrays. */
static double fold(const float *sums, const struct cut *cut, int parts, int part, int c,
                   int channel)
{
    double sum = 0;

    for (size_t k = 0; k < cut->n_chunks; k++) {
        const float *start = sums + (k * (size_t)parts + (size_t)part) * cut->lanes;
        for (size_t i = (size_t)channel; i < cut->lanes; i += (size_t)c)
            sum += start[i];
    }
    return sum;
}

OCSP_ENGINE_KERNEL
static void sum_moments(const float *restrict x, size_t n, size_t lanes,
                        const float *restrict shift, float *restrict sum,
                        float *restrict square)
{
    for (size_t start = 0; start < n; start += lanes) {
        const size_t m = n - start < lanes ? n - start : lanes;
        for (size_t i = 0; i < m; i++) {
            const float d = x[start + i] - shift[i];
            sum[i] += d;
            square[i] += d * d;
        }
    }
}

/* The first row is near enough to the mean for sums of squares to keep their digits, and
 * makes the variance of a constant channel 0. */
static void measure(const layer *l, const float *x, size_t rows, int c)
{
    const struct cut cut = cut_map(rows, c);
    float *sums = ocsp_engine_scratch(OCSP_ENGINE_SUMS, 2 * cut.n_chunks * cut.lanes);
    float *shift = ocsp_engine_scratch(OCSP_ENGINE_LANES, 4 * cut.lanes);
    const float keep = ocsp_host_rolling(l);

    spread(shift, x, c, cut.lanes);
    memset(sums, 0, 2 * cut.n_chunks * cut.lanes * sizeof *sums);
#pragma omp parallel for schedule(static) if (cut.n_chunks > 1)
    for (size_t k = 0; k < cut.n_chunks; k++) {
        float *own = sums + 2 * k * cut.lanes;
        sum_moments(x + k * cut.chunk, chunk_length(&cut, k), cut.lanes, shift, own,
                    own + cut.lanes);
    }
#pragma omp parallel for schedule(static) if (cut.n_chunks > 1)
    for (int f = 0; f < c; f++) {
        const double n = (double)rows;
        const double sum = fold(sums, &cut, 2, 0, c, f);
        const double square = fold(sums, &cut, 2, 1, c, f) - sum * sum / n;
        l->mean[f] = (float)(x[f] + sum / n);
        l->variance[f] = (float)((square > 0 ? square : 0) / (n - 1));
        l->rolling_mean[f] = keep * l->rolling_mean[f] + (1 - keep) * l->mean[f];
        l->rolling_variance[f] =
            keep * l->rolling_variance[f] + (1 - keep) * l->variance[f];
    }
}

/* Of y = activation(scale · (x − mean) + bias) */
struct affine {
    float *mean, *scale, *bias; /* [lanes] */
    float slope;
};

OCSP_ENGINE_KERNEL
static void apply_normalization(const float *x, float *y, size_t n, size_t lanes,
                                const struct affine *with)
{
    const float *mean = with->mean, *scale = with->scale, *bias = with->bias;
    const float slope = with->slope;

    for (size_t start = 0; start < n; start += lanes) {
        const size_t m = n - start < lanes ? n - start : lanes;
        OCSP_ENGINE_NO_ALIAS
        for (size_t i = 0; i < m; i++) {
            const float v = (x[start + i] - mean[i]) * scale[i] + bias[i];
            y[start + i] = v > 0 ? v : slope * v;
        }
    }
}

OCSP_ENGINE_KERNEL
static void apply_bias(const float *x, float *y, size_t n, size_t lanes,
                       const struct affine *with)
{
    const float *bias = with->bias;
    const float slope = with->slope;

    for (size_t start = 0; start < n; start += lanes) {
        const size_t m = n - start < lanes ? n - start : lanes;
        OCSP_ENGINE_NO_ALIAS
        for (size_t i = 0; i < m; i++) {
            const float v = x[start + i] + bias[i];
            y[start + i] = v > 0 ? v : slope * v;
        }
    }
}

static bool is_normalized(const layer *l)
{
    return l->type == BATCHNORM || l->batch_normalize;
}

/* [batchnorm] has no activation of its own. */
static float slope_of(const layer *l)
{
    return l->type == BATCHNORM ? 1 : ocsp_engine_slope(l->activation);
}

void ocsp_engine_normalize(const layer *l, size_t rows, int c, bool train, const float *x,
                           float *y)
{
    const bool normalized = is_normalized(l);
    const struct cut cut = cut_map(rows, c);

    if (normalized && train)
        measure(l, x, rows, c);
    float *lanes = ocsp_engine_scratch(OCSP_ENGINE_LANES, 4 * cut.lanes);
    const struct affine with = {lanes, lanes + cut.lanes, lanes + 2 * cut.lanes,
                                slope_of(l)};
    if (normalized) {
        const float *variance = train ? l->variance : l->rolling_variance;
        for (int f = 0; f < c; f++) {
            double divisor, root;
            ocsp_host_deviation(variance[f], &divisor, &root);
            with.scale[f] = (float)(l->scales[f] / divisor);
        }
        for (size_t i = (size_t)c; i < cut.lanes; i++)
            with.scale[i] = with.scale[i - (size_t)c];
        spread(with.mean, train ? l->mean : l->rolling_mean, c, cut.lanes);
    }
    spread(with.bias, l->biases, c, cut.lanes);
#pragma omp parallel for schedule(static) if (cut.n_chunks > 1)
    for (size_t k = 0; k < cut.n_chunks; k++) {
        const size_t start = k * cut.chunk;
        if (normalized)
            apply_normalization(x + start, y + start, chunk_length(&cut, k), cut.lanes,
                                &with);
        else
            apply_bias(x + start, y + start, chunk_length(&cut, k), cut.lanes, &with);
    }
}

void ocsp_engine_fold(layer *l)
{
    const bool connected = l->type == CONNECTED;
    const int n = connected ? l->outputs : l->n;

    if ((!connected && l->type != CONVOLUTIONAL) || !l->batch_normalize)
        return;
    const size_t row = connected ? (size_t)l->inputs : (size_t)l->nweights / (size_t)n;
    for (int f = 0; f < n; f++) {
        double divisor, root;
        ocsp_host_deviation(l->rolling_variance[f], &divisor, &root);
        const double factor = l->scales[f] / divisor;
        l->biases[f] = (float)(l->biases[f] - l->rolling_mean[f] * factor);
        for (size_t k = 0; k < row; k++)
            l->weights[(size_t)f * row + k] =
                (float)(factor * l->weights[(size_t)f * row + k]);
    }
    l->batch_normalize = 0;
}

/* delta of the activation's input, and its sum */
OCSP_ENGINE_KERNEL
static void sum_delta(float *restrict delta, const float *restrict y, size_t n,
                      size_t lanes, float slope, float *restrict sum)
{
    for (size_t start = 0; start < n; start += lanes) {
        const size_t m = n - start < lanes ? n - start : lanes;
        for (size_t i = 0; i < m; i++) {
            const float d = delta[start + i];
            const float g = y[start + i] > 0 ? d : slope * d;
            delta[start + i] = g;
            sum[i] += g;
        }
    }
}

/* The same, and the sum of its products with x − mean. */
OCSP_ENGINE_KERNEL
static void sum_products(float *restrict delta, const float *restrict y,
                         const float *restrict x, size_t n, size_t lanes, float slope,
                         const float *restrict mean, float *restrict sum,
                         float *restrict product)
{
    for (size_t start = 0; start < n; start += lanes) {
        const size_t m = n - start < lanes ? n - start : lanes;
        for (size_t i = 0; i < m; i++) {
            const float d = delta[start + i];
            const float g = y[start + i] > 0 ? d : slope * d;
            delta[start + i] = g;
            sum[i] += g;
            product[i] += g * (x[start + i] - mean[i]);
        }
    }
}

OCSP_ENGINE_KERNEL
static void sum_linear_products(const float *restrict delta, const float *restrict x,
                                size_t n, size_t lanes, const float *restrict mean,
                                float *restrict sum, float *restrict product)
{
    for (size_t start = 0; start < n; start += lanes) {
        const size_t m = n - start < lanes ? n - start : lanes;
        for (size_t i = 0; i < m; i++) {
            const float g = delta[start + i];
            sum[i] += g;
            product[i] += g * (x[start + i] - mean[i]);
        }
    }
}

/* dL/dx = a · g + b · (x − mean) + c */
OCSP_ENGINE_KERNEL
static void combine(float *restrict delta, const float *restrict x, size_t n,
                    size_t lanes, const float *restrict mean, const float *restrict a,
                    const float *restrict b, const float *restrict c)
{
    for (size_t start = 0; start < n; start += lanes) {
        const size_t m = n - start < lanes ? n - start : lanes;
        for (size_t i = 0; i < m; i++)
            delta[start + i] =
                a[i] * delta[start + i] + b[i] * (x[start + i] - mean[i]) + c[i];
    }
}

static void bias_gradient(const layer *l, size_t rows, int c, const float *y,
                          float *delta)
{
    const struct cut cut = cut_map(rows, c);
    float *sums = ocsp_engine_scratch(OCSP_ENGINE_SUMS, cut.n_chunks * cut.lanes);
    const float slope = slope_of(l);

    memset(sums, 0, cut.n_chunks * cut.lanes * sizeof *sums);
#pragma omp parallel for schedule(static) if (cut.n_chunks > 1)
    for (size_t k = 0; k < cut.n_chunks; k++)
        sum_delta(delta + k * cut.chunk, y + k * cut.chunk, chunk_length(&cut, k),
                  cut.lanes, slope, sums + k * cut.lanes);
    for (int f = 0; l->bias_updates && f < c; f++)
        l->bias_updates[f] += (float)fold(sums, &cut, 1, 0, c, f);
}

/* The coefficients of `combine` from the sums, see normalization_gradient in
 * repair_cpu_passes.c: x_norm = (x − mean) / s(variance), variance with 1/(rows − 1), s'
 * = 1 / (2 r) dL/dx = scale / s · (g − Σg / rows) − scale · x_norm · Σ(g · x_norm) /
 * ((rows − 1) r)
 */
static void find_coefficients(const layer *l, size_t rows, int c, const float *sums,
                              const struct cut *cut, float *lanes)
{
#pragma omp parallel for schedule(static) if (cut->n_chunks > 1)
    for (int f = 0; f < c; f++) {
        double s, r;
        ocsp_host_deviation(l->variance[f], &s, &r);
        const double sum = fold(sums, cut, 2, 0, c, f);
        const double norm = fold(sums, cut, 2, 1, c, f) / s;
        /* A constant channel (r is 0 in Debian's form): 1 / s would be 1e6, of noise. */
        const double a = r > 0 ? l->scales[f] / s : 0;
        const double b = r > 0 ? l->scales[f] * norm / (((double)rows - 1) * r * s) : 0;
        if (l->bias_updates)
            l->bias_updates[f] += (float)sum;
        if (l->scale_updates)
            l->scale_updates[f] += (float)norm;
        for (size_t i = (size_t)f; i < cut->lanes; i += (size_t)c) {
            lanes[i] = (float)a;
            lanes[cut->lanes + i] = (float)-b;
            lanes[2 * cut->lanes + i] = (float)(-a * sum / (double)rows);
        }
    }
}

void ocsp_engine_normalize_gradient(const layer *l, size_t rows, int c, const float *x,
                                    const float *y, float *delta)
{
    const struct cut cut = cut_map(rows, c);
    const float slope = slope_of(l);

    if (!is_normalized(l)) {
        bias_gradient(l, rows, c, y, delta);
        return;
    }
    float *sums = ocsp_engine_scratch(OCSP_ENGINE_SUMS, 2 * cut.n_chunks * cut.lanes);
    float *lanes = ocsp_engine_scratch(OCSP_ENGINE_LANES, 4 * cut.lanes);
    const float *mean = lanes + 3 * cut.lanes;
    spread(lanes + 3 * cut.lanes, l->mean, c, cut.lanes);
    memset(sums, 0, 2 * cut.n_chunks * cut.lanes * sizeof *sums);
#pragma omp parallel for schedule(static) if (cut.n_chunks > 1)
    for (size_t k = 0; k < cut.n_chunks; k++) {
        const size_t start = k * cut.chunk, n = chunk_length(&cut, k);
        float *own = sums + 2 * k * cut.lanes;
        if (slope == 1)
            sum_linear_products(delta + start, x + start, n, cut.lanes, mean, own,
                                own + cut.lanes);
        else
            sum_products(delta + start, y + start, x + start, n, cut.lanes, slope, mean,
                         own, own + cut.lanes);
    }
    find_coefficients(l, rows, c, sums, &cut, lanes);
#pragma omp parallel for schedule(static) if (cut.n_chunks > 1)
    for (size_t k = 0; k < cut.n_chunks; k++) {
        const size_t start = k * cut.chunk;
        combine(delta + start, x + start, chunk_length(&cut, k), cut.lanes, mean, lanes,
                lanes + cut.lanes, lanes + 2 * cut.lanes);
    }
}

bool ocsp_engine_activates(ACTIVATION activation)
{
    return activation == LINEAR || activation == RELU || activation == LEAKY;
}

float ocsp_engine_slope(ACTIVATION activation)
{
    return activation == RELU ? 0 : activation == LEAKY ? .1f : 1;
}

static bool takes_batchnorm(const network *net, int i)
{
    const layer *l = &net->layers[i];

    return l->out_c > 0 && l->out_c * l->out_w * l->out_h == l->outputs &&
           l->inputs == l->outputs;
}

static void forward_batchnorm(const struct ocsp_engine_node *node, const layer *l,
                              const struct ocsp_engine_io *io)
{
    ocsp_engine_normalize(l, ocsp_engine_rows(&node->out), node->out.c, io->train,
                          io->in[0], io->out);
}

static void backward_batchnorm(const struct ocsp_engine_node *node, const layer *l,
                               const struct ocsp_engine_io *io)
{
    const size_t n = ocsp_engine_floats(&node->out);

    ocsp_engine_normalize_gradient(l, ocsp_engine_rows(&node->out), node->out.c,
                                   io->in[0], io->out, io->delta);
    if (!io->in_delta[0])
        return;
    if (io->add[0])
        ocsp_engine_add(io->in_delta[0], io->delta, n);
    else
        memcpy(io->in_delta[0], io->delta, n * sizeof *io->delta);
}

const struct ocsp_engine_kind ocsp_engine_batchnorm = {
    .name = "batchnorm",
    .takes = takes_batchnorm,
    .forward = forward_batchnorm,
    .backward = backward_batchnorm,
};
