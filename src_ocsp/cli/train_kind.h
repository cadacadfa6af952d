/* Whether a cfg is of the kind that a training command trains, and what its net and the
 * command want of the data file. */
#ifndef OCSP_CLI_TRAIN_KIND_H
#define OCSP_CLI_TRAIN_KIND_H

#include "cli/data_file.h"
#include "layers/graph.h"

/* Refuses a cfg without a detector's head behind `detector train`, and a detector's
 * behind `classifier train`: hosts train either without a word, on truth that is none. */
enum ocsp_status ocsp_train_kind_check(const struct ocsp_graph *graph,
                                       const struct ocsp_host *host, bool detector,
                                       struct ocsp_error *err);

/* The files that sections name as tree=. */
enum ocsp_status ocsp_train_kind_trees(const struct ocsp_graph *graph,
                                       const struct ocsp_host *host,
                                       struct ocsp_error *err);

struct ocsp_data_use ocsp_train_kind_use(const struct ocsp_graph *graph,
                                         const struct ocsp_host *host, bool detector,
                                         bool measures);

#endif
