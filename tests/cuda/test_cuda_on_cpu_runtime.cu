// Memory, libraries, streams and settings of tests/cuda_on_cpu.
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <curand.h>

#include <math.h>

#include "cuda_array.h"

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
