/* The settings of one training run, with the presets of the paper's Table 8.
 *
 * An epoch count is a number of finished epochs: "from epoch 30 on" begins when 30 are
 * done. The presets are for schedules of full length; in a shorter one the epochs shrink,
 * but not below a few to learn and a few for the penalty. */
#ifndef OCSP_CYCLE_SETTINGS_H
#define OCSP_CYCLE_SETTINGS_H

#include <stdbool.h>

#include "net/error.h"
#include "prune/plan.h"
#include "prune/saliency.h"

enum ocsp_preset {
    OCSP_PRESET_BY_SIZE, /* cifar for inputs up to 64 pixels wide, imagenet for larger */
    OCSP_PRESET_CIFAR,
    OCSP_PRESET_IMAGENET
};

#define OCSP_AUTO (-1)  /* sl_start: by Eq. (4) */
#define OCSP_UNSET (-2) /* from the preset, by ocsp_settings_fit */

struct ocsp_settings {
    enum ocsp_preset preset;
    struct ocsp_budget budget;
    struct ocsp_limits limits;
    enum ocsp_saliency_kind saliency;
    int monitor;           /* first epoch with a sub-network search */
    int sl_start;          /* t_sl-start, or OCSP_AUTO */
    int sl_end;            /* safety limit of t* */
    double tau;            /* Eq. (4): Ĵ^t − Ĵ^(t−2) ≤ τ */
    double epsilon;        /* stable: Ĵ^t ≥ 1 − ε */
    double quiet;          /* selected norms' sum over its value at t_sl-start; 0: off */
    double lambda0, sigma; /* NAN: Table 8's 1e-4, or what a shorter schedule needs */
    int delta_t;           /* λ = λ_0 + σ · floor((t − t_sl-start) / Δt) */
    bool eq8, eq9;
    bool compensate;      /* at t*: fold what removed channels emit into their readers */
    int epoch_iterations; /* 0: images / images per iteration */
    long seed;            /* of the host's random numbers; −1: the host's own choice */
};

/* Table 8's values that all presets share; the others OCSP_UNSET. */
void ocsp_settings_init(struct ocsp_settings *s);

/* Fills in what depends on the preset and the schedule's length, and refuses what cannot
 * work in it. `width`: of the net's input; `epochs`: of the whole schedule, 0: endless.
 */
enum ocsp_status ocsp_settings_fit(struct ocsp_settings *s, int width, int epochs,
                                   struct ocsp_error *err);

#endif
