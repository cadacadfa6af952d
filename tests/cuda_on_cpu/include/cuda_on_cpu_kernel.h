/* What kernels are written with, and how cuda_on_cpu/nvcc launches them. C++ only. */
#ifndef CUDA_ON_CPU_KERNEL_H
#define CUDA_ON_CPU_KERNEL_H

/* Before the fast functions below become macros. */
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <type_traits>

extern __thread uint3 threadIdx, blockIdx, blockDim, gridDim;
constexpr int warpSize = 32;

void __syncthreads();

namespace cuda_on_cpu
{
/* Calls thread(context) for every thread of the grid. */
void run(dim3 grid, dim3 block, size_t shared, cudaStream_t stream,
         void (*thread)(void *), void *context);

/* Whether work may be done later than the program asks for it: CUDA_ON_CPU_LATE. */
bool is_late();

/* Does `work` in a stream's order; at once, unless that is late. */
void submit(cudaStream_t stream, std::function<void()> work);

/* The block's `extern __shared__` memory. */
void *dynamic_shared();

/* Ends the program where a kernel's argument points to what the device does not have. */
void check_argument(const void *p);

template <class T> void check(const T &)
{
}

template <class T> void check(T *const &p)
{
    if constexpr (!std::is_function_v<T>)
        check_argument(const_cast<const void *>(static_cast<const volatile void *>(p)));
}

/* Waits for the lanes in `mask` (0: those that have not returned). The result is the
 * value of lane `source`; of VOTE, a bit for each lane whose value is not 0. */
constexpr int VOTE = -1;
uint64_t exchange(unsigned mask, uint64_t value, int source);
int lane();

template <class... P> struct launch {
    void (*kernel)(P...);
    dim3 grid, block;
    size_t shared;
    cudaStream_t stream;

    void operator()(P... p) const
    {
        (check(p), ...);
        if (is_late())
            submit(stream, [l = *this, p...] { l.now(p...); });
        else
            now(p...);
    }

    void now(P... p) const
    {
        auto call = [&] { kernel(p...); };
        run(
            grid, block, shared, stream,
            [](void *c) { (*static_cast<decltype(call) *>(c))(); }, &call);
    }
};

/* name<<<grid, block, shared, stream>>>(...) is kernel(name).on(grid, ...)(...). */
template <class... P> struct kernel {
    void (*f)(P...);

    explicit kernel(void (*f_)(P...)) : f(f_)
    {
    }

    launch<P...> on(dim3 grid, dim3 block, size_t shared = 0, cudaStream_t s = nullptr)
    {
        return {f, grid, block, shared, s};
    }
};

/* `source` is relative to the group of `width` lanes; out of it, a lane reads itself. */
template <class T> T shuffle(unsigned mask, T value, int source, int width)
{
    static_assert(sizeof(T) <= sizeof(uint64_t));
    const int first = lane() / width * width;
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof value);
    bits = exchange(mask, bits, source < 0 || source >= width ? lane() : first + source);
    memcpy(&value, &bits, sizeof value);
    return value;
}

template <class T> struct identity {
    using type = T;
};
template <class T> using same = typename identity<T>::type;

template <class T> T atomic(T *p, T operand, T (*f)(T, T))
{
    T old, wanted;
    __atomic_load(p, &old, __ATOMIC_RELAXED);
    do {
        wanted = f(old, operand);
    } while (!__atomic_compare_exchange(p, &old, &wanted, true, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED));
    return old;
}
} // namespace cuda_on_cpu

inline void __syncwarp(unsigned mask = 0xffffffff)
{
    cuda_on_cpu::exchange(mask, 0, cuda_on_cpu::VOTE);
}

inline void __threadfence()
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

inline void __threadfence_block()
{
}

template <class T> T __shfl_sync(unsigned mask, T v, int source, int width = 32)
{
    return cuda_on_cpu::shuffle(mask, v, source & (width - 1), width);
}

template <class T> T __shfl_xor_sync(unsigned mask, T v, int bits, int width = 32)
{
    return cuda_on_cpu::shuffle(mask, v, (cuda_on_cpu::lane() % width) ^ bits, width);
}

template <class T> T __shfl_down_sync(unsigned mask, T v, unsigned by, int width = 32)
{
    return cuda_on_cpu::shuffle(mask, v, cuda_on_cpu::lane() % width + (int)by, width);
}

template <class T> T __shfl_up_sync(unsigned mask, T v, unsigned by, int width = 32)
{
    return cuda_on_cpu::shuffle(mask, v, cuda_on_cpu::lane() % width - (int)by, width);
}

template <class T> T __shfl(T v, int source, int width = 32)
{
    return __shfl_sync(0, v, source, width);
}

template <class T> T __shfl_xor(T v, int bits, int width = 32)
{
    return __shfl_xor_sync(0, v, bits, width);
}

