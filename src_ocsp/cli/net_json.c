#include "cli/net_json.h"

#include <jansson.h>

#include "layers/macs.h"
#include "net/json_text.h"

/* jansson's *_new functions take NULL for "no memory" and answer −1, so one flag gathers
 * all failures. */
struct writer {
    const struct ocsp_coupling *coupling;
    bool failed;
};

static void append(struct writer *w, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value))
        w->failed = true;
}

static void set(struct writer *w, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value))
        w->failed = true;
}

static json_t *layers_json(struct writer *w)
{
    const struct ocsp_graph *graph = w->coupling->graph;
    json_t *list = json_array();

    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        append(w, list,
               json_pack("{s:i, s:s, s:i, s:[i,i,i], s:I, s:I}", "layer", i, "type",
                         l->name, "line", l->line, "output", l->out_w, l->out_h, l->out_c,
                         "macs", (json_int_t)ocsp_layer_macs(l), "params",
                         (json_int_t)ocsp_layer_parameters(l)));
    }
    return list;
}

static const char *part_name(const struct ocsp_coupling *c, const struct ocsp_member *m)
{
    static const char *const names[] = {"weights", "bn_scale", "none"};
    const struct ocsp_coupled_table *t = &c->tables[m->table];

    return t->index > 0 ? c->graph->layers[m->layer].tables[t->index].name
                        : names[m->part];
}

static json_t *members_json(struct writer *w, const struct ocsp_group *g)
{
    json_t *list = json_array();

    for (int k = 0; k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        append(w, list,
               json_pack("{s:i, s:s, s:s}", "layer", m->layer, "part",
                         part_name(w->coupling, m), "side",
                         m->side == OCSP_OUT ? "out" : "in"));
    }
    return list;
}

static json_t *group_json(struct writer *w, int index, const struct ocsp_saliency *costs,
                          bool with_scores)
{
    const struct ocsp_group *g = &w->coupling->groups[index];
    json_t *object = json_object();

    set(w, object, "channels", json_integer(g->channels));
    set(w, object, "members", members_json(w, g));
    set(w, object, "cost_macs_per_channel", json_real(costs->cost_macs[index]));
    if (with_scores) {
        json_t *scores = json_array();
        for (int c = g->first; c < g->first + g->channels; c++)
            append(w, scores, json_real(costs->raw[c]));
        set(w, object, "saliency", scores);
        set(w, object, "cost_softmax", json_real(costs->cost_softmax[index]));
    }
    return object;
}

static json_t *frozen_json(struct writer *w)
{
    json_t *list = json_array();

    for (int f = 0; f < w->coupling->n_frozen; f++) {
        const struct ocsp_frozen *frozen = &w->coupling->frozen[f];
        append(w, list,
               json_pack("{s:i, s:i, s:s}", "layer", frozen->layer, "channels",
                         frozen->channels, "reason", frozen->reason));
    }
    return list;
}

enum ocsp_status ocsp_net_json(const struct ocsp_coupling *coupling,
                               const struct ocsp_limits *limits,
                               const struct ocsp_saliency *saliency, char **text,
                               struct ocsp_error *err)
{
    struct writer w = {.coupling = coupling};
    struct ocsp_saliency costs = {0};
    uint64_t macs, parameters;
    json_t *root = json_object(), *groups = json_array();
    enum ocsp_status status = ocsp_plan_least(coupling, limits, &macs, &parameters, err);

    if (!status && !saliency)
        status = ocsp_saliency_init(&costs, coupling, err);
    if (status) {
        json_decref(root);
        json_decref(groups);
        return status;
    }
    set(&w, root, "macs", json_integer((json_int_t)ocsp_graph_macs(coupling->graph)));
    set(&w, root, "params",
        json_integer((json_int_t)ocsp_graph_parameters(coupling->graph)));
    set(&w, root, "min_macs", json_integer((json_int_t)macs));
    set(&w, root, "layers", layers_json(&w));
    for (int g = 0; g < coupling->n_groups; g++)
        append(&w, groups, group_json(&w, g, saliency ? saliency : &costs, saliency));
    set(&w, root, "groups", groups);
    set(&w, root, "frozen", frozen_json(&w));
    status = w.failed ? ocsp_fail_memory(err)
                      : ocsp_json_render(root, JSON_COMPACT | JSON_REAL_PRECISION(9),
                                         text, err);
    json_decref(root);
    ocsp_saliency_clear(&costs);
    return status;
}
