/* Kernels. A block's threads run one after the other on one stack, as long as none waits
 * for another. One that does keeps its stack, and the rest go on with a new one. */
#include "internal.h"

#include <algorithm>
#include <memory>
#include <sys/mman.h>
#include <vector>

#ifndef __x86_64__
#define CUDA_ON_CPU_UCONTEXT
#endif
#ifdef CUDA_ON_CPU_UCONTEXT
#include <ucontext.h>
#endif

__thread uint3 threadIdx, blockIdx, blockDim, gridDim;

/* Of AddressSanitizer, where the program has it. */
extern "C" __attribute__((weak)) void
__sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size);
extern "C" __attribute__((weak)) void
__sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *size);

namespace cuda_on_cpu
{
namespace
{
constexpr size_t STACK = 256 << 10, PAGE = 4096;
constexpr unsigned WARP = 32, MAX_THREADS = 1024, MAX_GRID_YZ = 65535;
constexpr size_t MAX_SHARED = 227 << 10;

#ifdef CUDA_ON_CPU_UCONTEXT
using context = ucontext_t;

void switch_context(context *from, context *to)
{
    swapcontext(from, to);
}
#else
using context = void *; /* the stack pointer; the rest lies on the stack */

extern "C" void cuda_on_cpu_switch(context *from, context to);
asm(R"(
    .text
    .type cuda_on_cpu_switch, @function
cuda_on_cpu_switch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, (%rdi)
    mov %rsi, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .size cuda_on_cpu_switch, . - cuda_on_cpu_switch
)");

void switch_context(context *from, context *to)
{
    cuda_on_cpu_switch(from, *to);
}
#endif

/* A stack, and the thread of the block that is on it. */
struct fiber {
    context registers;
    char *stack = nullptr; /* NULL: the host's */
    const void *bottom = nullptr;
    size_t size = 0;
    void *fake_stack = nullptr;

    uint3 index;
    unsigned thread;
    uint64_t value; /* of an exchange */
    int source;
    unsigned mask;
    fiber *next_ready;

    ~fiber()
    {
        if (stack)
            munmap(stack, STACK);
    }
};

struct warp {
    unsigned live, waiting;
    fiber *at[WARP];
};

/* A host thread's. */
struct executor {
    void (*thread)(void *) = nullptr; /* NULL: no kernel runs */
    void *argument;
    bool reverse = is_set("CUDA_ON_CPU_ORDER", "reverse");
    unsigned threads, started, live;
    std::vector<warp> warps;
    std::vector<char> shared;

