/* What can be timed: the host's own functions, the CPU engine in them, and OpenCV's DNN
 * where it is built in. A predictor gets a cfg, makes random parameters, and predicts.
 *
 *     by->open(&net, &input, &err);
 *     by->begin(net, &err);            a visit: others may have computed in between
 *     by->predict(net, images, &err);  as often as is wanted
 *     by->read_times(net, seconds);
 *     by->end(net);
 *     by->close(net); */
#ifndef OCSP_TRAIN_PREDICTOR_H
#define OCSP_TRAIN_PREDICTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "layers/graph.h"
#include "net/error.h"

enum ocsp_predictor_name {
    OCSP_PREDICTOR_STOCK,
    OCSP_PREDICTOR_ONEDNN,
    OCSP_PREDICTOR_GPU,
    OCSP_PREDICTOR_OPENCV,
    OCSP_PREDICTORS
};

struct ocsp_predictor_input {
    const char *cfg; /* path, for messages */
    const struct ocsp_graph *graph;
    int batch;
};

struct ocsp_predictor {
    /* The library that computes, with its version; "" where the host itself does. */
    void (*describe)(char *text, size_t size);
    /* By how many threads; 0: all cores. NULL: as the host's OpenMP. */
    void (*set_threads)(int threads);
    /* Output channels that a convolution computes together; 0: nothing is known. */
    int (*channel_block)(void);
    enum ocsp_status (*open)(void **net, const struct ocsp_predictor_input *input,
                             struct ocsp_error *err);
    enum ocsp_status (*begin)(void *net, struct ocsp_error *err);
    /* images [batch, c, h, w] */
    enum ocsp_status (*predict)(void *net, float *images, struct ocsp_error *err);
    /* Seconds [layers] since the visit began, or since the last call; returns for how
     * many predictions. NULL where layers cannot be timed. */
    long (*read_times)(void *net, double *seconds);
    /* Whether it is an engine in a host that computes this layer. NULL: there is none. */
    bool (*by_engine)(void *net, int layer);
    void (*end)(void *net);
    void (*close)(void *net); /* accepts NULL */
    bool is_slow_to_begin;    /* the first prediction of a visit takes longer */
};

/* The word for the flag -engine. */
const char *ocsp_predictor_word(enum ocsp_predictor_name name);
/* Refuses what this program was not built with. */
enum ocsp_status ocsp_predictor_find(const struct ocsp_predictor **out,
                                     enum ocsp_predictor_name name,
                                     struct ocsp_error *err);
/* The fastest that is built in, but for OpenCV's. */
enum ocsp_predictor_name ocsp_predictor_default(void);

#endif
