/* The one cycle as a state machine: what to do at the end of each epoch.
 *
 *     dense --t_sl-start--> sparse --t*--> pruned
 *
 * Dense: from `monitor` on, search the sub-network and watch its stability. Sparse: the
 * same, with the penalty on the channels now selected. At t* the selected channels are
 * removed. Knows no host: parameters come in as views, decisions go out. */
#ifndef OCSP_CYCLE_CYCLE_H
#define OCSP_CYCLE_CYCLE_H

#include <stdbool.h>

#include "cycle/cause.h"
#include "cycle/settings.h"
#include "layers/weights.h"
#include "prune/coupling.h"
#include "prune/plan.h"
#include "prune/saliency.h"
#include "prune/stability.h"

enum ocsp_phase { OCSP_DENSE, OCSP_SPARSE, OCSP_PRUNED };

enum ocsp_decision {
    OCSP_GO_ON,
    OCSP_START_SPARSE, /* t_sl-start: the penalty acts from now on */
    OCSP_PRUNE         /* t*: remove cycle->plan's channels now */
};

struct ocsp_cycle {
    struct ocsp_settings settings;        /* fitted to the schedule */
    const struct ocsp_coupling *coupling; /* borrowed, of the dense net */
    struct ocsp_saliency saliency;
    struct ocsp_stability stability;
    struct ocsp_plan plan; /* of the last search; empty before the first */
    enum ocsp_phase phase;
    double lambda;
    double lambda0, sigma;        /* as given, or chosen at t_sl-start; NAN before */
    int start_epoch, prune_epoch; /* −1 before they come */
    double start_norm;            /* Σ ||w_c|| of the selected at t_sl-start */
    double selected_norm;         /* the same now; NaN before the first search */
    double kept_norm;             /* Σ ||w_c|| of the others now; NaN likewise */
    enum ocsp_start_cause start_cause;
    enum ocsp_prune_cause prune_cause;
};

/* The coupling must outlive the cycle. Refuses a budget that the caps cannot reach. */
enum ocsp_status ocsp_cycle_init(struct ocsp_cycle *cycle,
                                 const struct ocsp_coupling *coupling,
                                 const struct ocsp_settings *settings,
                                 struct ocsp_error *err);
void ocsp_cycle_clear(struct ocsp_cycle *cycle);

#define OCSP_CYCLE_STAND 160
/* How far the cycle was from being quiet and stable, one line for people. */
void ocsp_cycle_stand(const struct ocsp_cycle *cycle, char text[OCSP_CYCLE_STAND]);

/* Whether the end of this epoch searches the sub-network, for which it needs the
 * parameters. */
bool ocsp_cycle_searches(const struct ocsp_cycle *cycle, int epoch);
/* To be called once after each epoch; `epoch` of them are done. `sums`: the dense net's,
 * read only where ocsp_cycle_searches is true. `pull`: what λ = 1 takes off a selected
 * norm by Eq. (8) in one epoch, with momentum m: iterations · η / (1 − m). After
 * OCSP_PRUNE every decision is OCSP_GO_ON. */
enum ocsp_status ocsp_cycle_epoch(struct ocsp_cycle *cycle, int epoch,
                                  const struct ocsp_sums *sums, double pull,
                                  enum ocsp_decision *decision, struct ocsp_error *err);

/* The epoch at whose end t* is expected when `epoch` are done: where the selected norms
 * fall as Σλ grows, as Eq. (8) alone would have it, and −sl-end at the latest. NaN where
 * there is none to come. */
double ocsp_cycle_expected_prune(const struct ocsp_cycle *cycle, int epoch);

const char *ocsp_phase_name(enum ocsp_phase phase);
#endif
