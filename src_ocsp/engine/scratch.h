/* Memory of the CPU engine that belongs to no layer. */
#ifndef OCSP_ENGINE_SCRATCH_H
#define OCSP_ENGINE_SCRATCH_H

#include <stddef.h>

/* Aligned for the library, to be freed with free; NULL without memory. */
float *ocsp_engine_allocate(size_t floats);

/* Buffers that outlive no pass; they grow. */
enum ocsp_engine_buffer {
    OCSP_ENGINE_IN,
    OCSP_ENGINE_OUT,
    OCSP_ENGINE_IN_DELTA,
    OCSP_ENGINE_OWN_SOURCE,
    OCSP_ENGINE_OWN_FILTERS,
    OCSP_ENGINE_OWN_OUTPUT,
    OCSP_ENGINE_LIBRARY,
    OCSP_ENGINE_SUMS,
    OCSP_ENGINE_LANES,
    OCSP_ENGINE_BUFFERS
};
/* As the hosts themselves, ends the program where memory does: their callbacks cannot
 * return an error. */
float *ocsp_engine_scratch(enum ocsp_engine_buffer which, size_t floats);
void ocsp_engine_scratch_free(void);

#endif
