/* Streams and events, and in what order their work is done. */
#include "internal.h"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

struct cuda_on_cpu_stream {
    int device;
    bool waits; /* for the default stream, which waits for it */
    std::deque<std::function<void()>> work;
};

namespace
{
/* A place in a stream's work. */
struct mark {
    cudaStream_t stream;
    bool reached;
    std::chrono::steady_clock::time_point at;
};
} // namespace

struct cuda_on_cpu_event {
    std::shared_ptr<mark> recorded;
};

namespace cuda_on_cpu
{
namespace
{
const bool late_streams = is_set("CUDA_ON_CPU_LATE", "streams");
const bool late_default = is_set("CUDA_ON_CPU_LATE", "default");

/* Never destroyed: a host's threads may outlive main(). */
std::recursive_mutex &order = *new std::recursive_mutex;
std::vector<cudaStream_t> &streams = *new std::vector<cudaStream_t>;
std::vector<cudaStream_t> &defaults = *new std::vector<cudaStream_t>; /* by device */

int current_device()
{
    int device;
    cudaGetDevice(&device);
    return device;
}

cudaStream_t default_of(int device)
{
    for (int d = (int)defaults.size(); d <= device; d++)
        defaults.push_back(new cuda_on_cpu_stream{d, false, {}});
    return defaults[(size_t)device];
}

cudaStream_t known(cudaStream_t stream)
{
    return stream ? stream : default_of(current_device());
}

bool is_default(cudaStream_t stream)
{
    return stream == default_of(stream->device);
}

void do_next(cudaStream_t stream)
{
    const int device = current_device();
    const std::function<void()> next = std::move(stream->work.front());
    stream->work.pop_front();
    cudaSetDevice(stream->device);
    next();
    cudaSetDevice(device);
}

void do_all(cudaStream_t stream)
{
    while (!stream->work.empty())
        do_next(stream);
}

/* What CUDA lets come before new work in `stream`, and before its own earlier work. */
void do_what_it_waits_for(cudaStream_t stream)
{
    if (is_default(stream)) {
        for (cudaStream_t s : streams)
            if (s->waits && s->device == stream->device)
                do_all(s);
    } else if (stream->waits) {
        do_all(default_of(stream->device));
    }
}

void reach(const mark &m)
{
    while (!m.reached && !m.stream->work.empty())
        do_next(m.stream);
}
} // namespace

bool is_late()
{
    return late_streams || late_default;
}

void submit(cudaStream_t stream, std::function<void()> work)
{
    if (!is_late()) {
        work();
        return;
    }
    const std::lock_guard<std::recursive_mutex> lock(order);
    stream = known(stream);
    do_what_it_waits_for(stream);
    stream->work.push_back(std::move(work));
    if (is_default(stream) ? late_streams : late_default)
        do_all(stream);
}

void finish(cudaStream_t stream)
{
    if (!is_late())
        return;
    const std::lock_guard<std::recursive_mutex> lock(order);
    stream = known(stream);
    do_what_it_waits_for(stream);
    do_all(stream);
}

void finish_device()
{
    if (!is_late())
        return;
    const std::lock_guard<std::recursive_mutex> lock(order);
    finish(nullptr);
    for (cudaStream_t s : streams)
        if (s->device == current_device())
            do_all(s);
}

bool stream_fits(cudaStream_t stream)
{
    return !stream || stream->device == current_device();
}
} // namespace cuda_on_cpu

using namespace cuda_on_cpu;

extern "C" {
cudaError_t cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    const std::lock_guard<std::recursive_mutex> lock(order);
    *stream =
        new cuda_on_cpu_stream{current_device(), flags != cudaStreamNonBlocking, {}};
    streams.push_back(*stream);
    return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t *stream)
{
    return cudaStreamCreateWithFlags(stream, cudaStreamDefault);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream)
{
    const std::lock_guard<std::recursive_mutex> lock(order);
    do_all(stream);
    for (size_t k = 0; k < streams.size(); k++)
        if (streams[k] == stream)
            streams.erase(streams.begin() + (long)k);
    delete stream;
    return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream)
{
    finish(stream);
    return cudaSuccess;
}

cudaError_t cudaStreamQuery(cudaStream_t stream)
{
    return cudaStreamSynchronize(stream);
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned)
{
    const std::shared_ptr<mark> m = event->recorded;
    submit(stream, [m] {
        if (m)
            reach(*m);
    });
    return cudaSuccess;
}

cudaError_t cudaEventCreate(cudaEvent_t *event)
{
    *event = new cuda_on_cpu_event{};
    return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t *event, unsigned)
{
    return cudaEventCreate(event);
}

cudaError_t cudaEventDestroy(cudaEvent_t event)
{
    delete event;
    return cudaSuccess;
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    if (!event || !stream_fits(stream))
        return fail(cudaErrorInvalidResourceHandle);
    const std::lock_guard<std::recursive_mutex> lock(order);
    const std::shared_ptr<mark> m(new mark{known(stream), false, {}});
    event->recorded = m;
    submit(stream, [m] {
        m->reached = true;
        m->at = std::chrono::steady_clock::now();
    });
    return cudaSuccess;
}

cudaError_t cudaEventSynchronize(cudaEvent_t event)
{
    const std::lock_guard<std::recursive_mutex> lock(order);
    if (event->recorded)
        reach(*event->recorded);
    return cudaSuccess;
}

cudaError_t cudaEventQuery(cudaEvent_t event)
{
    return cudaEventSynchronize(event);
}

cudaError_t cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to)
{
    if (!from || !to || !from->recorded || !to->recorded)
        return fail(cudaErrorInvalidResourceHandle);
    if (!from->recorded->reached || !to->recorded->reached)
        return fail(cudaErrorNotReady);
    *ms = std::chrono::duration<float, std::milli>(to->recorded->at - from->recorded->at)
              .count();
    return cudaSuccess;
}

/* These fail: nothing of ours, and nothing that we let hosts use, captures. */
cudaError_t cudaStreamBeginCapture(cudaStream_t, enum cudaStreamCaptureMode)
{
    return fail(cudaErrorNotSupported);
}

cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t *)
{
    return fail(cudaErrorNotSupported);
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t *, cudaGraph_t, void *, char *, size_t)
{
    return fail(cudaErrorNotSupported);
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t, cudaStream_t)
{
    return fail(cudaErrorNotSupported);
}
}
