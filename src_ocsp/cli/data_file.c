#include "cli/data_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/cfg.h"
#include "net/file.h"

/* A .data file is a cfg without sections: read as one with a section put in front, so
 * every line is one further down than in the file. */
static enum ocsp_status read_options(struct ocsp_cfg **out, const char *path,
                                     struct ocsp_error *err)
{
    static const char header[] = "[data]\n";
    char *text, *with_header;
    size_t size;
    enum ocsp_status status = ocsp_file_read(path, &text, &size, err);

    if (status)
        return status;
    with_header = malloc(size + sizeof header);
    if (with_header) {
        memcpy(with_header, header, sizeof header - 1);
        memcpy(with_header + sizeof header - 1, text, size);
        status = ocsp_cfg_parse(out, path, with_header, size + sizeof header - 1, err);
    } else {
        status = ocsp_fail_memory(err);
    }
    free(text);
    free(with_header);
    return status;
}

static enum ocsp_status check_readable(const char *data, int line, const char *key,
                                       const char *path, struct ocsp_error *err)
{
    if (access(path, R_OK) == 0)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_IO, data, line, "%s=%s: %s", key, path, strerror(errno));
}

/* Counts the list's images and checks that each can be read. */
static enum ocsp_status read_list(const char *path, int *images, struct ocsp_error *err)
{
    char *text, *line;
    size_t size;
    int number = 0;
    enum ocsp_status status = ocsp_file_read(path, &text, &size, err);

    if (status)
        return status;
    *images = 0;
    for (char *rest = text; rest && *rest && !status;) {
        line = rest;
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        number++;
        if (access(line, R_OK))
            status = ocsp_fail(err, OCSP_E_IO, path, number, "image '%s': %s", line,
                               *line ? strerror(errno) : "an empty line");
        else
            ++*images;
    }
    if (!status && *images == 0)
        status = ocsp_fail(err, OCSP_E_FORMAT, path, 0, "the list of images is empty");
    free(text);
    return status;
}

enum ocsp_status ocsp_data_file_read(struct ocsp_data_file *data, const char *path,
                                     struct ocsp_error *err)
{
    struct ocsp_cfg *options;
    enum ocsp_status status = read_options(&options, path, err);

    *data = (struct ocsp_data_file){0};
    if (status)
        return status;
    /* one line less: the header that read_options put in front */
    const int train_line = ocsp_cfg_line(options, 0, "train") - 1;
    const int backup_line = ocsp_cfg_line(options, 0, "backup") - 1;
    const char *train = ocsp_cfg_string(options, 0, "train", NULL);
    const char *labels = ocsp_cfg_string(options, 0, "labels", "data/labels.list");
    const char *backup = ocsp_cfg_string(options, 0, "backup", "/backup/");

    if (!train)
        status = ocsp_fail(err, OCSP_E_FORMAT, path, 0, "no train= in this data file");
    if (!status)
        status = check_readable(path, train_line, "train", train, err);
    if (!status)
        status = read_list(train, &data->images, err);
    if (!status)
        status = check_readable(path, ocsp_cfg_line(options, 0, "labels") - 1, "labels",
                                labels, err);
    if (!status && access(backup, W_OK | X_OK))
        status = ocsp_fail(err, OCSP_E_IO, path, backup_line,
                           "backup=%s: %s; it must be a folder you can write to", backup,
                           strerror(errno));
    if (!status) {
        data->backup = strdup(backup);
        if (!data->backup)
            status = ocsp_fail_memory(err);
    }
    ocsp_cfg_free(options);
    return status;
}

void ocsp_data_file_clear(struct ocsp_data_file *data)
{
    free(data->backup);
    *data = (struct ocsp_data_file){0};
}
