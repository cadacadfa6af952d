#ifdef GPU

#include "hosts/alexeyab/repair_gpu_kernels.h"
#include "net/random_bits.h"

enum { THREADS = 256 };

/* Kernels walk their elements in strides of the whole grid. */
static unsigned blocks(size_t n)
{
    const size_t needed = (n + THREADS - 1) / THREADS, most = 65535;

    return (unsigned)(needed < 1 ? 1 : needed < most ? needed : most);
}

#define EACH(i, n)                                                                       \
    size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x;                            \
    i < (n);                                                                             \
    i += (size_t)gridDim.x * blockDim.x

static __global__ void undrop(float *y, const float *x, float scale, const float *scales,
                              int outputs, size_t n)
{
    for (EACH(i, n))
        y[i] = x[i] / (scales ? scales[i / (size_t)outputs] : scale);
}

static __global__ void draw(float *x, uint64_t key, size_t n)
{
    for (EACH(i, n))
        x[i] = (float)(ocsp_random_bits_of(key + i) >> 40) / (1 << 24);
}

static __global__ void drop(float *x, const float *random, float probability, float scale,
                            size_t n)
{
    for (EACH(i, n))
        x[i] = random[i] < probability ? 0 : x[i] * scale;
}

static __global__ void nonzero(float *mask, const float *x, size_t n)
{
    for (EACH(i, n))
        mask[i] = x[i] != 0;
}

static __global__ void apply_mask(float *x, const float *mask, const float *scales,
                                  int outputs, size_t n)
{
    for (EACH(i, n))
        x[i] = mask[i] != 0 ? x[i] * scales[i / (size_t)outputs] : 0;
}

/* Of one block; every thread gets the sum. `partial` [THREADS] */
static __device__ float sum_of_block(float x, float *partial)
{
    __syncthreads();
    partial[threadIdx.x] = x;
    __syncthreads();
    for (unsigned half = THREADS / 2; half > 0; half /= 2) {
        if (threadIdx.x < half)
            partial[threadIdx.x] += partial[threadIdx.x + half];
        __syncthreads();
    }
    return partial[0];
}

/* One block per channel. */
static __global__ void normalization_gradient(struct ocsp_gpu_normalization l)
{
    __shared__ float partial[THREADS];
    const int f = blockIdx.x, n = l.batch * l.spatial;
    const float mean = l.mean[f], s = 1 / sqrtf(l.variance[f] + l.epsilon);
    float sum = 0, sum_norm = 0;

    for (int k = threadIdx.x; k < n; k += THREADS) {
        const size_t at = ((size_t)(k / l.spatial) * l.channels + f) * l.spatial;
        const size_t i = at + k % l.spatial;
        sum += l.delta[i];
        sum_norm += l.delta[i] * ((l.x[i] - mean) * s);
    }
    sum = sum_of_block(sum, partial);
    sum_norm = sum_of_block(sum_norm, partial);
    if (threadIdx.x == 0) {
        l.bias_updates[f] += sum;
        l.scale_updates[f] += sum_norm;
    }
    const float factor = l.scale[f] * s;
    for (int k = threadIdx.x; k < n; k += THREADS) {
        const size_t at = ((size_t)(k / l.spatial) * l.channels + f) * l.spatial;
        const size_t i = at + k % l.spatial;
        l.delta[i] =
            factor * (l.delta[i] - sum / n - (l.x[i] - mean) * s * (sum_norm / n));
    }
}

/* Length of the part of a window from `at` on that is inside [0, n). */
static __device__ int inside(int at, int size, int n)
{
    const int end = at + size < n ? at + size : n;

    return end - (at > 0 ? at : 0);
}

/* Each thread collects from the windows that its input elements are in. */
static __global__ void average_gradient(struct ocsp_gpu_average l, float *input_delta,
                                        const float *output_delta)
{
    const size_t n = (size_t)l.planes * l.h * l.w;

    for (EACH(i, n)) {
        const int x = (int)(i % l.w), y = (int)(i / l.w % l.h);
        const size_t plane = i / l.w / l.h;
        float sum = 0;
        for (int dy = 0; dy < l.size; dy++)
            for (int dx = 0; dx < l.size; dx++) {
                const int top = y - dy, left = x - dx;
                const int row = (top - l.offset) / l.stride_y;
                const int column = (left - l.offset) / l.stride_x;
                if (top < l.offset || left < l.offset || row >= l.out_h ||
                    column >= l.out_w || row * l.stride_y + l.offset != top ||
                    column * l.stride_x + l.offset != left)
                    continue;
                sum += output_delta[(plane * l.out_h + row) * l.out_w + column] /
                       (inside(top, l.size, l.h) * inside(left, l.size, l.w));
            }
        input_delta[i] += sum;
    }
}

static __global__ void place_scaling_gradient(struct ocsp_gpu_place_scaling l,
                                              float *x_delta, float *scale_delta)
{
    for (EACH(k, (size_t)l.batch * l.spatial)) {
        const size_t b = k / l.spatial, place = k % l.spatial;
        float sum = 0;
        for (int c = 0; c < l.channels; c++) {
            const size_t i = (b * l.channels + c) * l.spatial + place;
            sum += l.delta[i] * l.x[i];
            x_delta[i] += l.delta[i] * l.scale[k];
        }
        scale_delta[k] += sum;
    }
}

void ocsp_gpu_undrop(float *y, const float *x, float scale, const float *scales,
                     int outputs, size_t n, cudaStream_t stream)
{
    undrop<<<blocks(n), THREADS, 0, stream>>>(y, x, scale, scales, outputs, n);
}

void ocsp_gpu_draw(float *x, uint64_t key, size_t n, cudaStream_t stream)
{
    draw<<<blocks(n), THREADS, 0, stream>>>(x, key, n);
}

void ocsp_gpu_drop(float *x, const float *random, float probability, float scale,
                   size_t n, cudaStream_t stream)
{
    drop<<<blocks(n), THREADS, 0, stream>>>(x, random, probability, scale, n);
}

void ocsp_gpu_nonzero(float *mask, const float *x, size_t n, cudaStream_t stream)
{
    nonzero<<<blocks(n), THREADS, 0, stream>>>(mask, x, n);
}

void ocsp_gpu_mask(float *x, const float *mask, const float *scales, int outputs,
                   size_t n, cudaStream_t stream)
{
    apply_mask<<<blocks(n), THREADS, 0, stream>>>(x, mask, scales, outputs, n);
}

void ocsp_gpu_normalization_gradient(const struct ocsp_gpu_normalization *l,
                                     cudaStream_t stream)
{
    normalization_gradient<<<(unsigned)l->channels, THREADS, 0, stream>>>(*l);
}

void ocsp_gpu_average_gradient(const struct ocsp_gpu_average *l, float *input_delta,
                               const float *output_delta, cudaStream_t stream)
{
    const size_t n = (size_t)l->planes * (size_t)l->h * (size_t)l->w;

    average_gradient<<<blocks(n), THREADS, 0, stream>>>(*l, input_delta, output_delta);
}

void ocsp_gpu_place_scaling_gradient(const struct ocsp_gpu_place_scaling *l,
                                     float *x_delta, float *scale_delta,
                                     cudaStream_t stream)
{
    const size_t n = (size_t)l->batch * (size_t)l->spatial;

    place_scaling_gradient<<<blocks(n), THREADS, 0, stream>>>(*l, x_delta, scale_delta);
}

#endif
