#include "cycle/former_run.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/file.h"

#define STATE ".ocsp-state"
#define PRUNED "_pruned"

/* What this program writes, behind the base; '*' stands for small letters. */
static const char *const own[] = {
    STATE,           "_ocsp.csv",           "_ocsp_norms.csv",
    "_ocsp.json",    "_ocsp.log",           "_ocsp_plots.gp",
    "_ocsp_*.svg",   "_ocsp_*.png",         "_ocsp_report.html",
    "_best.weights", "_dense_last.weights", NULL};
/* The same of the pruned net. */
static const char *const own_pruned[] = {
    ".cfg", ".weights", "_best.weights", "_last.weights", "_final.weights", NULL};
/* By these another run in the folder is known. */
static const char *const marks[] = {STATE, "_ocsp.json", "_ocsp.log"};
enum { N_MARKS = sizeof marks / sizeof *marks };

/* Whether the text is what the pattern says. */
static bool fits(const char *text, const char *pattern)
{
    for (; *pattern; pattern++) {
        const char *begin = text;
        if (*pattern == '#')
            while (isdigit((unsigned char)*text))
                text++;
        else if (*pattern == '*')
            while (islower((unsigned char)*text))
                text++;
        else
            text += *text == *pattern;
        if (text == begin)
            return false;
    }
    return *text == '\0';
}

static bool fits_one(const char *text, const char *const *patterns)
{
    for (; patterns && *patterns; patterns++)
        if (fits(text, *patterns))
            return true;
    return false;
}

/* What is behind `start`, or NULL. */
static const char *behind(const char *text, const char *start)
{
    const size_t n = strlen(start);

    return strncmp(text, start, n) == 0 ? text + n : NULL;
}

static bool is_pruned_name(const char *name, const char *base, const char *const *host)
{
    const char *end = behind(name, base);

    end = end ? behind(end, PRUNED) : NULL;
    return end && (fits_one(end, own_pruned) || fits_one(end, host));
}

static bool is_name(const char *name, const char *base, const char *const *host)
{
    const char *end = behind(name, base);

    return (end && (fits_one(end, own) || fits_one(end, host))) ||
           is_pruned_name(name, base, host);
}

static bool is_state(const char *name, const char *base)
{
    const char *end = behind(name, base);

    return end && strcmp(end, STATE) == 0;
}

/* --- lists of names --- */

static enum ocsp_status add(struct ocsp_former_run *list, const char *name, size_t length,
                            struct ocsp_error *err)
{
    char **names = realloc(list->names, ((size_t)list->n + 1) * sizeof *names);

    if (!names)
        return ocsp_fail_memory(err);
    list->names = names;
    list->names[list->n] = strndup(name, length);
    if (!list->names[list->n])
        return ocsp_fail_memory(err);
    list->n++;
    return OCSP_OK;
}

void ocsp_former_run_clear(struct ocsp_former_run *former)
{
    for (int k = 0; k < former->n; k++)
        free(former->names[k]);
    free(former->names);
    *former = (struct ocsp_former_run){0};
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* All names in the folder, sorted. */
static enum ocsp_status list_folder(const char *folder, struct ocsp_former_run *all,
                                    struct ocsp_error *err)
{
    DIR *files = opendir(folder);
    enum ocsp_status status = OCSP_OK;

    if (!files)
        return ocsp_fail_system(err, folder, "cannot read the folder");
    for (const struct dirent *file; !status && (file = readdir(files));)
        status = add(all, file->d_name, strlen(file->d_name), err);
    closedir(files);
    if (all->n > 0)
        qsort(all->names, (size_t)all->n, sizeof *all->names, compare);
    return status;
}

/* --- other runs --- */

/* The base of the run that has left this file, if it is a mark: its length, or 0. Weights
 * of the pruned net of `base` are not those of a run of that net, unless it has a state.
 */
static size_t base_of(const char *name, const char *base)
{
    const size_t n = strlen(name);

    for (int k = 0; k < N_MARKS; k++) {
        const size_t m = strlen(marks[k]);
        if (n <= m || strcmp(name + n - m, marks[k]) != 0)
            continue;
        const char *end = behind(name, base);
        if (k > 0 && end && (end = behind(end, PRUNED)) && strcmp(end, marks[k]) == 0)
            return 0;
        return n - m;
    }
    return 0;
}

static enum ocsp_status find_others(const struct ocsp_former_run *all, const char *base,
                                    struct ocsp_former_run *others,
                                    struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int k = 0; k < all->n && !status; k++) {
        const size_t length = base_of(all->names[k], base);
        if (length > strlen(base))
            status = add(others, all->names[k], length, err);
    }
    return status;
}

