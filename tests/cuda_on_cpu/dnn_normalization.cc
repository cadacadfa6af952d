/* cuDNN's batch normalization, of channels over images and places. */
#include "dnn.h"

#include <initializer_list>
#include <math.h>

namespace
{
using namespace cuda_on_cpu;

/* Calls f(element) for those of one channel of [n,c,h,w]. */
template <class F> void each(const cuda_on_cpu_tensor &t, int channel, F f)
{
    const size_t places = (size_t)t.h * t.w;
    for (int b = 0; b < t.n; b++)
        for (size_t i = 0; i < places; i++)
            f(((size_t)b * t.c + channel) * places + i);
}

template <class P> struct forward_arrays {
    P alpha, beta;
    const P *scale, *bias;
    double factor, epsilon;
    P *running_mean, *running_variance, *saved_mean, *saved_inverse;
};

template <class T, class P>
void forward(const cuda_on_cpu_tensor &t, const T *x, T *y, const forward_arrays<P> &a)
{
    const double n = (double)t.n * t.h * t.w;
    for (int c = 0; c < t.c; c++) {
        double sum = 0, squares = 0;
        each(t, c, [&](size_t i) { sum += load(x[i]); });
        const double mean = sum / n;
        each(t, c, [&](size_t i) {
            const double d = load(x[i]) - mean;
            squares += d * d;
        });
        const double inverse = 1 / sqrt(squares / n + a.epsilon);
        const double unbiased = n > 1 ? squares / (n - 1) : squares / n;
        each(t, c, [&](size_t i) {
            const P out = (P)(a.scale[c] * (load(x[i]) - mean) * inverse + a.bias[c]);
            blend(&y[i], a.alpha, out, a.beta);
        });
        a.running_mean[c] = (P)((1 - a.factor) * a.running_mean[c] + a.factor * mean);
        a.running_variance[c] =
            (P)((1 - a.factor) * a.running_variance[c] + a.factor * unbiased);
        a.saved_mean[c] = (P)mean;
        a.saved_inverse[c] = (P)inverse;
    }
}

template <class P> struct backward_arrays {
    P alpha, beta, alpha_parameters, beta_parameters;
    const P *scale, *mean, *inverse;
    P *dscale, *dbias;
};

template <class T, class P>
void backward(const cuda_on_cpu_tensor &t, const T *x, const T *dy, T *dx,
              const backward_arrays<P> &a)
{
    const double n = (double)t.n * t.h * t.w;
    for (int c = 0; c < t.c; c++) {
        double sum = 0, products = 0;
        const double mean = a.mean[c], inverse = a.inverse[c];
        each(t, c, [&](size_t i) {
            sum += load(dy[i]);
            products += load(dy[i]) * (load(x[i]) - mean) * inverse;
        });
        each(t, c, [&](size_t i) {
            const double normal = (load(x[i]) - mean) * inverse;
            const P d = (P)(a.scale[c] * inverse *
                            (load(dy[i]) - sum / n - normal * products / n));
            blend(&dx[i], a.alpha, d, a.beta);
        });
        blend(&a.dscale[c], a.alpha_parameters, (P)products, a.beta_parameters);
        blend(&a.dbias[c], a.alpha_parameters, (P)sum, a.beta_parameters);
    }
}

bool same_shape(const cuda_on_cpu_tensor *s, const cuda_on_cpu_tensor *t)
{
    return s && t && s->n > 0 && s->type == t->type && s->n == t->n && s->c == t->c &&
           s->h == t->h && s->w == t->w;
}

bool is_per_channel(const cuda_on_cpu_tensor *p, const cuda_on_cpu_tensor *of)
{
    const cudnnDataType_t type =
        of->type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
    return p && p->type == type && p->n == 1 && p->c == of->c && p->h == 1 && p->w == 1;
}

double scalar(cudnnDataType_t type, const void *value)
{
    return type == CUDNN_DATA_DOUBLE ? *(const double *)value : *(const float *)value;
}

/* Calls `compute` with a T and a P of the types of elements and of parameters. */
template <class F> void by_type(cudaStream_t stream, cudnnDataType_t type, F compute)
{
    submit(stream, [=] {
        const device_access access;
        if (type == CUDNN_DATA_DOUBLE)
            compute(double(), double());
        else if (type == CUDNN_DATA_FLOAT)
            compute(float(), float());
        else
            compute(half(), float());
    });
}
} // namespace

