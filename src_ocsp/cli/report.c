#include "cli/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "net/file.h"
#include "net/json_text.h"
#include "net/standard_output.h"
#include "view/report.h"
#include "view/report_speed.h"

/* All that a report is made of. */
struct sources {
    struct ocsp_run_folder run;
    bool has_run;
    char *before_path, *after_weights, *before_weights, *output;
    struct ocsp_net_files before, after;
    json_t *speed;
};

static void clear(struct sources *s)
{
    if (s->has_run)
        ocsp_run_folder_clear(&s->run);
    ocsp_net_files_close(&s->after);
    ocsp_net_files_close(&s->before);
    free(s->before_path);
    free(s->before_weights);
    free(s->after_weights);
    free(s->output);
    json_decref(s->speed);
}

static enum ocsp_status check_usage(const struct ocsp_net_files *words,
                                    const struct ocsp_flags *flags,
                                    struct ocsp_error *err)
{
    const char *wrong = NULL;

    if (words->n_words > 1)
        wrong =
            "expected one folder, the backup= of the run's data file; two cfgs come by "
            "-before A.cfg -after B.cfg";
    else if (words->n_words == 1 && flags->after)
        wrong = "a run's folder has the pruned net: expected the folder or -after";
    else if (words->n_words == 0 && flags->run_name)
        wrong = "-net names a run in a folder: expected the folder";
    else if (words->n_words == 0 && !(flags->before && flags->after))
        wrong = "expected the folder of a run, or -before A.cfg -after B.cfg";
    return wrong ? ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "%s", wrong) : OCSP_OK;
}

/* Puts the layers that the run was told to keep into the settings. */
static void set_layer_lists(const struct ocsp_run_folder *run, struct ocsp_settings *s)
{
    const char *keep = ocsp_run_text(run, "settings.keep_layers");
    const char *freeze = ocsp_run_text(run, "settings.freeze_layers");

    snprintf(s->keep_layers, sizeof s->keep_layers, "%s", keep ? keep : "");
    snprintf(s->freeze_layers, sizeof s->freeze_layers, "%s", freeze ? freeze : "");
}

static enum ocsp_status open_run(struct sources *s, const char *folder,
                                 const struct ocsp_flags *flags, struct ocsp_error *err)
{
    struct ocsp_settings settings = flags->settings;
    enum ocsp_status status = ocsp_run_folder_open(&s->run, folder, flags->run_name, err);

    if (status)
        return status;
    s->has_run = true;
    set_layer_lists(&s->run, &settings);
    status = ocsp_run_folder_dense_cfg(&s->run, flags->before, &s->before_path, err);
    if (!status)
        status = ocsp_net_files_open(&s->before, s->before_path, NULL, &settings, err);
    if (!status && s->run.pruned_cfg)
        status = ocsp_net_files_open(&s->after, s->run.pruned_cfg, NULL, &flags->settings,
                                     err);
    if (status)
        return status;
    const size_t size = strlen(s->run.folder) + strlen(s->run.base) + 32;
    s->output = malloc(size);
    if (!s->output)
        return ocsp_fail_memory(err);
    snprintf(s->output, size, "%s/%s_ocsp_report.html", s->run.folder, s->run.base);
    return OCSP_OK;
}

/* The .weights beside a cfg, malloc'ed; NULL where there are none. */
static enum ocsp_status find_weights_beside(const char *cfg, char **weights,
                                            struct ocsp_error *err)
{
    const char *dot = strrchr(cfg, '.');
    const size_t n = dot && strcmp(dot, ".cfg") == 0 ? (size_t)(dot - cfg) : strlen(cfg);
    char *path = malloc(n + sizeof ".weights");
    struct stat info;

    if (!path)
        return ocsp_fail_memory(err);
    snprintf(path, n + sizeof ".weights", "%.*s.weights", (int)n, cfg);
    if (stat(path, &info) == 0)
        *weights = path;
    else
        free(path);
    return OCSP_OK;
}

static enum ocsp_status open_pair(struct sources *s, const struct ocsp_flags *flags,
                                  struct ocsp_error *err)
{
    enum ocsp_status status =
        ocsp_net_files_open(&s->before, flags->before, NULL, &flags->settings, err);

