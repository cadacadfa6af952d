#include "cycle/settings_json.h"

#include <math.h>

json_t *ocsp_real_json(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

/* Null where a dense run leaves it open. */
static json_t *count_json(int value)
{
    return value == OCSP_UNSET  ? json_null()
           : value == OCSP_AUTO ? json_string("auto")
                                : json_integer(value);
}

json_t *ocsp_settings_json(const struct ocsp_settings *s)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:i, s:f, s:f, s:f, s:i, s:o, s:o, "
                     "s:f, s:f, s:f, s:o, s:o, s:o, "
                     "s:s, "
                     "s:b, s:b, s:b, s:I}",
                     "preset", ocsp_preset_name(s->preset), "measure",
                     s->budget.measure == OCSP_MACS ? "macs" : "params", "round_to",
                     s->limits.round_to, "min_channels", s->limits.min_channels,
                     "keep_layers", s->keep_layers, "freeze_layers", s->freeze_layers,
                     "epoch_iterations", s->epoch_iterations, "reduce", s->budget.share,
                     "max_prune", s->limits.max_prune, "k", s->limits.k, "monitor",
                     s->monitor, "sl_start", count_json(s->sl_start), "sl_end",
                     count_json(s->sl_end), "tau", s->tau, "epsilon", s->epsilon, "quiet",
                     s->quiet, "lambda0", ocsp_real_json(s->lambda0), "sigma",
                     ocsp_real_json(s->sigma), "delta_t", count_json(s->delta_t),
                     "saliency", s->saliency->name, "eq8", s->with_term[OCSP_GROUP_LASSO],
                     "eq9", s->with_term[OCSP_SHRINKING], "compensate", s->compensate,
                     "seed", (json_int_t)s->seed);
}
