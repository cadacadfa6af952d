/* The state of the one training run in this process, which hook.c owns. */
#ifndef OCSP_TRAIN_RUN_H
#define OCSP_TRAIN_RUN_H

#include <stdbool.h>

#include "cycle/accuracy.h"
#include "cycle/cycle.h"
#include "cycle/folder.h"
#include "cycle/record.h"
#include "cycle/state.h"
#include "hosts/host.h"
#include "net/new_file.h"
#include "train/device.h"
#include "train/hook.h"
#include "train/image_order.h"
#include "view/plotter.h"

/* A live network as the other rooms see it: its cfg, graph and views on its arrays in
 * memory, which on a GPU are copies: `pull` and `push` bring them there and back. */
struct ocsp_live_net {
    struct ocsp_cfg *cfg; /* NULL: cfg and graph are another one's */
    struct ocsp_graph *graph;
    struct ocsp_host_layer *layers; /* [n_layers] */
    /* [n_layers] each, see host.h */
    struct ocsp_params *value, *momentum, *adam_m, *adam_v, *average;
    struct ocsp_device *device; /* NULL on CPU */
};

/* Takes ownership of `cfg`, also on failure. Refuses a host network that is not what the
 * cfg says, layer by layer. */
enum ocsp_status ocsp_live_net_init(struct ocsp_live_net *live, struct ocsp_cfg *cfg,
                                    const void *net, struct ocsp_error *err);
/* Another network of the same cfg, in training on another GPU. `like` must outlive it. */
enum ocsp_status ocsp_live_net_init_like(struct ocsp_live_net *live,
                                         const struct ocsp_live_net *like,
                                         const void *net, struct ocsp_error *err);
void ocsp_live_net_clear(struct ocsp_live_net *live);
/* GPU builds: makes `device`. `coupling` and `sums` are NULL where nothing is left to
 * prune. */
enum ocsp_status ocsp_live_net_attach(struct ocsp_live_net *live, const void *net,
                                      const struct ocsp_coupling *coupling,
                                      const struct ocsp_sums *sums,
                                      struct ocsp_error *err);
/* GPU builds: all arrays from the device to memory; and to it, from `from`'s memory. */
void ocsp_live_net_pull(const struct ocsp_live_net *live, const void *net);
void ocsp_live_net_push(const struct ocsp_live_net *live, const void *net,
                        const struct ocsp_live_net *from);
/* average = decay · average + (1 − decay) · parameters, where it has an average. */
void ocsp_live_net_average(const struct ocsp_live_net *live, const void *net,
                           float decay);
/* The network is gone: cfg and graph stay. */
void ocsp_live_net_forget(struct ocsp_live_net *live);
/* A copy of its parameters in memory, ready for a .weights file. */
enum ocsp_status ocsp_live_net_weights(const struct ocsp_live_net *live, const void *net,
                                       struct ocsp_weights **out, struct ocsp_error *err);
/* Puts such a copy back. */
void ocsp_live_net_restore(const struct ocsp_live_net *live,
                           const struct ocsp_weights *saved);

/* What regularize.c keeps of one network. */
struct ocsp_regularizer {
    struct ocsp_run *run;
    int k; /* which network of the loop */
    struct ocsp_host_events events;
    int selected_at;     /* the epoch whose selection the device has */
    bool *updated;       /* [n_layers] by this step */
    double *square;      /* [n_channels] ||w_c||² of this step */
    float *inverse_norm; /* [n_channels] 1/||w_c|| of the selected, 0 of all others */
};

/* What pruning adds to training. */
struct ocsp_run_cost {
    double penalty_s, decision_s;
    double began, penalized_s; /* the host's iterations in the sparse phase */
    int penalized_steps, decisions;
};

/* How fast a run goes, for its status line. */
struct ocsp_run_pace {
    uint64_t iteration;  /* the last one; 0: none in this process */
    double at, shown_at; /* seconds: the last iteration, the last status line */
    double iteration_s;  /* a mean, without the ends of epochs; 0: unknown */
    int n;               /* of how many iterations */
    double epoch_s;  /* the last whole epoch, with its end, of this network; 0: none */
    double epoch_at; /* when that ended; 0: none has in this process */
    bool pruned;     /* the network of the last iteration */
};

/* What evaluate.c keeps. */
struct ocsp_evaluation {
    struct ocsp_valid_images *images; /* NULL: nothing is measured */
    bool has_warned;                  /* of images that cannot be read */
    double cost; /* seconds that a measurement takes when all is loaded that will be */
};

/* What best_weights.c keeps of one of two files. */
struct ocsp_best_weights {
    char *path;
    char *data; /* of the best epoch; NULL where that is written, or is none */
    size_t size;
};
enum { OCSP_BEST_DENSE, OCSP_BEST_PRUNED, OCSP_BESTS };

