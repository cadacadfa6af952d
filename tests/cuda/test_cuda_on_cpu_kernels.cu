// Kernels on the CPU, as tests/cuda_on_cpu executes them.
#include <cuda_runtime.h>

#include <algorithm>
#include <pthread.h>

#include "cuda_array.h"

static void a_line_of_threads(void **)
{
    const std::vector<float> x = counted(1000);
    const array<float> d(x);
    // Not a launch: <<<1, 2>>>; "nor is this <<<1>>>"
    scale<<<(1000 + 255) / 256, dim3(256)>>>(d.p, 1000, 3);
    assert_int_equal(cudaPeekAtLastError(), cudaSuccess);
    const std::vector<float> y = d.get();
    for (size_t i = 0; i < 1000; i++)
        assert_true(y[i] == 3 * x[i]);
}

template <class T, int STEP> __global__ void places(T *to, int width, int height)
{
    const unsigned x = blockIdx.x * blockDim.x + threadIdx.x;
    const unsigned y = blockIdx.y * blockDim.y + threadIdx.y;
    const unsigned z = blockIdx.z * blockDim.z + threadIdx.z;
    to[(z * height + y) * width + x] += T(STEP * (100 * z + 10 * y + x));
}

static void three_dimensions_and_template_arguments(void **)
{
    const array<int> d(std::vector<int>(6 * 4 * 4));
    places<int, (2 > 1) + 1><<<dim3(2, 2, 2), dim3(3, 2, 2), 0, nullptr>>>(d.p, 6, 4);
    const std::vector<int> y = d.get();
    for (int z = 0; z < 4; z++)
        for (int r = 0; r < 4; r++)
            for (int c = 0; c < 6; c++)
                assert_int_equal(y[(z * 4 + r) * 6 + c], 2 * (100 * z + 10 * r + c));
}

namespace there
{
template <class T, int N> __global__ void add(T *to)
{
    atomicAdd(to, N);
}
} // namespace there

static void spellings_of_a_launch(void **)
{
    const array<int> sum(std::vector<int>(1));
    int *const to = sum.p;
    const char quote = '"';
    // clang-format off
    if (quote) ::there::add<int, 1 << 3> <<< /* >>> */ (to ? 2 : 1), // >>>
        2 >> 1,
        0
        >>> (to); else there::add<int, (2 > 1)><<<1, 1>>>(to);
    for (int i = 0; i < 3; i++) there::add<int,100><<<dim3(1, 2), dim3{3}>>>(to);
    there::add<int, 7> << <1, 5 >> > (to);
    // clang-format on
    assert_int_equal(sum.get()[0], 2 * 8 + 3 * 2 * 3 * 100 + 5 * 7);
    assert_non_null(strstr(__FILE__, "tests/cuda/test_cuda_on_cpu_kernels.cu"));
}

static const int THREADS = 128;

__global__ void sum_static(const float *x, int n, float *sum)
{
    __shared__ float part[THREADS];
    float s = 0;
    for (int i = threadIdx.x; i < n; i += blockDim.x)
        s += x[i + blockIdx.x * n];
    part[threadIdx.x] = s;
    for (int half = THREADS / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half)
            part[threadIdx.x] += part[threadIdx.x + half];
    }
    if (threadIdx.x == 0)
        sum[blockIdx.x] = part[0];
}

__global__ void sum_dynamic(const float *x, int n, double *sum)
{
    extern __shared__ double part[];
    part[threadIdx.x] = (int)threadIdx.x < n ? x[threadIdx.x] : 0;
    for (int half = blockDim.x / 2; half > 0; half /= 2) {
        __syncthreads();
        if ((int)threadIdx.x < half)
            part[threadIdx.x] += part[threadIdx.x + half];
    }
    if (threadIdx.x == 0)
        *sum = part[0];
}

static void sums_in_shared_memory(void **)
{
    const std::vector<float> x = counted(3000);
    const array<float> d(x), sum(std::vector<float>(3));
    sum_static<<<3, THREADS>>>(d.p, 1000, sum.p);
    for (int b = 0; b < 3; b++) {
        float expected = 0; // exact: small integers
        for (int i = 0; i < 1000; i++)
            expected += x[b * 1000 + i];
        assert_true(sum.get()[b] == expected);
    }
    const array<double> one(std::vector<double>(1));
    sum_dynamic<<<1, 512, 512 * sizeof(double)>>>(d.p, 400, one.p);
    double expected = 0;
    for (int i = 0; i < 400; i++)
        expected += x[i];
    assert_true(one.get()[0] == expected);
}

template <class T> __global__ void lanes(const T *x, T *sum, T *reversed, unsigned *odd)
{
    const int i = threadIdx.x;
    T down = x[i], all = x[i];
    for (int by = 16; by > 0; by /= 2) {
        down += __shfl_down_sync(0xffffffff, down, by);
        all += __shfl_xor_sync(0xffffffff, all, by);
    }
    const T first = __shfl_sync(0xffffffff, down, 0);
    if (i % 32 == 0)
        sum[i / 32] = first == all ? all : -1;
    reversed[i] = __shfl(x[i], 31 - i % 32);
    const unsigned votes = __ballot_sync(0xffffffff, (int)x[i] & 1);
    if (i % 32 == 0)
        odd[i / 32] = votes;
}

