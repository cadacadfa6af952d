/* What `ocsp speed` measured: nets that took turns, by one program and at one batch. */
#ifndef OCSP_VIEW_SPEED_RESULT_H
#define OCSP_VIEW_SPEED_RESULT_H

#include <stdbool.h>
#include <stdint.h>

#include "layers/graph.h"
#include "net/error.h"

struct ocsp_speed_layer {
    const char *name; /* of its section; borrowed from the graph */
    int line;         /* in the cfg */
    int channels;     /* of its output */
    uint64_t macs;    /* of one image */
    double bytes;     /* of a batch's inputs and outputs, and of the weights */
    /* of vectors, by the channels of its output and of its input, 0 to 1; 1 where nothing
     * is known */
    double fill, input_fill;
    bool by_engine;
    double seconds; /* of a batch */
};

struct ocsp_speed_net {
    const char *cfg; /* its path, borrowed */
    uint64_t macs, parameters;
    double *seconds; /* [rounds], of a batch */
    int n_layers;
    struct ocsp_speed_layer *layers;
};

struct ocsp_speed_result {
    const char *program; /* as the flag -engine names it; static */
    char library[64];    /* what computed, with its version */
    int threads;         /* 0: they are not ours to count */
    int batch, rounds;
    double wall_s;
    bool has_layers;   /* their times were taken */
    bool has_engine;   /* layers that are not `by_engine` are a host's own */
    int channel_block; /* of a convolution's output channels; 0: none is known */
    int n;
    struct ocsp_speed_net *nets; /* [n], the first is what the others are compared with */
};

/* Room for n nets of these graphs, which must outlive the result, and for up to
 * `most_rounds`. The layers' work is filled in. Free with ocsp_speed_result_clear, which
 * accepts one that is all zero. */
enum ocsp_status ocsp_speed_result_init(struct ocsp_speed_result *out, int n,
                                        const char *const *cfg,
                                        const struct ocsp_graph *const *graphs, int batch,
                                        int channel_block, int most_rounds,
                                        struct ocsp_error *err);
void ocsp_speed_result_clear(struct ocsp_speed_result *result);

/* Whether layer i of one net is layer i of the other, in all layers. */
bool ocsp_speed_nets_correspond(const struct ocsp_speed_net *a,
                                const struct ocsp_speed_net *b);
/* Sum over the layers. */
double ocsp_speed_layer_seconds(const struct ocsp_speed_net *net);

#endif
