/* CUDA's runtime, executed on the CPU by the tests: what our code and the hosts use of
 * it, from C and from C++. A kernel launch, a copy and a library call are done when they
 * return, if not CUDA_ON_CPU_LATE. The names and values are CUDA's, as its manual gives
 * them; kernels need cuda_on_cpu/nvcc.
 * Settings of the environment: README.md. */
#ifndef CUDA_ON_CPU_H
#define CUDA_ON_CPU_H

#include <stddef.h>
#include <stdint.h>

#define CUDART_VERSION 12000
#define CUDA_VERSION CUDART_VERSION
#define CUDARTAPI

#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
/* One block at a time runs on a host thread. */
#define __shared__ static __thread

#ifdef __cplusplus
extern "C" {
#endif

#define CUDA_ON_CPU_VECTORS(type, name, align)                                           \
    typedef struct __attribute__((aligned(sizeof(type)))) name##1                        \
    {                                                                                    \
        type x;                                                                          \
    }                                                                                    \
    name##1;                                                                             \
    typedef struct __attribute__((aligned(2 * sizeof(type)))) name##2                    \
    {                                                                                    \
        type x, y;                                                                       \
    }                                                                                    \
    name##2;                                                                             \
    typedef struct name##3                                                               \
    {                                                                                    \
        type x, y, z;                                                                    \
    }                                                                                    \
    name##3;                                                                             \
    typedef struct __attribute__((aligned(align))) name##4                               \
    {                                                                                    \
        type x, y, z, w;                                                                 \
    }                                                                                    \
    name##4;                                                                             \
    static inline name##2 make_##name##2(type x, type y)                                 \
    {                                                                                    \
        const name##2 v = {x, y};                                                        \
        return v;                                                                        \
    }                                                                                    \
    static inline name##3 make_##name##3(type x, type y, type z)                         \
    {                                                                                    \
        const name##3 v = {x, y, z};                                                     \
        return v;                                                                        \
    }                                                                                    \
    static inline name##4 make_##name##4(type x, type y, type z, type w)                 \
    {                                                                                    \
        const name##4 v = {x, y, z, w};                                                  \
        return v;                                                                        \
    }

CUDA_ON_CPU_VECTORS(signed char, char, 4)
CUDA_ON_CPU_VECTORS(unsigned char, uchar, 4)
CUDA_ON_CPU_VECTORS(int, int, 16)
CUDA_ON_CPU_VECTORS(unsigned, uint, 16)
CUDA_ON_CPU_VECTORS(long long, longlong, 16)
CUDA_ON_CPU_VECTORS(unsigned long long, ulonglong, 16)
CUDA_ON_CPU_VECTORS(float, float, 16)
CUDA_ON_CPU_VECTORS(double, double, 16)

typedef struct dim3 {
    unsigned x, y, z;
#ifdef __cplusplus
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_)
    {
    }
    dim3(uint3 v) : x(v.x), y(v.y), z(v.z)
    {
    }
#endif
} dim3;

typedef enum cudaError {
    cudaSuccess = 0,
    cudaErrorInvalidValue = 1,
    cudaErrorMemoryAllocation = 2,
    cudaErrorInvalidConfiguration = 9,
    cudaErrorInvalidDevice = 101,
    cudaErrorInvalidResourceHandle = 400,
    cudaErrorNotReady = 600,
    cudaErrorNotSupported = 801
} cudaError_t;

enum cudaMemcpyKind {
    cudaMemcpyHostToHost,
    cudaMemcpyHostToDevice,
    cudaMemcpyDeviceToHost,
    cudaMemcpyDeviceToDevice,
    cudaMemcpyDefault
};

enum cudaMemoryType {
    cudaMemoryTypeUnregistered,
    cudaMemoryTypeHost,
    cudaMemoryTypeDevice,
    cudaMemoryTypeManaged
};

enum cudaDeviceAttr {
    cudaDevAttrMaxThreadsPerBlock = 1,
    cudaDevAttrWarpSize = 10,
    cudaDevAttrMultiProcessorCount = 16,
    cudaDevAttrComputeCapabilityMajor = 75,
    cudaDevAttrComputeCapabilityMinor = 76
};

struct cudaDeviceProp {
    char name[256];
    size_t totalGlobalMem, sharedMemPerBlock;
    int regsPerBlock, warpSize, maxThreadsPerBlock, maxThreadsDim[3], maxGridSize[3];
    int clockRate, major, minor, multiProcessorCount, concurrentKernels;
};

