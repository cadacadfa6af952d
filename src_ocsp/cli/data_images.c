#include "cli/data_images.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/image_magic.h"
#include "net/label_set.h"
#include "view/list_walk.h"

enum ocsp_status ocsp_data_labels_read(struct ocsp_data_labels *labels, const char *file,
                                       int classes, const struct ocsp_host *host,
                                       struct ocsp_error *err)
{
    const char *const unix_host = host->windows_lines ? NULL : host->name;
    enum ocsp_status status = ocsp_line_list_read(&labels->lines, file, unix_host, err);

    if (status)
        return status;
    labels->classes = classes;
    if (labels->lines.n < classes)
        status =
            ocsp_fail(err, OCSP_E_CONFLICT, file, 0,
                      "%d labels are too few for classes=%d", labels->lines.n, classes);
    for (int k = 0; k < classes && !status; k++)
        if (!*labels->lines.line[k])
            status = ocsp_fail(err, OCSP_E_FORMAT, file, k + 1,
                               "an empty line, which Darknet takes for a label that "
                               "stands in every path: remove it");
    if (status)
        ocsp_data_labels_clear(labels);
    return status;
}

void ocsp_data_labels_clear(struct ocsp_data_labels *labels)
{
    ocsp_line_list_clear(&labels->lines);
}

/* What may be found of an image; bits of a walk. */
enum { NOT_THERE, NO_FILE, NO_CONTENT, NO_IMAGE, NO_LABEL, SEVERAL_LABELS, N_FAULTS };

struct check {
    const struct ocsp_line_list *list;
    const struct ocsp_data_labels *labels; /* NULL: they are not looked for */
    struct ocsp_label_set *set;
    const struct ocsp_host *host;
};

/* The host's decoder is asked where the first bytes do not tell that it can: it wants
 * room for a picture of some size. */
static bool is_image(const char *path, const unsigned char *bytes, size_t n,
                     const struct ocsp_host *host)
{
    enum { SIDE = 8 };
    float picture[3 * SIDE * SIDE];

    if (ocsp_image_magic_of(bytes, n) == OCSP_USUAL_MAGIC)
        return true;
    return !host->validation || host->validation->image(path, SIDE, SIDE, picture);
}

/* NOT_THERE … NO_IMAGE; N_FAULTS: an image. */
static int find_file_fault(const char *path, const struct ocsp_host *host)
{
    unsigned char bytes[OCSP_MAGIC_BYTES];
    struct stat info;

    if (stat(path, &info))
        return NOT_THERE;
    if (!S_ISREG(info.st_mode))
        return NO_FILE;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return NOT_THERE;
    const ssize_t n = read(fd, bytes, sizeof bytes);
    close(fd);
    if (n < 0)
        return NOT_THERE;
    if (n == 0)
        return NO_CONTENT;
    return is_image(path, bytes, (size_t)n, host) ? N_FAULTS : NO_IMAGE;
}

static int find_label_fault(const struct check *check, const char *path)
{
    int found[2];

    if (!check->labels)
        return N_FAULTS;
    const int n = ocsp_label_set_find(check->set, path, found, 2);
    if (n == 0 && check->labels->classes == 1 &&
        check->host->data_file.lone_class_may_be_absent)
        return N_FAULTS;
    return n == 0 ? NO_LABEL : n > 1 ? SEVERAL_LABELS : N_FAULTS;
}

static uint32_t look(void *context, int i)
{
    const struct check *check = context;
    const char *path = check->list->line[i];
    const int file = find_file_fault(path, check->host);
    const int label = find_label_fault(check, path);

    return ((uint32_t)1 << file | (uint32_t)1 << label) & ~((uint32_t)1 << N_FAULTS);
}

/* A text without what people mix up: case, blanks, underscores, hyphens. malloc'ed. */
static char *simplify(const char *text)
{
    char *simple = malloc(strlen(text) + 1);
    size_t n = 0;

    for (; simple && *text; text++)
        if (!strchr(" \t_-", *text))
            simple[n++] = (char)tolower((unsigned char)*text);
    if (simple)
        simple[n] = '\0';
    return simple;
}

/* Of a path without a label: a line of the labels that was perhaps meant; −1: none. */
static int find_meant(const struct check *check, const char *path)
{
    const struct ocsp_line_list *lines = &check->labels->lines;
    char *simple = simplify(path);
    int meant = -1;

    for (int k = 0; k < lines->n && simple && meant < 0; k++) {
        char *label = simplify(lines->line[k]);
        if (label && *label && strstr(simple, label))
            meant = k;
        free(label);
    }
    free(simple);
    return meant;
}

static void more_text(char text[64], int count)
{
    text[0] = '\0';
    if (count > 1)
        snprintf(text, 64, " (%d more such image%s)", count - 1, count > 2 ? "s" : "");
}

