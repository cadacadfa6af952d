/* cuDNN's convolutions: products of the filters and the columns of one image at a time.
 */
#include "dnn.h"
#include "product.h"

#include <string.h>
#include <type_traits>
#include <vector>

namespace
{
using namespace cuda_on_cpu;

/* x [n,c,h,w] -> y [n,k,p,q] by filters w [k,c/groups,r,s]. */
struct problem {
    cuda_on_cpu_tensor x, w, y;
    cuda_on_cpu_convolution by;
    bool rounds = false; /* the factors, to 11 bits */

    int channels() const /* of a group, as those that follow */
    {
        return w.c;
    }

    int filters() const
    {
        return w.n / by.groups;
    }

    int rows() const
    {
        return w.c * w.h * w.w;
    }

    int places() const
    {
        return y.h * y.w;
    }

    size_t columns() const
    {
        return (size_t)rows() * places();
    }
};

/* Of descriptors, which the program may change before the work is done. */
problem described(cudnnTensorDescriptor_t x, cudnnFilterDescriptor_t w,
                  cudnnTensorDescriptor_t y, cudnnConvolutionDescriptor_t by)
{
    problem p = {};
    if (x && w && y && by)
        p = {*x, *w, *y, *by};
    return p;
}

int length(int in, int pad, int size, int dilation, int stride)
{
    return (in + 2 * pad - dilation * (size - 1) - 1) / stride + 1;
}

bool fits(const problem &p)
{
    const auto &c = p.by;
    if (!p.x.n || !p.w.n || !p.y.n || !c.groups)
        return false;
    const cudnnDataType_t compute =
        p.x.type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT;
    return p.x.type == p.w.type && p.y.type == p.w.type && c.compute == compute &&
           p.x.c == p.w.c * c.groups && p.w.n % c.groups == 0 && p.y.n == p.x.n &&
           p.y.c == p.w.n &&
           p.y.h == length(p.x.h, c.pad_h, p.w.h, c.dilation_h, c.stride_h) &&
           p.y.w == length(p.x.w, c.pad_w, p.w.w, c.dilation_w, c.stride_w);
}

/* Of each pass algorithm 1 wants room, 0 none. */
size_t room(const problem &p, int algo)
{
    return algo == 1 ? p.columns() * size_of(p.by.compute) : 0;
}

cudnnStatus_t room_of(cudnnHandle_t handle, const problem &p, int algo, size_t *size)
{
    if (!handle || !fits(p))
        return CUDNN_STATUS_BAD_PARAM;
    if (algo != 0 && algo != 1)
        return CUDNN_STATUS_NOT_SUPPORTED;
    *size = room(p, algo);
    return CUDNN_STATUS_SUCCESS;
}

/* The faster one first, as cuDNN has them. */
template <class R, class A>
cudnnStatus_t algorithms(cudnnHandle_t handle, const problem &p, int asked, int *found,
                         R *results)
{
    if (!handle || asked < 1 || !fits(p))
        return CUDNN_STATUS_BAD_PARAM;
    *found = asked < 2 ? 1 : 2;
    for (int i = 0; i < *found; i++)
        results[i] = {(A)(1 - i),
                      CUDNN_STATUS_SUCCESS,
                      i ? 2e-3f : 1e-3f,
                      room(p, 1 - i),
                      CUDNN_DETERMINISTIC,
                      p.by.math,
                      {}};
    return CUDNN_STATUS_SUCCESS;
}

bool rounds_factors(const problem &p)
{
    return p.x.type == CUDNN_DATA_FLOAT && p.by.math != CUDNN_FMA_MATH &&
           is_set("CUDA_ON_CPU_TF32", "1") && !is_set("NVIDIA_TF32_OVERRIDE", "0");
}

double scalar(const problem &p, const void *value)
{
    return p.by.compute == CUDNN_DATA_DOUBLE ? *(const double *)value
                                             : *(const float *)value;
}

/* A factor, as the multipliers see it. */
template <class T> auto factor(const problem &p, T x)
{
    auto f = load(x);
    if constexpr (std::is_same_v<T, float>)
        if (p.rounds) {
            uint32_t bits;
            memcpy(&bits, &f, sizeof bits);
            bits = (bits + 0x1000) & ~0x1fffu;
            memcpy(&f, &bits, sizeof bits);
        }
    return f;
}

template <class A, class T> std::vector<A> factors(const problem &p, const T *x, size_t n)
{
    std::vector<A> f(n);
    for (size_t i = 0; i < n; i++)
        f[i] = factor(p, x[i]);
    return f;
}

/* [rows][columns] -> [columns][rows] */
template <class A> std::vector<A> turned(const A *x, int rows, int columns)
{
    std::vector<A> t((size_t)rows * columns);
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++)
            t[(size_t)j * rows + i] = x[(size_t)i * columns + j];
    return t;
}

