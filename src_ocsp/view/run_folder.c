#include "view/run_folder.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/file.h"
#include "net/json_text.h"
#include "view/plots.h"

static const char summary_ending[] = "_ocsp.json";

const struct ocsp_plot_kind ocsp_plot_kinds[OCSP_PLOTS] = {
    {"stability", "When the selection became stable, and when the channels went"},
    {"training", "Loss, learning rate and accuracy over the epochs"},
    {"layers", "Filters that each layer kept and lost"},
    {"norms", "Norms of the selected and of the kept channels, as the epochs went by"},
};

static bool ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);

    return n > m && strcmp(text + n - m, ending) == 0;
}

/* --- which run --- */

enum { LIST_SIZE = 512 };

/* Puts a name into a list of names with ", " between them, which is in order whatever the
 * folder's own order is; nothing where there is no room. */
static void add_name(char list[LIST_SIZE], const char *name, int length)
{
    const size_t used = strlen(list), n = (size_t)length;
    char rest[LIST_SIZE], *at = list;

    if (used + n + sizeof ", " > LIST_SIZE)
        return;
    while (*at && strncmp(at, name, n) < 0) {
        char *comma = strstr(at, ", ");
        at = comma ? comma + 2 : list + used;
    }
    strcpy(rest, at);
    snprintf(at, LIST_SIZE - (size_t)(at - list), "%s%.*s%s%s",
             *rest || used == 0 ? "" : ", ", length, name, *rest ? ", " : "", rest);
}

/* The only run in the folder: its base, malloc'ed. */
static enum ocsp_status find_base(const char *folder, char **base, struct ocsp_error *err)
{
    char list[LIST_SIZE] = "";
    char *found = NULL;
    bool failed = false;
    int n = 0;
    DIR *files = opendir(folder);
    const struct dirent *file;

    if (!files)
        return ocsp_fail(err, OCSP_E_IO, folder, 0, "cannot read the folder: %s",
                         strerror(errno));
    while ((file = readdir(files))) {
        if (!ends_with(file->d_name, summary_ending))
            continue;
        const int length = (int)(strlen(file->d_name) - strlen(summary_ending));
        add_name(list, file->d_name, length);
        free(found);
        found = strndup(file->d_name, (size_t)length);
        failed = failed || !found;
        n++;
    }
    closedir(files);
    if (n == 1 && !failed) {
        *base = found;
        return OCSP_OK;
    }
    free(found);
    if (failed)
        return ocsp_fail_memory(err);
    return n == 0 ? ocsp_fail(err, OCSP_E_IO, folder, 0,
                              "no run is here: its *%s appears after the first epoch",
                              summary_ending)
                  : ocsp_fail(err, OCSP_E_USAGE, folder, 0,
                              "has several runs; name one by -net: %s", list);
}

bool ocsp_run_folder_has_one(const char *folder)
{
    struct ocsp_error unused;
    char *base;

    if (find_base(folder, &base, &unused))
        return false;
    free(base);
    return true;
}

/* --- its files --- */

/* Takes the path from `join`. *there is false where there is no such file, which is
 * different from a disk that does not answer. */
static enum ocsp_status look_for(const char *path, bool *there, struct ocsp_error *err)
{
    if (!path)
        return ocsp_fail_memory(err);
    *there = access(path, F_OK) == 0;
    return *there || errno == ENOENT
               ? OCSP_OK
               : ocsp_fail(err, OCSP_E_IO, path, 0, "cannot look for it: %s",
                           strerror(errno));
}

/* *text is NULL where there is no such file. */
static enum ocsp_status read_if_there(const char *path, char **text,
                                      struct ocsp_error *err)
{
    bool there;
    size_t size;

    *text = NULL;
    if (look_for(path, &there, err))
        return err->status;
    return there ? ocsp_file_read_text(path, text, &size, err) : OCSP_OK;
}

static enum ocsp_status read_summary(struct ocsp_run_folder *run, struct ocsp_error *err)
{
    json_error_t where;
    size_t size;
    char *text, *path = ocsp_file_path(run->folder, run->base, summary_ending);
    enum ocsp_status status;

    if (!path)
        return ocsp_fail_memory(err);
    status = ocsp_file_read_text(path, &text, &size, err);
    if (!status) {
        status = ocsp_json_parse(text, size, &run->summary, &where);
        free(text);
        if (status == OCSP_E_MEMORY)
            ocsp_fail_memory(err);
        else if (status)
            ocsp_fail(err, status, path, where.line, "not JSON: %s", where.text);
        else if (ocsp_run_number(run, "version") != 1)
            status = ocsp_fail(err, OCSP_E_FORMAT, path, 0,
                               "is not the summary of a run, or one of another version");
    }
    free(path);
    return status;
}

static enum ocsp_status read_pictures(struct ocsp_run_folder *run, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < OCSP_PLOTS && !status; k++) {
        char ending[64];
        snprintf(ending, sizeof ending, "_ocsp_%s.svg", ocsp_plot_kinds[k].name);
        char *path = ocsp_file_path(run->folder, run->base, ending);
        status = read_if_there(path, &run->plots[k], err);
        free(path);
    }
    return status;
}

