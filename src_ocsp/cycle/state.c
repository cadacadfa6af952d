#include "cycle/state.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/accuracy_json.h"
#include "cycle/settings_json.h"
#include "cycle/state_format.h"
#include "cycle/state_reader.h"
#include "net/file.h"
#include "net/json_text.h"

static enum ocsp_status other_version(const struct ocsp_state *s, size_t version,
                                      struct ocsp_error *err)
{
    return ocsp_fail(err, OCSP_E_FORMAT, s->path, 0,
                     "a state of version %zu, this program reads version %d: finish the "
                     "run with the ocsp that began it, or begin anew by -restart",
                     version, OCSP_STATE_VERSION);
}

static enum ocsp_status read_position(struct ocsp_state *s, struct ocsp_error *err)
{
    struct ocsp_state_reader r = ocsp_state_reader(s, "position");

    s->position = (struct ocsp_position){
        .generation = ocsp_state_read_count(&r, "generation"),
        .iteration = ocsp_state_read_count(&r, "iteration"),
        .epochs_done = ocsp_state_read_int(&r, "epochs_done", 0),
        .loss_sum = ocsp_state_read_real(&r, "loss_sum"),
        .loss_count = ocsp_state_read_int(&r, "loss_count", 0),
        .epoch_seconds = ocsp_state_read_real(&r, "epoch_seconds"),
        .average_loss = ocsp_state_read_real(&r, "average_loss"),
        .random = (uint64_t)ocsp_state_read_whole(&r, "random", INT64_MIN, INT64_MAX),
        .rollbacks = ocsp_state_read_int(&r, "rollbacks", 0),
        .order = (uint64_t)ocsp_state_read_whole(&r, "order", INT64_MIN, INT64_MAX),
        .drawn = ocsp_state_read_count(&r, "drawn"),
        .planned = ocsp_state_read_count(&r, "planned")};
    ocsp_state_expect(&r, !isnan(s->position.loss_sum), "loss_sum");
    return ocsp_state_read_result(&r, err);
}

static enum ocsp_status read_phase(struct ocsp_state *s, struct ocsp_error *err)
{
    struct ocsp_state_reader r = ocsp_state_reader(s, "cycle");
    const char *phase = json_string_value(json_object_get(r.object, "phase"));

    for (int p = OCSP_DENSE; p <= OCSP_PRUNED; p++)
        if (phase && strcmp(phase, ocsp_phase_name((enum ocsp_phase)p)) == 0) {
            s->phase = (enum ocsp_phase)p;
            return ocsp_state_read_result(&r, err);
        }
    ocsp_state_expect(&r, false, "phase");
    return ocsp_state_read_result(&r, err);
}

static enum ocsp_status read_surgery(struct ocsp_state *s, struct ocsp_error *err)
{
    if (s->phase != OCSP_PRUNED)
        return OCSP_OK;
    struct ocsp_state_reader r = ocsp_state_reader(s, "surgery");
    s->surgery =
        (struct ocsp_surgery_facts){.epoch = ocsp_state_read_int(&r, "epoch", 1),
                                    .iteration = ocsp_state_read_count(&r, "iteration"),
                                    .difference = ocsp_state_read_real(&r, "difference"),
                                    .tolerance = ocsp_state_read_real(&r, "tolerance")};
    return ocsp_state_read_result(&r, err);
}

static enum ocsp_status read_counters(struct ocsp_state *s, struct ocsp_error *err)
{
    struct ocsp_state_reader r = ocsp_state_reader(s, "counters");
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)r.object, name, value)
    {
        struct ocsp_counter *c = &s->counters[s->n_counters];
        const bool good =
            s->n_counters < OCSP_MAX_COUNTERS && strlen(name) < sizeof c->name;
        ocsp_state_expect(&r, good, "counters");
        if (!good)
            break;
        strcpy(c->name, name);
        c->value = ocsp_state_read_real(&r, name);
        s->n_counters++;
    }
    return ocsp_state_read_result(&r, err);
}

/* A state from before the first search has none. */
static enum ocsp_status read_norms(struct ocsp_state *s, struct ocsp_error *err)
{
    const json_t *norms = json_object_get(s->meta, "norms");

    if (norms && !json_is_null(norms) && !json_is_string(norms))
        return ocsp_state_damaged(s, "its norms are no text", err);
    s->norms = json_string_value(norms);
    return OCSP_OK;
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
        return ocsp_state_damaged(s, "empty", err);
    if (strncmp(next, OCSP_STATE_MAGIC, strlen(OCSP_STATE_MAGIC)) != 0)
        return ocsp_state_damaged(s, "another beginning", err);
    next += strlen(OCSP_STATE_MAGIC);
    if (!read_number(&next, ' ', &version))
        return ocsp_state_damaged(s, "another beginning", err);
    if (version != OCSP_STATE_VERSION)
        return other_version(s, version, err);
    if (!read_number(&next, ' ', &meta) || !read_number(&next, ' ', &s->csv_size) ||
        !read_number(&next, '\n', &s->n_floats))
        return ocsp_state_damaged(s, "another beginning", err);
    const size_t header = (size_t)(next - s->data);
    /* each number is below 10^15: no overflow */
    const size_t wanted =
        header + meta + s->csv_size + s->n_floats * sizeof(float) + SHA256_DIGEST_LENGTH;
    if (size != wanted)
        return ocsp_state_damaged(
            s, size < wanted ? "cut off" : "something stands behind its end", err);
    ocsp_state_digest(s->data, size - sizeof sha, sha);
    if (memcmp(sha, s->data + size - sizeof sha, sizeof sha) != 0)
        return ocsp_state_damaged(s, "its bytes were changed", err);
    s->csv = next + meta;
    s->floats = s->csv + s->csv_size;
    const enum ocsp_status status = ocsp_json_parse(next, meta, &root, &why);
    s->meta = root;
    if (status == OCSP_E_MEMORY) /* not a reason to begin anew */
        return ocsp_fail_memory(err);
    return status ? ocsp_state_damaged(s, "its JSON is malformed", err) : OCSP_OK;
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
        status = ocsp_accuracy_read(s, &s->accuracy, err);
    if (!status)
        status = read_counters(s, err);
    if (!status)
        status = read_norms(s, err);
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
                           "this run has %.40s = %.80s, now it would be %.80s: give it "
                           "what it had, or begin anew by -restart",
                           name, before ? before : "nothing", after ? after : "another");
        free(before);
        free(after);
    }
    json_decref(now);
    return status;
}