static enum ocsp_status refuse_no_label(const struct check *check, int i, int count,
                                        struct ocsp_error *err)
{
    const char *path = check->list->line[i], *labels = check->labels->lines.file;
    const int classes = check->labels->classes, meant = find_meant(check, path);
    char hint[256] = "", more[64];

    more_text(more, count);
    if (meant >= classes)
        snprintf(hint, sizeof hint,
                 "; '%.60s' is line %d there, and classes=%d takes the first %d",
                 check->labels->lines.line[meant], meant + 1, classes, classes);
    else if (meant >= 0)
        snprintf(hint, sizeof hint, "; '%.60s', line %d there, is written otherwise",
                 check->labels->lines.line[meant], meant + 1);
    return ocsp_fail(err, OCSP_E_CONFLICT, check->list->file, i + 1,
                     "image '%.400s': none of the %d labels of %s stands in this path, "
                     "so it has no class%s: rename the image, or correct the labels%s",
                     path, classes, labels, hint, more);
}

/* " in a folder's name" where a label stands there alone. */
static const char *place_of(const char *path, const char *label)
{
    const char *slash = strrchr(path, '/');

    return !slash || strstr(slash + 1, label) ? "" : " in a folder's name";
}

static enum ocsp_status refuse_several(const struct check *check, int i, int count,
                                       struct ocsp_error *err)
{
    enum { MOST = 4 };
    const struct ocsp_line_list *labels = &check->labels->lines;
    const char *path = check->list->line[i];
    int found[MOST];
    const int n = ocsp_label_set_find(check->set, path, found, MOST);
    char names[4 * 128] = "", more[64];
    size_t used = 0;

    more_text(more, count);
    for (int k = 0; k < n; k++)
        used += (size_t)snprintf(
            names + used, sizeof names - used, "%s'%.60s' (line %d%s)", k ? ", " : "",
            labels->line[found[k]], found[k] + 1, place_of(path, labels->line[found[k]]));
    return ocsp_fail(err, OCSP_E_CONFLICT, check->list->file, i + 1,
                     "image '%.300s': %s%d labels of %s stand in this path, so it has "
                     "several classes: %s: rename labels, image or folder%s",
                     path, n == MOST ? "at least " : "", n, labels->file, names, more);
}

static enum ocsp_status refuse_file(const struct check *check, int i, int fault,
                                    int count, struct ocsp_error *err)
{
    static const char *const whys[] = {[NO_FILE] = "not a regular file",
                                       [NO_CONTENT] = "the file is empty",
                                       [NO_IMAGE] = "not an image that Darknet reads"};
    const char *path = check->list->line[i], *why = whys[fault];
    char more[64];

    more_text(more, count);
    if (fault == NOT_THERE) {
        const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        why = !*path ? "an empty line" : fd < 0 ? strerror(errno) : "cannot be read";
        if (fd >= 0)
            close(fd);
    }
    return ocsp_fail(err,
                     fault == NOT_THERE || fault == NO_FILE ? OCSP_E_IO : OCSP_E_FORMAT,
                     check->list->file, i + 1, "image '%s': %s%s", path, why, more);
}

/* Of the first image that something is wrong with. */
static enum ocsp_status judge(const struct check *check,
                              const struct ocsp_walk_found *found, struct ocsp_error *err)
{
    int first = -1;

    for (int fault = 0; fault < N_FAULTS; fault++)
        if (found->count[fault] > 0 &&
            (first < 0 || found->first[fault] < found->first[first]))
            first = fault;
    if (first < 0)
        return OCSP_OK;
    const int i = found->first[first], count = found->count[first];
    switch (first) {
    case NO_LABEL:
        return refuse_no_label(check, i, count, err);
    case SEVERAL_LABELS:
        return refuse_several(check, i, count, err);
    default:
        return refuse_file(check, i, first, count, err);
    }
}

enum ocsp_status ocsp_data_images_check(const char *file,
                                        const struct ocsp_data_labels *labels,
                                        const struct ocsp_host *host, int *n,
                                        struct ocsp_error *err)
{
    struct ocsp_line_list list = {0};
    struct check check = {.list = &list, .labels = labels, .host = host};
    struct ocsp_walk_found found;
    char what[256];
    enum ocsp_status status =
        ocsp_line_list_read(&list, file, host->windows_lines ? NULL : host->name, err);

    if (!status && labels)
        status = ocsp_label_set_new(&check.set, labels->lines.line, labels->classes, err);
    if (!status) {
        snprintf(what, sizeof what, "images of %.200s", file);
        ocsp_list_walk(&(struct ocsp_walk){what, list.n, look, &check}, &found);
        status = judge(&check, &found, err);
    }
    if (!status)
        *n = list.n;
    ocsp_label_set_free(check.set);
    ocsp_line_list_clear(&list);
    return status;
}
