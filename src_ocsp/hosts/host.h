/* What the hook needs of a Darknet tree, as a const table: one per host variant, one of
 * them compiled in. A network is a `void *` here so that no other file needs darknet.h:
 * it is a `network *` in every variant.
 *
 * A host in C has a compat.h in its folder. It gets what is in hosts/by_value/: the
 * repairs, update hooks and clocks for callbacks that take a layer by value, and the
 * engine. A host in C++ brings functions of its own for these entries; this header and
 * those that it includes are C++, too.
 *
 * Host conventions: weight_updates = −Σ dL/dw over the images of a step; the update does
 * w += learning_rate/divisor · weight_updates, then weight_updates *= momentum. */
#ifndef OCSP_HOSTS_HOST_H
#define OCSP_HOSTS_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cycle/counter.h"
#include "hosts/data_file.h"
#include "hosts/engine_table.h"
#include "hosts/labels.h"
#include "hosts/rules.h"
#include "hosts/validation.h"
#include "layers/graph.h"
#include "layers/weights.h"
#include "net/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A GPU build, whose live arrays are the device's: a constant, so that CPU builds need
 * nothing of train/device.h. */
#ifdef GPU
#define OCSP_ON_GPU 1
#else
#define OCSP_ON_GPU 0
#endif

/* What a network trains, shapes as in layers/weights.h. `momentum`: the *_updates arrays;
 * `adam_m`, `adam_v`: Adam's moments, NULL without adam=1. `average`: that of ema_alpha=,
 * NULL without it, and in memory also where the host trains on a GPU. Of these four mean,
 * variance and opaque are NULL, and all arrays in layers that the cfg freezes. Debian's
 * Darknet keeps no biases of [batchnorm] in its files: NULL everywhere. */
struct ocsp_host_arrays {
    struct ocsp_params value, momentum, adam_m, adam_v, average;
};

struct ocsp_host_layer {
    struct ocsp_host_arrays memory; /* live where the host trains on CPU, else copies */
    struct ocsp_host_arrays device; /* the live ones of a GPU build; else all NULL */
    int n_biases;     /* 0 where the layer has none; also length of scales */
    size_t n_weights; /* of all tables */
    float rate;       /* its own factor of the learning rate, where the host heeds that */
    int outputs;      /* of one image */
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
    bool first, last; /* of this step */
    float divisor;    /* the host divides weight_updates by this */
    float loss_scale; /* and by this; 1 but with tensor cores */
    float
        learning_rate; /* of this step; times the layer's own `rate` it is the layer's */
};

struct ocsp_host_events {
    void *context;
    void (*before_update)(void *context, const struct ocsp_update *update);
    void (*after_update)(void *context, const struct ocsp_update *update);
};

/* [net] ema_alpha=: the host averages behind the iterations from `from` on, but for those
 * from `until` on, where the average has become the parameters. */
struct ocsp_host_average {
    float alpha; /* 0: it does not average */
    uint64_t from, until;
};

/* What ocsp_host.install puts into a network. */
struct ocsp_host_hooks {
    const struct ocsp_host_events *events; /* must outlive the network */
    const struct ocsp_engine *engine;      /* NULL: the host's own functions compute */
    bool times;                            /* clocks around each layer's functions */
};

/* A flag of the host's own `classifier train` or `detector train`, as "-clear". */
struct ocsp_host_flag {
    const char *name;
    bool has_value;
    bool classifier, detector; /* which of the two commands has it */
};

struct ocsp_host {
    const char *name; /* "AlexeyAB" or "Debian" */
    /* Largest difference of two nets' outputs, of the largest output, that rounding
     * explains: the same sums in another order, through the depth of a network. */
    double tolerance;
    int weights_revision;  /* that it writes to the header of a .weights file */
    bool batchnorm_biases; /* its .weights hold the biases of [batchnorm] */
    /* What training refuses in such a build, for ocsp_refusals_check. */
    const struct ocsp_host_rules *rules;
    struct ocsp_host_build build;

    /* What the host's own commands take; NULL at the end of each list. */
    const struct ocsp_host_flag *flags; /* the last one's name is NULL */
    /* Its commands that ocsp does not take, as "detector demo": they are used without us.
     */
    const char *const *commands;
    /* Those that ask for what train/evaluate.h measures; taken out before the host would
     * do it, too. NULL: it has none. */
    const struct ocsp_host_flag *measuring_flags;
    /* Endings of the names that Darknets give to the weights of a training, behind the
     * cfg's; '#' stands for the number of an iteration. NULL at the end, or NULL. */
    const char *const *results;
    bool windows_lines; /* it takes the CR for a part of the line's end */
    struct ocsp_host_data_file data_file;

    /* The same for every copy of one network's struct: Darknet passes it by value. */
    const void *(*identity)(const void *net);
    int (*layers)(const void *net);
    void (*layer)(const void *net, int i, struct ocsp_host_layer *out);
    void (*progress)(const void *net, struct ocsp_progress *out);
    /* Copies the output [batch, outputs] of layer i's last forward pass. */
    void (*read_output)(const void *net, int i, float *out);
    /* Whether the next step updates layer i: the cfg may freeze it for a while. */
    bool (*updates)(const void *net, int i);

    /* Whether this build computes a section that no Darknet knows; NULL: none. */
    bool (*computes)(const char *section);

