// For the tests of tests/cuda_on_cpu.
#ifndef CUDA_ARRAY_H
#define CUDA_ARRAY_H

#include <cuda_runtime.h>

#include <functional>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

extern "C" {
#include <cmocka.h>
}

// An array on the device.
template <class T> struct array {
    T *p = nullptr;
    size_t n;

    explicit array(const std::vector<T> &host) : n(host.size())
    {
        assert_int_equal(cudaMalloc(&p, n * sizeof(T)), cudaSuccess);
        assert_int_equal(
            cudaMemcpy(p, host.data(), n * sizeof(T), cudaMemcpyHostToDevice),
            cudaSuccess);
    }

    std::vector<T> get() const
    {
        std::vector<T> host(n);
        assert_int_equal(
            cudaMemcpy(host.data(), p, n * sizeof(T), cudaMemcpyDeviceToHost),
            cudaSuccess);
        return host;
    }

    ~array()
    {
        cudaFree(p);
    }
};

// What a child prints to stderr that does what it must not, and aborts.
inline void is_caught(const char *words, const std::function<void()> &wrong)
{
    int fd[2], status;
    assert_int_equal(pipe(fd), 0);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGABRT, SIG_DFL); // cmocka's handler would go on with the next test
        signal(SIGSEGV, SIG_DFL);
        dup2(fd[1], 2);
        wrong();
        _exit(0);
    }
    close(fd[1]);
    char text[500] = "";
    size_t n = 0;
    for (ssize_t r;
         n < sizeof text - 1 && (r = read(fd[0], text + n, sizeof text - 1 - n)) > 0;)
        n += (size_t)r;
    close(fd[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!strstr(text, words))
        fail_msg("'%s' instead of '%s'", text, words);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

inline std::vector<float> counted(size_t n)
{
    std::vector<float> x(n);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(i % 97) - 40;
    return x;
}

// A kernel for those tests that do not care which.
inline __global__ void scale(float *x, int n, float by)
{
    const int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n)
        return;
    x[i] *= by;
}

#endif