template <class T> T __shfl_down(T v, unsigned by, int width = 32)
{
    return __shfl_down_sync(0, v, by, width);
}

template <class T> T __shfl_up(T v, unsigned by, int width = 32)
{
    return __shfl_up_sync(0, v, by, width);
}

inline unsigned __ballot_sync(unsigned mask, int predicate)
{
    return (unsigned)cuda_on_cpu::exchange(mask, predicate != 0, cuda_on_cpu::VOTE);
}

inline unsigned __ballot(int predicate)
{
    return __ballot_sync(0, predicate);
}

inline int __any_sync(unsigned mask, int predicate)
{
    return __ballot_sync(mask, predicate) != 0;
}

inline int __all_sync(unsigned mask, int predicate)
{
    return __ballot_sync(mask, !predicate) == 0;
}

/* The operand is no T: its type is the pointer's, as in CUDA's overloads. */
template <class T> T atomicAdd(T *p, cuda_on_cpu::same<T> v)
{
    return cuda_on_cpu::atomic<T>(p, v, [](T a, T b) { return T(a + b); });
}

template <class T> T atomicSub(T *p, cuda_on_cpu::same<T> v)
{
    return cuda_on_cpu::atomic<T>(p, v, [](T a, T b) { return T(a - b); });
}

template <class T> T atomicMin(T *p, cuda_on_cpu::same<T> v)
{
    return cuda_on_cpu::atomic<T>(p, v, [](T a, T b) { return b < a ? b : a; });
}

template <class T> T atomicMax(T *p, cuda_on_cpu::same<T> v)
{
    return cuda_on_cpu::atomic<T>(p, v, [](T a, T b) { return a < b ? b : a; });
}

template <class T> T atomicOr(T *p, cuda_on_cpu::same<T> v)
{
    return cuda_on_cpu::atomic<T>(p, v, [](T a, T b) { return T(a | b); });
}

template <class T> T atomicExch(T *p, cuda_on_cpu::same<T> v)
{
    return cuda_on_cpu::atomic<T>(p, v, [](T, T b) { return b; });
}

template <class T>
T atomicCAS(T *p, cuda_on_cpu::same<T> old, cuda_on_cpu::same<T> wanted)
{
    __atomic_compare_exchange(p, &old, &wanted, false, __ATOMIC_SEQ_CST,
                              __ATOMIC_SEQ_CST);
    return old;
}

/* The C library declares functions of some of these names and exports none. */
#define __expf(x) expf(x)
#define __logf(x) logf(x)
#define __log2f(x) log2f(x)
#define __log10f(x) log10f(x)
#define __sinf(x) sinf(x)
#define __cosf(x) cosf(x)
#define __powf(x, y) powf(x, y)

inline float __fdividef(float a, float b)
{
    return a / b;
}

inline float rsqrtf(float x)
{
    return 1 / sqrtf(x);
}

inline double rsqrt(double x)
{
    return 1 / sqrt(x);
}

inline float __saturatef(float x)
{
    return x > 1 ? 1 : x > 0 ? x : 0;
}

inline int __popc(unsigned x)
{
    return __builtin_popcount(x);
}

inline int __popcll(unsigned long long x)
{
    return __builtin_popcountll(x);
}

inline int __clz(int x)
{
    return x ? __builtin_clz((unsigned)x) : 32;
}

inline int __ffs(int x)
{
    return __builtin_ffs(x);
}

inline unsigned __brev(unsigned x)
{
    unsigned y = 0;
    for (int i = 0; i < 32; i++)
        y |= (x >> i & 1) << (31 - i);
    return y;
}

inline int __float_as_int(float x)
{
    int bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

inline float __int_as_float(int bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

template <class T> T __ldg(const T *p)
{
    return *p;
}

#define CUDA_ON_CPU_MIN_MAX(A, B)                                                        \
    inline std::common_type_t<A, B> min(A a, B b)                                        \
    {                                                                                    \
        return b < a ? b : a;                                                            \
    }                                                                                    \
    inline std::common_type_t<A, B> max(A a, B b)                                        \
    {                                                                                    \
        return a < b ? b : a;                                                            \
    }

#ifndef min
CUDA_ON_CPU_MIN_MAX(int, int)
CUDA_ON_CPU_MIN_MAX(unsigned, unsigned)
CUDA_ON_CPU_MIN_MAX(long, long)
CUDA_ON_CPU_MIN_MAX(unsigned long, unsigned long)
CUDA_ON_CPU_MIN_MAX(float, float)
CUDA_ON_CPU_MIN_MAX(double, double)
CUDA_ON_CPU_MIN_MAX(float, double)
CUDA_ON_CPU_MIN_MAX(double, float)
#endif

struct __half {
    _Float16 x;
};
typedef __half half;

inline __half __float2half(float x)
{
    return {(_Float16)x};
}

inline float __half2float(__half x)
{
    return (float)x.x;
}

#endif
