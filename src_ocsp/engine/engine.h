/* The CPU engine: replaces l.forward, l.backward and l.update of one network in memory,
 * layer by layer, by functions that do the whole batch at once on all cores with oneDNN
 * and our own kernels. Every layer that it does not take stays with the host's
 * own functions, which repair.c mends.
 *
 * It keeps no copies of activations: tensors stay in the host's l.output and l.delta, but
 * channels-last ([batch, h, w, c]) wherever only layers of the engine look at them.
 *
 * Built only where oneDNN is (OCSP_ONEDNN); nothing happens elsewhere. */
#ifndef OCSP_ENGINE_ENGINE_H
#define OCSP_ENGINE_ENGINE_H

#include <stdbool.h>

#include "net/error.h"

enum ocsp_engine_purpose {
    OCSP_ENGINE_TRAINING,
    /* weights change no more, and nothing runs backward: normalization is folded into
     * the host's weights for good, and where the library wants weights in another layout
     * the engine takes them: l.weights is NULL until ocsp_engine_remove */
    OCSP_ENGINE_INFERENCE
};

#ifdef OCSP_ONEDNN

/* The library's name and version. */
const char *ocsp_engine_name(void);
/* Off: ocsp_engine_install leaves networks alone. On at the start. */
void ocsp_engine_allow(bool on);
/* Takes the layers of `net` (a `network *`) that it can; a call for another network
 * replaces it: the first one must not run any more, and where that was for inference, its
 * weights are gone. On failure `net` is not armed, nor fit for inference. */
enum ocsp_status ocsp_engine_install(void *net, enum ocsp_engine_purpose purpose,
                                     struct ocsp_error *err);
/* Gives `net` the functions back that it had, and frees what was planned; nothing happens
 * if it is not the one that the engine works for. */
void ocsp_engine_remove(void *net);
/* Before `net` is freed: the same, but `net`'s layers stay as they are. */
void ocsp_engine_forget(const void *net);
/* Layers of the armed network that the engine took, and whether it took this one. */
int ocsp_engine_layers(void);
bool ocsp_engine_takes(int layer);

#else

static inline const char *ocsp_engine_name(void)
{
    return NULL;
}

static inline void ocsp_engine_allow(bool on)
{
    (void)on;
}

static inline enum ocsp_status
ocsp_engine_install(void *net, enum ocsp_engine_purpose purpose, struct ocsp_error *err)
{
    (void)net;
    (void)purpose;
    (void)err;
    return OCSP_OK;
}

static inline void ocsp_engine_remove(void *net)
{
    (void)net;
}

static inline void ocsp_engine_forget(const void *net)
{
    (void)net;
}

static inline int ocsp_engine_layers(void)
{
    return 0;
}

static inline bool ocsp_engine_takes(int layer)
{
    (void)layer;
    return false;
}

#endif

#endif
