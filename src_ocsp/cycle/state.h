/* The state of a training run in one file, <base>.ocsp-state: all that a new process
 * needs to go on as if the old one had never ended. It stands alone: parameters,
 * momentum, the decisions so far and the log are in it, so that it cannot disagree with
 * another file.
 *
 *     "ocsp-state 3 <bytes of JSON> <bytes of CSV> <floats>\n"
 *     JSON: position, phase, causes, sets, scores, counters, settings, the
 *         text of <base>_ocsp_norms.csv
 *     CSV: the text of <base>_ocsp.csv
 *     float32, little endian: the arrays of all layers' values, then of their momentum
 *     SHA-256 [32] of all before it
 *
 * The 3 is the version of this format. A state of another version is refused.
 *
 * Each file is a generation, numbered from 1. Written by ocsp_files_write: whole or not
 * at all. */
#ifndef OCSP_CYCLE_STATE_H
#define OCSP_CYCLE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "cycle/accuracy.h"
#include "cycle/counter.h"
#include "cycle/cycle.h"
#include "cycle/record.h"
#include "prune/plan_file.h"

/* Where a run is, besides its network and its decisions. */
struct ocsp_position {
    uint64_t generation;
    uint64_t iteration; /* optimizer steps done */
    int epochs_done;
    double loss_sum; /* of the epoch under way */
    int loss_count;
    double epoch_seconds;
    double average_loss; /* as the host displays it; NaN: none yet */
    uint64_t random;     /* state of our own random numbers */
    int rollbacks;
    uint64_t order;   /* of the training images: what its shuffles follow from */
    uint64_t drawn;   /* of them, ahead of what the next iteration trains on */
    uint64_t planned; /* iterations of the schedule that the settings were fitted to; 0:
                         endless */
};

/* Borrowed, all of it. */
struct ocsp_state_content {
    const char *host;
    const struct ocsp_cfg *cfg; /* the dense one */
    const struct ocsp_position *position;
    const struct ocsp_cycle *cycle;
    const struct ocsp_surgery_facts *surgery; /* NULL before t* */
    const struct ocsp_accuracy *accuracy;
    const struct ocsp_record *record;
    const struct ocsp_counter *counters;
    int n_counters;
    const struct ocsp_graph *graph; /* of the network in training, dense or pruned */
    /* values, momentum, and more of the optimizer's [n_params][graph->n_layers] */
    const struct ocsp_params *const *params;
    int n_params;
};

/* The file's bytes, malloc'ed. */
enum ocsp_status ocsp_state_render(const struct ocsp_state_content *content, char **data,
                                   size_t *size, struct ocsp_error *err);

/* A state that was read and is well formed; whether it fits a run is asked below. */
struct ocsp_state {
    char *path, *data;
    void *meta; /* the JSON */
    const char *csv, *floats;
    const char *norms; /* NULL: the run had none */
    size_t csv_size, n_floats;
    struct ocsp_position position;
    enum ocsp_phase phase;
    struct ocsp_surgery_facts surgery; /* epoch 0: not yet; no paths */
    struct ocsp_accuracy accuracy;
    int n_counters;
    struct ocsp_counter counters[OCSP_MAX_COUNTERS];
};

/* Reads one from `data`, which is copied; `path` is named in messages. */
enum ocsp_status ocsp_state_parse(struct ocsp_state **out, const char *path,
                                  const char *data, size_t size, struct ocsp_error *err);
enum ocsp_status ocsp_state_load(struct ocsp_state **out, const char *path,
                                 struct ocsp_error *err);
void ocsp_state_free(struct ocsp_state *state);

/* Refuses a state of other settings, naming the first that differs; `settings` are fitted
 * to the schedule. */
enum ocsp_status ocsp_state_check_settings(const struct ocsp_state *state,
                                           const struct ocsp_settings *settings,
                                           struct ocsp_error *err);
/* Puts the decisions back into a cycle that ocsp_cycle_init has made, or that went on
 * from them. Refuses sets that do not fit its coupling. */
enum ocsp_status ocsp_state_restore_cycle(const struct ocsp_state *state,
                                          struct ocsp_cycle *cycle,
                                          struct ocsp_error *err);
/* Puts parameters back, `params` as they were rendered. Untouched where their number
 * differs. */
enum ocsp_status ocsp_state_restore_params(const struct ocsp_state *state,
                                           const struct ocsp_graph *graph,
                                           const struct ocsp_params *const *params,
                                           int n_params, struct ocsp_error *err);

#endif
