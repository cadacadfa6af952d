#include "cli/data_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"

/* What a host drops from a line. */
static const char *blanks_of(const struct ocsp_host *host)
{
    return host->windows_lines ? " \t\r" : " \t";
}

struct option {
    const char *key;
    const char *value; /* into the text */
    int line;          /* 0: not in the file */
};

/* Would the host take the line's carriage return for a part of a name? */
static enum ocsp_status check_line_end(const char *start, const struct ocsp_host *host,
                                       const char *path, int line, struct ocsp_error *err)
{
    const size_t n = strlen(start);

    if (host->windows_lines || n == 0 || start[n - 1] != '\r')
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, path, line,
                     "%s's Darknet cannot read Windows line ends: remove the CRs",
                     host->name);
}

static void drop(const char *blanks, char *line)
{
    char *to = line;

    for (const char *c = line; *c; c++)
        if (!strchr(blanks, *c))
            *to++ = *c;
    *to = '\0';
}

/* Cuts the text into lines, without blanks, and fills in `options` [n] as Darknet reads
 * them: of two equal keys the first counts. */
static enum ocsp_status find_options(char *text, const struct ocsp_host *host,
                                     const char *path, struct option *options, int n,
                                     struct ocsp_error *err)
{
    const char *const blanks = blanks_of(host);
    int line = 0;

    for (char *rest = text; rest;) {
        char *start = rest;
        rest = strchr(rest, '\n');
        if (rest)
            *rest++ = '\0';
        line++;
        if (check_line_end(start, host, path, line, err))
            return err->status;
        if (strncmp(start, "\xef\xbb\xbf", 3) == 0)
            return ocsp_fail(err, OCSP_E_FORMAT, path, line,
                             "a byte order mark, which Darknet takes for text: save the "
                             "file without it");
        start += strspn(start, blanks);
        if (*start == '\0' || *start == '#' || *start == ';')
            continue;
        char *equals = strchr(start, '=');
        if (!equals || equals == start)
            return ocsp_fail(err, OCSP_E_FORMAT, path, line, "'%.40s' is not key=value",
                             start);
        drop(blanks, start);
        equals = strchr(start, '=');
        *equals = '\0';
        for (int k = 0; k < n; k++)
            if (options[k].line == 0 && strcmp(start, options[k].key) == 0) {
                options[k].value = equals + 1;
                options[k].line = line;
            }
    }
    return OCSP_OK;
}

static enum ocsp_status refuse(const char *path, const struct option *o, const char *why,
                               struct ocsp_error *err)
{
    if (o->line == 0)
        return ocsp_fail(err, OCSP_E_IO, path, 0,
                         "no %s= in this data file, and Darknet's own choice is %s: %s",
                         o->key, o->value, why);
    return ocsp_fail(err, OCSP_E_IO, path, o->line, "%s=%s: %s", o->key, o->value, why);
}

static enum ocsp_status check_file(const char *path, const struct option *o,
                                   struct ocsp_error *err)
{
    struct stat info;

    if (stat(o->value, &info) || access(o->value, R_OK))
        return refuse(path, o, strerror(errno), err);
    if (!S_ISREG(info.st_mode))
        return refuse(path, o, "not a regular file", err);
    return OCSP_OK;
}

static enum ocsp_status check_folder(const char *path, const struct option *o,
                                     struct ocsp_error *err)
{
    struct stat info;

    if (stat(o->value, &info))
        return refuse(path, o, strerror(errno), err);
    if (!S_ISDIR(info.st_mode))
        return refuse(path, o, "not a folder", err);
    if (access(o->value, W_OK | X_OK))
        return refuse(path, o, strerror(errno), err);
    return OCSP_OK;
}

static void strip_line_end(char *line)
{
    const size_t n = strlen(line);

    if (n > 0 && line[n - 1] == '\r')
        line[n - 1] = '\0';
}

/* Counts the list's images and checks that each can be read. */
static enum ocsp_status read_list(const char *path, const struct ocsp_host *host,
                                  int *images, struct ocsp_error *err)
{
    char *text, *line;
    size_t size;
    struct stat info;
    int number = 0;
    enum ocsp_status status = ocsp_file_read(path, &text, &size, err);

    if (status)
        return status;
    *images = 0;
    if (strlen(text) < size)
        status = ocsp_fail(err, OCSP_E_FORMAT, path, 0,
                           "a zero byte: this is not a text file");
    for (char *rest = text; rest && *rest && !status;) {
        line = rest;
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        number++;
        if (check_line_end(line, host, path, number, err)) {
            status = err->status;
            break;
        }
        if (host->windows_lines)
            strip_line_end(line);
        if (stat(line, &info) || access(line, R_OK))
            status = ocsp_fail(err, OCSP_E_IO, path, number, "image '%s': %s", line,
                               *line ? strerror(errno) : "an empty line");
        else if (!S_ISREG(info.st_mode))
            status = ocsp_fail(err, OCSP_E_IO, path, number,
                               "image '%s': not a regular file", line);
        else
            ++*images;
    }
    if (!status && *images == 0)
        status = ocsp_fail(err, OCSP_E_FORMAT, path, 0, "the list of images is empty");
    free(text);
    return status;
}

