/* The state of the one training run in this process, which hook.c owns. */
#ifndef OCSP_HOST_RUN_H
#define OCSP_HOST_RUN_H

#include <stdbool.h>

#include "cycle/cycle.h"
#include "cycle/record.h"
#include "cycle/state.h"
#include "host/hook.h"
#include "host/host.h"

/* A live network as the other rooms see it: its cfg, graph and views on its arrays. */
struct ocsp_live_net {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_params *value, *momentum; /* [n_layers], the arrays are the host's */
};

/* Takes ownership of `cfg`, also on failure. Refuses a host network that is not what the
 * cfg says, layer by layer. */
enum ocsp_status ocsp_live_net_init(struct ocsp_live_net *live, struct ocsp_cfg *cfg,
                                    const void *net, struct ocsp_error *err);
void ocsp_live_net_clear(struct ocsp_live_net *live);
/* A copy of its parameters, ready for a .weights file. */
enum ocsp_status ocsp_live_net_weights(const struct ocsp_live_net *live, const void *net,
                                       struct ocsp_weights **out, struct ocsp_error *err);
/* Puts such a copy back. */
void ocsp_live_net_restore(const struct ocsp_live_net *live,
                           const struct ocsp_weights *saved);

/* What pruning adds to training. */
struct ocsp_run_cost {
    double penalty_s, decision_s;
    int penalized_steps, decisions;
};

struct ocsp_run {
    struct ocsp_hook_options options;
    struct ocsp_live_net live;  /* the network in training: dense, then pruned */
    struct ocsp_live_net dense; /* after t*: cfg and graph, that the coupling refers to */
    struct ocsp_coupling *coupling;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    struct ocsp_host_events events;
    double *square;      /* [n_channels] ||w_c||² of this step */
    float *inverse_norm; /* [n_channels] 1/||w_c|| of the selected, 0 of all others */
    int last_layer;      /* of the last update: a lower one begins a new step */

    int epochs, epoch_iterations;
    struct ocsp_position at;   /* its generation: the last that was written */
    double epoch_began;        /* seconds, less what the epoch took before */
    double saved_at;           /* seconds, the last generation */
    int attempts;              /* rollbacks to the generation that is the last */
    bool resumed;              /* and no step was made since */
    struct ocsp_images images; /* of the last iteration, or of the cfg's size */
    struct ocsp_run_cost cost;
    bool map_is_pruned;                /* the host's second network, see host.h */
    bool ended;                        /* rightly, or with an error reported */
    struct ocsp_surgery_facts surgery; /* epoch 0: not yet */
    char *pruned_text;                 /* the pruned cfg, from t* on */
    size_t pruned_size;
    char *host_file; /* that the host is writing, or NULL */
    char *state, *dense_last, *pruned_cfg, *pruned_last, *pruned_final; /* paths */
};

/* t*: removes cycle.plan's channels from the network in the host's loop. On a failed
 * self-check the dense network stays as it was. Writes the dense weights; the pruned pair
 * is the next checkpoint's. */
enum ocsp_status ocsp_surgery(struct ocsp_run *run, void *nets, void *local, char **base,
                              int epoch, struct ocsp_error *err);
/* In a new process after t*: puts a network of the pruned cfg into the loop, armed. Its
 * parameters are the caller's to fill. */
enum ocsp_status ocsp_surgery_again(struct ocsp_run *run, void *nets, void *local,
                                    char **base, struct ocsp_error *err);

/* The .weights file of the network in training, malloc'ed. */
enum ocsp_status ocsp_run_weights(const struct ocsp_run *run, const void *net,
                                  char **data, size_t *size, struct ocsp_error *err);

#endif
