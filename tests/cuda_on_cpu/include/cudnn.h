/* Of cuDNN, what Darknet calls: convolutions and batch normalization of NCHW tensors.
 * Names, values and meanings are cuDNN's, as its manual gives them.
 *
 * A convolution has two algorithms: one without workspace, and a faster one that wants
 * the columns of an image there, and leaves garbage behind. Like cuDNN it refuses shapes
 * and types that do not belong together and a workspace that is too small.
 *
 * CUDNN_MAJOR below 8 has the choice of algorithms that later versions removed.
 *
 * Environment:
 *   CUDA_ON_CPU_TF32=1      convolutions of floats round their factors to 11 bits, as
 *                           tensor cores do from compute capability 8.0 on
 *   NVIDIA_TF32_OVERRIDE=0  and do not for all that; NVIDIA's own */
#ifndef CUDA_ON_CPU_CUDNN_H
#define CUDA_ON_CPU_CUDNN_H

#include "cuda_on_cpu.h"

#ifndef CUDNN_MAJOR
#define CUDNN_MAJOR 9
#endif
#define CUDNN_MINOR 0
#define CUDNN_PATCHLEVEL 0

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CUDNN_STATUS_SUCCESS = 0,
    CUDNN_STATUS_NOT_INITIALIZED = 1,
    CUDNN_STATUS_BAD_PARAM = 3,
    CUDNN_STATUS_EXECUTION_FAILED = 8,
    CUDNN_STATUS_NOT_SUPPORTED = 9
} cudnnStatus_t;

typedef enum {
    CUDNN_DATA_FLOAT,
    CUDNN_DATA_DOUBLE,
    CUDNN_DATA_HALF,
    CUDNN_DATA_INT8
} cudnnDataType_t;

typedef enum { CUDNN_TENSOR_NCHW, CUDNN_TENSOR_NHWC } cudnnTensorFormat_t;
typedef enum { CUDNN_CONVOLUTION, CUDNN_CROSS_CORRELATION } cudnnConvolutionMode_t;
typedef enum { CUDNN_NOT_PROPAGATE_NAN, CUDNN_PROPAGATE_NAN } cudnnNanPropagation_t;
typedef enum {
    CUDNN_BATCHNORM_PER_ACTIVATION,
    CUDNN_BATCHNORM_SPATIAL
} cudnnBatchNormMode_t;
typedef enum { CUDNN_NON_DETERMINISTIC, CUDNN_DETERMINISTIC } cudnnDeterminism_t;

typedef enum {
    CUDNN_DEFAULT_MATH,
    CUDNN_TENSOR_OP_MATH,
    CUDNN_TENSOR_OP_MATH_ALLOW_CONVERSION,
    CUDNN_FMA_MATH
} cudnnMathType_t;

typedef enum {
    CUDNN_POOLING_MAX,
    CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING,
    CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING
} cudnnPoolingMode_t;

typedef enum {
    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM = 0,
    CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM = 1,
    CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED = 7
} cudnnConvolutionFwdAlgo_t;

typedef enum {
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_0 = 0,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_1 = 1,
    CUDNN_CONVOLUTION_BWD_DATA_ALGO_WINOGRAD_NONFUSED = 5
} cudnnConvolutionBwdDataAlgo_t;

typedef enum {
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_0 = 0,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1 = 1,
    CUDNN_CONVOLUTION_BWD_FILTER_ALGO_WINOGRAD_NONFUSED = 5
} cudnnConvolutionBwdFilterAlgo_t;

typedef struct cuda_on_cpu_dnn *cudnnHandle_t;
typedef struct cuda_on_cpu_tensor *cudnnTensorDescriptor_t;
typedef struct cuda_on_cpu_tensor *cudnnFilterDescriptor_t;
typedef struct cuda_on_cpu_convolution *cudnnConvolutionDescriptor_t;
typedef struct cuda_on_cpu_pooling *cudnnPoolingDescriptor_t;

const char *cudnnGetErrorString(cudnnStatus_t status);
cudnnStatus_t cudnnCreate(cudnnHandle_t *handle);
cudnnStatus_t cudnnDestroy(cudnnHandle_t handle);
cudnnStatus_t cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream);

cudnnStatus_t cudnnCreateTensorDescriptor(cudnnTensorDescriptor_t *t);
cudnnStatus_t cudnnDestroyTensorDescriptor(cudnnTensorDescriptor_t t);
cudnnStatus_t cudnnSetTensor4dDescriptor(cudnnTensorDescriptor_t t,
                                         cudnnTensorFormat_t format, cudnnDataType_t type,
                                         int n, int c, int h, int w);
