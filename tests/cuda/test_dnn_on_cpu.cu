// The cuDNN of tests/cuda_on_cpu against the definitions of what it computes.
#include <cudnn.h>

#include <math.h>
#include <random>

#include "cuda_array.h"

static std::mt19937 source(1);

template <class T> struct number;
template <> struct number<float> {
    static constexpr cudnnDataType_t type = CUDNN_DATA_FLOAT;
    static constexpr double close = 1e-5;
    using parameter = float;
};
template <> struct number<double> {
    static constexpr cudnnDataType_t type = CUDNN_DATA_DOUBLE;
    static constexpr double close = 1e-12;
    using parameter = double;
};
template <> struct number<half> {
    static constexpr cudnnDataType_t type = CUDNN_DATA_HALF;
    static constexpr double close = 2e-3;
    using parameter = float;
};

static double value(double x)
{
    return x;
}

static double value(half x)
{
    return __half2float(x);
}

template <class T> T as(double x)
{
    return (T)x;
}

template <> half as<half>(double x)
{
    return __float2half((float)x);
}

static int any(int low, int high)
{
    return std::uniform_int_distribution<int>(low, high)(source);
}

template <class T> std::vector<T> noise(size_t n, double low = -1, double high = 1)
{
    std::uniform_real_distribution<double> draw(low, high);
    std::vector<T> x(n);
    for (T &v : x)
        v = as<T>(draw(source));
    return x;
}

template <class T, class U>
static void are_close(const std::vector<T> &x, const std::vector<U> &y, double tolerance)
{
    double size = 0;
    assert_int_equal(x.size(), y.size());
    for (const U &v : y)
        size = fmax(size, fabs(value(v)));
    for (size_t i = 0; i < x.size(); i++)
        if (!(fabs(value(x[i]) - value(y[i])) <= tolerance * size))
            fail_msg("%g instead of %g", value(x[i]), value(y[i]));
}

struct shape {
    int n, c, h, w;

    size_t count() const
    {
        return (size_t)n * c * h * w;
    }
};

// A convolution and its descriptors.
template <class T> struct convolution {
    shape x, f, y;
    int groups, pad[2], stride[2], dilation[2];
    cudnnHandle_t handle;
    cudnnTensorDescriptor_t dx, dy;
    cudnnFilterDescriptor_t df;
    cudnnConvolutionDescriptor_t by;

    convolution()
    {
        groups = any(1, 3);
        f = {groups * any(1, 3), any(1, 3), any(1, 4), any(1, 4)};
        for (int k = 0; k < 2; k++) {
            pad[k] = any(0, 2);
            stride[k] = any(1, 3);
            dilation[k] = any(1, 2);
        }
        x = {any(1, 3), f.c * groups, any(7, 11), any(7, 11)};
        y = {x.n, f.n, (x.h + 2 * pad[0] - dilation[0] * (f.h - 1) - 1) / stride[0] + 1,
             (x.w + 2 * pad[1] - dilation[1] * (f.w - 1) - 1) / stride[1] + 1};
        cudnnCreate(&handle);
        cudnnCreateTensorDescriptor(&dx);
        cudnnCreateTensorDescriptor(&dy);
        cudnnCreateFilterDescriptor(&df);
        cudnnCreateConvolutionDescriptor(&by);
        const cudnnDataType_t type = number<T>::type;
        assert_int_equal(
            cudnnSetTensor4dDescriptor(dx, CUDNN_TENSOR_NCHW, type, x.n, x.c, x.h, x.w),
            0);
        assert_int_equal(
            cudnnSetTensor4dDescriptor(dy, CUDNN_TENSOR_NCHW, type, y.n, y.c, y.h, y.w),
            0);
        assert_int_equal(
            cudnnSetFilter4dDescriptor(df, type, CUDNN_TENSOR_NCHW, f.n, f.c, f.h, f.w),
            0);
        assert_int_equal(cudnnSetConvolutionGroupCount(by, groups), 0);
        assert_int_equal(cudnnSetConvolutionMathType(by, CUDNN_TENSOR_OP_MATH), 0);
        assert_int_equal(
            cudnnSetConvolution2dDescriptor(
                by, pad[0], pad[1], stride[0], stride[1], dilation[0], dilation[1],
                CUDNN_CROSS_CORRELATION,
                type == CUDNN_DATA_DOUBLE ? CUDNN_DATA_DOUBLE : CUDNN_DATA_FLOAT),
            0);
    }

    ~convolution()
    {
        cudnnDestroyConvolutionDescriptor(by);
        cudnnDestroyFilterDescriptor(df);
        cudnnDestroyTensorDescriptor(dy);
        cudnnDestroyTensorDescriptor(dx);
        cudnnDestroy(handle);
    }

    // visit(input, weight, output) for all that are multiplied and added.
    template <class F> void each(F visit) const
    {
        const int filters = f.n / groups;
        for (int b = 0; b < y.n; b++)
            for (int o = 0; o < y.c; o++)
                for (int i = 0; i < y.h; i++)
                    for (int j = 0; j < y.w; j++)
                        for (int k = 0; k < f.c; k++)
                            for (int r = 0; r < f.h; r++)
                                for (int s = 0; s < f.w; s++) {
                                    const int h =
                                        i * stride[0] - pad[0] + r * dilation[0];
                                    const int w =
                                        j * stride[1] - pad[1] + s * dilation[1];
                                    const int c = o / filters * f.c + k;
                                    if (h < 0 || w < 0 || h >= x.h || w >= x.w)
                                        continue;
                                    visit(((b * x.c + c) * x.h + h) * x.w + w,
                                          ((o * f.c + k) * f.h + r) * f.w + s,
                                          ((b * y.c + o) * y.h + i) * y.w + j);
                                }
    }
};

