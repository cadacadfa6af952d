/* The settings of one training run, with the presets of the paper's Table 8.
 *
 * An epoch count is a number of finished epochs: "from epoch 30 on" begins when 30 are
 * done. The presets are for schedules of full length; in a shorter one the epochs shrink,
 * but not below a few to learn and a few for the penalty. */
#ifndef OCSP_CYCLE_SETTINGS_H
#define OCSP_CYCLE_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "net/error.h"
#include "prune/penalty.h"
#include "prune/plan.h"
#include "prune/saliency.h"

enum ocsp_preset {
    OCSP_PRESET_BY_SIZE, /* cifar for inputs up to 64 pixels wide, imagenet for larger */
    OCSP_PRESET_CIFAR,
    OCSP_PRESET_IMAGENET,
    /* Detection sets are small and their schedules are counted in iterations: a hundred
     * epochs at most, each of as many passes over the images as that takes. */
    OCSP_PRESET_DETECTOR,
    OCSP_PRESETS
};

/* What the schedule of one run is like. */
struct ocsp_schedule {
    int width;        /* of the net's input */
    int pass;         /* iterations of one pass over the images */
    uint64_t total;   /* iterations of the whole run; 0: endless */
    uint64_t burn_in; /* iterations of the learning rate's warm-up */
};

#define OCSP_LAYER_LIST 512 /* bytes of a list of layers, with its end */
#define OCSP_AUTO (-1)      /* sl_start: by Eq. (4) */
#define OCSP_UNSET (-2)     /* from the preset, by ocsp_settings_fit */

struct ocsp_settings {
    enum ocsp_preset preset;
    struct ocsp_budget budget;
    struct ocsp_limits limits;
    /* layers not to be pruned, see ocsp_graph_fix; "": none */
    char keep_layers[OCSP_LAYER_LIST], freeze_layers[OCSP_LAYER_LIST];
    const struct ocsp_saliency_kind *saliency;
    bool saliency_is_given; /* else ocsp_settings_fit chooses */
    int monitor;            /* first epoch with a sub-network search */
    int sl_start;           /* t_sl-start, or OCSP_AUTO */
    int sl_end;             /* safety limit of t* */
    double tau;             /* Eq. (4): Ĵ^t − Ĵ^(t−2) ≤ τ */
    double epsilon;         /* stable: Ĵ^t ≥ 1 − ε */
    double quiet;           /* selected norms' sum over its value at t_sl-start; 0: off */
    double lambda0, sigma;  /* NAN: Table 8's 1e-4, or what a shorter schedule needs */
    int delta_t;            /* λ = λ_0 + σ · floor((t − t_sl-start) / Δt) */
    bool with_term[OCSP_PENALTY_TERMS]; /* of the penalty */
    bool compensate;      /* at t*: fold what removed channels emit into their readers */
    int epoch_iterations; /* 0: of the preset, by ocsp_settings_fit */
    int warm_up; /* epochs with the learning rate's warm-up in them; by ocsp_settings_fit
                  */
    int epochs;  /* of the schedule, by ocsp_settings_fit; 0: endless */
    long seed;   /* of the host's random numbers; −1: the host's own choice */
};

/* Table 8's values that all presets share; the others OCSP_UNSET. */
void ocsp_settings_init(struct ocsp_settings *s);

/* Marks the layers that -keep-layers and -freeze-layers name. */
enum ocsp_status ocsp_settings_fix(const struct ocsp_settings *s,
                                   struct ocsp_graph *graph, struct ocsp_error *err);

/* Fills in what depends on the preset and the schedule, and refuses what cannot work in
 * it. */
enum ocsp_status ocsp_settings_fit(struct ocsp_settings *s,
                                   const struct ocsp_schedule *schedule,
                                   struct ocsp_error *err);
const char *ocsp_preset_name(enum ocsp_preset preset);
/* One line for people. */
const char *ocsp_preset_help(enum ocsp_preset preset);

#endif
