// The tool that executes our CUDA code without a GPU: tests/cuda_on_cpu.
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <curand.h>

#include <algorithm>
#include <math.h>
#include <pthread.h>

#include "cuda_array.h"

static std::vector<float> counted(size_t n)
{
    std::vector<float> x(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(i % 97) - 40;
    return x;
}

__global__ void scale(float *x, int n, float by)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    x[i] *= by;
}

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
    assert_non_null(strstr(__FILE__, "tests/cuda/test_cuda_on_cpu.cu"));
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

static void memory_that_is_taken_for_another(void **)
{
    std::vector<float> host = counted(10);
    const array<float> d(host);
    float *const h = host.data();
    const size_t size = 10 * sizeof *h;
    float *pinned;
    assert_int_equal(cudaMallocHost(&pinned, size), cudaSuccess);
    assert_int_equal(cudaMemcpy(pinned, d.p, size, cudaMemcpyDefault), cudaSuccess);
    scale<<<1, 10>>>(pinned, 10, 2);
    assert_true(pinned[3] == 2 * host[3]);
    assert_int_equal(cudaFreeHost(pinned), cudaSuccess);

    is_caught("source", [&] { cudaMemcpy(d.p, d.p, size, cudaMemcpyHostToDevice); });
    is_caught("destination", [&] { cudaMemcpy(h, h, size, cudaMemcpyHostToDevice); });
    is_caught("destination", [&] { cudaMemcpy(d.p, d.p, size, cudaMemcpyDeviceToHost); });
    is_caught("leave a block of 40",
              [&] { cudaMemcpy(d.p + 1, h, size, cudaMemcpyDefault); });
    is_caught("cudaMemset", [&] { cudaMemset(h, 0, size); });
    is_caught("which is in host memory", [&] { scale<<<1, 10>>>(h, 10, 2); });
    is_caught("cudaFree of", [&] { cudaFree(d.p + 1); });
    is_caught("cudaFreeHost of", [&] { cudaFreeHost(d.p); });
}

static void sgemm_equals_its_definition(void **)
{
    const int m = 37, n = 22, k = 29, ld = 45;
    const std::vector<float> a = counted(ld * ld), b = counted(ld * ld), c(ld * n, 1);
    cublasHandle_t handle;
    assert_int_equal(cublasCreate(&handle), CUBLAS_STATUS_SUCCESS);
    for (int t = 0; t < 4; t++) {
        const bool ta = t & 1, tb = t & 2;
        const array<float> A(a), B(b), C(c);
        const float alpha = 2, beta = 3;
        assert_int_equal(cublasSgemm(handle, ta ? CUBLAS_OP_T : CUBLAS_OP_N,
                                     tb ? CUBLAS_OP_T : CUBLAS_OP_N, m, n, k, &alpha, A.p,
                                     ld, B.p, ld, &beta, C.p, ld),
                         CUBLAS_STATUS_SUCCESS);
        const std::vector<float> y = C.get();
        for (int j = 0; j < n; j++)
            for (int i = 0; i < ld; i++) {
                double sum = 0;
                for (int l = 0; l < k; l++)
                    sum +=
                        a[ta ? i * ld + l : l * ld + i] * b[tb ? l * ld + j : j * ld + l];
                // Integers: exact.
                assert_true(y[j * ld + i] == (i < m ? alpha * sum + beta : 1));
            }
    }
    const array<float> C(std::vector<float>(ld * n, NAN)), A(a), B(b);
    const float one = 1, zero = 0;
    cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &one, A.p, ld, B.p, ld, &zero,
                C.p, ld);
    assert_false(isnan(C.get()[0]));
    is_caught("Sgemm's B", [&] {
        cublasSgemm(handle, CUBLAS_OP_N, CUBLAS_OP_N, m, n, k, &one, A.p, ld, b.data(),
                    ld, &zero, C.p, ld);
    });
    assert_int_equal(cublasDestroy(handle), CUBLAS_STATUS_SUCCESS);
}