/* Calls f(row, place, element) for each element of a group's image [c/groups,h,w] and the
 * row of the filters and the output's place where it counts. */
template <class F> void each_factor(const problem &p, F f)
{
    const auto &c = p.by;
    for (int k = 0, row = 0; k < p.channels(); k++)
        for (int r = 0; r < p.w.h; r++)
            for (int s = 0; s < p.w.w; s++, row++)
                for (int i = 0, place = 0; i < p.y.h; i++)
                    for (int j = 0; j < p.y.w; j++, place++) {
                        const int h = i * c.stride_h - c.pad_h + r * c.dilation_h;
                        const int w = j * c.stride_w - c.pad_w + s * c.dilation_w;
                        if (h >= 0 && h < p.x.h && w >= 0 && w < p.x.w)
                            f(row, place, ((size_t)k * p.x.h + h) * p.x.w + w);
                    }
}

/* Elements of one group of an image, of x and of y. */
size_t part_x(const problem &p)
{
    return (size_t)p.channels() * p.x.h * p.x.w;
}

size_t part_y(const problem &p)
{
    return (size_t)p.filters() * p.places();
}

size_t part_w(const problem &p)
{
    return (size_t)p.filters() * p.rows();
}

template <class T, class A>
void forward(const problem &p, A alpha, const T *x, const T *w, A beta, T *y)
{
    const std::vector<A> filters = factors<A>(p, w, p.w.count());
    for (int part = 0; part < p.x.n * p.by.groups; part++) {
        std::vector<A> columns(p.columns()), sum(part_y(p));
        const T *image = x + part * part_x(p);
        each_factor(p, [&](int row, int place, size_t at) {
            columns[(size_t)row * p.places() + place] = factor(p, image[at]);
        });
        add_product<A>(p.places(), p.filters(), p.rows(), 1, columns.data(),
                       &filters[part % p.by.groups * part_w(p)], sum.data(), p.places());
        for (size_t i = 0; i < sum.size(); i++)
            blend(&y[part * part_y(p) + i], alpha, sum[i], beta);
    }
}

template <class T, class A>
void backward_data(const problem &p, A alpha, const T *w, const T *dy, A beta, T *dx)
{
    const std::vector<A> filters = factors<A>(p, w, p.w.count());
    for (int part = 0; part < p.x.n * p.by.groups; part++) {
        const std::vector<A> by_row =
            turned(&filters[part % p.by.groups * part_w(p)], p.filters(), p.rows());
        const std::vector<A> delta = factors<A>(p, dy + part * part_y(p), part_y(p));
        std::vector<A> columns(p.columns()), sum(part_x(p));
        add_product<A>(p.places(), p.rows(), p.filters(), 1, delta.data(), by_row.data(),
                       columns.data(), p.places());
        each_factor(p, [&](int row, int place, size_t at) {
            sum[at] += columns[(size_t)row * p.places() + place];
        });
        for (size_t i = 0; i < sum.size(); i++)
            blend(&dx[part * part_x(p) + i], alpha, sum[i], beta);
    }
}

