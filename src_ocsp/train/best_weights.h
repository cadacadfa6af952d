/* The weights of the best epoch: <base>_best.weights, and <base>_pruned_best.weights from
 * t* on. They belong to the generations: the bytes are taken when the network is
 * measured, and appear with the next generation, behind its state, which knows their
 * SHA-256. A process that ends between the two leaves them under their temporary name. */
#ifndef OCSP_TRAIN_BEST_WEIGHTS_H
#define OCSP_TRAIN_BEST_WEIGHTS_H

#include "train/run.h"

/* Takes a score in, of the network in training as it is now. */
enum ocsp_status ocsp_best_take(struct ocsp_run *run, const struct ocsp_score *score,
                                struct ocsp_error *err);
/* The network was pruned: the best begins anew. See ocsp_accuracy_prune. */
enum ocsp_status ocsp_best_prune(struct ocsp_run *run, const struct ocsp_score *before,
                                 const struct ocsp_score *after, struct ocsp_error *err);

/* Fills in what a generation writes behind its state; returns how many (at most 2). */
int ocsp_best_files(const struct ocsp_run *run, struct ocsp_file_content files[2]);
/* They were written. */
void ocsp_best_written(struct ocsp_run *run);
/* The run goes back to a generation: what was not written is no best. */
void ocsp_best_forget(struct ocsp_run *run);

/* In a new process, before leftovers are removed: puts into place what an earlier one has
 * left under a temporary name. A file that is none of the state's is no best any more. */
void ocsp_best_mend(const struct ocsp_run *run, struct ocsp_accuracy *accuracy,
                    bool is_pruned);

/* Whether the file is ours, though the host would write it, too. */
bool ocsp_best_owns(const struct ocsp_run *run, const char *path);

#endif
