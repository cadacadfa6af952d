#include "cycle/accuracy_json.h"

#include <string.h>

#include "cycle/settings_json.h"
#include "cycle/state_reader.h"

static json_t *score_json(const struct ocsp_accuracy *accuracy,
                          const struct ocsp_score *score)
{
    if (score->epoch == 0)
        return json_null();
    if (accuracy->measure == OCSP_MEASURE_MAP)
        return json_pack("{s:i, s:o}", "epoch", score->epoch, "map",
                         ocsp_real_json(score->map));
    return json_pack("{s:i, s:o, s:o}", "epoch", score->epoch, "top1",
                     ocsp_real_json(score->top1), "topk", ocsp_real_json(score->topk));
}

static json_t *best_json(const struct ocsp_accuracy *accuracy,
                         const struct ocsp_best *best)
{
    json_t *json = score_json(accuracy, &best->score);

    if (!json || json_is_null(json) ||
        !json_object_set_new(json, "sha256", json_string(best->sha256)))
        return json;
    json_decref(json);
    return NULL;
}

json_t *ocsp_accuracy_json(const struct ocsp_accuracy *a)
{
    if (a->measure == OCSP_NO_MEASURE)
        return json_null();
    return json_pack("{s:s, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "measure",
                     ocsp_accuracy_measure_name(a->measure), "top", a->top, "interval",
                     a->interval, "last", score_json(a, &a->last), "best",
                     best_json(a, &a->best), "dense_best", best_json(a, &a->dense_best),
                     "before_surgery", score_json(a, &a->before), "after_surgery",
                     score_json(a, &a->after));
}

/* The fields of r->object. */
static struct ocsp_score read_fields(struct ocsp_state_reader *r,
                                     enum ocsp_accuracy_measure measure)
{
    struct ocsp_score score = ocsp_score_none();

    score.epoch = ocsp_state_read_int(r, "epoch", 1);
    if (measure == OCSP_MEASURE_MAP) {
        score.map = ocsp_state_read_real(r, "map");
    } else {
        score.top1 = ocsp_state_read_real(r, "top1");
        score.topk = ocsp_state_read_real(r, "topk");
    }
    return score;
}

static void read_sha256(struct ocsp_state_reader *r, char out[OCSP_SHA256_TEXT])
{
    const char *text = json_string_value(json_object_get(r->object, "sha256"));
    const bool good = text && (!*text || strlen(text) == OCSP_SHA256_TEXT - 1);

    ocsp_state_expect(r, good, "sha256");
    strcpy(out, good ? text : "");
}

/* `sha256` is NULL for a score without a file. */
static struct ocsp_score read_score(struct ocsp_state_reader *r, const char *name,
                                    enum ocsp_accuracy_measure measure, char *sha256)
{
    const json_t *const outer = r->object;
    struct ocsp_score score = ocsp_score_none();

    r->object = json_object_get(outer, name);
    ocsp_state_expect(r, json_is_object(r->object) || json_is_null(r->object), name);
    if (json_is_object(r->object))
        score = read_fields(r, measure);
    if (json_is_object(r->object) && sha256)
        read_sha256(r, sha256);
    r->object = outer;
    return score;
}

static enum ocsp_accuracy_measure read_measure(struct ocsp_state_reader *r)
{
    const char *name = json_string_value(json_object_get(r->object, "measure"));

    for (int m = OCSP_MEASURE_TOP1; name && m <= OCSP_MEASURE_MAP; m++)
        if (strcmp(name, ocsp_accuracy_measure_name((enum ocsp_accuracy_measure)m)) == 0)
            return (enum ocsp_accuracy_measure)m;
    ocsp_state_expect(r, false, "measure");
    return OCSP_NO_MEASURE;
}

enum ocsp_status ocsp_accuracy_read(const struct ocsp_state *state,
                                    struct ocsp_accuracy *out, struct ocsp_error *err)
{
    struct ocsp_accuracy a = {0};
    struct ocsp_state_reader r = ocsp_state_reader(state, "accuracy");

    *out = a;
    if (json_is_null(json_object_get(state->meta, "accuracy")))
        return OCSP_OK;
    a.measure = read_measure(&r);
    a.top = ocsp_state_read_int(&r, "top", 0);
    a.interval = ocsp_state_read_int(&r, "interval", 0);
    a.last = read_score(&r, "last", a.measure, NULL);
    a.best.score = read_score(&r, "best", a.measure, a.best.sha256);
    a.dense_best.score = read_score(&r, "dense_best", a.measure, a.dense_best.sha256);
    a.before = read_score(&r, "before_surgery", a.measure, NULL);
    a.after = read_score(&r, "after_surgery", a.measure, NULL);
    if (ocsp_state_read_result(&r, err))
        return err->status;
    *out = a;
    return OCSP_OK;
}