/* The path of a file of the run where it is there. */
static enum ocsp_status find_file(const struct ocsp_run_folder *run, const char *ending,
                                  char **path, struct ocsp_error *err)
{
    char *found = ocsp_file_path(run->folder, run->base, ending);
    bool there = false;
    const enum ocsp_status status = look_for(found, &there, err);

    if (there)
        *path = found;
    else
        free(found);
    return status;
}

static enum ocsp_run_stage stage_of(const struct ocsp_run_folder *run)
{
    const char *weights = ocsp_run_text(run, "surgery.weights");

    if (weights)
        return ends_with(weights, "_final.weights") ? OCSP_RUN_DONE : OCSP_RUN_PRUNED;
    return ocsp_run_number(run, "settings.reduce") > 0 ? OCSP_RUN_WAITING
                                                       : OCSP_RUN_DENSE;
}

/* An earlier run of the same name may have left a pruned pair. */
static enum ocsp_status find_pair(struct ocsp_run_folder *run, struct ocsp_error *err)
{
    enum ocsp_status status;

    if (run->stage != OCSP_RUN_PRUNED && run->stage != OCSP_RUN_DONE)
        return OCSP_OK;
    status = find_file(run, "_pruned.cfg", &run->pruned_cfg, err);
    if (!status)
        status = find_file(run, "_dense_last.weights", &run->dense_weights, err);
    if (!status && json_is_object(ocsp_run_member(run, "accuracy.best")))
        status = find_file(run, "_pruned_best.weights", &run->pruned_weights, err);
    if (!status && !run->pruned_weights && run->stage == OCSP_RUN_DONE)
        status = find_file(run, "_pruned_final.weights", &run->pruned_weights, err);
    if (!status && !run->pruned_weights)
        status = find_file(run, "_pruned_last.weights", &run->pruned_weights, err);
    return status;
}

static enum ocsp_status read_epochs(struct ocsp_run_folder *run, struct ocsp_error *err)
{
    char *path = ocsp_file_path(run->folder, run->base, "_ocsp.csv"), *text = NULL;
    enum ocsp_status status = read_if_there(path, &text, err);

    if (!status && text)
        status = ocsp_csv_table_parse(&run->epochs, text, strlen(text), err);
    free(text);
    free(path);
    return status;
}

enum ocsp_status ocsp_run_folder_open(struct ocsp_run_folder *run, const char *folder,
                                      const char *base, struct ocsp_error *err)
{
    struct ocsp_run_folder found = {.folder = strdup(folder)};
    enum ocsp_status status = OCSP_OK;
    size_t n = strlen(folder);

    if (found.folder)
        while (n > 1 && found.folder[n - 1] == '/')
            found.folder[--n] = '\0';
    if (base)
        found.base = strdup(base);
    else
        status = find_base(folder, &found.base, err);
    if (!status && (!found.folder || !found.base))
        status = ocsp_fail_memory(err);
    if (!status)
        status = read_summary(&found, err);
    if (!status)
        status = read_epochs(&found, err);
    if (!status)
        status = read_pictures(&found, err);
    if (!status)
        status = find_file(&found, OCSP_PLOTS_SCRIPT, &found.plots_script, err);
    if (!status) {
        found.stage = stage_of(&found);
        status = find_pair(&found, err);
    }
    if (status)
        ocsp_run_folder_clear(&found);
    else
        *run = found;
    return status;
}

void ocsp_run_folder_clear(struct ocsp_run_folder *run)
{
    free(run->folder);
    free(run->base);
    json_decref(run->summary);
    ocsp_csv_table_clear(&run->epochs);
    for (int k = 0; k < OCSP_PLOTS; k++)
        free(run->plots[k]);
    free(run->pruned_cfg);
    free(run->pruned_weights);
    free(run->dense_weights);
    free(run->plots_script);
    *run = (struct ocsp_run_folder){0};
}

/* --- what the summary says --- */

json_t *ocsp_run_member(const struct ocsp_run_folder *run, const char *path)
{
    json_t *value = run->summary;
    char name[64];

    while (value && *path) {
        const size_t n = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)n, path);
        value = json_object_get(value, name);
        path += n + (path[n] == '.');
    }
    return value;
}

const char *ocsp_run_text(const struct ocsp_run_folder *run, const char *path)
{
    return json_string_value(ocsp_run_member(run, path));
}

double ocsp_run_number(const struct ocsp_run_folder *run, const char *path)
{
    const json_t *value = ocsp_run_member(run, path);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

uint64_t ocsp_run_count(const struct ocsp_run_folder *run, const char *path)
{
    const double value = ocsp_run_number(run, path);

    return value >= 1 && value <= 9007199254740992.0 ? (uint64_t)value : 0;
}

const char *ocsp_run_word(const struct ocsp_run_folder *run, const char *ending,
                          size_t *length)
{
    const char *word = ocsp_run_text(run, "command");
    const size_t m = strlen(ending);

    while (word && *word) {
        *length = strcspn(word, " ");
        if (*length > m && strncmp(word + *length - m, ending, m) == 0)
            return word;
        word += *length + (word[*length] == ' ');
    }
    return NULL;
}
