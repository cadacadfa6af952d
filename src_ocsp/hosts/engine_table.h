/* An engine replaces l.forward, l.backward and l.update of one network in memory, layer
 * by layer, by functions of its own. hosts/ knows engines by this table alone; train/
 * hands one to it, or NULL: then the host's own functions compute. */
#ifndef OCSP_HOSTS_ENGINE_TABLE_H
#define OCSP_HOSTS_ENGINE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "net/error.h"

enum ocsp_engine_purpose {
    OCSP_ENGINE_TRAINING,
    /* weights change no more, and nothing runs backward: normalization is folded into
     * the host's weights for good, and where the library wants weights in another layout
     * the engine takes them: l.weights is NULL until `uninstall` */
    OCSP_ENGINE_INFERENCE
};

struct ocsp_engine {
    /* Of the library and its version. */
    const char *(*name)(void);
    /* Output channels that a convolution computes together on this machine: it computes
     * whole blocks of them. 0: nothing is known. */
    int (*channel_block)(void);
    /* Takes the layers of `net` (a `network *`) that it can; a call for another network
     * replaces it: the one before must not run any more, and where that was for
     * inference, its weights are gone. On failure `net` is neither hooked nor fit for
     * inference. */
    enum ocsp_status (*install)(void *net, enum ocsp_engine_purpose purpose,
                                struct ocsp_error *err);
    /* Gives `net` the functions back that it had, and frees what was planned; nothing
     * happens if it is not the network that the engine works for. */
    void (*uninstall)(void *net);
    /* Before `net` is freed: the same, but `net`'s layers stay as they are. */
    void (*forget)(const void *net);
    /* Number of layers that the engine took of its network, and whether it took this
     * one. */
    int (*count_layers)(void);
    bool (*takes)(int layer);
};

/* Whether `engine`, which may be NULL, computes this layer. */
static inline bool ocsp_engine_takes(const struct ocsp_engine *engine, int layer)
{
    return engine && engine->takes(layer);
}

static inline int ocsp_engine_layers(const struct ocsp_engine *engine)
{
    return engine ? engine->count_layers() : 0;
}

static inline enum ocsp_status ocsp_engine_install(const struct ocsp_engine *engine,
                                                   void *net,
                                                   enum ocsp_engine_purpose purpose,
                                                   struct ocsp_error *err)
{
    return engine ? engine->install(net, purpose, err) : OCSP_OK;
}

static inline void ocsp_engine_uninstall(const struct ocsp_engine *engine, void *net)
{
    if (engine)
        engine->uninstall(net);
}

static inline void ocsp_engine_forget(const struct ocsp_engine *engine, const void *net)
{
    if (engine)
        engine->forget(net);
}

#endif
