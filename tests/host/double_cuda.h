/* Put before every source of a GPU build of the host, of ours and of the tests, where
 * CUDA is emulated on the CPU: its kernels then compute in double precision, too. The
 * headers of CUDA come first, as they are; test_gradients_gpu.c has the two library calls
 * on floats that the host needs. */
#ifndef __cplusplus
#include "double.h"
#undef float
#endif
#include <assert.h>
#include <ctype.h>
#include <float.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#ifdef __cplusplus
#include <algorithm>
#include <string>
#include <vector>
#endif

#include <cublas_v2.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>
#include <curand.h>
#ifdef CUDNN
#include <cudnn.h>
#define CUDNN_DATA_FLOAT CUDNN_DATA_DOUBLE
#endif

#ifndef CUDA_ON_CPU_H
#error "a GPU computes these tests in single precision"
#endif

#define TEST_DOUBLE_CUDA
#define float double
#ifdef __cplusplus
#undef __expf
#define ceilf ceil
#define cosf cos
#define expf exp
#define fabsf fabs
#define floorf floor
#define fmaxf fmax
#define fminf fmin
#define logf log
#define powf pow
#define roundf round
#define sinf sin
#define sqrtf sqrt
#define __expf exp
#endif
#define expm1f expm1
#define fmaf fma
#define log1pf log1p
#define tanhf tanh
#define rsqrtf rsqrt
#define __fdividef(a, b) ((a) / (b))

#define cublasSgemm test_dgemm
#define curandGenerateUniform test_no_numbers

#ifdef __cplusplus
extern "C" {
#endif
cublasStatus_t test_dgemm(cublasHandle_t handle, cublasOperation_t ta,
                          cublasOperation_t tb, int m, int n, int k, const double *alpha,
                          const double *A, int lda, const double *B, int ldb,
                          const double *beta, double *C, int ldc);
curandStatus_t test_no_numbers(curandGenerator_t generator, double *x, size_t n);
#ifdef __cplusplus
}
#endif
