#include "engine/scratch.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "hosts/fatal.h"

static struct {
    float *data;
    size_t capacity;
} buffers[OCSP_ENGINE_BUFFERS];

float *ocsp_engine_allocate(size_t floats)
{
    enum { LINE = 64 };

    return aligned_alloc(LINE, (floats * sizeof(float) + LINE - 1) / LINE * LINE);
}

static void free_buffer(enum ocsp_engine_buffer which)
{
    if (buffers[which].data)
        munmap(buffers[which].data, buffers[which].capacity * sizeof(float));
    buffers[which].data = NULL;
    buffers[which].capacity = 0;
}

/* Straight from the system: a heap would keep a hole for each size that a buffer had, 8 %
 * of the memory that yolov3-tiny trains in. */
float *ocsp_engine_scratch(enum ocsp_engine_buffer which, size_t floats)
{
    struct ocsp_error err;

    if (floats > buffers[which].capacity) {
        free_buffer(which);
        void *data = mmap(NULL, floats * sizeof(float), PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (data == MAP_FAILED) {
            ocsp_fail_memory(&err);
            ocsp_fatal(&err);
        }
        buffers[which].data = data;
        buffers[which].capacity = floats;
    }
    return buffers[which].data;
}

void ocsp_engine_scratch_free(void)
{
    for (int which = 0; which < OCSP_ENGINE_BUFFERS; which++)
        free_buffer((enum ocsp_engine_buffer)which);
}