cudnnStatus_t cudnnCreateFilterDescriptor(cudnnFilterDescriptor_t *f);
cudnnStatus_t cudnnDestroyFilterDescriptor(cudnnFilterDescriptor_t f);
cudnnStatus_t cudnnSetFilter4dDescriptor(cudnnFilterDescriptor_t f, cudnnDataType_t type,
                                         cudnnTensorFormat_t format, int k, int c, int h,
                                         int w);
cudnnStatus_t cudnnCreateConvolutionDescriptor(cudnnConvolutionDescriptor_t *c);
cudnnStatus_t cudnnDestroyConvolutionDescriptor(cudnnConvolutionDescriptor_t c);
cudnnStatus_t cudnnSetConvolution2dDescriptor(cudnnConvolutionDescriptor_t c, int pad_h,
                                              int pad_w, int stride_h, int stride_w,
                                              int dilation_h, int dilation_w,
                                              cudnnConvolutionMode_t mode,
                                              cudnnDataType_t compute);
cudnnStatus_t cudnnSetConvolutionGroupCount(cudnnConvolutionDescriptor_t c, int groups);
cudnnStatus_t cudnnSetConvolutionMathType(cudnnConvolutionDescriptor_t c,
                                          cudnnMathType_t math);
/* Darknet makes these, and pools by kernels of its own. */
cudnnStatus_t cudnnCreatePoolingDescriptor(cudnnPoolingDescriptor_t *p);
cudnnStatus_t cudnnDestroyPoolingDescriptor(cudnnPoolingDescriptor_t p);
cudnnStatus_t cudnnSetPooling2dDescriptor(cudnnPoolingDescriptor_t p,
                                          cudnnPoolingMode_t mode,
                                          cudnnNanPropagation_t nan, int h, int w,
                                          int pad_h, int pad_w, int stride_h,
                                          int stride_w);

/* x [n,c,h,w], w [k,c/groups,r,s], y [n,k,p,q] and their gradients. The functions for one
 * of the three passes differ in what they are given first, second and last. */
#define CUDA_ON_CPU_DNN_PASS(pass, algo_t, perf_t, first_t, second_t, last_t)            \
    typedef struct {                                                                     \
        algo_t algo;                                                                     \
        cudnnStatus_t status;                                                            \
        float time;                                                                      \
        size_t memory;                                                                   \
        cudnnDeterminism_t determinism;                                                  \
        cudnnMathType_t mathType;                                                        \
        int reserved[3];                                                                 \
    } perf_t;                                                                            \
    cudnnStatus_t cudnnGetConvolution##pass##AlgorithmMaxCount(cudnnHandle_t handle,     \
                                                               int *count);              \
    cudnnStatus_t cudnnGetConvolution##pass##Algorithm_v7(                               \
        cudnnHandle_t handle, first_t first, second_t second,                            \
        cudnnConvolutionDescriptor_t convolution, last_t last, int asked, int *found,    \
        perf_t *results);                                                                \
    cudnnStatus_t cudnnGetConvolution##pass##WorkspaceSize(                              \
        cudnnHandle_t handle, first_t first, second_t second,                            \
        cudnnConvolutionDescriptor_t convolution, last_t last, algo_t algo,              \
        size_t *size);

CUDA_ON_CPU_DNN_PASS(Forward, cudnnConvolutionFwdAlgo_t, cudnnConvolutionFwdAlgoPerf_t,
                     cudnnTensorDescriptor_t, cudnnFilterDescriptor_t,
                     cudnnTensorDescriptor_t)
CUDA_ON_CPU_DNN_PASS(BackwardData, cudnnConvolutionBwdDataAlgo_t,
                     cudnnConvolutionBwdDataAlgoPerf_t, cudnnFilterDescriptor_t,
                     cudnnTensorDescriptor_t, cudnnTensorDescriptor_t)
CUDA_ON_CPU_DNN_PASS(BackwardFilter, cudnnConvolutionBwdFilterAlgo_t,
                     cudnnConvolutionBwdFilterAlgoPerf_t, cudnnTensorDescriptor_t,
                     cudnnTensorDescriptor_t, cudnnFilterDescriptor_t)

#if CUDNN_MAJOR < 8
typedef enum {
    CUDNN_CONVOLUTION_FWD_NO_WORKSPACE,
    CUDNN_CONVOLUTION_FWD_PREFER_FASTEST,
    CUDNN_CONVOLUTION_FWD_SPECIFY_WORKSPACE_LIMIT
} cudnnConvolutionFwdPreference_t;

typedef enum {
    CUDNN_CONVOLUTION_BWD_DATA_NO_WORKSPACE,
    CUDNN_CONVOLUTION_BWD_DATA_PREFER_FASTEST,
    CUDNN_CONVOLUTION_BWD_DATA_SPECIFY_WORKSPACE_LIMIT
} cudnnConvolutionBwdDataPreference_t;

