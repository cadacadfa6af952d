#include "prune/plan_file.h"

#include <jansson.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/file.h"
#include "net/json_text.h"

/* A plan has a few bytes per channel that stays; read as JSON it takes 30 times as much.
 */
#define MAX_PLAN ((size_t)8 << 20)

void ocsp_cfg_sha256(const struct ocsp_cfg *cfg, char text[OCSP_SHA256_TEXT])
{
    size_t size;
    const char *bytes = ocsp_cfg_text(cfg, &size);
    SHA256Data((const uint8_t *)bytes, size, text);
}

/* Kept rows of one layer, or NULL: it loses none, or there is no memory (*failed). */
static json_t *kept_rows(const struct ocsp_coupled_table *l, const struct ocsp_plan *plan,
                         bool *failed)
{
    json_t *list;

    if (ocsp_plan_count_kept(plan, l->row, l->rows) == l->rows)
        return NULL;
    list = json_array();
    *failed = *failed || !list;
    for (int r = 0; r < l->rows && list; r++)
        if (ocsp_plan_keeps(plan, l->row[r]))
            *failed = json_array_append_new(list, json_integer(r)) || *failed;
    return list;
}

enum ocsp_status ocsp_plan_render(const struct ocsp_plan *plan,
                                  const struct ocsp_coupling *coupling, char **text,
                                  struct ocsp_error *err)
{
    char sha[OCSP_SHA256_TEXT], key[16];
    bool failed = false;
    json_t *keep = json_object(), *root = NULL;

    ocsp_cfg_sha256(coupling->graph->cfg, sha);
    for (int i = 0; i < coupling->graph->n_layers && keep; i++) {
        json_t *rows = kept_rows(&coupling->tables[i], plan, &failed);
        snprintf(key, sizeof key, "%d", i);
        if (rows)
            failed = json_object_set_new(keep, key, rows) || failed;
    }
    root = json_pack("{s:i, s:s, s:o, s:I, s:I, s:I, s:I}", "version", 1, "cfg_sha256",
                     sha, "keep", keep, "macs_before", (json_int_t)plan->macs_before,
                     "macs_after", (json_int_t)plan->macs_after, "params_before",
                     (json_int_t)plan->parameters_before, "params_after",
                     (json_int_t)plan->parameters_after);
    const enum ocsp_status status =
        failed ? ocsp_fail_memory(err) : ocsp_json_render(root, JSON_COMPACT, text, err);
    json_decref(root);
    return status;
}

/* What a plan says of each row: kept unless its layer's entry leaves it out. */
struct reader {
    const struct ocsp_coupling *coupling;
    const char *path;
    const char *text; /* of the file, for line numbers */
    size_t size;
    struct ocsp_error *err;
    bool *removed; /* [n_channels] */
    int *decided;  /* [n_channels] layer that decided first, −1: none yet */
};

/* As strstr, in text that need not end with '\0'. */
static const char *find(const char *from, const char *end, const char *text)
{
    const size_t length = strlen(text);

    for (; from && length <= (size_t)(end - from); from++)
        if (memcmp(from, text, length) == 0)
            return from;
    return NULL;
}

/* Line of `"key"`, of the keys behind `"after"` if that is given; 0: it is not there, or
 * written with escapes. (jansson keeps no line numbers.) */
static int line_of(const struct reader *r, const char *after, const char *key)
{
    char quoted[32];
    const char *end = r->text + r->size;
    const char *from = after ? find(r->text, end, after) : r->text;
    int line = 1;

    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *found = find(from, end, quoted);
    for (const char *c = r->text; found && c < found; c++)
        line += *c == '\n';
    return found ? line : 0;
}

static int line_of_layer(const struct reader *r, int layer)
{
    char key[16];
    snprintf(key, sizeof key, "%d", layer);
    return line_of(r, "\"keep\"", key);
}

static enum ocsp_status refuse(const struct reader *r, enum ocsp_status status,
                               const char *key, const char *text)
{
    return ocsp_fail(r->err, status, r->path, line_of(r, NULL, key), "%s", text);
}

