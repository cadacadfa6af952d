/* What the tool's own files share. */
#ifndef CUDA_ON_CPU_INTERNAL_H
#define CUDA_ON_CPU_INTERNAL_H

#include "cuda_on_cpu.h"
#include "cuda_on_cpu_kernel.h"

namespace cuda_on_cpu
{
/* Prints a mistake of the program's and ends it: a debugger shows where. */
[[noreturn]] void misuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

cudaError_t fail(cudaError_t error);

/* An environment variable's number, or what it is without. */
size_t setting(const char *name, size_t otherwise);
bool is_set(const char *name, const char *value);

extern __thread int device; /* the calling thread's */
size_t memory_of_device();  /* bytes, of each */

/* In memory that nobody has written: of floats, NaN. */
constexpr char GARBAGE = -1;

/* Ends the program unless the device can read or write [p, p + size). */
void check_device(const char *what, const void *p, size_t size);

/* False where a stream is another device's. */
bool stream_fits(cudaStream_t stream);

/* Waits for a stream's work (null: the default one's), or for all of the device's. */
void finish(cudaStream_t stream);
void finish_device();

/* While one exists, device memory is accessible (CUDA_ON_CPU_PROTECT). */
struct device_access {
    device_access();
    ~device_access();
};
} // namespace cuda_on_cpu

#endif