// The three passes of a convolution by algorithm `algo`; result = 2 op + beta result.
template <class T> static void passes(int algo, double beta)
{
    using P = typename number<T>::parameter;
    const convolution<T> c;
    const std::vector<T> x = noise<T>(c.x.count()), f = noise<T>(c.f.count());
    const std::vector<T> d = noise<T>(c.y.count());
    const P two = 2, keep = (P)beta;
    const auto old = [&](size_t n) { // is not read where nothing of it is kept
        return beta == 0 ? std::vector<T>(n, as<T>(NAN)) : noise<T>(n);
    };
    const std::vector<T> y0 = old(c.y.count()), x0 = old(c.x.count()),
                         f0 = old(c.f.count());
    std::vector<double> y(y0.size()), dx(x0.size()), df(f0.size());
    c.each([&](int i, int w, int o) {
        y[o] += 2 * value(x[i]) * value(f[w]);
        dx[i] += 2 * value(d[o]) * value(f[w]);
        df[w] += 2 * value(d[o]) * value(x[i]);
    });
    const auto add = [&](std::vector<double> &sum, const std::vector<T> &to) {
        for (size_t i = 0; i < sum.size() && beta != 0; i++)
            sum[i] += beta * value(to[i]);
    };
    add(y, y0);
    add(dx, x0);
    add(df, f0);

    const array<T> X(x), F(f), D(d), Y(y0), DX(x0), DF(f0);
    size_t size;
    assert_int_equal(
        cudnnGetConvolutionForwardWorkspaceSize(c.handle, c.dx, c.df, c.by, c.dy,
                                                (cudnnConvolutionFwdAlgo_t)algo, &size),
        0);
    assert_int_equal(size > 0, algo == 1);
    const array<char> room(std::vector<char>(size + 1));
    assert_int_equal(cudnnConvolutionForward(c.handle, &two, c.dx, X.p, c.df, F.p, c.by,
                                             (cudnnConvolutionFwdAlgo_t)algo, room.p,
                                             size, &keep, c.dy, Y.p),
                     0);
    assert_int_equal(cudnnConvolutionBackwardData(c.handle, &two, c.df, F.p, c.dy, D.p,
                                                  c.by,
                                                  (cudnnConvolutionBwdDataAlgo_t)algo,
                                                  room.p, size, &keep, c.dx, DX.p),
                     0);
    assert_int_equal(cudnnConvolutionBackwardFilter(c.handle, &two, c.dx, X.p, c.dy, D.p,
                                                    c.by,
                                                    (cudnnConvolutionBwdFilterAlgo_t)algo,
                                                    room.p, size, &keep, c.df, DF.p),
                     0);
    are_close(Y.get(), y, number<T>::close);
    are_close(DX.get(), dx, number<T>::close);
    are_close(DF.get(), df, number<T>::close);
    assert_int_equal(room.get()[0], algo == 1 ? -1 : 0); // garbage
}