    if (!status)
        status =
            ocsp_net_files_open(&s->after, flags->after, NULL, &flags->settings, err);
    if (!status)
        status = find_weights_beside(flags->before, &s->before_weights, err);
    if (!status)
        status = find_weights_beside(flags->after, &s->after_weights, err);
    if (status)
        return status;
    s->output = strdup("report.html");
    return s->output ? OCSP_OK : ocsp_fail_memory(err);
}

static enum ocsp_status read_speed(struct sources *s, const char *path,
                                   struct ocsp_error *err)
{
    json_error_t where;
    char *text;
    size_t size;
    enum ocsp_status status = ocsp_file_read_text(path, &text, &size, err);

    if (status)
        return status;
    status = ocsp_json_parse(text, size, &s->speed, &where);
    free(text);
    if (status == OCSP_E_MEMORY)
        return ocsp_fail_memory(err);
    return status ? ocsp_fail(err, status, path, where.line, "not JSON: %s", where.text)
                  : OCSP_OK;
}

/* The sizes of both weights files, or computed ones: a comparison of two kinds of sizes
 * would mean nothing. */
static void measure_weights(struct ocsp_report *report)
{
    struct ocsp_report_net *before = &report->before, *after = &report->after;
    struct stat first, second;

    if (after->graph && before->weights && after->weights &&
        stat(before->weights, &first) == 0 && stat(after->weights, &second) == 0) {
        before->weights_size = (uint64_t)first.st_size;
        after->weights_size = (uint64_t)second.st_size;
        return;
    }
    report->sizes_are_computed = true;
    before->weights_size = ocsp_weights_file_size(before->graph, false);
    after->weights_size = after->graph ? ocsp_weights_file_size(after->graph, false) : 0;
}

static enum ocsp_status write_page(const struct sources *s, const char *path,
                                   const char *speed_file, struct ocsp_error *err)
{
    struct ocsp_report report = {
        .before = {.graph = s->before.graph,
                   .cfg = ocsp_cfg_name(s->before.cfg),
                   .weights = s->has_run ? s->run.dense_weights : s->before_weights},
        .after = {.graph = s->after.graph,
                  .cfg = s->after.graph ? ocsp_cfg_name(s->after.cfg) : NULL,
                  .weights = s->has_run ? s->run.pruned_weights : s->after_weights},
        .coupling = s->before.coupling,
        .run = s->has_run ? &s->run : NULL,
        .speed = s->speed};
    char *html;
    size_t size;

    measure_weights(&report);
    if (s->speed && !ocsp_report_speed(&report, 0, &(struct ocsp_report_speed){0}))
        return ocsp_fail(
            err, OCSP_E_CONFLICT, speed_file, 0,
            "has no measurement of both nets: darknet ocsp speed %s %s -json "
            "makes one",
            report.before.cfg, report.after.cfg ? report.after.cfg : "B.cfg");
    enum ocsp_status status = ocsp_net_files_check_output(&s->before, path, err);
    if (!status && s->after.cfg)
        status = ocsp_net_files_check_output(&s->after, path, err);
    if (!status)
        status = ocsp_report_render(&report, &html, &size, err);
    if (status)
        return status;
    const struct ocsp_file_content file = {path, html, size};
    status = ocsp_files_write(&file, 1, err);
    free(html);
    return status ? status : ocsp_output_wrote(path, NULL, NULL, err);
}

enum ocsp_status ocsp_report_run(const struct ocsp_net_files *words,
                                 struct ocsp_flags *flags, struct ocsp_error *err)
{
    struct sources s = {0};
    enum ocsp_status status = check_usage(words, flags, err);

    if (!status)
        status = words->n_words == 1 ? open_run(&s, words->words[0], flags, err)
                                     : open_pair(&s, flags, err);
    if (!status && flags->speed_file)
        status = read_speed(&s, flags->speed_file, err);
    if (!status)
        status = write_page(&s, flags->output ? flags->output : s.output,
                            flags->speed_file, err);
    clear(&s);
    return status;
}