template <class T> static void check_lanes()
{
    std::vector<T> x(64);
    for (size_t i = 0; i < 64; i++)
        x[i] = (T)(i * i % 19) * (sizeof(T) == 8 ? 1000000001 : 1);
    const array<T> d(x), sum(std::vector<T>(2)), reversed(std::vector<T>(64));
    const array<unsigned> odd(std::vector<unsigned>(2));
    lanes<T><<<1, 64>>>(d.p, sum.p, reversed.p, odd.p);
    for (size_t w = 0; w < 2; w++) {
        T s = 0;
        unsigned bits = 0;
        for (size_t i = 0; i < 32; i++) {
            s += x[w * 32 + i];
            bits |= (unsigned)((int)x[w * 32 + i] & 1) << i;
            assert_true(reversed.get()[w * 32 + i] == x[w * 32 + 31 - i]);
        }
        assert_true(sum.get()[w] == s);
        if (sizeof(T) == 4)
            assert_int_equal(odd.get()[w], bits);
    }
}

static void lanes_exchange_values(void **)
{
    check_lanes<int>();
    check_lanes<float>();
    check_lanes<double>();
}

// Two groups of lanes that wait apart, and a third that has returned.
__global__ void groups(int *to)
{
    const int i = threadIdx.x;
    if (i >= 24)
        return;
    if (i < 8)
        to[i] = __shfl_xor_sync(0xff, i, 1);
    else
        to[i] = __shfl_sync(0xffffff00, 10 * i, 9);
    __syncwarp();
    to[i] += __shfl_up_sync(0xffffffff, 1000 * i, 1);
}

static void groups_of_lanes(void **)
{
    const array<int> to(std::vector<int>(24));
    groups<<<1, 32>>>(to.p);
    const std::vector<int> y = to.get();
    for (int i = 0; i < 24; i++)
        assert_int_equal(y[i], (i < 8 ? i ^ 1 : 90) + 1000 * std::max(i - 1, 0));
}

__global__ void count(float *f, double *d, int *i, int *least, int *most, int *cas)
{
    atomicAdd(f, 1);
    atomicAdd(d, 0.5);
    const int k = atomicAdd(i, 2);
    atomicMin(least, k);
    atomicMax(most, k);
    for (int old = *cas;; old = *cas)
        if (atomicCAS(cas, old, old + 3) == old)
            break;
}

static void atomics(void **)
{
    const array<float> f(std::vector<float>(1));
    const array<double> d(std::vector<double>(1));
    const array<int> i({0, 50, 50, 0});
    count<<<10, 100>>>(f.p, d.p, i.p, i.p + 1, i.p + 2, i.p + 3);
    assert_true(f.get()[0] == 1000);
    assert_true(d.get()[0] == 500);
    assert_true(i.get() == std::vector<int>({2000, 0, 1998, 3000}));
}

// Some threads return before the others synchronize, twice.
__global__ void early(int *to, int n)
{
    __shared__ int seen;
    const int i = threadIdx.x;
    if (i == 0)
        seen = 0;
    if (i >= n)
        return;
    __syncthreads();
    atomicAdd(&seen, 1);
    __syncthreads();
    to[i] = seen;
}

static void threads_may_return_early(void **)
{
    const array<int> to(std::vector<int>(300, -1));
    early<<<1, 300>>>(to.p, 170);
    for (int i = 0; i < 300; i++)
        assert_int_equal(to.get()[i], i < 170 ? 170 : -1);
}

__global__ void separate(int *to)
{
    if (threadIdx.x == 0)
        __syncthreads();
    else
        to[threadIdx.x] = __shfl_sync(3, 1, 0);
}

static void a_block_that_hangs_is_caught(void **)
{
    const array<int> to(std::vector<int>(2));
    is_caught("block (0, 0, 0) hangs", [&] { separate<<<1, 2>>>(to.p); });
    is_caught("is not in the mask", [&] { separate<<<1, 3>>>(to.p); });
}

static void wrong_launches_fail(void **)
{
    const array<float> x(counted(4));
    scale<<<0, 4>>>(x.p, 4, 2);
    assert_int_equal(cudaPeekAtLastError(), cudaErrorInvalidConfiguration);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidConfiguration);
    scale<<<1, 1025>>>(x.p, 4, 2);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidConfiguration);
    assert_int_equal(cudaGetLastError(), cudaSuccess);
    assert_true(x.get() == counted(4));
}

static void *launches(void *data)
{
    array<float> *x = (array<float> *)data;
    for (int k = 0; k < 200; k++) {
        sum_static<<<1, THREADS>>>(x->p, 1000, x->p + 1000 + k);
        scale<<<10, 100>>>(x->p, 1000, k % 2 ? 0.5f : 2.f);
    }
    return nullptr;
}

static void two_hosts_threads_launch_at_once(void **)
{
    std::vector<float> x = counted(1200);
    array<float> a(x), b(std::vector<float>(1200, 1));
    pthread_t other;
    assert_int_equal(pthread_create(&other, nullptr, launches, &b), 0);
    launches(&a);
    assert_int_equal(pthread_join(other, nullptr), 0);
    float sum = 0;
    for (int i = 0; i < 1000; i++)
        sum += x[i];
    for (int k = 0; k < 200; k++) {
        assert_true(a.get()[1000 + k] == sum * (k % 2 + 1));
        assert_true(b.get()[1000 + k] == 1000.f * (k % 2 + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_of_threads),
        cmocka_unit_test(three_dimensions_and_template_arguments),
        cmocka_unit_test(spellings_of_a_launch),
        cmocka_unit_test(sums_in_shared_memory),
        cmocka_unit_test(lanes_exchange_values),
        cmocka_unit_test(groups_of_lanes),
        cmocka_unit_test(atomics),
        cmocka_unit_test(threads_may_return_early),
        cmocka_unit_test(a_block_that_hangs_is_caught),
        cmocka_unit_test(wrong_launches_fail),
        cmocka_unit_test(two_hosts_threads_launch_at_once),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