/* The hosts take `classes` numbers of truth per image and as many labels, unchecked. */
static enum ocsp_status check_classes(const char *path, const struct option *classes,
                                      const struct option *labels, int outputs,
                                      struct ocsp_error *err)
{
    char *text;
    size_t size;
    char *end;
    const long n = strtol(classes->value, &end, 10);
    int lines = 0;
    enum ocsp_status status;

    if (end == classes->value || *end)
        return ocsp_fail(err, OCSP_E_FORMAT, path, classes->line,
                         "classes=%s is not a whole number", classes->value);
    if (n != outputs && classes->line == 0)
        return ocsp_fail(err, OCSP_E_CONFLICT, path, 0,
                         "no classes= in this data file: Darknet takes %s, but the net "
                         "has %d outputs",
                         classes->value, outputs);
    if (n != outputs)
        return ocsp_fail(err, OCSP_E_CONFLICT, path, classes->line,
                         "classes=%s, but the net has %d outputs", classes->value,
                         outputs);
    status = ocsp_file_read(labels->value, &text, &size, err);
    if (status)
        return status;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n' || i + 1 == size;
    free(text);
    if (lines < n)
        return ocsp_fail(err, OCSP_E_CONFLICT, labels->value, 0,
                         "%d labels are too few for classes=%ld", lines, n);
    return OCSP_OK;
}

/* What the file may name, in the order of ocsp_data_file_read's table. */
enum { TRAIN, LABELS, BACKUP, CLASSES, VALID, LEAVES, TOP, N_OPTIONS };

/* A copy of a value; NULL where there is none. */
static char *copy(const struct option *o, bool *failed)
{
    char *text = o->value ? strdup(o->value) : NULL;

    *failed |= o->value && !text;
    return text;
}

static enum ocsp_status keep(struct ocsp_data_file *data, const struct option *options,
                             struct ocsp_error *err)
{
    const int top = atoi(options[TOP].value); /* as the hosts read it */
    bool failed = false;

    data->backup = copy(&options[BACKUP], &failed);
    data->train = copy(&options[TRAIN], &failed);
    data->valid = copy(&options[VALID], &failed);
    data->labels = copy(&options[LABELS], &failed);
    data->leaves = copy(&options[LEAVES], &failed);
    data->classes = atoi(options[CLASSES].value);
    data->top = top > 0 ? top : 1;
    return failed ? ocsp_fail_memory(err) : OCSP_OK;
}

enum ocsp_status ocsp_data_file_read(struct ocsp_data_file *data, const char *path,
                                     int outputs, const struct ocsp_host *host,
                                     struct ocsp_error *err)
{
    /* values: what Darknet takes where the key is missing */
    struct option options[N_OPTIONS] = {
        [TRAIN] = {.key = "train"},
        [LABELS] = {.key = "labels", .value = "data/labels.list"},
        [BACKUP] = {.key = "backup", .value = "/backup/"},
        [CLASSES] = {.key = "classes", .value = "2"},
        [VALID] = {.key = "valid"},
        [LEAVES] = {.key = "leaves"},
        [TOP] = {.key = "top", .value = "1"}};
    const struct option *train = &options[TRAIN], *labels = &options[LABELS];
    const struct option *backup = &options[BACKUP], *classes = &options[CLASSES];
    char *text;
    size_t size;
    enum ocsp_status status = ocsp_file_read_text(path, &text, &size, err);

    *data = (struct ocsp_data_file){0};
    if (status)
        return status;
    status = find_options(text, host, path, options, N_OPTIONS, err);
    if (!status && !train->value)
        status = ocsp_fail(err, OCSP_E_FORMAT, path, 0, "no train= in this data file");
    if (!status)
        status = check_file(path, train, err);
    if (!status)
        status = read_list(train->value, host, &data->images, err);
    if (!status && outputs > 0)
        status = check_file(path, labels, err);
    if (!status && outputs > 0)
        status = check_classes(path, classes, labels, outputs, err);
    if (!status)
        status = check_folder(path, backup, err);
    if (!status)
        status = keep(data, options, err);
    free(text);
    return status;
}

void ocsp_data_file_clear(struct ocsp_data_file *data)
{
    free(data->backup);
    free(data->train);
    free(data->valid);
    free(data->labels);
    free(data->leaves);
    *data = (struct ocsp_data_file){0};
}
