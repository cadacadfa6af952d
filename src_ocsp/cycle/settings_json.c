#include "cycle/settings_json.h"

#include <math.h>

json_t *ocsp_real_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* An epoch, or a number of them; null where a dense run leaves it open. */
static json_t *epoch_json(int value)
{
    return value == OCSP_UNSET  ? json_null()
           : value == OCSP_AUTO ? json_string("auto")
                                : json_integer(value);
}

struct writer {
    json_t *object;
    bool failed;
};

/* `value` is a new reference, NULL where there was no memory. */
static void put(struct writer *w, const char *key, json_t *value)
{
    if (json_object_set_new(w->object, key, value))
        w->failed = true;
}

static void put_plan(struct writer *w, const struct ocsp_settings *s)
{
    put(w, "measure", json_string(ocsp_measure_word(s->budget.measure)));
    put(w, "round_to", json_integer(s->limits.round_to));
    put(w, "min_channels", json_integer(s->limits.min_channels));
    put(w, "keep_layers", json_string(s->keep_layers));
    put(w, "freeze_layers", json_string(s->freeze_layers));
    put(w, "epoch_iterations", json_integer(s->epoch_iterations));
    put(w, "reduce", ocsp_real_json(s->budget.share));
    put(w, "max_prune", ocsp_real_json(s->limits.max_prune));
    put(w, "k", ocsp_real_json(s->limits.k));
}

json_t *ocsp_settings_json(const struct ocsp_settings *s)
{
    struct writer w = {.object = json_object()};

    put(&w, "preset", json_string(ocsp_preset_name(s->preset)));
    put_plan(&w, s);
    put(&w, "monitor", json_integer(s->monitor));
    put(&w, "sl_start", epoch_json(s->sl_start));
    put(&w, "sl_end", epoch_json(s->sl_end));
    put(&w, "tau", ocsp_real_json(s->tau));
    put(&w, "epsilon", ocsp_real_json(s->epsilon));
    put(&w, "quiet", ocsp_real_json(s->quiet));
    put(&w, "lambda0", ocsp_real_json(s->lambda0));
    put(&w, "sigma", ocsp_real_json(s->sigma));
    put(&w, "delta_t", epoch_json(s->delta_t));
    put(&w, "saliency", json_string(s->saliency->name));
    for (int t = 0; t < OCSP_PENALTY_TERMS; t++)
        put(&w, ocsp_penalty_terms[t]->name, json_boolean(s->with_term[t]));
    put(&w, "compensate", json_boolean(s->compensate));
    put(&w, "seed", json_integer(s->seed));
    if (!w.failed)
        return w.object;
    json_decref(w.object);
    return NULL;
}