/* What run_plots.c keeps. */
struct ocsp_run_plots {
    struct ocsp_plotter plotter;
    char *path, *text; /* the script; no text before the first generation */
    size_t size;
    uint64_t drawn; /* the generation whose numbers are drawn, or about to be */
    bool warned;
};

enum { OCSP_STATE_SUM = 32 }; /* bytes */

struct ocsp_run {
    struct ocsp_hook_options options;
    const struct ocsp_engine *engine; /* that computes its networks; NULL: the host */
    bool times;                       /* of its layers are taken */
    struct ocsp_live_net live;  /* the network in training: dense, then pruned; the first
                                   of several */
    struct ocsp_live_net dense; /* after t*: cfg and graph, that the coupling refers to */
    struct ocsp_coupling *coupling;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
    struct ocsp_accuracy accuracy;
    struct ocsp_evaluation evaluation;
    struct ocsp_score epoch_map; /* that the host has measured within this epoch */
    struct ocsp_best_weights best[OCSP_BESTS];
    struct ocsp_sums sums;        /* of the dense net, as of its last measurement */
    void *nets, *local;           /* the loop's variables, see host.h */
    int n_nets;                   /* one, or one per GPU */
    struct ocsp_live_net *others; /* [n_nets − 1] behind `live` */
    struct ocsp_regularizer *regularizers; /* [n_nets] */

    int epochs, epoch_iterations;
    struct ocsp_position position; /* its generation: the last that was written */
    double epoch_began;            /* seconds, less what the epoch took before */
    double saved_at;               /* seconds, the last generation */
    int attempts;                  /* rollbacks to the generation that is the last */
    bool resumed;                  /* and no step was made since */
    struct ocsp_images images;     /* of the last iteration, or of the cfg's size; w is 0
                                      where networks were resized since */
    struct ocsp_image_order image_order; /* of training images */
    bool orders_images;                  /* else the host draws them */
    struct ocsp_run_cost cost;
    struct ocsp_run_pace pace;
    struct ocsp_run_plots plots;
    unsigned char state_sum[OCSP_STATE_SUM]; /* of the state in the folder, */
    bool has_state;                          /* where there is one */
    bool map_is_pruned;                      /* the host's second network, see host.h */
    bool ended;                              /* rightly, or with an error reported */
    struct ocsp_surgery_facts surgery;       /* epoch 0: not yet */
    char *pruned_text;                       /* the pruned cfg, from t* on */
    size_t pruned_size;
    struct ocsp_new_file host_file; /* that the host is writing */
    char *host_name;                /* by which it opens it, or NULL */
    char *state, *dense_last, *pruned_cfg, *pruned_last, *pruned_final, *log; /* paths */
};

/* Network k of the loop, as it is now. */
static inline void *ocsp_run_net(const struct ocsp_run *run, int k)
{
    return ocsp_host.current(run->nets, run->local, k);
}

/* To be asked before a file is written: refuses a folder that is no longer the one that
 * the run has locked. */
static inline enum ocsp_status ocsp_run_check_folder(const struct ocsp_run *run,
                                                     struct ocsp_error *err)
{
    return run->options.lock
               ? ocsp_folder_check(run->options.backup, *run->options.lock, err)
               : OCSP_OK;
}

/* Hooks for `net`, which is network k of the loop or will be. */
static inline enum ocsp_status ocsp_run_install(struct ocsp_run *run, int k, void *net,
                                                struct ocsp_error *err)
{
    const struct ocsp_host_hooks hooks = {&run->regularizers[k].events, run->engine,
                                          run->times};

    return ocsp_host.install(net, &hooks, err);
}

/* Network k of the loop, as the other rooms see it. */
static inline struct ocsp_live_net *ocsp_run_live(struct ocsp_run *run, int k)
{
    return k == 0 ? &run->live : &run->others[k - 1];
}

/* t*: removes cycle.plan's channels from all networks in the host's loop. On a failed
 * self-check the dense ones stay as they were. Writes the dense weights; the pruned pair
 * is the next checkpoint's. */
enum ocsp_status ocsp_surgery(struct ocsp_run *run, char **base, int epoch,
                              struct ocsp_error *err);
/* In a new process after t*: puts networks of the pruned cfg into the loop, hooked. Their
 * parameters are the caller's to fill. */
enum ocsp_status ocsp_surgery_again(struct ocsp_run *run, char **base,
                                    struct ocsp_error *err);

/* The pruned cfg, from which the host reads it by *name: under its own name it appears
 * together with its weights. Discard the file, free the name. */
enum ocsp_status ocsp_run_lay_pruned_cfg(const struct ocsp_run *run,
                                         struct ocsp_new_file *file, char **name,
                                         struct ocsp_error *err);

/* The .weights file of the network in training, malloc'ed. */
enum ocsp_status ocsp_run_weights(const struct ocsp_run *run, const void *net,
                                  char **data, size_t *size, struct ocsp_error *err);

#endif