extern "C" {
cudnnStatus_t cudnnBatchNormalizationForwardTraining(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha, const void *beta,
    cudnnTensorDescriptor_t x_shape, const void *x, cudnnTensorDescriptor_t y_shape,
    void *y, cudnnTensorDescriptor_t channels, const void *scale, const void *bias,
    double factor, void *running_mean, void *running_variance, double epsilon,
    void *saved_mean, void *saved_inverse)
{
    const char *const name = "cudnnBatchNormalizationForwardTraining";
    if (!handle || !same_shape(x_shape, y_shape) || !is_per_channel(channels, x_shape))
        return CUDNN_STATUS_BAD_PARAM;
    if (mode != CUDNN_BATCHNORM_SPATIAL)
        return CUDNN_STATUS_NOT_SUPPORTED;
    if (!stream_fits(handle->stream))
        return CUDNN_STATUS_EXECUTION_FAILED;
    check_tensor(name, x_shape, x);
    check_tensor(name, y_shape, y);
    for (const void *p :
         {scale, bias, (const void *)running_mean, (const void *)running_variance,
          (const void *)saved_mean, (const void *)saved_inverse})
        check_tensor(name, channels, p);
    const cuda_on_cpu_tensor shape = *x_shape;
    const double a = scalar(channels->type, alpha), b = scalar(channels->type, beta);
    by_type(handle->stream, shape.type, [=](auto element, auto parameter) {
        using T = decltype(element);
        using P = decltype(parameter);
        const forward_arrays<P> arrays = {(P)a,
                                          (P)b,
                                          (const P *)scale,
                                          (const P *)bias,
                                          factor,
                                          epsilon,
                                          (P *)running_mean,
                                          (P *)running_variance,
                                          (P *)saved_mean,
                                          (P *)saved_inverse};
        forward(shape, (const T *)x, (T *)y, arrays);
    });
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBatchNormalizationBackward(
    cudnnHandle_t handle, cudnnBatchNormMode_t mode, const void *alpha, const void *beta,
    const void *alpha_parameters, const void *beta_parameters,
    cudnnTensorDescriptor_t x_shape, const void *x, cudnnTensorDescriptor_t dy_shape,
    const void *dy, cudnnTensorDescriptor_t dx_shape, void *dx,
    cudnnTensorDescriptor_t channels, const void *scale, void *dscale, void *dbias,
    double, const void *saved_mean, const void *saved_inverse)
{
    const char *const name = "cudnnBatchNormalizationBackward";
    if (!handle || !same_shape(x_shape, dy_shape) || !same_shape(x_shape, dx_shape) ||
        !is_per_channel(channels, x_shape))
        return CUDNN_STATUS_BAD_PARAM;
    if (mode != CUDNN_BATCHNORM_SPATIAL)
        return CUDNN_STATUS_NOT_SUPPORTED;
    if (!stream_fits(handle->stream))
        return CUDNN_STATUS_EXECUTION_FAILED;
    for (const void *p : {x, dy, (const void *)dx})
        check_tensor(name, x_shape, p);
    for (const void *p :
         {scale, (const void *)dscale, (const void *)dbias, saved_mean, saved_inverse})
        check_tensor(name, channels, p);
    const cuda_on_cpu_tensor shape = *x_shape;
    const double a = scalar(channels->type, alpha), b = scalar(channels->type, beta);
    const double ap = scalar(channels->type, alpha_parameters);
    const double bp = scalar(channels->type, beta_parameters);
    by_type(handle->stream, shape.type, [=](auto element, auto parameter) {
        using T = decltype(element);
        using P = decltype(parameter);
        const backward_arrays<P> arrays = {(P)a,
                                           (P)b,
                                           (P)ap,
                                           (P)bp,
                                           (const P *)scale,
                                           (const P *)saved_mean,
                                           (const P *)saved_inverse,
                                           (P *)dscale,
                                           (P *)dbias};
        backward(shape, (const T *)x, (const T *)dy, (T *)dx, arrays);
    });
    return CUDNN_STATUS_SUCCESS;
}
}
