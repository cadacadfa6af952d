/* A host's training loop, small and repeatable, with the hook in it as the patch puts it.
 *
 *     rig_start(&rig, cfg_text, &settings);          parse, random weights, hook's start
 *     for (int k = 0; k < n; k++)
 *         rig_iterate(&rig, k);                      train_network on batch k, hook's
 * step rig_stop(&rig);
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
#include "host/hook.h"
#include "host/host.h"
#include "shim.h"

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
};

/* OCSP_AUTO and OCSP_UNSET free: t_sl-start and t* come at these epochs and not before.
 */
void rig_settings(struct ocsp_settings *s, double reduce, int start, int end,
                  int epoch_iterations);

void rig_start(struct rig *rig, const char *cfg, const struct ocsp_settings *settings);
/* The same without hook, on `events` if any: a twin to compare with. */
void rig_start_stock(struct rig *rig, const char *cfg,
                     const struct ocsp_host_events *events);
void rig_stop(struct rig *rig);
network *rig_net(struct rig *rig);

/* The host's own train_network on the batch with this number. */
void rig_train(struct rig *rig, int batch);
void rig_step(struct rig *rig); /* the hook's, after it */
void rig_iterate(struct rig *rig, int batch);
/* Copies of batch · subdivisions random images and truths, for another net. */
void rig_batch(const network *net, int batch, data *out);
void rig_batch_free(data *d);

extern jmp_buf rig_failure;
void rig_expect_failure(void);

/* All parameters and all momentum of a network, copied. */
struct rig_snapshot {
    struct ocsp_weights *value, *momentum;
    uint64_t seen, iteration;
};
void rig_snapshot(struct rig_snapshot *snapshot, const network *net,
                  const struct ocsp_graph *graph);
/* Writes them, and the counters, into a network of the same cfg. */
void rig_restore(const struct rig_snapshot *snapshot, network *net);
void rig_snapshot_clear(struct rig_snapshot *snapshot);
/* Views on a network's own arrays, [n_layers], to be freed. */
struct ocsp_params *rig_views(const network *net);

/* The plan that the settings' budget asks for with these parameters. */
void rig_plan(const struct rig *rig, const struct rig_snapshot *snapshot,
              struct ocsp_plan *plan);

/* max |a − b| / max |a| over all arrays of a layer; 0 only where they are bit-equal. */
double rig_layer_difference(const struct ocsp_graph *graph, int layer,
                            const struct ocsp_params *a, const struct ocsp_params *b);
/* The same where `dense` has the channels that `pruned` has lost. */
double rig_kept_difference(const struct ocsp_coupling *coupling,
                           const struct ocsp_plan *plan, int layer,
                           const struct ocsp_params *dense,
                           const struct ocsp_params *pruned);

#endif
