#include "cycle/state.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/settings_json.h"
#include "cycle/state_format.h"
#include "layers/arrays.h"
#include "net/file.h"
#include "net/json_text.h"

static enum ocsp_status damaged(const struct ocsp_state *s, const char *what,
                                struct ocsp_error *err)
{
    return ocsp_fail(err, OCSP_E_FORMAT, s->path, 0,
                     "not a state of this version of ocsp: %s; -restart begins anew",
                     what);
}

static enum ocsp_status other_version(const struct ocsp_state *s, size_t version,
                                      struct ocsp_error *err)
{
    return ocsp_fail(err, OCSP_E_FORMAT, s->path, 0,
                     "a state of version %zu, this program reads version %d: finish the "
                     "run with the ocsp that began it, or begin anew by -restart",
                     version, OCSP_STATE_VERSION);
}

/* Reads the fields of a JSON object. Reading goes on after a bad field; the error names
 * the first of them. */
struct reader {
    const struct ocsp_state *state;
    const json_t *object;
    const char *wrong; /* name of the first bad field, or NULL */
};

static void note(struct reader *r, bool good, const char *name)
{
    if (!good && !r->wrong)
        r->wrong = name;
}

static double read_real(struct reader *r, const char *name)
{
    const json_t *value = json_object_get(r->object, name);

    note(r, json_is_number(value) || json_is_null(value), name);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

static json_int_t read_whole(struct reader *r, const char *name, json_int_t low,
                             json_int_t high)
{
    const json_t *value = json_object_get(r->object, name);
    const json_int_t number = json_integer_value(value);
    const bool good = json_is_integer(value) && number >= low && number <= high;

    note(r, good, name);
    return good ? number : low;
}

static int read_int(struct reader *r, const char *name, int low)
{
    return (int)read_whole(r, name, low, INT32_MAX);
}

static uint64_t read_count(struct reader *r, const char *name)
{
    return (uint64_t)read_whole(r, name, 0, INT64_MAX);
}

static enum ocsp_status result(const struct reader *r, struct ocsp_error *err)
{
    char what[80];

    if (!r->wrong)
        return OCSP_OK;
    snprintf(what, sizeof what, "'%s' is missing or wrong", r->wrong);
    return damaged(r->state, what, err);
}

static struct reader reader_of(const struct ocsp_state *state, const char *name)
{
    const json_t *object = json_object_get(state->meta, name);

    return (struct reader){state, object, json_is_object(object) ? NULL : name};
}

static enum ocsp_status read_position(struct ocsp_state *s, struct ocsp_error *err)
{
    struct reader r = reader_of(s, "position");

    s->position = (struct ocsp_position){
        .generation = read_count(&r, "generation"),
        .iteration = read_count(&r, "iteration"),
        .epochs_done = read_int(&r, "epochs_done", 0),
        .loss_sum = read_real(&r, "loss_sum"),
        .loss_count = read_int(&r, "loss_count", 0),
        .epoch_seconds = read_real(&r, "epoch_seconds"),
        .average_loss = read_real(&r, "average_loss"),
        .random = (uint64_t)read_whole(&r, "random", INT64_MIN, INT64_MAX),
        .rollbacks = read_int(&r, "rollbacks", 0),
        .order = (uint64_t)read_whole(&r, "order", INT64_MIN, INT64_MAX),
        .drawn = read_count(&r, "drawn")};
    note(&r, !isnan(s->position.loss_sum), "loss_sum");
    return result(&r, err);
}

static enum ocsp_status read_phase(struct ocsp_state *s, struct ocsp_error *err)
{
    struct reader r = reader_of(s, "cycle");
    const char *phase = json_string_value(json_object_get(r.object, "phase"));

    for (int p = OCSP_DENSE; p <= OCSP_PRUNED; p++)
        if (phase && strcmp(phase, ocsp_phase_name((enum ocsp_phase)p)) == 0) {
            s->phase = (enum ocsp_phase)p;
            return result(&r, err);
        }
    note(&r, false, "phase");
    return result(&r, err);
}

static enum ocsp_status read_surgery(struct ocsp_state *s, struct ocsp_error *err)
{
    if (s->phase != OCSP_PRUNED)
        return OCSP_OK;
    struct reader r = reader_of(s, "surgery");
    s->surgery = (struct ocsp_surgery_facts){.epoch = read_int(&r, "epoch", 1),
                                             .iteration = read_count(&r, "iteration"),
                                             .difference = read_real(&r, "difference"),
                                             .tolerance = read_real(&r, "tolerance")};
    return result(&r, err);
}

static enum ocsp_status read_counters(struct ocsp_state *s, struct ocsp_error *err)
{
    struct reader r = reader_of(s, "counters");
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)r.object, name, value)
    {
        struct ocsp_counter *c = &s->counters[s->n_counters];
        const bool good =
            s->n_counters < OCSP_MAX_COUNTERS && strlen(name) < sizeof c->name;
        note(&r, good, "counters");
        if (!good)
            break;
        strcpy(c->name, name);
        c->value = read_real(&r, name);
        s->n_counters++;
    }
    return result(&r, err);
}