static void random_numbers(void **)
{
    const size_t n = 100000;
    const array<float> x{std::vector<float>(n)};
    curandGenerator_t g;
    assert_int_equal(curandCreateGenerator(&g, CURAND_RNG_PSEUDO_DEFAULT),
                     CURAND_STATUS_SUCCESS);
    curandSetPseudoRandomGeneratorSeed(g, 7);
    assert_int_equal(curandGenerateUniform(g, x.p, n), CURAND_STATUS_SUCCESS);
    double mean = 0, square = 0;
    for (float u : x.get()) {
        assert_true(u > 0 && u <= 1);
        mean += u / n;
    }
    assert_true(fabs(mean - 0.5) < 0.005);
    assert_int_equal(curandGenerateNormal(g, x.p, n, 3, 2), CURAND_STATUS_SUCCESS);
    mean = 0;
    for (float u : x.get()) {
        mean += u / n;
        square += (double)u * u / n;
    }
    assert_true(fabs(mean - 3) < 0.04 && fabs(square - 13) < 0.3);
    curandDestroyGenerator(g);
}

static void streams_events_and_devices(void **)
{
    cudaStream_t stream;
    cudaEvent_t from, to;
    float ms = -1;
    const array<float> x(counted(1000));
    assert_int_equal(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking),
                     cudaSuccess);
    cudaEventCreate(&from);
    cudaEventCreateWithFlags(&to, cudaEventDefault);
    assert_int_equal(cudaEventElapsedTime(&ms, from, to), cudaErrorInvalidResourceHandle);
    cudaGetLastError();
    cudaEventRecord(from, stream);
    scale<<<4, 256, 0, stream>>>(x.p, 1000, 2);
    usleep(2000);
    cudaEventRecord(to, stream);
    assert_int_equal(cudaEventSynchronize(to), cudaSuccess);
    assert_int_equal(cudaEventElapsedTime(&ms, from, to), cudaSuccess);
    assert_true(ms >= 2 && ms < 10000);

    int devices, current;
    assert_int_equal(cudaGetDeviceCount(&devices), cudaSuccess);
    assert_int_equal(devices, 2);
    assert_int_equal(cudaSetDevice(2), cudaErrorInvalidDevice);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidDevice);
    assert_int_equal(cudaSetDevice(1), cudaSuccess);
    assert_int_equal(cudaGetDevice(&current), cudaSuccess);
    assert_int_equal(current, 1);
    is_caught("which is device 0's", [&] { scale<<<4, 256>>>(x.p, 1000, 2); });
    const array<float> there(counted(1000));
    scale<<<4, 256, 0, stream>>>(there.p, 1000, 2);
    assert_int_equal(cudaGetLastError(), cudaErrorInvalidResourceHandle);
    assert_int_equal(cudaMemcpy(there.p, x.p, 4000, cudaMemcpyDeviceToDevice),
                     cudaSuccess);
    assert_true(there.get() == x.get());
    cudaSetDevice(0);
    cudaStreamDestroy(stream);
    cudaEventDestroy(from);
    cudaEventDestroy(to);
}

static void memory_is_limited(void **)
{
    size_t available, total;
    void *p;
    assert_int_equal(cudaMemGetInfo(&available, &total), cudaSuccess);
    assert_int_equal(total, 1 << 20);
    assert_int_equal(available, total);
    assert_int_equal(cudaMalloc(&p, total + 1), cudaErrorMemoryAllocation);
    assert_int_equal(cudaGetLastError(), cudaErrorMemoryAllocation);
    assert_int_equal(cudaMalloc(&p, total), cudaSuccess);
    cudaFree(p);
}

__global__ void last_writer(int *to)
{
    *to = 10 * blockIdx.x + threadIdx.x;
}

