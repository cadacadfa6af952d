/* Memory: of the devices, pinned, and the program's own; copies, and the checks of
 * pointers. */
#include "internal.h"

#include <map>
#include <mutex>
#include <sys/mman.h>
#include <vector>

namespace cuda_on_cpu
{
namespace
{
constexpr size_t ALIGN = 256; /* of cudaMalloc, as CUDA promises */
constexpr size_t PAGE = 4096, ARENA = (size_t)64 << 30;

struct region {
    size_t size;
    cudaMemoryType type;
    int device;
    bool ours; /* not the program's own, registered */
};

struct memory {
    std::mutex mutex;
    std::map<uintptr_t, region> regions;
    std::map<int, size_t> used; /* bytes by device */

    /* CUDA_ON_CPU_PROTECT: one mapping, for one system call to open and close it. */
    char *arena = nullptr;
    size_t end = 0;
    std::multimap<size_t, char *> free_pages;
    int users = 0;
};

/* Never destroyed: a host's threads may outlive main(). */
memory &mem = *new memory;

const bool checked = !is_set("CUDA_ON_CPU_CHECK", "0");
const bool protect = is_set("CUDA_ON_CPU_PROTECT", "1");

void protect_arena(int access)
{
    if (mem.end && mprotect(mem.arena, mem.end, access) != 0)
        misuse("mprotect failed");
}

char *arena_allocate(size_t size)
{
    size = (size + PAGE - 1) / PAGE * PAGE;
    if (!mem.arena) {
        void *p = mmap(nullptr, ARENA, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED)
            misuse("no address space for CUDA_ON_CPU_PROTECT");
        mem.arena = static_cast<char *>(p);
    }
    char *p = mem.arena + mem.end;
    const auto f = mem.free_pages.find(size);
    if (f != mem.free_pages.end()) {
        p = f->second;
        mem.free_pages.erase(f);
    } else {
        mem.end += size;
        protect_arena(mem.users > 0 ? PROT_READ | PROT_WRITE : PROT_NONE);
    }
    return p;
}

void arena_free(char *p, size_t size)
{
    mem.free_pages.emplace((size + PAGE - 1) / PAGE * PAGE, p);
}

/* The region that p lies in, or just behind; NULL if none. Under the lock. */
const std::pair<const uintptr_t, region> *find(const void *p)
{
    auto r = mem.regions.upper_bound((uintptr_t)p);
    if (r == mem.regions.begin())
        return nullptr;
    --r;
    return (uintptr_t)p - r->first <= r->second.size ? &*r : nullptr;
}

const char *place(const void *p)
{
    const auto r = find(p);
    return !r                                       ? "host memory"
           : r->second.type == cudaMemoryTypeDevice ? "device memory"
                                                    : "pinned memory";
}

/* Ends the program unless [p, p + size) may be what the caller takes it for. */
void check_copy(const char *what, const void *p, size_t size, bool on_device, bool any)
{
    if (!checked || size == 0)
        return;
    const std::lock_guard<std::mutex> lock(mem.mutex);
    const auto r = find(p);
    const bool inside = r && (uintptr_t)p < r->first + r->second.size;
    const bool pinned = inside && r->second.type != cudaMemoryTypeDevice;
    if (!any && !pinned && inside != on_device)
        misuse("%s %p is said to be in %s memory, and is in %s", what, p,
               on_device ? "device" : "host", inside ? "device memory" : "host memory");
    if (inside && (uintptr_t)p + size > r->first + r->second.size)
        misuse("%s: %zu bytes at %p leave a block of %zu at offset %zu", what, size, p,
               r->second.size, (uintptr_t)p - r->first);
}

cudaError_t allocate(void **p, size_t size, cudaMemoryType type)
{
    const bool on_device = type == cudaMemoryTypeDevice;
    if (!p)
        return fail(cudaErrorInvalidValue);
    if (size == 0) {
        *p = nullptr;
        return cudaSuccess;
    }
    std::unique_lock<std::mutex> lock(mem.mutex);
    size_t &used = mem.used[device];
    const size_t capacity = memory_of_device();
    if (on_device && (size > capacity || used > capacity - size))
        return fail(cudaErrorMemoryAllocation);
    void *block;
    if (on_device && protect)
        block = arena_allocate(size);
    else if (posix_memalign(&block, ALIGN, size) != 0)
        return fail(cudaErrorMemoryAllocation);
    if (on_device)
        used += size;
    mem.regions[(uintptr_t)block] = {size, type, device, true};
    lock.unlock();
    const device_access access;
    memset(block, GARBAGE, size);
    *p = block;
    return cudaSuccess;
}

cudaError_t release(const char *what, void *p, bool on_device)
{
    if (!p)
        return cudaSuccess;
    const std::lock_guard<std::mutex> lock(mem.mutex);
    const auto r = mem.regions.find((uintptr_t)p);
    if (r == mem.regions.end() || !r->second.ours ||
        (r->second.type == cudaMemoryTypeDevice) != on_device)
        misuse("%s of %p, which is no such block but in %s", what, p, place(p));
    const region freed = r->second;
    mem.regions.erase(r);
    if (on_device)
        mem.used[freed.device] -= freed.size;
    if (on_device && protect)
        arena_free(static_cast<char *>(p), freed.size);
    else
        free(p);
    return cudaSuccess;
}
} // namespace

namespace
{
void check_copies(void *to, const void *from, size_t size, enum cudaMemcpyKind kind)
{
    const bool any = kind == cudaMemcpyDefault;
    check_copy("a copy's destination", to, size,
               kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice, any);
    check_copy("a copy's source", from, size,
               kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice, any);
}

void copy(void *to, const void *from, size_t size)
{
    const device_access access;
    if (size > 0)
        memmove(to, from, size);
}

/* Memory of the program that CUDA does not know. */
bool is_pageable(const void *p)
{
    const std::lock_guard<std::mutex> lock(mem.mutex);
    return !find(p);
}
} // namespace

void check_device(const char *what, const void *p, size_t size)
{
    check_copy(what, p, size, true, false);
}

void check_argument(const void *p)
{
    if (!checked || !p)
        return;
    const std::lock_guard<std::mutex> lock(mem.mutex);
    const auto r = find(p);
    if (!r)
        misuse("a kernel on device %d is given %p, which is in host memory", device, p);
    if (r->second.type == cudaMemoryTypeDevice && r->second.device != device)
        misuse("a kernel on device %d is given %p, which is device %d's", device, p,
               r->second.device);
}

device_access::device_access()
{
    if (!protect)
        return;
    const std::lock_guard<std::mutex> lock(mem.mutex);
    if (mem.users++ == 0)
        protect_arena(PROT_READ | PROT_WRITE);
}

device_access::~device_access()
{
    if (!protect)
        return;
    const std::lock_guard<std::mutex> lock(mem.mutex);
    if (--mem.users == 0)
        protect_arena(PROT_NONE);
}
} // namespace cuda_on_cpu