template <class T, class A>
void backward_filter(const problem &p, A alpha, const T *x, const T *dy, A beta, T *dw)
{
    std::vector<A> sum(p.w.count());
    for (int part = 0; part < p.x.n * p.by.groups; part++) {
        const std::vector<A> delta = factors<A>(p, dy + part * part_y(p), part_y(p));
        std::vector<A> columns(p.columns());
        const T *image = x + part * part_x(p);
        each_factor(p, [&](int row, int place, size_t at) {
            columns[(size_t)place * p.rows() + row] = factor(p, image[at]);
        });
        add_product<A>(p.rows(), p.filters(), p.places(), 1, columns.data(), delta.data(),
                       &sum[part % p.by.groups * part_w(p)], p.rows());
    }
    for (size_t i = 0; i < sum.size(); i++)
        blend(&dw[i], alpha, sum[i], beta);
}

/* Looks at what all passes are given, and calls `compute` with the problem and a T and an
 * A of the types of elements and of sums. The result's tensor comes last. */
template <class F>
cudnnStatus_t pass(cudnnHandle_t handle, problem p, const char *name, int algo,
                   void *workspace, size_t size, const cuda_on_cpu_tensor *const shape[3],
                   const void *const array[3], F compute)
{
    size_t needed;
    const cudnnStatus_t status = room_of(handle, p, algo, &needed);
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    if (size < needed)
        return CUDNN_STATUS_BAD_PARAM;
    if (!stream_fits(handle->stream))
        return CUDNN_STATUS_EXECUTION_FAILED;
    for (int i = 0; i < 3; i++)
        check_tensor(name, shape[i], array[i]);
    if (array[2] == array[0] || array[2] == array[1])
        misuse("%s writes over what it reads", name);
    if (needed)
        check_device("cuDNN's workspace", workspace, size);
    p.rounds = rounds_factors(p);
    submit(handle->stream, [=] {
        const device_access access;
        if (p.x.type == CUDNN_DATA_DOUBLE)
            compute(p, double(), double());
        else if (p.x.type == CUDNN_DATA_FLOAT)
            compute(p, float(), float());
        else
            compute(p, half(), float());
        if (needed)
            memset(workspace, GARBAGE, size);
    });
    return CUDNN_STATUS_SUCCESS;
}
} // namespace

/* The two questions about a pass, given its tensors in the pass's own order. */
#define QUESTIONS(pass, algo_t, perf_t, first_t, second_t, last_t, x, w, y)              \
    cudnnStatus_t cudnnGetConvolution##pass##AlgorithmMaxCount(cudnnHandle_t,            \
                                                               int *count)               \
    {                                                                                    \
        *count = 2;                                                                      \
        return CUDNN_STATUS_SUCCESS;                                                     \
    }                                                                                    \
                                                                                         \
    cudnnStatus_t cudnnGetConvolution##pass##Algorithm_v7(                               \
        cudnnHandle_t handle, first_t first, second_t second,                            \
        cudnnConvolutionDescriptor_t convolution, last_t last, int asked, int *found,    \
        perf_t *results)                                                                 \
    {                                                                                    \
        return algorithms<perf_t, algo_t>(handle, described(x, w, y, convolution),       \
                                          asked, found, results);                        \
    }                                                                                    \
                                                                                         \
    cudnnStatus_t cudnnGetConvolution##pass##WorkspaceSize(                              \
        cudnnHandle_t handle, first_t first, second_t second,                            \
        cudnnConvolutionDescriptor_t convolution, last_t last, algo_t algo,              \
        size_t *size)                                                                    \
    {                                                                                    \
        return room_of(handle, described(x, w, y, convolution), algo, size);             \
    }

