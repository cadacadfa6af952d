/* What the engine must know of the differences between the hosts. Private to engine*.c.
 */
#ifndef OCSP_ENGINE_HOST_LAYER_H
#define OCSP_ENGINE_HOST_LAYER_H

#include "hosts/darknet_compat.h"

#if defined(OCSP_HOST_ALEXEYAB)

static inline int ocsp_engine_stride_x(const layer *l)
{
    return l->stride_x;
}

static inline int ocsp_engine_stride_y(const layer *l)
{
    return l->stride_y;
}

static inline int ocsp_engine_dilation(const layer *l)
{
    return l->dilation > 0 ? l->dilation : 1;
}

/* Keys that make a layer another one than its type says. */
static inline bool ocsp_engine_is_special(const layer *l)
{
    return l->antialiasing || l->share_layer || l->assisted_excitation || l->deform ||
           l->maxpool_depth || ocsp_host_has_coordconv(l);
}

/* Of what was there before, in the rolling statistics. */
static inline float ocsp_engine_rolling(const layer *l)
{
    return l->type == CONNECTED ? .95f : .9f;
}

static inline float ocsp_engine_shortcut_alpha(const layer *l)
{
    (void)l;
    return 1;
}

static inline float ocsp_engine_shortcut_beta(const layer *l)
{
    (void)l;
    return 1;
}

/* [route] of a part of its inputs' channels. */
static inline bool ocsp_engine_is_partial(const layer *l)
{
    return l->groups > 1;
}

static inline bool ocsp_engine_runs_backward(const layer *l)
{
    return !l->onlyforward;
}

#else

static inline int ocsp_engine_stride_x(const layer *l)
{
    return l->stride;
}

static inline int ocsp_engine_stride_y(const layer *l)
{
    return l->stride;
}

static inline int ocsp_engine_dilation(const layer *l)
{
    (void)l;
    return 1;
}

static inline bool ocsp_engine_is_special(const layer *l)
{
    (void)l;
    return false;
}

static inline float ocsp_engine_rolling(const layer *l)
{
    (void)l;
    return .99f;
}

static inline float ocsp_engine_shortcut_alpha(const layer *l)
{
    return l->alpha;
}

static inline float ocsp_engine_shortcut_beta(const layer *l)
{
    return l->beta;
}

static inline bool ocsp_engine_is_partial(const layer *l)
{
    (void)l;
    return false;
}

static inline bool ocsp_engine_runs_backward(const layer *l)
{
    (void)l;
    return true;
}

#endif

#endif
