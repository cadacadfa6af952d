#include "view/speed_json.h"

#include "net/json_text.h"
#include "view/speed_reasons.h"
#include "view/speed_statistics.h"

/* jansson's functions fail, and free what they are given, where a value is NULL: one
 * failure is all that has to be noted. */
struct writer {
    const struct ocsp_speed_result *result;
    struct ocsp_speed_peaks peaks;
    bool failed;
};

static void set(struct writer *w, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value))
        w->failed = true;
}

static void append(struct writer *w, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value))
        w->failed = true;
}

static json_t *gain_json(struct writer *w, int k)
{
    const struct ocsp_speed_net *first = &w->result->nets[0], *net = &w->result->nets[k];
    struct ocsp_speed_gain g;
    struct ocsp_error err;

    if (ocsp_speed_gain_of(first->seconds, net->seconds, w->result->rounds,
                           (double)first->macs, (double)net->macs, &g, &err))
        return NULL;
    return json_pack("{s:s, s:f, s:f, s:f, s:f, s:f, s:f}", "verdict",
                     ocsp_speed_verdict_name(g.verdict), "times", g.times, "low",
                     g.interval.low, "high", g.interval.high, "confidence",
                     g.interval.confidence, "theory", g.theory, "share", g.share);
}

static json_t *losses_json(struct writer *w, int k)
{
    const struct ocsp_speed_loss loss = ocsp_speed_loss_of(w->result, &w->peaks, k);
    json_t *object = json_object();

    set(w, object, "all", json_real(1e3 * loss.seconds));
    for (int r = 0; r < OCSP_SPEED_REASONS; r++)
        set(w, object, ocsp_speed_reason_name((enum ocsp_speed_reason)r),
            json_real(1e3 * loss.by_reason[r]));
    set(w, object, "cheap MACs", json_real(1e3 * loss.by_cheap_macs));
    return object;
}

static json_t *layer_json(struct writer *w, int k, int i, bool compared)
{
    const struct ocsp_speed_result *r = w->result;
    const struct ocsp_speed_layer *l = &r->nets[k].layers[i];
    json_t *object = json_object();

    set(w, object, "layer", json_integer(i));
    set(w, object, "type", ocsp_json_string(l->name));
    set(w, object, "line", json_integer(l->line));
    if (r->has_engine)
        set(w, object, "by", json_string(l->by_engine ? "engine" : "host"));
    set(w, object, "channels", json_integer(l->channels));
    set(w, object, "fill", json_real(l->fill));
    set(w, object, "input_fill", json_real(l->input_fill));
    set(w, object, "macs", json_integer((json_int_t)l->macs));
    set(w, object, "macs_per_byte", json_real(ocsp_speed_intensity(l, r->batch)));
    set(w, object, "ms", json_real(1e3 * l->seconds));
    if (!compared)
        return object;
    const struct ocsp_speed_layer_gain g = ocsp_speed_layer_gain_of(r, &w->peaks, k, i);
    set(w, object, "first_ms", json_real(1e3 * r->nets[0].layers[i].seconds));
    set(w, object, "times", json_real(g.times));
    set(w, object, "theory", json_real(g.theory));
    set(w, object, "share", json_real(g.share));
    set(w, object, "reason",
        g.needs_reason ? json_string(ocsp_speed_reason_name(g.reason)) : json_null());
    return object;
}

static json_t *net_json(struct writer *w, int k, bool layers)
{
    const struct ocsp_speed_result *r = w->result;
    const struct ocsp_speed_net *net = &r->nets[k];
    const bool compared = k > 0 && ocsp_speed_nets_correspond(&r->nets[0], net);
    struct ocsp_spread s;
    struct ocsp_error err;
    json_t *object = json_object(), *list = layers ? json_array() : NULL;

    if (ocsp_spread_of(net->seconds, r->rounds, &s, &err)) {
        json_decref(object);
        json_decref(list);
        return NULL;
    }
    set(w, object, "cfg", ocsp_json_string(net->cfg));
    set(w, object, "macs", json_integer((json_int_t)net->macs));
    set(w, object, "params", json_integer((json_int_t)net->parameters));
    set(w, object, "ms", json_real(1e3 * s.median));
    set(w, object, "ms_quartiles", json_pack("[f, f]", 1e3 * s.low, 1e3 * s.high));
    set(w, object, "images_per_s", json_real(r->batch / s.median));
    set(w, object, "gain", k > 0 ? gain_json(w, k) : json_null());
    if (compared && r->has_layers)
        set(w, object, "lost_ms", losses_json(w, k));
    for (int i = 0; i < net->n_layers && layers; i++)
        append(w, list, layer_json(w, k, i, compared));
    if (layers)
        set(w, object, "layers", list);
    return object;
}

json_t *ocsp_speed_json(const struct ocsp_speed_result *r, bool layers)
{
    struct writer w = {.result = r, .peaks = ocsp_speed_peaks_of(r)};
    json_t *root = json_object(), *nets = json_array();

    set(&w, root, "engine", json_string(r->program));
    set(&w, root, "library", *r->library ? ocsp_json_string(r->library) : json_null());
    set(&w, root, "threads", r->threads > 0 ? json_integer(r->threads) : json_null());
    set(&w, root, "batch", json_integer(r->batch));
    set(&w, root, "rounds", json_integer(r->rounds));
    set(&w, root, "seconds", json_real(r->wall_s));
    set(&w, root, "channel_block",
        r->channel_block > 0 ? json_integer(r->channel_block) : json_null());
    for (int k = 0; k < r->n; k++)
        append(&w, nets, net_json(&w, k, layers && r->has_layers));
    set(&w, root, "nets", nets);
    if (!w.failed)
        return root;
    json_decref(root);
    return NULL;
}
