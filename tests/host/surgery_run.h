/* Runs of a training loop up to the surgery at t*. */
#ifndef OCSP_TESTS_HOST_SURGERY_RUN_H
#define OCSP_TESTS_HOST_SURGERY_RUN_H

#include <jansson.h>

#include "network.h"
#include "prune/check.h"
#include "prune/compensate.h"
#include "prune/rewrite.h"
#include "training_loop.h"

#define STEPS "max_batches=24\npolicy=steps\nsteps=5,14,20\nscales=.5,.5,.5\nburn_in=3\n"
#define POLY "max_batches=24\npolicy=poly\npower=2\n"
#define NET LOOP_HEAD STEPS LOOP_BODY(LOOP_BATCHNORM)

/* Iterations of one epoch, until t*, and of the whole schedules above. */
enum { EPOCH = 3, T_STAR = 4 * EPOCH, END = 24 };

void start_run(struct training_loop *loop, const char *cfg, bool compensate);

void start_pruning_run(struct training_loop *loop, const char *cfg);

/* Up to the iteration that ends in t*, but for the hook's step. `before` and `plan` are
 * to be cleared. */
void run_to_surgery(struct training_loop *loop, struct net_snapshot *before,
                    struct ocsp_plan *plan);

/* What the host counts in the loop's network. */
enum { N_COUNTERS = 20 };
struct counters {
    double value[N_COUNTERS];
};
struct counters count(struct training_loop *loop);

/* What the run has written; to be released by json_decref. */
json_t *summary(void);

#endif