/* Reads a decimal number and the character `end` behind it; *text moves behind both. */
static bool read_number(const char **text, char end, size_t *out)
{
    const char *c = *text;

    for (*out = 0; *c >= '0' && *c <= '9' && c - *text < 15; c++)
        *out = *out * 10 + (size_t)(*c - '0');
    if (c == *text || *c != end)
        return false;
    *text = c + 1;
    return true;
}

/* Finds the parts of the file, and checks them. `data` ends with a '\0' behind its `size`
 * bytes. */
static enum ocsp_status split(struct ocsp_state *s, size_t size, struct ocsp_error *err)
{
    const char *next = s->data; /* what is not read yet */
    uint8_t sha[SHA256_DIGEST_LENGTH];
    size_t version, meta;
    json_error_t why;
    json_t *root = NULL;

    if (size == 0)
        return damaged(s, "empty", err);
    if (strncmp(next, OCSP_STATE_MAGIC, strlen(OCSP_STATE_MAGIC)) != 0)
        return damaged(s, "another beginning", err);
    next += strlen(OCSP_STATE_MAGIC);
    if (!read_number(&next, ' ', &version))
        return damaged(s, "another beginning", err);
    if (version != OCSP_STATE_VERSION)
        return other_version(s, version, err);
    if (!read_number(&next, ' ', &meta) || !read_number(&next, ' ', &s->csv_size) ||
        !read_number(&next, '\n', &s->n_floats))
        return damaged(s, "another beginning", err);
    const size_t header = (size_t)(next - s->data);
    /* each number is below 10^15: no overflow */
    const size_t wanted =
        header + meta + s->csv_size + s->n_floats * sizeof(float) + SHA256_DIGEST_LENGTH;
    if (size != wanted)
        return damaged(s, size < wanted ? "cut off" : "something stands behind its end",
                       err);
    ocsp_state_digest(s->data, size - sizeof sha, sha);
    if (memcmp(sha, s->data + size - sizeof sha, sizeof sha) != 0)
        return damaged(s, "its bytes were changed", err);
    s->csv = next + meta;
    s->floats = s->csv + s->csv_size;
    const enum ocsp_status status = ocsp_json_parse(next, meta, &root, &why);
    s->meta = root;
    if (status == OCSP_E_MEMORY) /* not a reason to begin anew */
        return ocsp_fail_memory(err);
    return status ? damaged(s, "its JSON is malformed", err) : OCSP_OK;
}

static enum ocsp_status read_state(struct ocsp_state *s, size_t size,
                                   struct ocsp_error *err)
{
    enum ocsp_status status = split(s, size, err);

    if (!status)
        status = read_position(s, err);
    if (!status)
        status = read_phase(s, err);
    if (!status)
        status = read_surgery(s, err);
    if (!status)
        status = read_counters(s, err);
    return status;
}

/* Takes ownership of `data`. */
static enum ocsp_status parse(struct ocsp_state **out, const char *path, char *data,
                              size_t size, struct ocsp_error *err)
{
    struct ocsp_state *s = calloc(1, sizeof *s);

    if (!s) {
        free(data);
        return ocsp_fail_memory(err);
    }
    s->data = data;
    s->path = strdup(path);
    const enum ocsp_status status =
        s->path ? read_state(s, size, err) : ocsp_fail_memory(err);
    if (status)
        ocsp_state_free(s);
    else
        *out = s;
    return status;
}

enum ocsp_status ocsp_state_parse(struct ocsp_state **out, const char *path,
                                  const char *data, size_t size, struct ocsp_error *err)
{
    char *copy = malloc(size + 1);

    if (!copy)
        return ocsp_fail_memory(err);
    memcpy(copy, data, size);
    copy[size] = '\0';
    return parse(out, path, copy, size, err);
}

enum ocsp_status ocsp_state_load(struct ocsp_state **out, const char *path,
                                 struct ocsp_error *err)
{
    char *data;
    size_t size;
    const enum ocsp_status status = ocsp_file_read(path, &data, &size, err);

    return status ? status : parse(out, path, data, size, err);
}

void ocsp_state_free(struct ocsp_state *state)
{
    if (!state)
        return;
    json_decref(state->meta);
    free(state->path);
    free(state->data);
    free(state);
}

/* --- does it fit --- */

static bool has_text(const struct ocsp_state *s, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(s->meta, name));

    return value && strcmp(value, text) == 0;
}