static void convolutions_equal_their_definition(void **)
{
    for (int round = 0; round < 20; round++)
        for (int algo = 0; algo < 2; algo++)
            for (const double beta : {0., 1., -.5}) {
                passes<float>(algo, beta);
                passes<double>(algo, beta);
                passes<half>(algo, beta);
            }
}

static void what_does_not_fit_is_refused(void **)
{
    const convolution<float> c;
    const float one = 1, zero = 0;
    const array<float> x(noise<float>(c.x.count())), f(noise<float>(c.f.count()));
    const array<float> y(noise<float>(c.y.count()));
    cudnnConvolutionFwdAlgoPerf_t found[2];
    int n;
    assert_int_equal(cudnnGetConvolutionForwardAlgorithm_v7(c.handle, c.dx, c.df, c.by,
                                                            c.dy, 2, &n, found),
                     0);
    assert_int_equal(n, 2);
    assert_true(found[0].time < found[1].time && found[0].memory > found[1].memory);
    const auto forward = [&](size_t size, const float *weights) {
        return cudnnConvolutionForward(c.handle, &one, c.dx, x.p, c.df, weights, c.by,
                                       found[0].algo, x.p, size, &zero, c.dy, y.p);
    };
    assert_int_equal(forward(found[0].memory - 1, f.p), CUDNN_STATUS_BAD_PARAM);
    const std::vector<float> host = f.get();
    is_caught("cudnnConvolutionForward", [&] { forward(1 << 20, host.data()); });
    is_caught("cuDNN's workspace",
              [&] { forward(1 << 20, f.p); }); // smaller than it says
    is_caught("writes over what it reads", [&] {
        cudnnConvolutionForward(c.handle, &one, c.dx, x.p, c.df, f.p, c.by,
                                CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM, nullptr, 0,
                                &zero, c.dy, x.p);
    });
    size_t size;
    const auto ask = [&](cudnnConvolutionFwdAlgo_t algo) {
        return cudnnGetConvolutionForwardWorkspaceSize(c.handle, c.dx, c.df, c.by, c.dy,
                                                       algo, &size);
    };
    assert_int_equal(ask(CUDNN_CONVOLUTION_FWD_ALGO_WINOGRAD_NONFUSED),
                     CUDNN_STATUS_NOT_SUPPORTED);
    // A descriptor of the net before surgery: one filter more.
    cudnnSetTensor4dDescriptor(c.dy, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, c.y.n,
                               c.y.c + c.groups, c.y.h, c.y.w);
    assert_int_equal(ask(CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM),
                     CUDNN_STATUS_BAD_PARAM);
    assert_int_equal(cudnnSetTensor4dDescriptor(c.dy, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT,
                                                c.y.n, 0, c.y.h, c.y.w),
                     CUDNN_STATUS_BAD_PARAM);
}

