/* Generations: what a run writes so that nothing is lost when its process ends.
 *
 * One generation is <base>.ocsp-state, which alone says where the run is, and what the
 * user reads beside it: the pruned pair, the CSV and the summary. All are complete under
 * temporary names before the first is renamed, the state comes last, and a new process
 * writes the others anew from it: after a crash at any instant they agree again. */
#ifndef OCSP_TRAIN_CHECKPOINT_H
#define OCSP_TRAIN_CHECKPOINT_H

#include "train/run.h"

enum ocsp_generation {
    OCSP_GENERATION,       /* as at any time */
    OCSP_FIRST_GENERATION, /* of a process or of a network: its older weights go first */
    OCSP_LAST_GENERATION   /* the training is done: the final weights are written too */
};

/* Writes the next generation of the network in training. On failure the last one
 * is still there. */
enum ocsp_status ocsp_checkpoint_write(struct ocsp_run *run, enum ocsp_generation which,
                                       struct ocsp_error *err);

/* The state that this process has to go on from, or NULL; as the options say. */
enum ocsp_status ocsp_checkpoint_find(const struct ocsp_run *run,
                                      struct ocsp_state **state, struct ocsp_error *err);

/* Puts all of a state back: decisions, log, network, momentum. To be called when the
 * cycle is set up and the dense network hooked; after t* the pruned one takes its place.
 */
enum ocsp_status ocsp_checkpoint_restore(struct ocsp_run *run,
                                         const struct ocsp_state *state, char **base,
                                         struct ocsp_error *err);

/* Back to the last generation that this process has written, or began with. `why`: what
 * went wrong. Fails where there is none, and at the fourth attempt at one. */
enum ocsp_status ocsp_checkpoint_roll_back(struct ocsp_run *run, const char *why,
                                           struct ocsp_error *err);

/* Bytes on disk that a run needs for all that it has at once, with two generations;
 * `saved`: one of them is there. */
uint64_t ocsp_checkpoint_room(const struct ocsp_run *run, bool saved);

#endif
