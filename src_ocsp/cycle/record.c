#include "cycle/record.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cycle/accuracy_json.h"
#include "cycle/norms.h"
#include "cycle/settings_json.h"
#include "net/json_text.h"
#include "net/version.h"

#define EPOCHS_WITH_NORMS 300

static const char csv_header[] =
    "epoch,phase,lambda,J,mean_J,macs,selected,loss,learning_rate,seconds,"
    "selected_norm,kept_norm,top1,topk,map\n";

/* Adds `more` to the end of a text of *size bytes. */
static enum ocsp_status append(char **text, size_t *size, const char *more,
                               struct ocsp_error *err)
{
    const size_t n = strlen(more);
    char *grown = realloc(*text, *size + n + 1);

    if (!grown)
        return ocsp_fail_memory(err);
    memcpy(grown + *size, more, n + 1);
    *text = grown;
    *size += n;
    return OCSP_OK;
}

enum ocsp_status ocsp_record_init(struct ocsp_record *record, const char *folder,
                                  const char *base, struct ocsp_error *err)
{
    enum ocsp_status status;

    *record = (struct ocsp_record){0};
    record->csv_path = ocsp_file_path(folder, base, "_ocsp.csv");
    record->norms_path = ocsp_file_path(folder, base, "_ocsp_norms.csv");
    record->json_path = ocsp_file_path(folder, base, "_ocsp.json");
    status = record->csv_path && record->norms_path && record->json_path
                 ? append(&record->csv, &record->csv_size, csv_header, err)
                 : ocsp_fail_memory(err);
    if (status)
        ocsp_record_clear(record);
    return status;
}

void ocsp_record_clear(struct ocsp_record *record)
{
    free(record->csv_path);
    free(record->norms_path);
    free(record->json_path);
    free(record->csv);
    free(record->norms);
    free(record->json);
    *record = (struct ocsp_record){0};
}

/* A number, or nothing where it is not defined. */
static const char *number(char text[32], double value)
{
    if (isnan(value))
        text[0] = '\0';
    else
        snprintf(text, 32, "%.9g", value);
    return text;
}

/* Of a run with very many epochs, some will do: each generation holds all rows. */
static bool keeps_norms(const struct ocsp_cycle *cycle, int epoch)
{
    const int every = 1 + (cycle->settings.sl_end - 1) / EPOCHS_WITH_NORMS;

    return epoch % every == 0 || epoch == cycle->start_epoch ||
           epoch == cycle->prune_epoch;
}

static enum ocsp_status append_norms(struct ocsp_record *record,
                                     const struct ocsp_cycle *cycle, int epoch,
                                     struct ocsp_error *err)
{
    char *rows;
    enum ocsp_status status =
        ocsp_norms_rows(cycle->saliency.norm, cycle->plan.removed,
                        cycle->coupling->n_channels, epoch, &rows, err);

    if (status)
        return status;
    if (!record->norms)
        status = append(&record->norms, &record->norms_size, OCSP_NORMS_HEADER, err);
    if (!status)
        status = append(&record->norms, &record->norms_size, rows, err);
    free(rows);
    return status;
}

/* Takes out the last row where it is of this epoch: of the part of it that a shorter run
 * had done. */
static void drop_part(struct ocsp_record *record, int epoch)
{
    size_t at = record->csv_size > 0 ? record->csv_size - 1 : 0;

    while (at > 0 && record->csv[at - 1] != '\n')
        at--;
    if (at == 0 || atoi(record->csv + at) != epoch)
        return;
    record->csv[at] = '\0';
    record->csv_size = at;
}

enum ocsp_status ocsp_record_epoch(struct ocsp_record *record,
                                   const struct ocsp_cycle *cycle,
                                   const struct ocsp_epoch_facts *facts,
                                   struct ocsp_error *err)
{
    const bool searched = cycle->plan.removed != NULL;
    const bool live =
        searched && (cycle->phase != OCSP_PRUNED || cycle->prune_epoch == facts->epoch);
    const struct ocsp_score score = facts->score ? *facts->score : ocsp_score_none();
    char j[32], mean[32], loss[32], rate[32], selected[32], kept[32], line[512];
    char top1[32], topk[32], map[32];

    snprintf(line, sizeof line,
             "%d,%s,%.9g,%s,%s,%" PRIu64 ",%d,%s,%s,%.2f,%s,%s,%s,%s,%s\n", facts->epoch,
             ocsp_phase_name(cycle->phase), cycle->lambda,
             number(j, live ? cycle->stability.j : NAN),
             number(mean, live ? cycle->stability.mean : NAN), cycle->plan.macs_after,
             cycle->plan.n_removed, number(loss, facts->loss),
             number(rate, facts->learning_rate), facts->seconds,
             number(selected, live ? cycle->selected_norm : NAN),
             number(kept, live ? cycle->kept_norm : NAN), number(top1, score.top1),
             number(topk, score.topk), number(map, score.map));
    drop_part(record, facts->epoch);
    if (append(&record->csv, &record->csv_size, line, err))
        return err->status;
    return live && !isnan(cycle->selected_norm) && keeps_norms(cycle, facts->epoch)
               ? append_norms(record, cycle, facts->epoch, err)
               : OCSP_OK;
}