// What a program sees that waits for less, or for more, than it has to.
static bool is_late_as_cuda_lets_it_be(bool own)
{
    cudaStream_t other, waiting;
    cudaEvent_t event;
    bool right = true;
    const array<float> x(std::vector<float>(64, 1)), y(std::vector<float>(64, 1));
    const auto seen = [](const array<float> &a) { return a.p[0]; }; // without a wait
    cudaStreamCreateWithFlags(&other, cudaStreamNonBlocking);
    cudaStreamCreate(&waiting);
    cudaEventCreate(&event);

    scale<<<1, 64, 0, other>>>(x.p, 64, 2);
    scale<<<1, 64>>>(y.p, 64, 3);
    right &= seen(x) == (own ? 1 : 2) && seen(y) == (own ? 3 : 1);
    right &= y.get()[0] == 3 && seen(x) == (own ? 1 : 2); // a copy is the default one's
    cudaStreamSynchronize(other);
    right &= seen(x) == 2;

    // A stream that is not for itself, and the default one, wait for each other.
    scale<<<1, 64, 0, waiting>>>(y.p, 64, 5);
    right &= seen(y) == (own ? 3 : 15) && y.get()[0] == 15;
    scale<<<1, 64>>>(y.p, 64, 2);
    scale<<<1, 64, 0, waiting>>>(y.p, 64, 0);
    cudaStreamSynchronize(waiting);
    right &= seen(y) == 0;

    // By an event: y = 2 x is between the two.
    scale<<<1, 64, 0, other>>>(x.p, 64, 2);
    cudaEventRecord(event, other);
    scale<<<1, 64, 0, other>>>(x.p, 64, 100);
    cudaStreamWaitEvent(nullptr, event, 0);
    cudaMemcpyAsync(y.p, x.p, 4, cudaMemcpyDeviceToDevice, nullptr);
    right &= y.get()[0] == (own ? 4 : 400);
    cudaDeviceSynchronize();
    right &= seen(x) == 400;

    // The program's own array is free at once, pinned memory is not.
    float *pinned, plain = 7;
    cudaMallocHost(&pinned, sizeof *pinned);
    *pinned = 8;
    cudaMemcpyAsync(x.p, &plain, 4, cudaMemcpyHostToDevice, other);
    cudaMemcpyAsync(y.p, pinned, 4, cudaMemcpyHostToDevice, other);
    *pinned = plain = 0;
    cudaDeviceSynchronize();
    right &= seen(x) == 7 && seen(y) == (own ? 0 : 8);
    cudaFreeHost(pinned);
    cudaEventDestroy(event);
    cudaStreamDestroy(waiting);
    cudaStreamDestroy(other);
    return right;
}

// What the child does for a setting that the tool reads at a program's start.
static int child(const char *setting)
{
    if (strcmp(setting, "streams") == 0 || strcmp(setting, "default") == 0)
        return !is_late_as_cuda_lets_it_be(strcmp(setting, "streams") == 0);
    const array<int> x(std::vector<int>(5000));
    last_writer<<<2, 3>>>(x.p);
    if (strcmp(setting, "reverse") == 0)
        return x.get()[0];
    if (x.get()[0] != 12)
        return 1;
    signal(SIGSEGV, [](int) { _exit(42); });
    return *x.p;
}

static const char *program;

static int status_with(const char *name, const char *value)
{
    int status;
    const pid_t pid = fork();
    if (pid == 0) {
        setenv(name, value, 1);
        execl(program, program, value, nullptr);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void device_memory_is_no_hosts_memory(void **)
{
    assert_int_equal(status_with("CUDA_ON_CPU_PROTECT", "1"), 42);
}

static void threads_in_reverse_order(void **)
{
    assert_int_equal(status_with("CUDA_ON_CPU_ORDER", "reverse"), 0);
}

static void streams_are_late_on_demand(void **)
{
    assert_int_equal(status_with("CUDA_ON_CPU_LATE", "streams"), 0);
    assert_int_equal(status_with("CUDA_ON_CPU_LATE", "default"), 0);
}

static const struct CMUnitTest tests[] = {
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
    cmocka_unit_test(memory_that_is_taken_for_another),
    cmocka_unit_test(sgemm_equals_its_definition),
    cmocka_unit_test(random_numbers),
    cmocka_unit_test(streams_events_and_devices),
    cmocka_unit_test(memory_is_limited),
    cmocka_unit_test(device_memory_is_no_hosts_memory),
    cmocka_unit_test(threads_in_reverse_order),
    cmocka_unit_test(streams_are_late_on_demand),
};

int main(int argc, char **argv)
{
    if (argc > 1)
        return child(argv[1]);
    program = argv[0];
    // The tool reads its settings when the program starts.
    if (!getenv("CUDA_ON_CPU_MEMORY")) {
        setenv("CUDA_ON_CPU_DEVICES", "2", 1);
        setenv("CUDA_ON_CPU_MEMORY", "1048576", 1);
        execv(argv[0], argv);
    }
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