static bool is_of_another(const char *name, const struct ocsp_former_run *others,
                          const char *const *host)
{
    for (int k = 0; k < others->n; k++)
        if (is_name(name, others->names[k], host))
            return true;
    return false;
}

/* --- the search --- */

static bool is_wanted(const char *name, const struct ocsp_former_run_search *search)
{
    const char *slash = search->skipped ? strrchr(search->skipped, '/') : NULL;
    const char *skipped = slash ? slash + 1 : search->skipped;

    if (skipped && strcmp(name, skipped) == 0)
        return false;
    return search->pruned_only ? is_pruned_name(name, search->base, search->host)
                               : is_name(name, search->base, search->host);
}

static enum ocsp_status choose(const struct ocsp_former_run *all,
                               const struct ocsp_former_run *others,
                               const struct ocsp_former_run_search *search,
                               struct ocsp_former_run *found, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int states = 1; states >= 0; states--)
        for (int k = 0; k < all->n && !status; k++) {
            const char *name = all->names[k];
            if (is_state(name, search->base) == (states == 1) &&
                is_wanted(name, search) && !is_of_another(name, others, search->host))
                status = add(found, name, strlen(name), err);
        }
    return status;
}

enum ocsp_status ocsp_former_run_find(struct ocsp_former_run *former,
                                      const struct ocsp_former_run_search *search,
                                      struct ocsp_error *err)
{
    struct ocsp_former_run all = {0}, others = {0}, found = {0};
    enum ocsp_status status = list_folder(search->folder, &all, err);

    if (!status)
        status = find_others(&all, search->base, &others, err);
    if (!status)
        status = choose(&all, &others, search, &found, err);
    ocsp_former_run_clear(&all);
    ocsp_former_run_clear(&others);
    if (status)
        ocsp_former_run_clear(&found);
    else
        *former = found;
    return status;
}

enum ocsp_status ocsp_former_weights_find(char **name, const char *prefix,
                                          struct ocsp_error *err)
{
    static const char *const endings[] = {"_#.weights",
                                          "_best.weights",
                                          "_last.weights",
                                          "_final.weights",
                                          "_ema.weights",
                                          "_dense_last.weights",
                                          NULL};
    const char *slash = strrchr(prefix, '/'), *base = slash ? slash + 1 : prefix;
    struct ocsp_former_run all = {0};
    char *folder = slash == prefix ? strdup("/")
                   : slash         ? strndup(prefix, (size_t)(slash - prefix))
                                   : strdup(".");
    enum ocsp_status status =
        folder ? list_folder(folder, &all, err) : ocsp_fail_memory(err);

    *name = NULL;
    for (int k = 0; k < all.n && !status && !*name; k++) {
        const char *end = behind(all.names[k], base);
        if (!end || !fits_one(end, endings))
            continue;
        *name = strdup(all.names[k]);
        status = *name ? OCSP_OK : ocsp_fail_memory(err);
    }
    ocsp_former_run_clear(&all);
    free(folder);
    return status;
}

enum ocsp_status ocsp_former_run_exists(const char *folder, const char *base,
                                        bool *exists, struct ocsp_error *err)
{
    char *state = ocsp_file_path(folder, base, STATE);

    if (!state)
        return ocsp_fail_memory(err);
    *exists = access(state, F_OK) == 0;
    free(state);
    return OCSP_OK;
}