// 1 + 2^-12 keeps its last bit as a float, and loses it as a factor of 11 bits.
static void factors_are_rounded_on_demand(void **)
{
    const convolution<float> c;
    const float one = 1, zero = 0;
    const array<float> x(std::vector<float>(c.x.count(), 1 + 0x1p-12f));
    const array<float> f(std::vector<float>(c.f.count(), 1)),
        y(noise<float>(c.y.count()));
    const auto largest = [&] {
        float most = 0;
        assert_int_equal(cudnnConvolutionForward(c.handle, &one, c.dx, x.p, c.df, f.p,
                                                 c.by,
                                                 CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM,
                                                 nullptr, 0, &zero, c.dy, y.p),
                         0);
        for (const float v : y.get())
            most = fmaxf(most, v);
        return most;
    };
    assert_true(largest() != rintf(largest()));
    setenv("CUDA_ON_CPU_TF32", "1", 1);
    assert_true(largest() == rintf(largest()));
    setenv("NVIDIA_TF32_OVERRIDE", "0", 1);
    assert_true(largest() != rintf(largest()));
    unsetenv("NVIDIA_TF32_OVERRIDE");
    cudnnSetConvolutionMathType(c.by, CUDNN_FMA_MATH);
    assert_true(largest() != rintf(largest()));
    unsetenv("CUDA_ON_CPU_TF32");
}

// One normalization, on the device and on the host.
template <class T> struct normalization {
    using P = typename number<T>::parameter;
    static constexpr double epsilon = 1e-3;
    const shape s = {3, 4, 3, 5};
    const P one = 1, zero = 0;
    cudnnHandle_t handle;
    cudnnTensorDescriptor_t all, channels;
    std::vector<T> x = noise<T>(s.count(), -1, 3), dy = noise<T>(s.count());
    std::vector<P> scale = noise<P>(s.c), bias = noise<P>(s.c);
    const array<P> Scale{scale}, Bias{bias}, Mean{noise<P>(s.c)}, Inverse{noise<P>(s.c)};

    normalization()
    {
        cudnnCreate(&handle);
        cudnnCreateTensorDescriptor(&all);
        cudnnCreateTensorDescriptor(&channels);
        cudnnSetTensor4dDescriptor(all, CUDNN_TENSOR_NCHW, number<T>::type, s.n, s.c, s.h,
                                   s.w);
        cudnnSetTensor4dDescriptor(channels, CUDNN_TENSOR_NCHW, number<P>::type, 1, s.c,
                                   1, 1);
    }

    ~normalization()
    {
        cudnnDestroyTensorDescriptor(channels);
        cudnnDestroyTensorDescriptor(all);
        cudnnDestroy(handle);
    }

    size_t at(int b, int c, int i) const
    {
        return ((size_t)b * s.c + c) * s.h * s.w + i;
    }

    // Mean and biased variance of a channel of x.
    void statistics(int c, double *mean, double *variance) const
    {
        const double n = (double)s.n * s.h * s.w;
        *mean = *variance = 0;
        for (int b = 0; b < s.n; b++)
            for (int i = 0; i < s.h * s.w; i++)
                *mean += value(x[at(b, c, i)]) / n;
        for (int b = 0; b < s.n; b++)
            for (int i = 0; i < s.h * s.w; i++)
                *variance += pow(value(x[at(b, c, i)]) - *mean, 2) / n;
    }

    std::vector<double> normalized() const
    {
        std::vector<double> y(x.size());
        for (int c = 0; c < s.c; c++) {
            double mean, variance;
            statistics(c, &mean, &variance);
            for (int b = 0; b < s.n; b++)
                for (int i = 0; i < s.h * s.w; i++)
                    y[at(b, c, i)] = scale[c] * (value(x[at(b, c, i)]) - mean) /
                                         sqrt(variance + epsilon) +
                                     bias[c];
        }
        return y;
    }

    // dy · y
    double product() const
    {
        const std::vector<double> y = normalized();
        double sum = 0;
        for (size_t i = 0; i < y.size(); i++)
            sum += value(dy[i]) * y[i];
        return sum;
    }

    // The derivative of dy · y by v.
    template <class V> double derivative(V &v)
    {
        const V kept = v;
        v = as<V>(value(kept) + .03125);
        const double above = product(), from = value(v);
        v = as<V>(value(kept) - .03125);
        const double below = product(), to = value(v);
        v = kept;
        return (above - below) / (from - to);
    }

    std::vector<T> forward(const array<P> &running_mean, const array<P> &running_variance)
    {
        const array<T> X(x), Y(std::vector<T>(x.size(), as<T>(NAN)));
        assert_int_equal(cudnnBatchNormalizationForwardTraining(
                             handle, CUDNN_BATCHNORM_SPATIAL, &one, &zero, all, X.p, all,
                             Y.p, channels, Scale.p, Bias.p, .25, running_mean.p,
                             running_variance.p, epsilon, Mean.p, Inverse.p),
                         0);
        return Y.get();
    }
};

