/* What the hook needs of a Darknet tree, as a const table: one per host variant, one of
 * them compiled in. A network is a `void *` here so that no other file needs darknet.h:
 * it is a `network *` in every variant.
 *
 * Host conventions: weight_updates = −Σ dL/dw over the images of a step; the update does
 * w += learning_rate/divisor · weight_updates, then weight_updates *= momentum. */
#ifndef OCSP_HOST_HOST_H
#define OCSP_HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/error.h"
#include "net/graph.h"
#include "net/weights.h"

/* Debian's Darknet keeps no biases of [batchnorm] in its files: NULL in both views there.
 * Arrays of `momentum` are also NULL in layers that the cfg freezes. */
struct ocsp_host_layer {
    struct ocsp_params value;    /* live arrays of the host, shapes as in net/weights.h */
    struct ocsp_params momentum; /* *_updates arrays; mean, variance, opaque NULL */
    int n_biases;                /* 0 where the layer has none; also length of scales */
    size_t n_weights;
    int outputs;         /* of one image */
    const float *output; /* [batch, outputs] of the last forward pass */
};

struct ocsp_progress {
    uint64_t iteration, max_batches; /* optimizer steps done, and planned (0: endless) */
    uint64_t seen;                   /* images */
    int w, h;                        /* of the input, that random= changes */
    int batch;                       /* images of one forward pass */
    int images_per_iteration;        /* batch · subdivisions of one network */
    uint64_t burn_in;                /* iterations of the learning rate's warm-up */
    float learning_rate;             /* of the next step */
    float momentum;
};

/* A loaded batch: image [n] of [c, h, w] each, the host's own; n is 0 where the network
 * takes no images. */
struct ocsp_images {
    float **image;
    int n, c, h, w;
};

/* Called around the host's own update of layer `layer`, in ascending layer order. */
struct ocsp_update {
    int layer;
    float divisor;       /* the host divides weight_updates by this */
    float learning_rate; /* of this step and layer: the layer's own factor is in it */
};

struct ocsp_host_events {
    void *context;
    void (*before_update)(void *context, const struct ocsp_update *update);
    void (*after_update)(void *context, const struct ocsp_update *update);
};

struct ocsp_host {
    const char *name;      /* "AlexeyAB" or "Debian" */
    int weights_revision;  /* that it writes to the header of a .weights file */
    bool batchnorm_biases; /* its .weights hold the biases of [batchnorm] */

    int (*layers)(const void *net);
    void (*layer)(const void *net, int i, struct ocsp_host_layer *out);
    void (*progress)(const void *net, struct ocsp_progress *out);

    /* Before the host reads the cfg: refuses what its parser crashes on, or reads as
     * something else without a word. */
    enum ocsp_status (*check_cfg)(const struct ocsp_graph *graph, struct ocsp_error *err);
    /* Refuses what this build cannot train rightly even with the repairs. `cfg` is named
     * in the message. */
    enum ocsp_status (*check)(const void *net, const char *cfg, struct ocsp_error *err);

    /* Arms a network: installs the repairs of repair.h, and update functions that call
     * `events` around the host's own. `events` must outlive the network. Only one network
     * is armed at a time: the one before gets its own functions back, and so does `net`
     * where this fails. */
    enum ocsp_status (*arm)(void *net, const struct ocsp_host_events *events,
                            struct ocsp_error *err);

    /* The images in the training loop's `data` struct, loaded for `net`. */
    void (*images)(const void *net, void *data, struct ocsp_images *out);

    /* After the host has resized the network: clears the gradients, which one host fills
     * with what was in the memory and then multiplies by 0. */
    void (*resized)(void *net);

    /* Parses `cfg` into a new network and carries over from `old` everything that is not
     * a parameter: counters, learning rate, batch, input size, hierarchy. Parameters and
     * momentum are the caller's to fill, through `layer`. */
    enum ocsp_status (*rebuild)(void **net, const void *old, const char *cfg,
                                struct ocsp_error *err);

    /* Runs one batch of images [batch, c, h, w] through in inference mode; `*output`
     * [batch, outputs of the last layer that is not a cost] stays the network's own, and
     * `*length` is the number of its floats. `net` comes from rebuild, or is armed. */
    void (*infer)(void *net, float *images, float **output, size_t *length);

    /* Puts `net` into the variables of the host's training loop, and frees the network
     * that was there. `nets` and `local` are those variables' addresses as the patch
     * passes them. Takes ownership of `net`. */
    void (*replace)(void *nets, void *local, void *net);
    /* The network in those variables. */
    void *(*current)(void *nets, void *local);

    /* Makes `map` anew from `cfg`: AlexeyAB's second network for -map, of which only the
     * last layer is its own. NULL in hosts without -map. */
    enum ocsp_status (*renew_map)(void *map, const char *cfg, struct ocsp_error *err);

    void (*free_net)(void *net);
};

extern const struct ocsp_host ocsp_host;

#endif
