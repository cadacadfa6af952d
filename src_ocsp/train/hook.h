/* The few functions that the patch calls, and what the command line tells them.
 *
 * The patch declares them itself and passes the addresses of the training loop's
 * variables (host.h, `replace`, says what they are). All return at once unless
 * ocsp_hook_enable or ocsp_hook_predict_enable was called: without the word `ocsp` the
 * host stays what it was. */
#ifndef OCSP_TRAIN_HOOK_H
#define OCSP_TRAIN_HOOK_H

#include <stdio.h>

#include "cycle/settings.h"
#include "net/error.h"

/* What computes the network; see hosts/engine_table.h. */
struct ocsp_hook_engine {
    bool stock;    /* the host's own functions */
    bool required; /* onednn was asked for: fail where it is not built in */
    int threads;   /* 0: as many as OpenMP takes */
    bool profile;  /* print the time of each layer at the end */
};

/* What to do with the state file of an earlier process. */
enum ocsp_resume {
    OCSP_RESUME_AUTO, /* go on from it where there is one */
    OCSP_RESUME_MUST, /* there has to be one */
    OCSP_RESTART      /* remove it and begin anew */
};

struct ocsp_hook_saving {
    enum ocsp_resume resume;
    bool rollback;  /* on NaN return to the last generation; else stop */
    double minutes; /* between generations within an epoch; 0: none */
};

/* What the .data file says of the images that a classifier is measured on. */
struct ocsp_hook_validation {
    const char *list;   /* of images; NULL: none is named */
    const char *labels; /* a name per class, in lines */
    const char *leaves; /* names of a tree's leaves; NULL: none is named */
    int classes, top;   /* top: the k of top-k */
    bool tagged;        /* files beside the images hold their classes: no labels */
};

/* How a detector is measured. */
struct ocsp_hook_map {
    bool is_asked;     /* by the host's flag -map */
    const char *data;  /* path of the .data file */
    double iou_thresh; /* overlap from which on a box is right */
};

/* Values of ocsp_hook_options.eval besides a number of epochs. */
#define OCSP_EVAL_AUTO 0 /* every epoch, or as rarely as it must be to cost little */
#define OCSP_EVAL_OFF (-1)

/* Strings are borrowed and must outlive the run. */
struct ocsp_hook_options {
    struct ocsp_settings settings;
    struct ocsp_hook_engine engine;
    struct ocsp_hook_saving saving;
    bool reduces_by_default; /* settings.budget was not given */
    int pad;                 /* random crops of images padded by this; 0: none */
    bool detector;           /* else a classifier is trained */
    int eval;                /* measure every so many epochs */
    struct ocsp_hook_validation validation; /* of a classifier */
    struct ocsp_hook_map map;               /* of a detector */
    bool plots;                             /* draw the run */
    bool draw_at_random; /* images as the host does; else each once per pass */
    const char *cfg;     /* path of the dense net's cfg */
    const char *weights; /* that training begins with, or NULL */
    const char *backup;  /* folder that takes all results */
    const int *lock;     /* on it (cycle/folder.h); NULL: none */
    const char *command; /* the command line, for the summary */
    int images;          /* training images */
    /* Called when the run cannot go on; must not return. */
    void (*fatal)(const struct ocsp_error *err);
};

void ocsp_hook_enable(const struct ocsp_hook_options *options);
/* Ends the run and frees what it holds. The network stays the host's, and may not be
 * trained any more. */
void ocsp_hook_disable(void);

/* Before the host gives its network random weights, seeded by the clock. */
void ocsp_hook_seed(void);
/* Once, after the host has made its networks and before its loop, to which `nets` and
 * `net` belong. Goes on from an earlier process's state: may replace the network and
 * *base. */
void ocsp_hook_start(void *nets, int ngpus, void *net, char **base);
/* Before the first batch is loaded, in *threads. */
void ocsp_hook_loader(int *threads);
/* In the threads that load: puts n of the m training images' paths into `drawn`; 0: the
 * host has to. */
int ocsp_hook_draw(char **paths, int n, int m, char **drawn);
/* At the head of every iteration; `loader`: the host's pthread_t that loads a batch. */
void ocsp_hook_begin(void *loader);
/* Before every iteration's training, with the batch that was loaded for it. */
void ocsp_hook_batch(void *data, void *loader);
/* After every iteration of the host's loop. May replace the network and *base.
 * `average_loss`: the host's, for its display. */
void ocsp_hook_step(char **base, float loss, float *average_loss);
/* Where the host writes its own weights: it opens what the first returns, a new file that
 * will be `path`, and calls the second before it closes the file. Whole or not there. */
char *ocsp_hook_save(char *path);
void ocsp_hook_saved(FILE *file);
/* Before AlexeyAB's -map copies the network to `map`, a second one of the dense cfg:
 * after t* makes that one anew, once, and forgets the dense net's `best` mAP. */
void ocsp_hook_map(void *map, float *best);
/* Behind that, with the mAP that was measured. */
void ocsp_hook_map_value(float value);

/* Runs the host's own training; argv: "classifier" and what follows. Should the host end
 * the process before its training is done, the exit status is 1, unless two of the host's
 * threads end it at once. */
enum ocsp_status ocsp_hook_run_train(int argc, char **argv, struct ocsp_error *err);

/* For inference, by the host's own commands: networks get the engine at their first
 * prediction. */
enum ocsp_status ocsp_hook_predict_enable(const struct ocsp_hook_engine *engine,
                                          struct ocsp_error *err);
/* Runs the host's command; argv: "classifier" or "detector" and what follows. */
enum ocsp_status ocsp_hook_run_predict(int argc, char **argv, struct ocsp_error *err);
/* Ahead of every prediction of the network at `net`. */
void ocsp_hook_predict(void *net);

#endif