    /* Installs the engine, the repairs of what the host computes wrongly, and update
     * functions that call `events` around the host's own. On CPU only one network has
     * hooks at a time: the one before gets its own functions back. Where this fails `net`
     * gets its own back. */
    enum ocsp_status (*install)(void *net, const struct ocsp_host_hooks *hooks,
                                struct ocsp_error *err);
    /* The repairs at work in the network with hooks, a line each, for the log; NULL at
     * the end. NULL where the host has none. */
    const char *const *(*repairs)(void);
    /* What layer i is called, with its activation where it has one: "convolutional
     * (mish)". NULL: not known. */
    void (*layer_kind)(const void *net, int i, char *text, size_t size);
    /* Clocks around the functions of each layer of `net`, for predictions; one network at
     * a time. NULL, like print_times, where layers cannot be timed: -profile is refused.
     */
    enum ocsp_status (*time_layers)(void *net, struct ocsp_error *err);
    /* Gives `net` its functions back, if it is the one that is timed. */
    void (*untime_layers)(void *net);
    /* Forward seconds [layers] of the timed network since it was timed, or since the last
     * call; returns of how many passes. */
    long (*read_times)(double *seconds);
    /* A line per layer, in ms per iteration, and the engine's share. Nothing where
     * nothing was measured. */
    void (*print_times)(FILE *out, const struct ocsp_engine *engine);

    /* What the network counts besides its parameters: all that a rebuilt network takes
     * over and that a new process would not have. The first returns how many there are;
     * the second puts those of a known name back. */
    int (*counters)(const void *net, struct ocsp_counter out[OCSP_MAX_COUNTERS]);
    void (*set_counters)(void *net, const struct ocsp_counter *in, int n);

    /* NULL: it knows no averages. */
    void (*averages)(const void *net, struct ocsp_host_average *out);

    /* The images in the training loop's `data` struct, loaded for `net`. */
    void (*images)(const void *net, void *data, struct ocsp_images *out);

    /* After the host has resized the network, or has filled it with numbers that are
     * none: clears the gradients, and averages, that one host multiplies by 0 to begin
     * anew. */
    void (*resized)(void *net);

    /* Parses `cfg` into a new network and carries over from `old` everything that is not
     * a parameter: counters, learning rate, batch, input size, hierarchy. Parameters and
     * momentum are the caller's to fill, through `layer`. */
    enum ocsp_status (*rebuild)(void **net, const void *old, const char *cfg,
                                struct ocsp_error *err);

    /* A network for predictions alone, with random parameters; `size`: of its input, n is
     * the batch. */
    enum ocsp_status (*open)(void **net, const char *cfg, int batch,
                             struct ocsp_images *size, struct ocsp_error *err);

    /* Runs one batch of images [batch, c, h, w] through in inference mode, `exact`: in
     * single precision where the host would take half; `*output`
     * [batch, outputs of the last layer that is not a cost] stays the network's own, and
     * `*length` is the number of its floats. `net` comes from rebuild or open, or is
     * hooked. */
    void (*infer)(void *net, bool exact, float *images, float **output, size_t *length);

    /* How its `detector train` reads label files; NULL: they are not looked at. */
    const struct ocsp_host_labels *labels;
    /* How its `classifier valid` measures; NULL: nothing is measured. */
    const struct ocsp_host_validation *validation;

    /* `nets` and `local` are the addresses of variables of the host's training loop, as
     * the patch passes them: one network per GPU, and the first of them once more. */
    /* Network k of the loop. */
    void *(*current)(void *nets, void *local, int k);
    /* Puts `net` in its place, and frees the network that was there. Takes ownership. */
    void (*replace)(void *nets, void *local, int k, void *net);
    /* Gives network 0 an input of another size, as random= does. */
    void (*resize)(void *nets, void *local, int w, int h);
    /* Whether convolutions use tensor cores, which take multiples of 8 channels. */
    bool (*tensor_cores)(const void *net);
    /* GPU builds: makes the device of this network the calling thread's, and returns the
     * stream on which the host works there. */
    void *(*stream)(const void *net);
    /* GPU builds, of the loop's n networks: averages the parameters, but rolling means
     * and variances; and brings their counters together, behind each step. */
    void (*average)(void *nets, int n);
    void (*count)(void *nets, void *local, int n);
    /* GPU builds: after parameters were put on the device. */
    void (*pushed)(const void *net);
    /* GPU builds: frees the activations of a network that has computed for the last time.
     */
    void (*free_activations)(void *net);

    /* Makes `map` anew from `cfg`: AlexeyAB's second network for -map, of which only the
     * last layer is its own. NULL in hosts without -map. */
    enum ocsp_status (*renew_map)(void *map, const char *cfg, struct ocsp_error *err);
    /* The mAP, from 0 to 1, of a detector in training, as -map measures it: `net` has the
     * cfg's input, `data` names the .data file, `iou` is that of -iou_thresh. NULL in
     * hosts without -map. */
    enum ocsp_status (*measure_map)(const void *net, const char *cfg, const char *data,
                                    double iou, double *map, struct ocsp_error *err);

    void (*free_net)(void *net);

    /* The host's own commands, training among them: argv is "darknet", "classifier" or
     * "detector", and what follows; argv[argc] is NULL. NULL where the host has no such
     * command. */
    void (*run_classifier)(int argc, char **argv);
    void (*run_detector)(int argc, char **argv);
};

extern const struct ocsp_host ocsp_host;

/* The name of a host that would take a CR for a part of the line, or NULL: for
 * ocsp_line_list_read. */
static inline const char *ocsp_host_of_unix_lines(const struct ocsp_host *host)
{
    return host->windows_lines ? NULL : host->name;
}

#ifdef __cplusplus
}
#endif

#endif