struct cudaPointerAttributes {
    enum cudaMemoryType type;
    int device;
    void *devicePointer, *hostPointer;
};

typedef struct cuda_on_cpu_stream *cudaStream_t;
typedef struct cuda_on_cpu_event *cudaEvent_t;
typedef struct cuda_on_cpu_graph *cudaGraph_t;
typedef struct cuda_on_cpu_graph *cudaGraphExec_t;
typedef struct cuda_on_cpu_context *CUcontext;
typedef enum { CUDA_SUCCESS = 0 } CUresult;
enum cudaStreamCaptureMode { cudaStreamCaptureModeGlobal };

enum { cudaHostAllocDefault, cudaHostAllocPortable, cudaHostAllocMapped };
enum { cudaHostRegisterDefault, cudaHostRegisterPortable, cudaHostRegisterMapped };
enum { cudaStreamDefault, cudaStreamNonBlocking };
enum { cudaEventDefault, cudaEventBlockingSync, cudaEventDisableTiming };
enum { cudaEventWaitDefault };
enum { cudaDeviceScheduleBlockingSync = 4 };

cudaError_t cudaGetLastError(void);
cudaError_t cudaPeekAtLastError(void);
const char *cudaGetErrorName(cudaError_t error);
const char *cudaGetErrorString(cudaError_t error);

cudaError_t cudaGetDeviceCount(int *count);
cudaError_t cudaGetDevice(int *device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaSetDeviceFlags(unsigned flags);
cudaError_t cudaGetDeviceProperties(struct cudaDeviceProp *properties, int device);
cudaError_t cudaDeviceGetAttribute(int *value, enum cudaDeviceAttr attribute, int device);
CUresult cuCtxGetCurrent(CUcontext *context);
cudaError_t cudaDeviceCanAccessPeer(int *can, int device, int peer);
cudaError_t cudaDeviceSynchronize(void);
cudaError_t cudaThreadSynchronize(void);
cudaError_t cudaDeviceReset(void);
cudaError_t cudaDriverGetVersion(int *version);
cudaError_t cudaRuntimeGetVersion(int *version);
cudaError_t cudaMemGetInfo(size_t *available, size_t *total);
cudaError_t cudaProfilerStart(void);
cudaError_t cudaProfilerStop(void);

cudaError_t cudaMalloc(void **p, size_t size);
cudaError_t cudaFree(void *p);
cudaError_t cudaMallocHost(void **p, size_t size);
cudaError_t cudaHostAlloc(void **p, size_t size, unsigned flags);
cudaError_t cudaFreeHost(void *p);
cudaError_t cudaHostRegister(void *p, size_t size, unsigned flags);
cudaError_t cudaHostUnregister(void *p);
cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *a, const void *p);
cudaError_t cudaMemcpy(void *to, const void *from, size_t size, enum cudaMemcpyKind kind);
cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size,
                            enum cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t cudaMemset(void *p, int value, size_t size);
cudaError_t cudaMemsetAsync(void *p, int value, size_t size, cudaStream_t stream);

cudaError_t cudaStreamCreate(cudaStream_t *stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamQuery(cudaStream_t stream);
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags);

cudaError_t cudaEventCreate(cudaEvent_t *event);
cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags);
cudaError_t cudaEventDestroy(cudaEvent_t event);
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream);
cudaError_t cudaEventSynchronize(cudaEvent_t event);
cudaError_t cudaEventQuery(cudaEvent_t event);
cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to);

/* These fail: cudaErrorNotSupported. */
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, void *node,
                                 char *log, size_t size);
cudaError_t cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream);

#ifdef __cplusplus
}

extern "C++" { /* hosts include CUDA's headers within extern "C", too */
template <class T> cudaError_t cudaMalloc(T **p, size_t size)
{
    return cudaMalloc(reinterpret_cast<void **>(p), size);
}

template <class T> cudaError_t cudaMallocHost(T **p, size_t size)
{
    return cudaMallocHost(reinterpret_cast<void **>(p), size);
}

template <class T> cudaError_t cudaHostAlloc(T **p, size_t size, unsigned flags)
{
    return cudaHostAlloc(reinterpret_cast<void **>(p), size, flags);
}

#ifdef __CUDACC__ /* C++17, as our nvcc has it; others may be older */
#include "cuda_on_cpu_kernel.h"
#endif
}
#endif

#endif