    fiber host, *current = &host;
    std::vector<fiber *> idle, barrier;
    fiber *first_ready = nullptr, *last_ready;
    std::vector<std::unique_ptr<fiber>> fibers;
};

thread_local std::unique_ptr<executor> owner;
__thread executor *self;

void make_ready(fiber *f)
{
    f->next_ready = nullptr;
    (self->first_ready ? self->last_ready->next_ready : self->first_ready) = f;
    self->last_ready = f;
}

void release_barrier()
{
    for (fiber *f : self->barrier)
        make_ready(f);
    self->barrier.clear();
}

/* Lets the lanes go that wait for the same ones as `f`, if all of them do. Says whether.
 */
bool release_lanes(warp &w, const fiber *f)
{
    const unsigned mask = f->mask;
    unsigned group = 0, votes = 0;
    for (unsigned i = 0; i < WARP; i++) {
        if (!(w.waiting >> i & 1) || w.at[i]->mask != mask)
            continue;
        group |= 1u << i;
        votes |= (w.at[i]->value != 0 ? 1u : 0u) << i;
    }
    if ((mask ? mask & w.live : w.live) & ~group)
        return false;
    uint64_t values[WARP];
    for (unsigned i = 0; i < WARP; i++)
        values[i] = group >> i & 1 ? w.at[i]->value : 0;
    for (unsigned i = 0; i < WARP; i++) {
        if (!(group >> i & 1))
            continue;
        fiber *g = w.at[i];
        if (g->source == VOTE)
            g->value = votes;
        else if (group >> g->source & 1)
            g->value = values[g->source];
        if (g != self->current)
            make_ready(g);
    }
    w.waiting &= ~group;
    return true;
}

void begin_thread(fiber *f)
{
    const unsigned i = self->started++;
    const unsigned t = self->reverse ? self->threads - 1 - i : i;
    uint3 index = {t, 0, 0};
    if (blockDim.x != self->threads)
        index = {t % blockDim.x, t / blockDim.x % blockDim.y,
                 t / blockDim.x / blockDim.y};
    f->thread = t;
    f->index = index;
    threadIdx = index;
}

void end_thread(fiber *f)
{
    self->live--;
    if (!self->barrier.empty() && self->barrier.size() == self->live)
        release_barrier();
    warp &w = self->warps[f->thread / WARP];
    w.live &= ~(1u << f->thread % WARP);
    for (unsigned left = w.waiting; left; left &= left - 1)
        if (w.waiting & left & -left)
            release_lanes(w, w.at[__builtin_ctz(left)]);
}

void switch_to(fiber *to)
{
    fiber *from = self->current;
    if (from == to)
        return;
    self->current = to;
    if (__sanitizer_start_switch_fiber)
        __sanitizer_start_switch_fiber(&from->fake_stack, to->bottom, to->size);
    switch_context(&from->registers, &to->registers);
    if (__sanitizer_finish_switch_fiber)
        __sanitizer_finish_switch_fiber(from->fake_stack, nullptr, nullptr);
}

fiber *next();

/* What each stack runs: threads of this block, and of those after it. */
void fiber_main()
{
    if (__sanitizer_finish_switch_fiber) {
        fiber &h = self->host;
        const void *bottom;
        size_t size;
        __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
        if (!h.bottom) {
            h.bottom = bottom;
            h.size = size;
        }
    }
    for (;;) {
        fiber *f = self->current;
        while (self->started < self->threads) {
            begin_thread(f);
            self->thread(self->argument);
            end_thread(f);
        }
        self->idle.push_back(f);
        switch_to(next());
    }
}

fiber *new_fiber()
{
    auto f = std::make_unique<fiber>();
    void *stack = mmap(nullptr, STACK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED || mprotect(stack, PAGE, PROT_NONE) != 0)
        misuse("no memory for a thread's stack");
    f->stack = static_cast<char *>(stack);
    f->bottom = f->stack + PAGE;
    /* Not all at the same address within a page: a cache has few places for each. */
    f->size = STACK - PAGE - self->fibers.size() % 32 * 128;
#ifdef CUDA_ON_CPU_UCONTEXT
    getcontext(&f->registers);
    f->registers.uc_stack.ss_sp = f->stack + PAGE;
    f->registers.uc_stack.ss_size = f->size;
    makecontext(&f->registers, fiber_main, 0);
#else
    void **top = reinterpret_cast<void **>(f->stack + PAGE + f->size) - 2;
    *top = reinterpret_cast<void *>(fiber_main);
    f->registers = top - 6;
#endif
    self->fibers.push_back(std::move(f));
    return self->fibers.back().get();
}

/* What runs when a thread waits, or all have started. */
fiber *next()
{
    executor &e = *self;
    if (fiber *f = e.first_ready) {
        e.first_ready = f->next_ready;
        return f;
    }
    if (e.started < e.threads) {
        if (e.idle.empty())
            return new_fiber();
        fiber *f = e.idle.back();
        e.idle.pop_back();
        return f;
    }
    if (e.live > 0)
        misuse(
            "block (%u, %u, %u) hangs: of its %u threads %u have returned, and %zu wait "
            "in __syncthreads, the others for lanes of their warp",
            blockIdx.x, blockIdx.y, blockIdx.z, e.threads, e.threads - e.live,
            e.barrier.size());
    return &e.host;
}

void wait_for_others()
{
    fiber *f = self->current;
    switch_to(next());
    threadIdx = f->index;
}

void run_block()
{
    executor &e = *self;
    e.started = 0;
    e.live = e.threads;
    for (unsigned i = 0; i < e.warps.size(); i++) {
        const unsigned lanes = std::min(WARP, e.threads - i * WARP);
        e.warps[i].live = lanes == WARP ? ~0u : (1u << lanes) - 1;
        e.warps[i].waiting = 0;
    }
    switch_to(next());
}

/* Whether a device would take such a launch. */
bool is_valid(dim3 grid, dim3 block, size_t shared)
{
    const uint64_t threads = (uint64_t)block.x * block.y * block.z;
    return threads > 0 && threads <= MAX_THREADS && block.z <= 64 && grid.x > 0 &&
           grid.x <= INT32_MAX && grid.y > 0 && grid.y <= MAX_GRID_YZ && grid.z > 0 &&
           grid.z <= MAX_GRID_YZ && shared <= MAX_SHARED;
}
} // namespace

void run(dim3 grid, dim3 block, size_t shared, cudaStream_t stream,
         void (*thread)(void *), void *argument)
{
    if (!stream_fits(stream)) {
        fail(cudaErrorInvalidResourceHandle);
        return;
    }
    if (!is_valid(grid, block, shared)) {
        fail(cudaErrorInvalidConfiguration);
        return;
    }
    if (!self) {
        owner = std::make_unique<executor>();
        self = owner.get();
    }
    executor &e = *self;
    if (e.thread)
        misuse("a kernel launches a kernel");
    const device_access access;
    e.thread = thread;
    e.argument = argument;
    e.threads = block.x * block.y * block.z;
    e.warps.resize((e.threads + WARP - 1) / WARP);
    e.shared = std::vector<char>(shared, GARBAGE);
    blockDim = {block.x, block.y, block.z};
    gridDim = {grid.x, grid.y, grid.z};
    const uint64_t blocks = (uint64_t)grid.x * grid.y * grid.z;
    for (uint64_t k = 0; k < blocks; k++) {
        const uint64_t i = e.reverse ? blocks - 1 - k : k;
        blockIdx = {(unsigned)(i % grid.x), (unsigned)(i / grid.x % grid.y),
                    (unsigned)(i / grid.x / grid.y)};
        run_block();
    }
    e.thread = nullptr;
}

void *dynamic_shared()
{
    return self->shared.data();
}

int lane()
{
    return (int)(self->current->thread % WARP);
}

uint64_t exchange(unsigned mask, uint64_t value, int source)
{
    fiber *f = self->current;
    const unsigned lane = f->thread % WARP;
    warp &w = self->warps[f->thread / WARP];
    if (mask && !(mask >> lane & 1))
        misuse("lane %u is not in the mask %#x that it waits for", lane, mask);
    f->mask = mask;
    f->value = value;
    f->source = source;
    w.at[lane] = f;
    w.waiting |= 1u << lane;
    if (!release_lanes(w, f))
        wait_for_others();
    return f->value;
}
} // namespace cuda_on_cpu

void __syncthreads()
{
    using namespace cuda_on_cpu;
    if (self->barrier.size() + 1 == self->live) {
        release_barrier();
    } else {
        self->barrier.push_back(self->current);
        wait_for_others();
    }
}
