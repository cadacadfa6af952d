/* A host's training loop, small and repeatable, with the hook in it as the patch puts it.
 *
 *     rig_start(&rig, cfg_text, &settings);          parse, random weights, hook's start
 *     for (int k = 0; k < n; k++)
 *         rig_iterate(&rig, k);                      train on batch k, hook's step
 *     rig_stop(&rig);
 *
 * Files go to test_folder, results under the name "net". Where the hook gives up, the
 * test fails; a test that wants it to arms rig_failure:
 *
 *     rig_expect_failure();
 *     if (!setjmp(rig_failure))
 *         rig_iterate(&rig, k), fail();
 *     … test_error says why
 */
#ifndef OCSP_TESTS_HOST_RIG_H
#define OCSP_TESTS_HOST_RIG_H

#include "helpers.h"

#include "cycle/settings.h"
#include "hosts/host.h"
#include "shim.h"
#include "train/hook.h"

#define RIG_HEAD                                                                         \
    "[net]\nbatch=8\nsubdivisions=2\nwidth=12\nheight=12\nchannels=3\n"                  \
    "learning_rate=.04\nmomentum=.9\ndecay=.001\n"
#define RIG_CONV(filters, size, more)                                                    \
    "[convolutional]\nfilters=" filters "\nsize=" size "\nstride=1\npad=1\n" more
#define RIG_BN "batch_normalize=1\nactivation=leaky\n"
/* A residual block; depthwise and grouped convolutions, the latter with a learning rate
 * of its own; a concatenation; connected layers. `extra`: a section before these. */
#define RIG_BODY(extra) RIG_RESIDUAL RIG_GROUPED extra RIG_CLASSIFIER
#define RIG_RESIDUAL                                                                     \
    RIG_CONV("8", "3", RIG_BN)                                                           \
    RIG_CONV("8", "3", RIG_BN)                                                           \
    RIG_CONV("8", "3", "batch_normalize=1\nactivation=linear\n")                         \
    "[shortcut]\nfrom=-3\nactivation=leaky\n"
#define RIG_GROUPED                                                                      \
    RIG_CONV("8", "3", "groups=8\n" RIG_BN)                                              \
    RIG_CONV("12", "1", RIG_BN)                                                          \
    RIG_CONV("12", "3", "groups=3\nlearning_rate=.5\n" RIG_BN)                           \
    "[route]\nlayers=-1,3\n[maxpool]\nsize=2\nstride=2\n" RIG_LAST_CONV
#define RIG_LAST_CONV RIG_CONV("10", "3", "activation=leaky\n")
#define RIG_CLASSIFIER                                                                   \
    "[connected]\noutput=16\nbatch_normalize=1\nactivation=leaky\n"                      \
    "[connected]\noutput=10\nactivation=linear\n[softmax]\n"
/* An `extra` that /usr/bin/darknet cannot run. */
#define RIG_BATCHNORM "[batchnorm]\n"

/* The loop's two variables. */
struct rig_loop {
#ifdef OCSP_HOST_ALEXEYAB
    network nets[1], local;
#else
    network *nets[1], *local;
#endif
};

struct rig {
    struct rig_loop loop;
    char *base;
    struct net dense; /* cfg, graph and coupling of the net as it started */
    struct ocsp_settings settings;
    char cfg[64]; /* path */
    float loss;   /* of the last iteration */
    float average;
    bool rollback; /* -on-nan rollback; to be set between rig_enter and rig_hook */
};

/* Settings with which t_sl-start and t* come at these epochs, not before. */
void rig_settings(struct ocsp_settings *s, double reduce, int start, int end,
                  int epoch_iterations);

void rig_start(struct rig *rig, const char *cfg, const struct ocsp_settings *settings);
/* The same where the host parses `host_cfg` and the hook reads `cfg`. */
void rig_start_mismatched(struct rig *rig, const char *host_cfg, const char *cfg,
                          const struct ocsp_settings *settings);
/* rig_start in two: what the host does, and the hook's start, which may go on from a
 * state in test_folder. */
void rig_enter(struct rig *rig, const char *cfg, const struct ocsp_settings *settings);
void rig_hook(struct rig *rig, enum ocsp_resume resume);
void rig_stop(struct rig *rig);
network *rig_net(struct rig *rig);

/* The host's own train_network on the batch with this number. */
void rig_train(struct rig *rig, int batch);
void rig_step(struct rig *rig); /* the hook's, after it */
void rig_iterate(struct rig *rig, int batch);

extern jmp_buf rig_failure;
void rig_expect_failure(void);
void rig_expect_success(void); /* again, where no failure has come */

/* All parameters and all momentum of a network, copied. */
struct rig_snapshot {
    struct ocsp_weights *value, *momentum;
    uint64_t seen, iteration;
};
void rig_snapshot(struct rig_snapshot *snapshot, const network *net,
                  const struct ocsp_graph *graph);
/* Writes them, and the counters, into a network of the same cfg. */
void rig_restore(const struct rig_snapshot *snapshot, network *net);
/* A twin to compare with: without the hook, only the repairs, from the snapshot on. Rigs
 * that were started before must not train any more. */
void rig_start_twin(struct rig *rig, const char *cfg, const struct rig_snapshot *at);
void rig_snapshot_clear(struct rig_snapshot *snapshot);
/* Views on a network's own arrays, [n_layers], to be freed. */
struct ocsp_params *rig_views(const network *net);

/* The plan that the settings' budget asks for with these parameters. */
void rig_plan(const struct rig *rig, const struct rig_snapshot *snapshot,
              struct ocsp_plan *plan);

/* max |a − b| / max |a| over all arrays of a layer; 0 only where they are bit-equal. */
double rig_layer_difference(const struct ocsp_graph *graph, int layer,
                            const struct ocsp_params *a, const struct ocsp_params *b);
enum rig_measure {
    RIG_PER_ARRAY,
    /* max |a| is the whole layer's: for gradients, of which a normalization behind the
     * layer may leave an array nothing but rounding */
    RIG_PER_LAYER
};
/* The same where `dense` has the channels that `pruned` has lost. */
double rig_kept_difference(const struct ocsp_coupling *coupling,
                           const struct ocsp_plan *plan, int layer,
                           const struct ocsp_params *dense,
                           const struct ocsp_params *pruned, enum rig_measure measure);

/* A test with a test_folder of its own. */
#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

#endif
