/* The images of valid= in a .data file, each with its class, as the host's own
 * `classifier valid` finds them. */
#ifndef OCSP_TRAIN_VALID_IMAGES_H
#define OCSP_TRAIN_VALID_IMAGES_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "net/error.h"
#include "train/hook.h"

struct ocsp_valid_images {
    int n;        /* images */
    char **path;  /* [n] */
    int *label;   /* [n] the first label that stands in the path; −1: none does */
    int no_label; /* how many have none */
    int n_leaves;
    char **leaf; /* [n_leaves] names of leaves=; NULL: all leaves of the tree */

    int w, h, threads;
    size_t floats;      /* of an image: 3·w·h */
    bool *unreadable;   /* [n] found out when it was loaded */
    float *cache;       /* [n][floats]; NULL: they need too much memory */
    bool is_cache_full; /* all are loaded */
    char *texts[3];     /* of the files, which the lists point into */
};

/* Memory for decoded images. */
#define OCSP_VALID_CACHE_BYTES ((size_t)512 << 20)

/* Reads the lists of `options`, which must outlive it. Images become [3, h, w]. */
enum ocsp_status ocsp_valid_images_new(struct ocsp_valid_images **out,
                                       const struct ocsp_hook_validation *options, int w,
                                       int h, int threads, struct ocsp_error *err);
void ocsp_valid_images_free(struct ocsp_valid_images *images);

/* Moves n images [3, h, w] together into [n, channels, h, w], for a network of fewer
 * channels: it gets the first ones, as from the hosts' `classifier valid`. */
void ocsp_valid_images_narrow(const struct ocsp_valid_images *images, float *batch, int n,
                              int channels);

#define OCSP_LOAD_THREADS 64

/* Threads that load some images. */
struct ocsp_valid_load {
    struct ocsp_valid_images *images;
    int first, n;
    float *out;      /* [n][floats]; zeros where an image cannot be read */
    atomic_int next; /* the next one to load */
    pthread_t threads[OCSP_LOAD_THREADS];
    int n_threads;
};

/* Begins to load n images from `first` on, and returns at once. */
void ocsp_valid_load_begin(struct ocsp_valid_load *load, struct ocsp_valid_images *images,
                           int first, int n, float *out);
/* Returns when they are loaded. */
void ocsp_valid_load_end(struct ocsp_valid_load *load);

#endif