typedef enum {
    CUDNN_CONVOLUTION_BWD_FILTER_NO_WORKSPACE,
    CUDNN_CONVOLUTION_BWD_FILTER_PREFER_FASTEST,
    CUDNN_CONVOLUTION_BWD_FILTER_SPECIFY_WORKSPACE_LIMIT
} cudnnConvolutionBwdFilterPreference_t;

#define CUDA_ON_CPU_DNN_CHOICE(pass, preference_t, algo_t, perf_t, first_t, second_t,    \
                               last_t)                                                   \
    static inline cudnnStatus_t cudnnGetConvolution##pass##Algorithm(                    \
        cudnnHandle_t handle, first_t first, second_t second,                            \
        cudnnConvolutionDescriptor_t convolution, last_t last, preference_t preference,  \
        size_t limit, algo_t *algo)                                                      \
    {                                                                                    \
        perf_t results[2];                                                               \
        int found;                                                                       \
        const cudnnStatus_t status = cudnnGetConvolution##pass##Algorithm_v7(            \
            handle, first, second, convolution, last, 2, &found, results);               \
        if (status != CUDNN_STATUS_SUCCESS)                                              \
            return status;                                                               \
        *algo = results[(int)preference == 0 ||                                          \
                        ((int)preference == 2 && results[0].memory > limit)]             \
                    .algo;                                                               \
        return status;                                                                   \
    }

CUDA_ON_CPU_DNN_CHOICE(Forward, cudnnConvolutionFwdPreference_t,
                       cudnnConvolutionFwdAlgo_t, cudnnConvolutionFwdAlgoPerf_t,
                       cudnnTensorDescriptor_t, cudnnFilterDescriptor_t,
                       cudnnTensorDescriptor_t)
CUDA_ON_CPU_DNN_CHOICE(BackwardData, cudnnConvolutionBwdDataPreference_t,
                       cudnnConvolutionBwdDataAlgo_t, cudnnConvolutionBwdDataAlgoPerf_t,
                       cudnnFilterDescriptor_t, cudnnTensorDescriptor_t,
                       cudnnTensorDescriptor_t)
CUDA_ON_CPU_DNN_CHOICE(BackwardFilter, cudnnConvolutionBwdFilterPreference_t,
                       cudnnConvolutionBwdFilterAlgo_t,
                       cudnnConvolutionBwdFilterAlgoPerf_t, cudnnTensorDescriptor_t,
                       cudnnTensorDescriptor_t, cudnnFilterDescriptor_t)
#endif

/* result = alpha op + beta result; alpha, beta: float, of doubles double. Without beta
 * the result is not read. */
cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void *alpha,
                                      cudnnTensorDescriptor_t x_shape, const void *x,
                                      cudnnFilterDescriptor_t w_shape, const void *w,
                                      cudnnConvolutionDescriptor_t convolution,
                                      cudnnConvolutionFwdAlgo_t algo, void *workspace,
                                      size_t size, const void *beta,
                                      cudnnTensorDescriptor_t y_shape, void *y);
cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void *alpha,
                                           cudnnFilterDescriptor_t w_shape, const void *w,
                                           cudnnTensorDescriptor_t dy_shape,
                                           const void *dy,
                                           cudnnConvolutionDescriptor_t convolution,
                                           cudnnConvolutionBwdDataAlgo_t algo,
                                           void *workspace, size_t size, const void *beta,
                                           cudnnTensorDescriptor_t dx_shape, void *dx);
cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void *alpha, cudnnTensorDescriptor_t x_shape,
    const void *x, cudnnTensorDescriptor_t dy_shape, const void *dy,
    cudnnConvolutionDescriptor_t convolution, cudnnConvolutionBwdFilterAlgo_t algo,
    void *workspace, size_t size, const void *beta, cudnnFilterDescriptor_t dw_shape,
    void *dw);

/* Statistics and parameters: one number per channel, float, of doubles double. What it
 * saves for the backward pass: mean and 1 / sqrt(variance + epsilon), of the images'
 * biased variance; the running variance is unbiased. */
cudnnStatus_t cudnnBatchNormalizationForwardTraining(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha, const void *beta,
    cudnnTensorDescriptor_t x_shape, const void *x, cudnnTensorDescriptor_t y_shape,
    void *y, cudnnTensorDescriptor_t channels, const void *scale, const void *bias,
    double factor, void *running_mean, void *running_variance, double epsilon,
    void *saved_mean, void *saved_inverse);
cudnnStatus_t cudnnBatchNormalizationBackward(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha, const void *beta,
    const void *alpha_parameters, const void *beta_parameters,
    cudnnTensorDescriptor_t x_shape, const void *x, cudnnTensorDescriptor_t dy_shape,
    const void *dy, cudnnTensorDescriptor_t dx_shape, void *dx,
    cudnnTensorDescriptor_t channels, const void *scale, void *dscale, void *dbias,
    double epsilon, const void *saved_mean, const void *saved_inverse);

#ifdef __cplusplus
}
#endif

#endif