using namespace cuda_on_cpu;

extern "C" {
cudaError_t cudaMemGetInfo(size_t *available, size_t *total)
{
    const std::lock_guard<std::mutex> lock(mem.mutex);
    *total = memory_of_device();
    *available = *total - mem.used[device];
    return cudaSuccess;
}

cudaError_t cudaMalloc(void **p, size_t size)
{
    return allocate(p, size, cudaMemoryTypeDevice);
}

cudaError_t cudaFree(void *p)
{
    finish_device();
    return release("cudaFree", p, true);
}

cudaError_t cudaMallocHost(void **p, size_t size)
{
    return allocate(p, size, cudaMemoryTypeHost);
}

cudaError_t cudaHostAlloc(void **p, size_t size, unsigned)
{
    return allocate(p, size, cudaMemoryTypeHost);
}

cudaError_t cudaFreeHost(void *p)
{
    finish_device();
    return release("cudaFreeHost", p, false);
}

cudaError_t cudaHostRegister(void *p, size_t size, unsigned)
{
    const std::lock_guard<std::mutex> lock(mem.mutex);
    if (!mem.regions
             .emplace((uintptr_t)p, region{size, cudaMemoryTypeHost, device, false})
             .second)
        return fail(cudaErrorInvalidValue);
    return cudaSuccess;
}

cudaError_t cudaHostUnregister(void *p)
{
    const std::lock_guard<std::mutex> lock(mem.mutex);
    const auto r = mem.regions.find((uintptr_t)p);
    if (r == mem.regions.end() || r->second.ours)
        return fail(cudaErrorInvalidValue);
    mem.regions.erase(r);
    return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(struct cudaPointerAttributes *a, const void *p)
{
    const std::lock_guard<std::mutex> lock(mem.mutex);
    const auto r = find(p);
    void *q = const_cast<void *>(p);
    if (!r)
        *a = {cudaMemoryTypeUnregistered, -1, nullptr, nullptr};
    else
        *a = {r->second.type, r->second.device, q,
              r->second.type == cudaMemoryTypeHost ? q : nullptr};
    return cudaSuccess;
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t size,
                            enum cudaMemcpyKind kind, cudaStream_t stream)
{
    check_copies(to, from, size, kind);
    if (!is_late() || is_pageable(to)) { /* returns when the host has its copy */
        finish(stream);
        copy(to, from, size);
    } else if (is_pageable(from)) { /* the program may write there again */
        const std::vector<char> staged((const char *)from, (const char *)from + size);
        submit(stream, [=] { copy(to, staged.data(), size); });
    } else {
        submit(stream, [=] { copy(to, from, size); });
    }
    return cudaSuccess;
}

cudaError_t cudaMemcpy(void *to, const void *from, size_t size, enum cudaMemcpyKind kind)
{
    check_copies(to, from, size, kind);
    finish(nullptr);
    copy(to, from, size);
    return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void *p, int value, size_t size, cudaStream_t stream)
{
    check_device("cudaMemset's argument", p, size);
    submit(stream, [=] {
        const device_access access;
        if (size > 0)
            memset(p, value, size);
    });
    return cudaSuccess;
}

cudaError_t cudaMemset(void *p, int value, size_t size)
{
    return cudaMemsetAsync(p, value, size, nullptr);
}
}
