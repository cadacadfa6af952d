/* The CPU engine on oneDNN: its functions do the whole batch at once on all cores, with
 * the library and our own kernels. Every layer that it does not take stays with the
 * host's own functions, which the repairs of hosts/ mend.
 *
 * It keeps no copies of activations: tensors stay in the host's l.output and l.delta, but
 * channels-last ([batch, h, w, c]) wherever only layers of the engine look at them. */
#ifndef OCSP_ENGINE_ENGINE_H
#define OCSP_ENGINE_ENGINE_H

#include "hosts/engine_table.h"

/* Built only where oneDNN 2 or 3 is, and never in GPU builds: see engine.mk. */
extern const struct ocsp_engine ocsp_engine_onednn;

/* The engine that is built in, or NULL. */
static inline const struct ocsp_engine *ocsp_engine_built_in(void)
{
#ifdef OCSP_ONEDNN
    return &ocsp_engine_onednn;
#else
    return NULL;
#endif
}

#endif
