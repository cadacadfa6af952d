/* What the files of the emulated cuDNN share. */
#ifndef CUDA_ON_CPU_DNN_H
#define CUDA_ON_CPU_DNN_H

#include "cudnn.h"
#include "internal.h"

struct cuda_on_cpu_dnn {
    cudaStream_t stream;
};

/* A tensor [n,c,h,w], or filters; n = 0 until it is set. */
struct cuda_on_cpu_tensor {
    cudnnDataType_t type;
    int n, c, h, w;

    size_t count() const
    {
        return (size_t)n * c * h * w;
    }
};

struct cuda_on_cpu_convolution {
    int pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, groups;
    cudnnDataType_t compute;
    cudnnMathType_t math;
};

struct cuda_on_cpu_pooling {
    int h, w, pad_h, pad_w, stride_h, stride_w;
};

namespace cuda_on_cpu
{
inline float load(float x)
{
    return x;
}

inline double load(double x)
{
    return x;
}

inline float load(half x)
{
    return __half2float(x);
}

inline void store(float *to, float x)
{
    *to = x;
}

inline void store(double *to, double x)
{
    *to = x;
}

inline void store(half *to, float x)
{
    *to = __float2half(x);
}

/* result = alpha x + beta result: its old value counts with a beta alone. */
template <class T, class A> void blend(T *result, A alpha, A x, A beta)
{
    store(result, beta == 0 ? alpha * x : alpha * x + beta * load(*result));
}

inline size_t size_of(cudnnDataType_t type)
{
    return type == CUDNN_DATA_DOUBLE ? 8 : type == CUDNN_DATA_FLOAT ? 4 : 2;
}

inline void check_tensor(const char *what, const cuda_on_cpu_tensor *t, const void *p)
{
    check_device(what, p, t->count() * size_of(t->type));
}
} // namespace cuda_on_cpu

#endif
