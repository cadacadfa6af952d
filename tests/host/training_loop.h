/* A host's training loop, small and repeatable, with the hook in it as the patch puts it.
 *
 *     loop_start(&loop, cfg_text, &settings);   parse, random weights, hook's start
 *     for (int k = 0; k < n; k++)
 *         loop_iterate(&loop, k);               train on batch k, hook's step
 *     loop_stop(&loop);
 *
 * Files go to test_folder, results under the name "net". Where the hook ends the process,
 * the test fails; a test that wants it says so before:
 *
 *     loop_expect_failure();
 *     if (!setjmp(loop_failure))
 *         loop_iterate(&loop, k), fail();
 *     … test_error says why
 */
#ifndef OCSP_TESTS_HOST_TRAINING_LOOP_H
#define OCSP_TESTS_HOST_TRAINING_LOOP_H

#include "helpers.h"

#include "cycle/settings.h"
#include "host_calls.h"
#include "hosts/host.h"
#include "train/hook.h"

#define LOOP_HEAD                                                                        \
    "[net]\nbatch=8\nsubdivisions=2\nwidth=12\nheight=12\nchannels=3\n"                  \
    "learning_rate=.04\nmomentum=.9\ndecay=.001\n"
#define LOOP_CONV(filters, size, more)                                                   \
    "[convolutional]\nfilters=" filters "\nsize=" size "\nstride=1\npad=1\n" more
#define LOOP_BN "batch_normalize=1\nactivation=leaky\n"
/* A residual block; depthwise and grouped convolutions, the latter with a learning rate
 * of its own; a concatenation; connected layers. `extra`: a section before these. */
#define LOOP_BODY(extra) LOOP_RESIDUAL LOOP_GROUPED extra LOOP_CLASSIFIER
#define LOOP_RESIDUAL                                                                    \
    LOOP_CONV("8", "3", LOOP_BN)                                                         \
    LOOP_CONV("8", "3", LOOP_BN)                                                         \
    LOOP_CONV("8", "3", "batch_normalize=1\nactivation=linear\n")                        \
    "[shortcut]\nfrom=-3\nactivation=leaky\n"
#define LOOP_GROUPED                                                                     \
    LOOP_CONV("8", "3", "groups=8\n" LOOP_BN)                                            \
    LOOP_CONV("12", "1", LOOP_BN)                                                        \
    LOOP_CONV("12", "3", "groups=3\nlearning_rate=.5\n" LOOP_BN)                         \
    "[route]\nlayers=-1,3\n[maxpool]\nsize=2\nstride=2\n" LOOP_LAST_CONV
#define LOOP_LAST_CONV LOOP_CONV("10", "3", "activation=leaky\n")
#define LOOP_CLASSIFIER                                                                  \
    "[connected]\noutput=16\nbatch_normalize=1\nactivation=leaky\n"                      \
    "[connected]\noutput=10\nactivation=linear\n[softmax]\n"
/* An `extra` that /usr/bin/darknet cannot run. */
#define LOOP_BATCHNORM "[batchnorm]\n"

/* The loop's two variables. */
struct loop_variables {
#ifdef OCSP_HOST_ALEXEYAB
    network nets[1], local;
#else
    network *nets[1], *local;
#endif
};

struct training_loop {
    struct loop_variables variables;
    char *base;
    struct net dense; /* cfg, graph and coupling of the net as it started */
    struct ocsp_settings settings;
    char cfg[64]; /* path */
    float loss;   /* of the last iteration */
    float average;
    bool rollback; /* -on-nan rollback; to be set between loop_enter and loop_hook */
};

/* Settings with which t_sl-start and t* come at these epochs, not before. */
void loop_settings(struct ocsp_settings *s, double reduce, int start, int end,
                   int epoch_iterations);

void loop_start(struct training_loop *loop, const char *cfg,
                const struct ocsp_settings *settings);
/* The same where the host parses `host_cfg` and the hook reads `cfg`. */
void loop_start_mismatched(struct training_loop *loop, const char *host_cfg,
                           const char *cfg, const struct ocsp_settings *settings);
/* loop_start in two: what the host does, and the hook's start, which may go on from a
 * state in test_folder. */
void loop_enter(struct training_loop *loop, const char *cfg,
                const struct ocsp_settings *settings);
void loop_hook(struct training_loop *loop, enum ocsp_resume resume);
void loop_stop(struct training_loop *loop);
network *loop_net(struct training_loop *loop);

/* The host's own train_network on the batch with this number. */
void loop_train(struct training_loop *loop, int batch);
void loop_step(struct training_loop *loop); /* the hook's, after it */
void loop_iterate(struct training_loop *loop, int batch);

extern jmp_buf loop_failure;
void loop_expect_failure(void);
void loop_expect_success(void); /* again, where no failure has come */

/* All parameters and all momentum of a network, copied. */
struct net_snapshot {
    struct ocsp_weights *value, *momentum;
    uint64_t seen, iteration;
};
void net_snapshot(struct net_snapshot *snapshot, const network *net,
                  const struct ocsp_graph *graph);
/* Writes them, and the counters, into a network of the same cfg. */
void net_restore(const struct net_snapshot *snapshot, network *net);
/* A twin to compare with: without the hook, only the repairs, from the snapshot on. Loops
 * that were started before must not train any more. */
void loop_start_twin(struct training_loop *loop, const char *cfg,
                     const struct net_snapshot *at);
void net_snapshot_clear(struct net_snapshot *snapshot);
/* Views on a network's own arrays, [n_layers], to be freed. */
struct ocsp_params *net_views(const network *net);

/* The plan that the settings' budget asks for with these parameters. */
void loop_plan(const struct training_loop *loop, const struct net_snapshot *snapshot,
               struct ocsp_plan *plan);

/* max |a − b| / max |a| over all arrays of a layer; 0 only where they are bit-equal. */
double layer_difference(const struct ocsp_graph *graph, int layer,
                        const struct ocsp_params *a, const struct ocsp_params *b);
enum difference_measure {
    PER_ARRAY,
    /* max |a| is the whole layer's: for gradients, of which a normalization behind the
     * layer may leave an array nothing but rounding */
    PER_LAYER
};
/* The same where `dense` has the channels that `pruned` has lost. */
double kept_difference(const struct ocsp_coupling *coupling, const struct ocsp_plan *plan,
                       int layer, const struct ocsp_params *dense,
                       const struct ocsp_params *pruned, enum difference_measure measure);

/* A test with a test_folder of its own. */
#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

#endif