static enum ocsp_status refuse_channel(const struct reader *r, int layer,
                                       const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const enum ocsp_status status =
        ocsp_fail(r->err, OCSP_E_RANGE, r->path, line_of_layer(r, layer),
                  "layer %d keeps %.20s, which is not one of its channels, 0 to %d",
                  layer, text ? text : "something", r->coupling->tables[layer].rows - 1);

    free(text);
    return status;
}

/* Marks the rows that `list` keeps. */
static enum ocsp_status read_rows(const struct reader *r, int layer, const json_t *list,
                                  bool *kept)
{
    const int rows = r->coupling->tables[layer].rows;
    size_t index;
    json_t *value;

    json_array_foreach(list, index, value)
    {
        const json_int_t row = json_integer_value(value);
        if (!json_is_integer(value) || row < 0 || row >= rows)
            return refuse_channel(r, layer, value);
        if (kept[row])
            return ocsp_fail(r->err, OCSP_E_FORMAT, r->path, line_of_layer(r, layer),
                             "layer %d keeps channel %d twice", layer, (int)row);
        kept[row] = true;
    }
    return OCSP_OK;
}

static const char *frozen_reason(const struct ocsp_coupling *c, int layer)
{
    for (int f = 0; f < c->n_frozen; f++)
        if (c->frozen[f].layer == layer)
            return c->frozen[f].reason;
    return "frozen";
}

/* Of two layers with the same channels, one keeps what the other removes. */
static enum ocsp_status refuse_contradiction(const struct reader *r, int layer, int row,
                                             bool kept)
{
    const int c = r->coupling->tables[layer].row[row];
    const int line = line_of_layer(r, layer), first = r->decided[c];

    return ocsp_fail(r->err, OCSP_E_CONFLICT, r->path,
                     line > 0 ? line : line_of_layer(r, first),
                     "contradiction: layer %d %s the channel that layer %d %s (its "
                     "channel %d); coupled layers keep the same ones",
                     first, r->removed[c] ? "removes" : "keeps", layer,
                     kept ? "keeps" : "removes", row);
}

static enum ocsp_status decide_row(const struct reader *r, int layer, int row, bool kept)
{
    const int c = r->coupling->tables[layer].row[row];

    if (c < 0) {
        if (kept)
            return OCSP_OK;
        return ocsp_fail(r->err, OCSP_E_CONFLICT, r->path, line_of_layer(r, layer),
                         "layer %d cannot lose channel %d: %s", layer, row,
                         frozen_reason(r->coupling, layer));
    }
    if (r->decided[c] < 0) {
        r->decided[c] = layer;
        r->removed[c] = !kept;
        return OCSP_OK;
    }
    if (r->removed[c] == !kept)
        return OCSP_OK;
    return refuse_contradiction(r, layer, row, kept);
}

static enum ocsp_status read_layer(const struct reader *r, int layer, const json_t *list)
{
    const int rows = r->coupling->tables[layer].rows;
    bool *kept = calloc((size_t)rows + 1, sizeof *kept);
    enum ocsp_status status = OCSP_OK;

    if (!kept)
        return ocsp_fail_memory(r->err);
    if (list && !json_is_array(list))
        status = ocsp_fail(r->err, OCSP_E_FORMAT, r->path, line_of_layer(r, layer),
                           "keep of layer %d is not a list of channels", layer);
    else if (list)
        status = read_rows(r, layer, list, kept);
    for (int row = 0; row < rows && !status; row++)
        status = decide_row(r, layer, row, !list || kept[row]);
    free(kept);
    return status;
}

static enum ocsp_status check_keys(const struct reader *r, json_t *keep)
{
    const char *key;
    json_t *value;

    json_object_foreach(keep, key, value)
    {
        char *end;
        const long layer = strtol(key, &end, 10);
        const bool leading_zero = key[0] == '0' && key[1] != '\0';
        if (*key < '0' || *key > '9' || leading_zero || *end ||
            layer >= r->coupling->graph->n_layers || r->coupling->tables[layer].rows == 0)
            return ocsp_fail(r->err, OCSP_E_RANGE, r->path, line_of(r, "\"keep\"", key),
                             "'%.20s' is not a layer with filters of %s", key,
                             ocsp_cfg_name(r->coupling->graph->cfg));
    }
    return OCSP_OK;
}

