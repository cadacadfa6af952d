/* What removed channels still emit, layer by layer: the constants that `emit` of a layer
 * type works out, for compensation.
 *
 * A channel that the penalty has emptied is not silent: with a BN scale (or, without BN,
 * a filter) of 0 it emits v = act(β), β its bias, over its whole map. The layers behind
 * it pass v on: act(Σ v) at a shortcut, scale · v at an upsample, … */
#ifndef OCSP_LAYERS_EMISSION_H
#define OCSP_LAYERS_EMISSION_H

#include "layers/channel_list.h"
#include "layers/weights.h"

struct ocsp_emission {
    const struct ocsp_graph *graph;
    const struct ocsp_params *params; /* [n_layers] of the dense net, borrowed */
    struct ocsp_channels channels;
    /* [n_layers][channels.out[i].n] what a channel emits there if it is removed. The
     * numbers of channels that stay mean nothing. */
    double **value;
    double *image; /* [image channels] zeros: the image loses no channel */
};

/* What the channels emit that layer i reads from the layer before it, or the image. */
const double *ocsp_emission_input(const struct ocsp_emission *e, int i);
/* How many of them layer i's list has as well: lists of unequal length are frozen, and
 * nobody reads on. */
int ocsp_emission_common(const struct ocsp_emission *e, int i);

enum ocsp_status ocsp_emission_init(struct ocsp_emission *emission,
                                    const struct ocsp_graph *graph,
                                    const struct ocsp_params *params,
                                    struct ocsp_error *err);
void ocsp_emission_clear(struct ocsp_emission *emission);

/* Ready functions for a type's `emit`. */
/* scale · v + shift of the channel before, as the layer has them. */
void ocsp_emit_through(const struct ocsp_emission *e, int i);
/* The layer's own biases, through `activation`: what its filters emit when emptied. */
void ocsp_emit_biases(const struct ocsp_emission *e, int i, const char *activation);
/* The cfg's name of the layer's activation, `fallback` where it names none. */
const char *ocsp_emission_activation(const struct ocsp_emission *e, int i,
                                     const char *fallback);

#endif
