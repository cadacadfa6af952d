#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/state.h"
#include "cycle/state_reader.h"
#include "layers/arrays.h"

static bool read_set(const json_t *list, int n, bool *set)
{
    memset(set, 0, (size_t)n * sizeof *set);
    for (size_t k = 0; k < json_array_size(list); k++) {
        const json_t *value = json_array_get(list, k);
        const json_int_t c = json_integer_value(value);
        if (!json_is_integer(value) || c < 0 || c >= n)
            return false;
        set[c] = true;
    }
    return json_is_array(list);
}

static bool read_reals(const json_t *list, double *out, size_t n)
{
    if (json_array_size(list) != n)
        return false;
    for (size_t k = 0; k < n; k++) {
        const json_t *value = json_array_get(list, k);
        if (!json_is_number(value) && !json_is_null(value))
            return false;
        out[k] = json_is_null(value) ? NAN : json_number_value(value);
    }
    return true;
}

static void read_stability(struct ocsp_state_reader *r, struct ocsp_stability *s)
{
    const struct ocsp_state_reader outer = *r;
    const json_t *sets;

    r->object = json_object_get(outer.object, "stability");
    sets = json_object_get(r->object, "sets");
    s->n = ocsp_state_read_int(r, "n", 0);
    s->j = ocsp_state_read_real(r, "j");
    s->mean = ocsp_state_read_real(r, "mean");
    ocsp_state_expect(
        r, read_reals(json_object_get(r->object, "last"), s->last, OCSP_STABILITY_MEAN),
        "last");
    ocsp_state_expect(r, read_reals(json_object_get(r->object, "earlier"), s->earlier, 2),
                      "earlier");
    for (size_t k = 0; k <= OCSP_STABILITY_LAG; k++)
        ocsp_state_expect(
            r, read_set(json_array_get(sets, k), s->coupling->n_channels, s->sets[k]),
            "sets");
    r->object = outer.object;
}

/* The code word of a cause; NULL where there is none, or where it is not a text. */
static const char *read_code(struct ocsp_state_reader *r, const char *name)
{
    const json_t *value = json_object_get(r->object, name);

    ocsp_state_expect(r, json_is_string(value) || json_is_null(value), name);
    return json_string_value(value);
}

static void read_causes(struct ocsp_state_reader *r, struct ocsp_cycle *cycle)
{
    const char *start = read_code(r, "start_cause"), *prune = read_code(r, "prune_cause");

    cycle->start_cause = OCSP_NOT_STARTED;
    cycle->prune_cause = OCSP_NOT_PRUNED;
    ocsp_state_expect(r, !start || ocsp_start_cause_find(start, &cycle->start_cause),
                      "start_cause");
    ocsp_state_expect(r, !prune || ocsp_prune_cause_find(prune, &cycle->prune_cause),
                      "prune_cause");
    ocsp_state_expect(r, cycle->phase != OCSP_PRUNED || prune, "prune_cause");
}

/* Every group keeps a channel, or what is left would be no network. */
static bool is_removable(const struct ocsp_coupling *coupling, const bool *removed)
{
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        int kept = 0;
        for (int c = group->first; c < group->first + group->channels; c++)
            kept += !removed[c];
        if (kept == 0)
            return false;
    }
    return true;
}

static enum ocsp_status restore_plan(struct ocsp_state_reader *r,
                                     struct ocsp_cycle *cycle, struct ocsp_error *err)
{
    const int n = cycle->coupling->n_channels;
    bool *removed = calloc((size_t)n + 1, sizeof *removed);
    struct ocsp_plan plan;
    enum ocsp_status status;

    if (!removed)
        return ocsp_fail_memory(err);
    ocsp_state_expect(r,
                      read_set(json_object_get(r->object, "removed"), n, removed) &&
                          is_removable(cycle->coupling, removed),
                      "removed");
    status = ocsp_state_read_result(r, err);
    if (!status)
        status = ocsp_plan_from_set(&plan, cycle->coupling, removed, err);
    free(removed);
    if (status)
        return status;
    ocsp_plan_clear(&cycle->plan);
    cycle->plan = plan;
    return OCSP_OK;
}

enum ocsp_status ocsp_state_restore_cycle(const struct ocsp_state *state,
                                          struct ocsp_cycle *cycle,
                                          struct ocsp_error *err)
{
    struct ocsp_state_reader r = ocsp_state_reader(state, "cycle");

    cycle->phase = state->phase;
    cycle->lambda = ocsp_state_read_real(&r, "lambda");
    cycle->lambda0 = ocsp_state_read_real(&r, "lambda0");
    cycle->sigma = ocsp_state_read_real(&r, "sigma");
    cycle->start_epoch = ocsp_state_read_int(&r, "start_epoch", -1);
    cycle->prune_epoch = ocsp_state_read_int(&r, "prune_epoch", -1);
    cycle->start_norm = ocsp_state_read_real(&r, "start_norm");
    cycle->selected_norm = ocsp_state_read_real(&r, "selected_norm");
    cycle->kept_norm = ocsp_state_read_real(&r, "kept_norm");
    read_causes(&r, cycle);
    ocsp_state_expect(&r, !isnan(cycle->lambda), "lambda");
    read_stability(&r, &cycle->stability);
    return restore_plan(&r, cycle, err);
}

/* Fills the arrays of all layers; returns what stands behind them in `from`. */
static const char *read_arrays(const char *from, const struct ocsp_graph *graph,
                               const struct ocsp_params *params)
{
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];

    for (int i = 0; i < graph->n_layers; i++) {
        const int n = ocsp_arrays_of(&graph->layers[i], &params[i], arrays);
        for (int k = 0; k < n; k++) {
            memcpy(arrays[k].data, from, arrays[k].length * sizeof(float));
            from += arrays[k].length * sizeof(float);
        }
    }
    return from;
}

enum ocsp_status ocsp_state_restore_params(const struct ocsp_state *state,
                                           const struct ocsp_graph *graph,
                                           const struct ocsp_params *const *params,
                                           int n_params, struct ocsp_error *err)
{
    const char *from = state->floats;
    size_t wanted = 0;

    for (int k = 0; k < n_params; k++)
        wanted += ocsp_arrays_count(graph, params[k]);
    if (state->n_floats != wanted)
        return ocsp_fail(
            err, OCSP_E_CONFLICT, state->path, 0,
            "%zu parameters and momenta, this network has %zu; begin anew by "
            "-restart",
            state->n_floats, wanted);
    for (int k = 0; k < n_params; k++)
        from = read_arrays(from, graph, params[k]);
    return OCSP_OK;
}