static enum ocsp_status check_groups(const struct reader *r)
{
    for (int g = 0; g < r->coupling->n_groups; g++) {
        const struct ocsp_group *group = &r->coupling->groups[g];
        int kept = 0;
        for (int c = group->first; c < group->first + group->channels; c++)
            kept += !r->removed[c];
        if (kept == 0)
            return ocsp_fail(r->err, OCSP_E_CONFLICT, r->path,
                             line_of_layer(r, group->members[0].layer),
                             "it leaves layer %d without any channel",
                             group->members[0].layer);
    }
    return OCSP_OK;
}

static enum ocsp_status read_keep(const struct reader *r, json_t *keep)
{
    enum ocsp_status status = check_keys(r, keep);

    for (int i = 0; i < r->coupling->graph->n_layers && !status; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        if (r->coupling->tables[i].rows > 0)
            status = read_layer(r, i, json_object_get(keep, key));
    }
    return status ? status : check_groups(r);
}

static enum ocsp_status read_root(struct reader *r, json_t *root, struct ocsp_plan *plan)
{
    char sha[OCSP_SHA256_TEXT];
    const char *theirs = json_string_value(json_object_get(root, "cfg_sha256"));
    json_t *keep = json_object_get(root, "keep");
    enum ocsp_status status;

    if (json_integer_value(json_object_get(root, "version")) != 1)
        return refuse(r, OCSP_E_UNSUPPORTED, "version", "not a plan of \"version\":1");
    if (!theirs)
        return refuse(r, OCSP_E_FORMAT, "cfg_sha256",
                      "a plan needs \"cfg_sha256\", a text");
    if (!json_is_object(keep))
        return refuse(r, OCSP_E_FORMAT, "keep",
                      "a plan needs \"keep\", an object of lists, one per layer");
    ocsp_cfg_sha256(r->coupling->graph->cfg, sha);
    if (strcmp(sha, theirs) != 0)
        return ocsp_fail(
            r->err, OCSP_E_CONFLICT, r->path, line_of(r, NULL, "cfg_sha256"),
            "made for another cfg than %s (cfg_sha256 differs); make it anew",
            ocsp_cfg_name(r->coupling->graph->cfg));
    status = read_keep(r, keep);
    return status ? status : ocsp_plan_from_set(plan, r->coupling, r->removed, r->err);
}

enum ocsp_status ocsp_plan_parse(struct ocsp_plan *plan,
                                 const struct ocsp_coupling *coupling, const char *name,
                                 const char *text, size_t size, struct ocsp_error *err)
{
    const size_t n = (size_t)coupling->n_channels + 1;
    struct reader r = {
        .coupling = coupling, .path = name, .text = text, .size = size, .err = err};
    json_t *root = NULL;
    json_error_t where;
    enum ocsp_status status;

    if (size > MAX_PLAN)
        return ocsp_fail(err, OCSP_E_RANGE, name, 0, "larger than 8 MiB");
    r.removed = calloc(n, sizeof *r.removed);
    r.decided = malloc(n * sizeof *r.decided);
    if (!r.removed || !r.decided) {
        status = ocsp_fail_memory(err);
        goto out;
    }
    memset(r.decided, 0xff, n * sizeof *r.decided);
    status = ocsp_json_parse(text, size, &root, &where);
    if (!status)
        status = read_root(&r, root, plan);
    else if (status == OCSP_E_MEMORY)
        ocsp_fail_memory(err);
    else
        ocsp_fail(err, OCSP_E_FORMAT, name, where.line, "not JSON: %s", where.text);
out:
    json_decref(root);
    free(r.removed);
    free(r.decided);
    return status;
}

enum ocsp_status ocsp_plan_load(struct ocsp_plan *plan,
                                const struct ocsp_coupling *coupling, const char *path,
                                struct ocsp_error *err)
{
    char *text;
    size_t size;
    enum ocsp_status status = ocsp_file_read_text(path, &text, &size, err);

    if (status)
        return status;
    status = ocsp_plan_parse(plan, coupling, path, text, size, err);
    free(text);
    return status;
}