extern "C" {
QUESTIONS(Forward, cudnnConvolutionFwdAlgo_t, cudnnConvolutionFwdAlgoPerf_t,
          cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, cudnnTensorDescriptor_t,
          first, second, last)
QUESTIONS(BackwardData, cudnnConvolutionBwdDataAlgo_t, cudnnConvolutionBwdDataAlgoPerf_t,
          cudnnFilterDescriptor_t, cudnnTensorDescriptor_t, cudnnTensorDescriptor_t, last,
          first, second)
QUESTIONS(BackwardFilter, cudnnConvolutionBwdFilterAlgo_t,
          cudnnConvolutionBwdFilterAlgoPerf_t, cudnnTensorDescriptor_t,
          cudnnTensorDescriptor_t, cudnnFilterDescriptor_t, first, last, second)

cudnnStatus_t cudnnConvolutionForward(cudnnHandle_t handle, const void *alpha,
                                      cudnnTensorDescriptor_t x_shape, const void *x,
                                      cudnnFilterDescriptor_t w_shape, const void *w,
                                      cudnnConvolutionDescriptor_t convolution,
                                      cudnnConvolutionFwdAlgo_t algo, void *workspace,
                                      size_t size, const void *beta,
                                      cudnnTensorDescriptor_t y_shape, void *y)
{
    const problem p = described(x_shape, w_shape, y_shape, convolution);
    const double a = scalar(p, alpha), b = scalar(p, beta);
    const cuda_on_cpu_tensor *const shape[] = {x_shape, w_shape, y_shape};
    const void *const array[] = {x, w, y};
    return pass(handle, p, "cudnnConvolutionForward", algo, workspace, size, shape, array,
                [=](const problem &of, auto element, auto sum) {
                    using T = decltype(element);
                    using A = decltype(sum);
                    forward(of, (A)a, (const T *)x, (const T *)w, (A)b, (T *)y);
                });
}

cudnnStatus_t cudnnConvolutionBackwardData(cudnnHandle_t handle, const void *alpha,
                                           cudnnFilterDescriptor_t w_shape, const void *w,
                                           cudnnTensorDescriptor_t dy_shape,
                                           const void *dy,
                                           cudnnConvolutionDescriptor_t convolution,
                                           cudnnConvolutionBwdDataAlgo_t algo,
                                           void *workspace, size_t size, const void *beta,
                                           cudnnTensorDescriptor_t dx_shape, void *dx)
{
    const problem p = described(dx_shape, w_shape, dy_shape, convolution);
    const double a = scalar(p, alpha), b = scalar(p, beta);
    const cuda_on_cpu_tensor *const shape[] = {w_shape, dy_shape, dx_shape};
    const void *const array[] = {w, dy, dx};
    return pass(handle, p, "cudnnConvolutionBackwardData", algo, workspace, size, shape,
                array, [=](const problem &of, auto element, auto sum) {
                    using T = decltype(element);
                    using A = decltype(sum);
                    backward_data(of, (A)a, (const T *)w, (const T *)dy, (A)b, (T *)dx);
                });
}

cudnnStatus_t cudnnConvolutionBackwardFilter(
    cudnnHandle_t handle, const void *alpha, cudnnTensorDescriptor_t x_shape,
    const void *x, cudnnTensorDescriptor_t dy_shape, const void *dy,
    cudnnConvolutionDescriptor_t convolution, cudnnConvolutionBwdFilterAlgo_t algo,
    void *workspace, size_t size, const void *beta, cudnnFilterDescriptor_t dw_shape,
    void *dw)
{
    const problem p = described(x_shape, dw_shape, dy_shape, convolution);
    const double a = scalar(p, alpha), b = scalar(p, beta);
    const cuda_on_cpu_tensor *const shape[] = {x_shape, dy_shape, dw_shape};
    const void *const array[] = {x, dy, dw};
    return pass(handle, p, "cudnnConvolutionBackwardFilter", algo, workspace, size, shape,
                array, [=](const problem &of, auto element, auto sum) {
                    using T = decltype(element);
                    using A = decltype(sum);
                    backward_filter(of, (A)a, (const T *)x, (const T *)dy, (A)b, (T *)dw);
                });
}
}
