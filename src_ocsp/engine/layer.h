/* What the files of the engine share. Private to engine*.c.
 *
 * A map is [batch, h, w, c], channels last, or, seen per pixel, [rows, c]. Kernels work
 * on such maps only; engine.c converts where a neighbour is not of the engine. */
#ifndef OCSP_ENGINE_LAYER_H
#define OCSP_ENGINE_LAYER_H

#include <stddef.h>

#include "hosts/by_value/darknet_compat.h"
#include "net/error.h"

struct ocsp_engine_map {
    int batch, c, h, w;
};

static inline size_t ocsp_engine_rows(const struct ocsp_engine_map *map)
{
    return (size_t)map->batch * (size_t)map->h * (size_t)map->w;
}

static inline size_t ocsp_engine_floats(const struct ocsp_engine_map *map)
{
    return ocsp_engine_rows(map) * (size_t)map->c;
}

/* One pass through one layer. A layer's sources are those whose outputs it reads. */
struct ocsp_engine_io {
    bool train;
    const float **in; /* [n_sources] */
    float *out;
    /* backward only; the host's deltas are −dL/d output */
    float *delta;     /* of `out`, may be changed in place */
    float **in_delta; /* [n_sources], NULL where nobody wants it */
    const bool *add;  /* [n_sources]: to what is there; else it is garbage */
};

struct ocsp_engine_node;

struct ocsp_engine_kind {
    const char *name;
    /* Whether the engine can do this layer, given maps as they are. */
    bool (*takes)(const network *net, int i);
    /* Makes node->plan for node->in and node->out; NULL: none is needed. */
    enum ocsp_status (*plan)(struct ocsp_engine_node *node, const layer *l,
                             struct ocsp_error *err);
    void (*clear)(void *plan); /* not of NULL */
    /* Inference: takes l's weights over once they are planned for, and gives them back.
     * NULL: the kind reads them where they are. */
    enum ocsp_status (*take_weights)(struct ocsp_engine_node *node, layer *l,
                                     struct ocsp_error *err);
    enum ocsp_status (*return_weights)(struct ocsp_engine_node *node, layer *l,
                                       struct ocsp_error *err);
    void (*forward)(const struct ocsp_engine_node *node, const layer *l,
                    const struct ocsp_engine_io *io);
    void (*backward)(const struct ocsp_engine_node *node, const layer *l,
                     const struct ocsp_engine_io *io);
    bool converts;    /* worth it where source or output is not channels-last */
    bool flat_input;  /* reads its source as the host lays it out */
    bool flat_output; /* 1x1: the formats do not differ */
};

extern const struct ocsp_engine_kind ocsp_engine_convolutional, ocsp_engine_connected,
    ocsp_engine_batchnorm, ocsp_engine_maxpool, ocsp_engine_avgpool, ocsp_engine_upsample,
    ocsp_engine_shortcut, ocsp_engine_route;

struct ocsp_engine_node {
    const struct ocsp_engine_kind *kind; /* NULL: the layer is the host's */
    /* by graph.c */
    int n_sources;
    int *sources; /* layers; −1 is the image */
    bool *add;    /* [n_sources], as in ocsp_engine_io */
    bool last;    /* channels-last output, unlike the host's */
    bool ours;    /* the first to write the delta is a layer of the engine */
    /* by engine.c */
    ocsp_pass_function *forward, *backward; /* what the layer had */
    ocsp_update_function *update;
    struct ocsp_engine_map in, out; /* of the first source; planned for */
    int threads;                    /* planned for */
    bool inference;
    void *plan;
    float *hidden; /* l.delta, while the host must not see it */
};

/* Fills sources, kind, last, ours and add of nodes [net->n], all zero before. */
enum ocsp_status ocsp_engine_graph(const network *net, struct ocsp_engine_node *nodes,
                                   struct ocsp_error *err);

/* y = activation(normalization(x) + bias) of layer l as the host defines it, rows of c
 * channels; `x` may be `y`. In training it moves the rolling statistics. */
void ocsp_engine_normalize(const layer *l, size_t rows, int c, bool train, const float *x,
                           float *y);
/* `delta` of y becomes that of x; adds to bias_updates and scale_updates. */
void ocsp_engine_normalize_gradient(const layer *l, size_t rows, int c, const float *x,
                                    const float *y, float *delta);
/* The same function without its normalization, which goes into l's weights and biases:
 * w = w · scale / s, bias = bias − mean · scale / s. */
void ocsp_engine_fold(layer *l);
/* Whether they can do the layer's activation. */
bool ocsp_engine_activates(ACTIVATION activation);
/* y = x > 0 ? x : slope · x. */
float ocsp_engine_slope(ACTIVATION activation);

void ocsp_engine_add(float *sum, const float *x, size_t n);
/* Between [batch, c, h · w] and channels last. */
void ocsp_engine_to_last(float *to, const float *from, const struct ocsp_engine_map *map,
                         bool add);
void ocsp_engine_from_last(float *to, const float *from,
                           const struct ocsp_engine_map *map, bool add);

/* l.update of convolutional and connected layers. */
ocsp_update_function ocsp_engine_update;

/* Serial kernels are compiled for the instruction sets that vary; the OpenMP loops that
 * call them need not be. clang has no such attributes: there the host's flags decide. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                   \
    !defined(__SANITIZE_ADDRESS__)
#define OCSP_ENGINE_KERNEL                                                               \
    __attribute__((noinline, optimize("O3"), target_clones("avx512f", "avx2", "default")))
#else
#define OCSP_ENGINE_KERNEL
#endif

/* Before a loop: what it writes it does not read in a later turn. clang asks at run time.
 */
#ifdef __clang__
#define OCSP_ENGINE_NO_ALIAS
#else
#define OCSP_ENGINE_NO_ALIAS _Pragma("GCC ivdep")
#endif

#endif
