/* What removed channels still emitted, folded into the layers that read them.
 *
 * A channel that the penalty has emptied is not silent: with a BN scale (or, without BN,
 * a filter) of 0 it emits the constant v = act(β), β its bias, over its whole map. The
 * layers between it and its readers pass v on: act(Σ v) at a shortcut, scale · v at an
 * upsample, … Filter f of a reader with weights w [n, c/conv_groups, k, k] ([out, in] of
 * a connected layer) then gets from the removed inputs j
 *
 *     K_f = Σ_j v_j · Σ_k w[f, j, k]
 *
 * and does not miss them when K_f is taken into
 *
 *     its BN's rolling mean:  mean_f −= K_f
 *     or, without BN, its bias:  bias_f += K_f
 *
 * Exact for emptied channels but for the borders of a zero-padded map, where part of the
 * kernel reads zeros and not v. For a channel that still varies act(β) stands for its
 * mean. (The paper removes channels without this.) */
#ifndef OCSP_PRUNE_COMPENSATE_H
#define OCSP_PRUNE_COMPENSATE_H

#include "layers/weights.h"
#include "prune/plan.h"

/* params [n_layers] of the dense net: means and biases of kept filters change in place,
 * to be sliced afterwards; a second call would compensate twice. A [batchnorm] without
 * biases (NULL) has biases of 0. Fails only without memory, then with part of it done. */
enum ocsp_status ocsp_compensate(const struct ocsp_coupling *coupling,
                                 const struct ocsp_plan *plan,
                                 const struct ocsp_params *params,
                                 struct ocsp_error *err);

#endif