template <class T> static void normalizes()
{
    using P = typename number<T>::parameter;
    normalization<T> of;
    const size_t n = of.x.size(), channels = (size_t)of.s.c;
    const array<P> mean(std::vector<P>(channels, 8)),
        variance(std::vector<P>(channels, 4));
    are_close(of.forward(mean, variance), of.normalized(), number<T>::close);
    std::vector<double> means, variances;
    for (int c = 0; c < of.s.c; c++) {
        double m, v;
        of.statistics(c, &m, &v);
        means.push_back(.75 * 8 + .25 * m);
        const double places = (double)n / (double)channels;
        variances.push_back(.75 * 4 + .25 * v * places / (places - 1));
    }
    are_close(mean.get(), means, 1e-6);
    are_close(variance.get(), variances, 1e-6);

    // Backward, of dy · y; the parameters' gradients are added to 5.
    std::vector<double> dx, dscale, dbias;
    for (T &v : of.x)
        dx.push_back(of.derivative(v));
    for (P &v : of.scale)
        dscale.push_back(5 + of.derivative(v));
    for (P &v : of.bias)
        dbias.push_back(5 + of.derivative(v));
    const array<T> X(of.x), DY(of.dy), DX(std::vector<T>(n, as<T>(NAN)));
    const array<P> DScale(std::vector<P>(channels, 5)),
        DBias(std::vector<P>(channels, 5));
    assert_int_equal(cudnnBatchNormalizationBackward(
                         of.handle, CUDNN_BATCHNORM_SPATIAL, &of.one, &of.zero, &of.one,
                         &of.one, of.all, X.p, of.all, DY.p, of.all, DX.p, of.channels,
                         of.Scale.p, DScale.p, DBias.p, of.epsilon, of.Mean.p,
                         of.Inverse.p),
                     0);
    const double close = 3e-3; // of the differences
    are_close(DX.get(), dx, close);
    are_close(DScale.get(), dscale, close);
    are_close(DBias.get(), dbias, close);
}

static void normalization_equals_its_definition(void **)
{
    normalizes<float>();
    normalizes<double>();
    normalizes<half>();
}

static void normalization_refuses_other_shapes(void **)
{
    normalization<float> of;
    cudnnSetTensor4dDescriptor(of.channels, CUDNN_TENSOR_NCHW, CUDNN_DATA_FLOAT, 1,
                               of.s.c + 1, 1, 1);
    const array<float> x(of.x);
    assert_int_equal(cudnnBatchNormalizationForwardTraining(
                         of.handle, CUDNN_BATCHNORM_SPATIAL, &of.one, &of.zero, of.all,
                         x.p, of.all, x.p, of.channels, of.Scale.p, of.Bias.p, .25,
                         of.Mean.p, of.Mean.p, of.epsilon, of.Mean.p, of.Inverse.p),
                     CUDNN_STATUS_BAD_PARAM);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(convolutions_equal_their_definition),
    cmocka_unit_test(what_does_not_fit_is_refused),
    cmocka_unit_test(factors_are_rounded_on_demand),
    cmocka_unit_test(normalization_equals_its_definition),
    cmocka_unit_test(normalization_refuses_other_shapes),
};

int main()
{
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