/* It is the last column. */
enum ocsp_status ocsp_record_set_map(struct ocsp_record *record, double map,
                                     struct ocsp_error *err)
{
    char text[40];

    while (record->csv_size > 0 && record->csv[record->csv_size - 1] != ',')
        record->csv_size--;
    snprintf(text, sizeof text, "%.9g\n", map);
    return append(&record->csv, &record->csv_size, text, err);
}

/* A copy with a '\0' behind it. */
static char *copy_of(const char *text, size_t size)
{
    char *copy = malloc(size + 1);

    if (copy) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

enum ocsp_status ocsp_record_restore(struct ocsp_record *record, const char *csv,
                                     size_t size, const char *norms,
                                     struct ocsp_error *err)
{
    char *csv_copy = copy_of(csv, size);
    char *norms_copy = norms ? copy_of(norms, strlen(norms)) : NULL;

    if (!csv_copy || (norms && !norms_copy)) {
        free(csv_copy);
        free(norms_copy);
        return ocsp_fail_memory(err);
    }
    free(record->csv);
    free(record->norms);
    record->csv = csv_copy;
    record->csv_size = size;
    record->norms = norms_copy;
    record->norms_size = norms ? strlen(norms) : 0;
    return OCSP_OK;
}

void ocsp_record_files(const struct ocsp_record *record,
                       struct ocsp_file_content files[OCSP_RECORD_FILES])
{
    const char *const json = record->json;

    files[0] =
        (struct ocsp_file_content){record->csv_path, record->csv, record->csv_size};
    files[1] =
        (struct ocsp_file_content){record->norms_path, record->norms, record->norms_size};
    files[2] =
        (struct ocsp_file_content){record->json_path, json, json ? strlen(json) : 0};
}

/* With the λ_0 and σ that act: the cycle sets them where they were not given. */
static json_t *settings_json(const struct ocsp_cycle *cycle)
{
    struct ocsp_settings settings = cycle->settings;

    settings.lambda0 = cycle->lambda0;
    settings.sigma = cycle->sigma;
    return ocsp_settings_json(&settings);
}

static json_t *surgery_json(const struct ocsp_cycle *cycle,
                            const struct ocsp_surgery_facts *f)
{
    if (!f)
        return json_null();
    return json_pack("{s:i, s:I, s:s, s:{s:f, s:f}, s:o, s:o, s:i}", "epoch", f->epoch,
                     "iteration", (json_int_t)f->iteration, "why",
                     ocsp_prune_cause_text(f->cause), "self_check", "difference",
                     f->difference, "tolerance", f->tolerance, "cfg",
                     ocsp_json_string(f->cfg), "weights", ocsp_json_string(f->weights),
                     "removed_channels", cycle->plan.n_removed);
}

enum ocsp_status ocsp_record_summary(struct ocsp_record *record,
                                     const struct ocsp_cycle *cycle,
                                     const struct ocsp_summary_facts *facts,
                                     struct ocsp_error *err)
{
    const struct ocsp_plan *plan = &cycle->plan;
    char *text;
    enum ocsp_status status;
    json_t *root = json_pack(
        "{s:i, s:s, s:s, s:o, s:{s:o, s:s?}, s:o, s:i, s:I, s:I, s:i, s:s?, s:i, s:o, "
        "s:o, s:{s:I, s:I}, s:{s:I, s:I}}",
        "version", 1, "ocsp", OCSP_VERSION, "host", facts->host, "command",
        ocsp_json_string(facts->command), "cfg", "path", ocsp_json_string(facts->cfg),
        "sha256", facts->cfg_sha256, "settings", settings_json(cycle), "epochs_done",
        facts->epochs, "iteration", (json_int_t)facts->iteration, "generation",
        (json_int_t)facts->generation, "t_sl_start", cycle->start_epoch, "t_sl_start_why",
        ocsp_start_cause_text(cycle->start_cause), "t_star", cycle->prune_epoch,
        "surgery", surgery_json(cycle, facts->surgery), "accuracy",
        ocsp_accuracy_json(facts->accuracy), "before", "macs",
        (json_int_t)plan->macs_before, "params", (json_int_t)plan->parameters_before,
        "after", "macs", (json_int_t)plan->macs_after, "params",
        (json_int_t)plan->parameters_after);

    status = ocsp_json_render(root, JSON_INDENT(2), &text, err);
    json_decref(root);
    if (status)
        return status;
    free(record->json);
    record->json = text;
    return OCSP_OK;
}
