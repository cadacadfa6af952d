/* Kernels of repair_gpu_pass.c, for devices. All run on `stream` of the current device,
 * and all pointers are to its memory; a launch that fails is for the caller to find by
 * cudaPeekAtLastError. Maps are [batch, channels, h, w]. Private to host/. */
#ifndef OCSP_HOSTS_ALEXEYAB_REPAIR_GPU_KERNELS_H
#define OCSP_HOSTS_ALEXEYAB_REPAIR_GPU_KERNELS_H

#include <cuda_runtime.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x / scale, or x / scales[image] where `scales` is not NULL; [images, outputs] each.
 * In place if y is x. */
void ocsp_gpu_undrop(float *y, const float *x, float scale, const float *scales,
                     int outputs, size_t n, cudaStream_t stream);

/* x [n]: uniform in [0, 1), by `key` and place alone. */
void ocsp_gpu_draw(float *x, uint64_t key, size_t n, cudaStream_t stream);

/* x = 0 where random < probability, x · scale elsewhere. */
void ocsp_gpu_drop(float *x, const float *random, float probability, float scale,
                   size_t n, cudaStream_t stream);

/* mask = 1 where x is not 0, else 0. */
void ocsp_gpu_nonzero(float *mask, const float *x, size_t n, cudaStream_t stream);
/* x = x · mask · scales[image]; [images, outputs]. */
void ocsp_gpu_mask(float *x, const float *mask, const float *scales, int outputs,
                   size_t n, cudaStream_t stream);

/* Batch normalization, y = scale · (x − mean)/s + bias with s² = variance + epsilon and
 * variance = mean of (x − mean)² over the N = batch · spatial values of a channel.
 * With g = dL/dy · scale and x̂ = (x − mean)/s:
 *   dL/dx = (g − mean g − x̂ · mean(g · x̂)) / s.
 * delta [batch, channels, spatial]: dL/dy in, dL/dx out; the updates [channels] are
 * added to. */
struct ocsp_gpu_normalization {
    const float *x;                       /* as delta */
    const float *mean, *variance, *scale; /* [channels] */
    float *delta, *bias_updates, *scale_updates;
    int batch, channels, spatial;
    float epsilon;
};
void ocsp_gpu_normalization_gradient(const struct ocsp_gpu_normalization *l,
                                     cudaStream_t stream);

/* An average over the part of each window that is inside the image. */
struct ocsp_gpu_average {
    int planes, h, w; /* planes: batch · channels */
    int out_h, out_w, size, stride_y, stride_x;
    int offset; /* of the first window's corner, 0 or less */
};
/* input_delta [planes, h, w] += from output_delta [planes, out_h, out_w]. */
void ocsp_gpu_average_gradient(const struct ocsp_gpu_average *l, float *input_delta,
                               const float *output_delta, cudaStream_t stream);

/* y[b, c, i] = x[b, c, i] · scale[b, i]: adds dL/dx and dL/dscale. */
struct ocsp_gpu_place_scaling {
    const float *delta, *x; /* [batch, channels, spatial] */
    const float *scale;     /* [batch, spatial] */
    int batch, channels, spatial;
};
void ocsp_gpu_place_scaling_gradient(const struct ocsp_gpu_place_scaling *l,
                                     float *x_delta, float *scale_delta,
                                     cudaStream_t stream);

#ifdef __cplusplus
}
#endif

#endif