enum ocsp_status ocsp_state_check_net(const struct ocsp_state *state, const char *host,
                                      const char *cfg_sha256, const char *cfg,
                                      struct ocsp_error *err)
{
    if (!has_text(state, "host", host))
        return ocsp_fail(err, OCSP_E_CONFLICT, state->path, 0,
                         "this run was made by another Darknet, not %s's; -restart "
                         "begins anew",
                         host);
    if (!has_text(state, "cfg_sha256", cfg_sha256))
        return ocsp_fail(err, OCSP_E_CONFLICT, state->path, 0,
                         "this run began with another %s; -restart begins anew", cfg);
    return OCSP_OK;
}

enum ocsp_status ocsp_state_check_settings(const struct ocsp_state *state,
                                           const struct ocsp_settings *settings,
                                           struct ocsp_error *err)
{
    const json_t *then = json_object_get(state->meta, "settings");
    json_t *now = ocsp_settings_json(settings), *value;
    const char *name;
    enum ocsp_status status = now ? OCSP_OK : ocsp_fail_memory(err);

    json_object_foreach(now, name, value)
    {
        json_t *old = json_object_get(then, name);
        if (status || json_equal(old, value))
            continue;
        char *before = json_dumps(old, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        char *after = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        status = ocsp_fail(err, OCSP_E_CONFLICT, state->path, 0,
                           "this run has %.40s = %.80s, now it would be %.80s; "
                           "-restart begins anew",
                           name, before ? before : "nothing", after ? after : "another");
        free(before);
        free(after);
    }
    json_decref(now);
    return status;
}

/* --- putting it back --- */

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

static void read_stability(struct reader *r, struct ocsp_stability *s)
{
    const struct reader outer = *r;
    const json_t *sets;

    r->object = json_object_get(outer.object, "stability");
    sets = json_object_get(r->object, "sets");
    s->n = read_int(r, "n", 0);
    s->j = read_real(r, "j");
    s->mean = read_real(r, "mean");
    note(r, read_reals(json_object_get(r->object, "last"), s->last, OCSP_STABILITY_MEAN),
         "last");
    note(r, read_reals(json_object_get(r->object, "earlier"), s->earlier, 2), "earlier");
    for (size_t k = 0; k <= OCSP_STABILITY_LAG; k++)
        note(r, read_set(json_array_get(sets, k), s->coupling->n_channels, s->sets[k]),
             "sets");
    r->object = outer.object;
}

/* The code word of a cause; NULL where there is none, or where it is not a text. */
static const char *read_code(struct reader *r, const char *name)
{
    const json_t *value = json_object_get(r->object, name);

    note(r, json_is_string(value) || json_is_null(value), name);
    return json_string_value(value);
}

static void read_causes(struct reader *r, struct ocsp_cycle *cycle)
{
    const char *start = read_code(r, "start_cause"), *prune = read_code(r, "prune_cause");

    cycle->start_cause = OCSP_NOT_STARTED;
    cycle->prune_cause = OCSP_NOT_PRUNED;
    note(r, !start || ocsp_start_cause_find(start, &cycle->start_cause), "start_cause");
    note(r, !prune || ocsp_prune_cause_find(prune, &cycle->prune_cause), "prune_cause");
    note(r, cycle->phase != OCSP_PRUNED || prune, "prune_cause");
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

static enum ocsp_status restore_plan(struct reader *r, struct ocsp_cycle *cycle,
                                     struct ocsp_error *err)
{
    const int n = cycle->coupling->n_channels;
    bool *removed = calloc((size_t)n + 1, sizeof *removed);
    struct ocsp_plan plan;
    enum ocsp_status status;

    if (!removed)
        return ocsp_fail_memory(err);
    note(r,
         read_set(json_object_get(r->object, "removed"), n, removed) &&
             is_removable(cycle->coupling, removed),
         "removed");
    status = result(r, err);
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
    struct reader r = reader_of(state, "cycle");

    cycle->phase = state->phase;
    cycle->lambda = read_real(&r, "lambda");
    cycle->lambda0 = read_real(&r, "lambda0");
    cycle->sigma = read_real(&r, "sigma");
    cycle->start_epoch = read_int(&r, "start_epoch", -1);
    cycle->prune_epoch = read_int(&r, "prune_epoch", -1);
    cycle->start_norm = read_real(&r, "start_norm");
    cycle->selected_norm = read_real(&r, "selected_norm");
    cycle->kept_norm = read_real(&r, "kept_norm");
    read_causes(&r, cycle);
    note(&r, !isnan(cycle->lambda), "lambda");
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
        return ocsp_fail(err, OCSP_E_CONFLICT, state->path, 0,
                         "%zu parameters and momenta, this network has %zu; -restart "
                         "begins anew",
                         state->n_floats, wanted);
    for (int k = 0; k < n_params; k++)
        from = read_arrays(from, graph, params[k]);
    return OCSP_OK;
}
