/* Which layers the engine takes, which tensors are channels-last, and who writes first to
 * a delta: decided once per network, from its graph alone. */
#include <stdlib.h>

#include "engine/layer.h"
#include "hosts/by_value/layer_edges.h"

static const struct ocsp_engine_kind *kind_of(const network *net, int i)
{
    const struct ocsp_engine_kind *kind = NULL;

    switch (net->layers[i].type) {
    case CONVOLUTIONAL:
        kind = &ocsp_engine_convolutional;
        break;
    case CONNECTED:
        kind = &ocsp_engine_connected;
        break;
    case BATCHNORM:
        kind = &ocsp_engine_batchnorm;
        break;
    case MAXPOOL:
        kind = &ocsp_engine_maxpool;
        break;
    case AVGPOOL:
        kind = &ocsp_engine_avgpool;
        break;
    case UPSAMPLE:
        kind = &ocsp_engine_upsample;
        break;
    case SHORTCUT:
        kind = &ocsp_engine_shortcut;
        break;
    case ROUTE:
        kind = &ocsp_engine_route;
        break;
    default:
        break;
    }
    return kind && kind->takes(net, i) ? kind : NULL;
}

/* false: the layer may read others than listed. */
static bool list_sources(const network *net, int i, struct ocsp_engine_node *node)
{
    const layer *l = &net->layers[i];
    const int more = l->type == ROUTE || l->type == SHORTCUT ? l->n : 0;
    int *list = calloc((size_t)more + 2, sizeof *list);

    node->sources = list;
    node->add = calloc((size_t)more + 2, sizeof *node->add);
    if (!list || !node->add)
        return false;
    switch (l->type) {
    case ROUTE:
        for (int k = 0; k < l->n; k++)
            list[node->n_sources++] = l->input_layers[k];
        return true;
    case SHORTCUT:
        list[node->n_sources++] = i - 1;
        if (l->n <= 1)
            list[node->n_sources++] = l->index;
        for (int k = 0; l->n > 1 && k < l->n; k++)
            list[node->n_sources++] = l->input_layers[k];
        return true;
    default:
        list[node->n_sources++] = i - 1;
        return ocsp_reads_predecessor_alone(l->type);
    }
}

/* [dropout] works in place: it has its predecessor's tensors. */
static bool is_alias(const network *net, int i)
{
    return i > 0 && net->layers[i].type == DROPOUT &&
           net->layers[i].output == net->layers[i - 1].output;
}

static int owner_of(const network *net, int i)
{
    while (i >= 0 && is_alias(net, i))
        i--;
    return i;
}

static int network_output(const network *net)
{
    int i = net->n - 1;

    while (i > 0 && net->layers[i].type == COST)
        i--;
    return i;
}

/* Demands of one reader on the formats of what it reads and writes; true if it changed
 * something. */
static bool settle(const network *net, struct ocsp_engine_node *nodes, int i)
{
    struct ocsp_engine_node *node = &nodes[i];
    const struct ocsp_engine_kind *kind = node->kind;
    bool changed = false, all_last = true;

    if (is_alias(net, i))
        return false;
    for (int k = 0; k < node->n_sources; k++) {
        const int s = owner_of(net, node->sources[k]);
        all_last = all_last && s >= 0 && nodes[s].last;
    }
    if (kind && !kind->converts && !kind->flat_input &&
        (!all_last || (!node->last && !kind->flat_output))) {
        node->kind = kind = NULL;
        changed = true;
    }
    if (!kind && node->last) {
        node->last = false;
        changed = true;
    }
    for (int k = 0; k < node->n_sources && !kind; k++) {
        const int s = owner_of(net, node->sources[k]);
        if (s >= 0 && nodes[s].last) {
            nodes[s].last = false;
            changed = true;
        }
    }
    return changed;
}

static bool runs_backward(const network *net, int i)
{
    for (int k = i; k < net->n; k++)
        if (net->layers[k].stopbackward)
            return false;
    return ocsp_host_runs_backward(&net->layers[i]);
}

static enum ocsp_status find_first_writers(const network *net,
                                           struct ocsp_engine_node *nodes,
                                           struct ocsp_error *err)
{
    bool *written = net->n > 0 ? calloc((size_t)net->n, sizeof *written) : NULL;

    if (!written)
        return ocsp_fail_memory(err);
    for (int i = net->n - 1; i >= 0; i--) {
        if (is_alias(net, i) || !runs_backward(net, i))
            continue;
        for (int k = 0; k < nodes[i].n_sources; k++) {
            const int s = owner_of(net, nodes[i].sources[k]);
            if (s < 0)
                continue;
            nodes[i].add[k] = written[s];
            if (!written[s])
                nodes[s].ours = nodes[i].kind != NULL;
            written[s] = true;
        }
    }
    free(written);
    return OCSP_OK;
}

enum ocsp_status ocsp_engine_graph(const network *net, struct ocsp_engine_node *nodes,
                                   struct ocsp_error *err)
{
    bool known = true, changed = true;

    for (int i = 0; i < net->n; i++) {
        known = list_sources(net, i, &nodes[i]) && known;
        if (!nodes[i].sources || !nodes[i].add)
            return ocsp_fail_memory(err);
        nodes[i].kind = kind_of(net, i);
    }
    for (int i = 0; i < net->n; i++)
        nodes[i].last = known && nodes[i].kind && !net->layers[i].truth;
    nodes[owner_of(net, network_output(net))].last = false;
    /* each round takes something away */
    while (changed) {
        changed = false;
        for (int i = 0; i < net->n; i++)
            changed = settle(net, nodes, i) || changed;
    }
    for (int i = 0; i < net->n; i++)
        nodes[i].last = nodes[owner_of(net, i)].last;
    return find_first_writers(net, nodes, err);
}
