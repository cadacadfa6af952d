#include "cli/data_images.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
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
    enum ocsp_status status =
        ocsp_line_list_read(&labels->lines, file, ocsp_host_of_unix_lines(host), err);

    if (status)
        return status;
    labels->classes = classes;
    if (labels->lines.n < classes)
        status =
            ocsp_fail(err, OCSP_E_CONFLICT, file, 0, "%d label%s too few for classes=%d",
                      labels->lines.n, labels->lines.n == 1 ? " is" : "s are", classes);
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
    atomic_bool *is_used; /* [classes] NULL: not looked at */
    off_t *size;          /* [list->n] of each image */
    atomic_int shortage;  /* errno where descriptors ran out; 0: they did not */
    bool quiet;
};

/* The first so many images, and bytes, of a list are decoded, one at least: all of a
 * small set, and less than a second's work of a large one. */
#define DECODED_IMAGES 200
#define DECODED_BYTES ((off_t)1 << 20)

/* What fails for want of descriptors is no fault of an image. */
static void note_shortage(struct check *check, int reason)
{
    if (reason == EMFILE || reason == ENFILE)
        atomic_store_explicit(&check->shortage, reason, memory_order_relaxed);
}

/* The host's decoder is asked where the file's ends do not tell: it wants room for a
 * picture of some size. */
static bool is_decoded(struct check *check, const char *path)
{
    enum { SIDE = 8 };
    const struct ocsp_host *host = check->host;
    float picture[3 * SIDE * SIDE];

    errno = 0;
    if (!host->validation || host->validation->image(path, SIDE, SIDE, picture))
        return true;
    note_shortage(check, errno);
    return false;
}

/* NOT_THERE … NO_IMAGE; N_FAULTS: an image. */
static int find_content_fault(struct check *check, int fd, const char *path, off_t size)
{
    enum { ENDS = OCSP_MAGIC_BYTES };
    unsigned char first[ENDS], last[ENDS];
    const ssize_t n = read(fd, first, sizeof first);

    if (n < 0)
        return NOT_THERE;
    if (n == 0)
        return NO_CONTENT;
    if (n == ENDS && size >= ENDS && pread(fd, last, ENDS, size - ENDS) == ENDS &&
        ocsp_image_looks_whole(first, last, ENDS, (uint64_t)size))
        return N_FAULTS;
    return is_decoded(check, path) ? N_FAULTS : NO_IMAGE;
}

static int find_file_fault(struct check *check, const char *path, off_t *size)
{
    struct stat info;

    if (stat(path, &info))
        return NOT_THERE;
    if (!S_ISREG(info.st_mode))
        return NO_FILE;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        note_shortage(check, errno);
        return NOT_THERE;
    }
    *size = info.st_size;
    const int fault = find_content_fault(check, fd, path, info.st_size);
    close(fd);
    return fault;
}

static int find_label_fault(struct check *check, const char *path)
{
    int found[2];

    if (!check->labels)
        return N_FAULTS;
    const int n = ocsp_label_set_find(check->set, path, found, 2);
    if (n == 0 && check->labels->classes == 1 &&
        check->host->data_file.lone_class_may_be_absent)
        return N_FAULTS;
    if (n == 1 && !atomic_load_explicit(&check->is_used[found[0]], memory_order_relaxed))
        atomic_store_explicit(&check->is_used[found[0]], true, memory_order_relaxed);
    return n == 0 ? NO_LABEL : n > 1 ? SEVERAL_LABELS : N_FAULTS;
}

static uint32_t look(void *context, int i)
{
    struct check *check = context;
    const char *path = check->list->line[i];
    const int file = find_file_fault(check, path, &check->size[i]);
    const int label = find_label_fault(check, path);

    return ((uint32_t)1 << file | (uint32_t)1 << label) & ~((uint32_t)1 << N_FAULTS);
}

static uint32_t look_by_decoding(void *context, int i)
{
    struct check *check = context;

    return (uint32_t)!is_decoded(check, check->list->line[i]) << NO_IMAGE;
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
                     check->list->file, i + 1, "image '%.600s': %s%s", path, why, more);
}

/* Of the first image that something is wrong with. */
static enum ocsp_status judge(const struct check *check,
                              const struct ocsp_walk_found *found, struct ocsp_error *err)
{
    const int shortage = atomic_load(&check->shortage);
    int first = -1;

    if (shortage)
        return ocsp_fail(err, OCSP_E_IO, check->list->file, 0,
                         "its images cannot be read: %s%s", strerror(shortage),
                         shortage == EMFILE ? ": raise the limit by ulimit -n" : "");

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

static enum ocsp_status prepare_labels(struct check *check, struct ocsp_error *err)
{
    const int classes = check->labels->classes;

    check->is_used = calloc((size_t)classes + 1, sizeof *check->is_used);
    return check->is_used
               ? ocsp_label_set_new(&check->set, check->labels->lines.line, classes, err)
               : ocsp_fail_memory(err);
}

static void count_unused(const struct check *check, struct ocsp_data_images *images)
{
    for (int k = check->labels->classes - 1; k >= 0; k--)
        if (!check->is_used[k]) {
            images->n_unused++;
            images->first_unused = k;
        }
}

static int count_decoded(const struct check *check)
{
    off_t bytes = check->size[0];
    int n = 1;

    while (n < check->list->n && n < DECODED_IMAGES &&
           (bytes += check->size[n]) <= DECODED_BYTES)
        n++;
    return check->host->validation ? n : 0;
}

/* Looks at all images; then, where nothing is wrong with these, more closely at some. */
static enum ocsp_status walk(struct check *check, struct ocsp_error *err)
{
    struct ocsp_walk_found found;
    char what[256];

    snprintf(what, sizeof what, "images of %.200s", check->list->file);
    ocsp_list_walk(&(struct ocsp_walk){what, check->list->n, look, check, check->quiet},
                   &found);
    if (judge(check, &found, err))
        return err->status;
    ocsp_list_walk(&(struct ocsp_walk){what, count_decoded(check), look_by_decoding,
                                       check, check->quiet},
                   &found);
    return judge(check, &found, err);
}

enum ocsp_status ocsp_data_images_check(struct ocsp_data_images *images, const char *file,
                                        const struct ocsp_data_labels *labels,
                                        const struct ocsp_host *host, bool quiet,
                                        struct ocsp_error *err)
{
    struct ocsp_line_list list = {0};
    struct check check = {.list = &list, .labels = labels, .host = host, .quiet = quiet};
    enum ocsp_status status =
        ocsp_line_list_read(&list, file, ocsp_host_of_unix_lines(host), err);

    *images = (struct ocsp_data_images){.n = list.n};
    if (!status && labels)
        status = prepare_labels(&check, err);
    if (!status && !(check.size = calloc((size_t)list.n, sizeof *check.size)))
        status = ocsp_fail_memory(err);
    if (!status)
        status = walk(&check, err);
    if (!status && labels)
        count_unused(&check, images);
    ocsp_label_set_free(check.set);
    free(check.is_used);
    free(check.size);
    ocsp_line_list_clear(&list);
    return status;
}
