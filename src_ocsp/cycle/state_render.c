#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/accuracy_json.h"
#include "cycle/settings_json.h"
#include "cycle/state.h"
#include "cycle/state_format.h"
#include "layers/arrays.h"
#include "net/cfg_change.h"
#include "net/json_text.h"
#include "net/version.h"

#define MAX_HEADER 80

void ocsp_state_digest(const char *data, size_t size, uint8_t out[SHA256_DIGEST_LENGTH])
{
    SHA2_CTX context;

    SHA256Init(&context);
    SHA256Update(&context, (const uint8_t *)data, size);
    SHA256Final(out, &context);
}

/* NULL where `failed`: a list that lacks a member for want of memory is no list. */
static json_t *unless(bool failed, json_t *json)
{
    if (!failed)
        return json;
    json_decref(json);
    return NULL;
}

static json_t *set_json(const bool *set, int n)
{
    json_t *list = json_array();
    bool failed = false;

    for (int c = 0; c < n && !failed; c++)
        failed = set[c] && json_array_append_new(list, json_integer(c));
    return unless(failed, list);
}

static json_t *reals_json(const double *values, int n)
{
    json_t *list = json_array();
    bool failed = false;

    for (int k = 0; k < n && !failed; k++)
        failed = json_array_append_new(list, ocsp_real_json(values[k]));
    return unless(failed, list);
}

static json_t *position_json(const struct ocsp_position *p)
{
    return json_pack("{s:I, s:I, s:i, s:o, s:i, s:o, s:o, s:I, s:i, s:I, s:I, s:I}",
                     "generation", (json_int_t)p->generation, "iteration",
                     (json_int_t)p->iteration, "epochs_done", p->epochs_done, "loss_sum",
                     ocsp_real_json(p->loss_sum), "loss_count", p->loss_count,
                     "epoch_seconds", ocsp_real_json(p->epoch_seconds), "average_loss",
                     ocsp_real_json(p->average_loss), "random", (json_int_t)p->random,
                     "rollbacks", p->rollbacks, "order", (json_int_t)p->order, "drawn",
                     (json_int_t)p->drawn, "planned", (json_int_t)p->planned);
}

static json_t *stability_json(const struct ocsp_stability *s)
{
    const int n = s->coupling->n_channels;
    json_t *sets = json_array();
    bool failed = false;

    for (int k = 0; k <= OCSP_STABILITY_LAG && !failed; k++)
        failed = json_array_append_new(sets, set_json(s->sets[k], n));
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o}", "n", s->n, "last",
                     reals_json(s->last, OCSP_STABILITY_MEAN), "j", ocsp_real_json(s->j),
                     "mean", ocsp_real_json(s->mean), "earlier",
                     reals_json(s->earlier, 2), "sets", unless(failed, sets));
}

static json_t *cycle_json(const struct ocsp_cycle *c)
{
    return json_pack(
        "{s:s, s:o, s:o, s:o, s:i, s:i, s:o, s:o, s:o, s:s?, s:s?, s:o, s:o}", "phase",
        ocsp_phase_name(c->phase), "lambda", ocsp_real_json(c->lambda), "lambda0",
        ocsp_real_json(c->lambda0), "sigma", ocsp_real_json(c->sigma), "start_epoch",
        c->start_epoch, "prune_epoch", c->prune_epoch, "start_norm",
        ocsp_real_json(c->start_norm), "selected_norm", ocsp_real_json(c->selected_norm),
        "kept_norm", ocsp_real_json(c->kept_norm), "start_cause",
        ocsp_start_cause_code(c->start_cause), "prune_cause",
        ocsp_prune_cause_code(c->prune_cause), "removed",
        set_json(c->plan.removed, c->coupling->n_channels), "stability",
        stability_json(&c->stability));
}

static json_t *surgery_json(const struct ocsp_surgery_facts *f)
{
    if (!f)
        return json_null();
    return json_pack("{s:i, s:I, s:o, s:o}", "epoch", f->epoch, "iteration",
                     (json_int_t)f->iteration, "difference",
                     ocsp_real_json(f->difference), "tolerance",
                     ocsp_real_json(f->tolerance));
}

static json_t *counters_json(const struct ocsp_state_content *content)
{
    json_t *all = json_object();
    bool failed = false;

    for (int k = 0; k < content->n_counters && !failed; k++)
        failed = json_object_set_new(all, content->counters[k].name,
                                     ocsp_real_json(content->counters[k].value));
    return unless(failed, all);
}

static enum ocsp_status meta_text(const struct ocsp_state_content *c, char **text,
                                  struct ocsp_error *err)
{
    char *cfg;

    if (ocsp_cfg_content(c->cfg, &cfg, err))
        return err->status;
    json_t *meta =
        json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?}", "ocsp",
                  OCSP_VERSION, "host", c->host, "cfg", ocsp_json_string(cfg), "position",
                  position_json(c->position), "cycle", cycle_json(c->cycle), "surgery",
                  surgery_json(c->surgery), "accuracy", ocsp_accuracy_json(c->accuracy),
                  "counters", counters_json(c), "settings",
                  ocsp_settings_json(&c->cycle->settings), "norms", c->record->norms);
    free(cfg);
    const enum ocsp_status status =
        ocsp_json_render(meta, JSON_COMPACT | JSON_REAL_PRECISION(17), text, err);

    json_decref(meta);
    return status;
}

/* Both copy to `end`, and return the end of what they copied. */
static char *append(char *end, const void *data, size_t size)
{
    memcpy(end, data, size);
    return end + size;
}

static char *append_arrays(char *end, const struct ocsp_graph *graph,
                           const struct ocsp_params *params)
{
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];

    for (int i = 0; i < graph->n_layers; i++) {
        const int n = ocsp_arrays_of(&graph->layers[i], &params[i], arrays);
        for (int k = 0; k < n; k++)
            end = append(end, arrays[k].data, arrays[k].length * sizeof(float));
    }
    return end;
}

enum ocsp_status ocsp_state_render(const struct ocsp_state_content *content, char **data,
                                   size_t *size, struct ocsp_error *err)
{
    size_t floats = 0;
    const size_t csv = content->record->csv_size;
    uint8_t sha[SHA256_DIGEST_LENGTH];
    char header[MAX_HEADER];
    char *meta, *buffer, *end;

    for (int k = 0; k < content->n_params; k++)
        floats += ocsp_arrays_count(content->graph, content->params[k]);
    if (meta_text(content, &meta, err))
        return err->status;
    buffer = malloc(MAX_HEADER + strlen(meta) + csv + floats * sizeof(float) +
                    SHA256_DIGEST_LENGTH);
    if (!buffer) {
        free(meta);
        return ocsp_fail_memory(err);
    }
    snprintf(header, sizeof header, OCSP_STATE_MAGIC "%d %zu %zu %zu\n",
             OCSP_STATE_VERSION, strlen(meta), csv, floats);
    end = append(buffer, header, strlen(header));
    end = append(end, meta, strlen(meta));
    end = append(end, content->record->csv, csv);
    for (int k = 0; k < content->n_params; k++)
        end = append_arrays(end, content->graph, content->params[k]);
    ocsp_state_digest(buffer, (size_t)(end - buffer), sha);
    end = append(end, sha, sizeof sha);
    free(meta);
    *data = buffer;
    *size = (size_t)(end - buffer);
    return OCSP_OK;
}
