#include "cli/label_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/label_box.h"
#include "net/line_list.h"
#include "view/lines.h"
#include "view/list_walk.h"

#define AT_HAND 16384             /* bytes of a label file that need no malloc */
#define LARGEST_FILE (64L << 20)  /* bytes */
#define COMPARED 256              /* boxes of an image among which equal ones are found */
#define COUNTED_CLASSES (1 << 20) /* of so many, boxes are counted */

struct labels;

/* What label files hold, and what a host makes of them. */
struct label_kind {
    const char *things; /* boxes, or classes */
    bool (*path)(const char *image, char *label);
    const char *endings;
    bool may_be_missing;
    enum ocsp_status (*look)(struct labels *labels, const char *path, const char *data,
                             size_t size, uint32_t *kinds, struct ocsp_error *err);
};

struct labels {
    const struct ocsp_line_list *images;
    const struct ocsp_label_limits *limits;
    const struct label_kind *kind;
    atomic_long boxes;      /* or classes */
    atomic_long used;       /* of them, that the host takes */
    atomic_bool *has_class; /* [classes] NULL: not looked at */
};

static uint32_t bit(enum ocsp_label_kind kind)
{
    return (uint32_t)1 << kind;
}

/* Reads the regular file behind `fd`: *text is `buffer` [AT_HAND] or malloc'ed. */
static enum ocsp_status read_open_file(int fd, const char *path, char *buffer,
                                       char **text, size_t *size, struct ocsp_error *err)
{
    struct stat info;
    ssize_t n = 1;

    *text = buffer;
    *size = 0;
    if (fstat(fd, &info))
        return ocsp_fail(err, OCSP_E_IO, path, 0, "%s", strerror(errno));
    if (!S_ISREG(info.st_mode))
        return ocsp_fail(err, OCSP_E_IO, path, 0, "a label file must be a regular file");
    if (info.st_size > LARGEST_FILE)
        return ocsp_fail(err, OCSP_E_FORMAT, path, 0,
                         "this is not the text of a label file");
    const size_t room =
        (size_t)info.st_size < AT_HAND - 1 ? AT_HAND - 1 : (size_t)info.st_size;
    if (room >= AT_HAND && !(*text = malloc(room + 1)))
        return ocsp_fail_memory(err);
    while (*size < room && n != 0) {
        n = read(fd, *text + *size, room - *size);
        if (n < 0 && errno != EINTR)
            break;
        *size += n > 0 ? (size_t)n : 0;
    }
    (*text)[*size] = '\0';
    if (n < 0)
        return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot read: %s", strerror(errno));
    return OCSP_OK;
}

static void add(struct labels *labels, int boxes, int used)
{
    atomic_fetch_add_explicit(&labels->boxes, boxes, memory_order_relaxed);
    atomic_fetch_add_explicit(&labels->used, used, memory_order_relaxed);
}

static void note_class(struct labels *labels, long id)
{
    if (labels->has_class &&
        !atomic_load_explicit(&labels->has_class[id], memory_order_relaxed))
        atomic_store_explicit(&labels->has_class[id], true, memory_order_relaxed);
}

static bool is_among(const struct ocsp_box *box, const struct ocsp_box *others, int n)
{
    for (int k = 0; k < n; k++)
        if (others[k].id == box->id && others[k].x == box->x && others[k].y == box->y &&
            others[k].w == box->w && others[k].h == box->h)
            return true;
    return false;
}

static enum ocsp_status look_at_boxes(struct labels *labels, const char *path,
                                      const char *data, size_t size, uint32_t *kinds,
                                      struct ocsp_error *err)
{
    const uint32_t dropped =
        bit(OCSP_LABEL_OUTSIDE) | bit(OCSP_LABEL_CORNER) | bit(OCSP_LABEL_SMALL);
    struct ocsp_box_text text = {.path = path, .next = data, .end = data + size};
    struct ocsp_box seen[COMPARED], box;
    bool found;
    int n = 0, used = 0;

    for (;; n++) {
        uint32_t of_box = 0;
        if (ocsp_box_next(&text, &box, &found, err))
            return err->status;
        if (!found)
            break;
        if (ocsp_label_box_check(&box, &text, labels->limits, &of_box, err))
            return err->status;
        *kinds |= of_box;
        used += (of_box & dropped) == 0;
        if (is_among(&box, seen, n < COMPARED ? n : COMPARED))
            *kinds |= bit(OCSP_LABEL_REPEATED);
        if (n < COMPARED)
            seen[n] = box;
        note_class(labels, box.id);
    }
    add(labels, n, used);
    if (n == 0)
        *kinds |= bit(OCSP_LABEL_EMPTY);
    if (n > labels->limits->boxes)
        *kinds |= bit(OCSP_LABEL_CROWDED);
    return OCSP_OK;
}

/* Numbers of classes, with blanks between: Darknet reads to the first word that is none.
 */
static enum ocsp_status look_at_tags(struct labels *labels, const char *path,
                                     const char *data, size_t size, uint32_t *kinds,
                                     struct ocsp_error *err)
{
    struct ocsp_box_text text = {.path = path, .next = data, .end = data + size};
    bool found;
    int n = 0;
    long id;

    for (;; n++) {
        if (ocsp_tag_next(&text, &id, &found, err))
            return err->status;
        if (!found)
            break;
        if (ocsp_label_class_check(id, &text, labels->limits, err))
            return err->status;
        note_class(labels, id);
    }
    add(labels, n, n);
    if (n == 0)
        *kinds |= bit(OCSP_LABEL_EMPTY);
    return OCSP_OK;
}

/* `reason`: why the label file of image i cannot be opened. */
static enum ocsp_status meet_closed(const struct labels *labels, int i, const char *path,
                                    int reason, uint32_t *kinds, struct ocsp_error *err)
{
    const struct ocsp_host *host = labels->limits->host;
    const bool is_missing = reason == ENOENT || reason == ENOTDIR;

    if (!is_missing)
        return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot open: %s", strerror(reason));
    *kinds |= bit(OCSP_LABEL_MISSING);
    if (labels->kind->may_be_missing)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_IO, labels->images->file, i + 1,
                     "image '%.300s' has no label file '%.300s', at which %s's Darknet "
                     "ends: an image without objects has an empty one",
                     labels->images->line[i], path, host->name);
}

static enum ocsp_status look_at_image(struct labels *labels, int i, uint32_t *kinds,
                                      struct ocsp_error *err)
{
    const struct ocsp_host *host = labels->limits->host;
    const char *image = labels->images->line[i];
    char path[OCSP_LABEL_PATH], buffer[AT_HAND], *text = buffer;
    size_t size;

    if (!labels->kind->path(image, path))
        return ocsp_fail(
            err, OCSP_E_UNSUPPORTED, labels->images->file, i + 1,
            "image '%.300s': %s's Darknet finds label files for these endings "
            "alone: %s",
            image, host->name, labels->kind->endings);
    /* a pipe is not waited for */
    const int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return meet_closed(labels, i, path, errno, kinds, err);
    enum ocsp_status status = read_open_file(fd, path, buffer, &text, &size, err);
    close(fd);
    if (!status)
        status = labels->kind->look(labels, path, text, size, kinds, err);
    if (text != buffer)
        free(text);
    return status;
}

static uint32_t look(void *context, int i)
{
    struct ocsp_error err;
    uint32_t kinds = 0;

    if (look_at_image(context, i, &kinds, &err))
        kinds |= bit(OCSP_LABEL_FAULT);
    return kinds;
}

/* The fault of the first image that has one, and the number of the others. */
static enum ocsp_status refuse_first(struct labels *labels,
                                     const struct ocsp_walk_found *found,
                                     struct ocsp_error *err)
{
    const int others = found->count[OCSP_LABEL_FAULT] - 1;
    uint32_t kinds = 0;

    if (!look_at_image(labels, found->first[OCSP_LABEL_FAULT], &kinds, err))
        return ocsp_fail(err, OCSP_E_IO, labels->images->file,
                         found->first[OCSP_LABEL_FAULT] + 1,
                         "its label file has just been changed");
    const size_t length = strlen(err->text);
    if (others > 0)
        snprintf(err->text + length, sizeof err->text - length,
                 " (and %d more label file%s cannot be used)", others,
                 others == 1 ? "" : "s");
    return err->status;
}

/* The host adds to a list in the current folder. That must not make it wait, crash, or
 * write into a file elsewhere. */
static enum ocsp_status check_note_file(const char *list, const struct ocsp_host *host,
                                        struct ocsp_error *err)
{
    struct stat info;
    const char *why = NULL;

    if (!list)
        return OCSP_OK;
    if (lstat(list, &info)) {
        if (access(".", W_OK | X_OK))
            why = strerror(errno);
    } else if (!S_ISREG(info.st_mode)) {
        why = "not a regular file";
    } else if (access(list, W_OK)) {
        why = strerror(errno);
    }
    if (!why)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_IO, list, 0,
                     "%s's Darknet notes label files there that are missing or wrong: %s",
                     host->name, why);
}

/* The files that the host would add to for what was found. */
static enum ocsp_status check_note_files(const struct labels *labels,
                                         const struct ocsp_walk_found *found,
                                         struct ocsp_error *err)
{
    const struct ocsp_host *host = labels->limits->host;
    const struct ocsp_host_labels *habits = host->labels;
    const bool notes =
        (found->count[OCSP_LABEL_OUTSIDE] > 0 && habits->outside == OCSP_BOX_NOTED) ||
        (found->count[OCSP_LABEL_CORNER] > 0 && habits->corner == OCSP_BOX_NOTED);

    if (found->count[OCSP_LABEL_MISSING] > 0 &&
        check_note_file(habits->missing_list, host, err))
        return err->status;
    return notes && !labels->limits->drops_none
               ? check_note_file(habits->noted_list, host, err)
               : OCSP_OK;
}

static enum ocsp_status check_whole(struct labels *labels,
                                    const struct ocsp_walk_found *found,
                                    struct ocsp_error *err)
{
    const struct ocsp_line_list *images = labels->images;
    char path[OCSP_LABEL_PATH];

    if (found->count[OCSP_LABEL_FAULT] > 0)
        return refuse_first(labels, found, err);
    if (found->count[OCSP_LABEL_MISSING] == images->n &&
        labels->kind->path(images->line[0], path))
        return ocsp_fail(err, OCSP_E_IO, images->file, 0,
                         "none of its %d images has a label file: for the first %s's "
                         "Darknet looks for '%.300s'",
                         images->n, labels->limits->host->name, path);
    if (atomic_load(&labels->boxes) == 0)
        return ocsp_fail(err, OCSP_E_CONFLICT, images->file, 0,
                         "there are no %s in any label file of its %d images",
                         labels->kind->things, images->n);
    if (atomic_load(&labels->used) == 0)
        return ocsp_fail(
            err, OCSP_E_CONFLICT, images->file, 0,
            "none of its %ld boxes is in the image and large enough: Darknet "
            "takes shares of the image's size, from 0 to 1",
            atomic_load(&labels->boxes));
    return check_note_files(labels, found, err);
}

/* Appends to a line what fits. */
static void append(char *line, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void append(char *line, size_t size, const char *format, ...)
{
    const size_t length = strlen(line);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line + length, size - length, format, arguments);
    va_end(arguments);
}

static void append_absent_classes(char *line, size_t size, const struct labels *labels)
{
    long first = -1;
    int absent = 0;

    for (long id = 0; labels->has_class && id < labels->limits->classes; id++)
        if (!atomic_load(&labels->has_class[id]) && absent++ == 0)
            first = id;
    if (absent == 1)
        append(line, size, "; none of class %ld", first);
    else if (absent > 1)
        append(line, size, "; none of %d classes, of which %ld is the first", absent,
               first);
}

/* One line of what is odd, if anything is. */
static void say_odd(const struct labels *labels, const struct ocsp_walk_found *found)
{
    static const char *const with[OCSP_LABEL_KINDS] = {
        [OCSP_LABEL_MISSING] = "without a label file",
        [OCSP_LABEL_EMPTY] = "with an empty label file",
        [OCSP_LABEL_CROWDED] = "with more boxes than the net takes",
        [OCSP_LABEL_OUTSIDE] = "with a box outside the image",
        [OCSP_LABEL_CORNER] = "with a centre at 0 0",
        [OCSP_LABEL_SMALL] = "with a box that is too small",
        [OCSP_LABEL_BEYOND] = "with a box partly outside",
        [OCSP_LABEL_REPEATED] = "with the same box twice"};
    char line[1024] = "", absent[128] = "";

    append_absent_classes(absent, sizeof absent, labels);
    for (int k = 0; k < OCSP_LABEL_KINDS; k++)
        if (with[k] && found->count[k] > 0)
            append(line, sizeof line, "%s %d %s (first: line %d)", *line ? "," : ":",
                   found->count[k], with[k], found->first[k] + 1);
    if (!*line && !*absent)
        return;
    char whole[2048];
    snprintf(whole, sizeof whole, "ocsp: %.300s: %ld %s, %d images%s%s",
             labels->images->file, atomic_load(&labels->boxes), labels->kind->things,
             labels->images->n, line, absent);
    ocsp_lines_say(OCSP_SAY_LINE, whole);
}

static enum ocsp_status check(const char *list, const struct label_kind *kind,
                              const struct ocsp_label_limits *limits,
                              struct ocsp_error *err)
{
    struct ocsp_line_list images;
    struct labels labels = {.images = &images, .limits = limits, .kind = kind};
    struct ocsp_walk_found found;
    char what[512];
    enum ocsp_status status =
        ocsp_line_list_read(&images, list, ocsp_host_of_unix_lines(limits->host), err);

    if (status)
        return status;
    atomic_init(&labels.boxes, 0);
    atomic_init(&labels.used, 0);
    if (limits->classes <= COUNTED_CLASSES)
        labels.has_class = calloc((size_t)limits->classes, sizeof *labels.has_class);
    snprintf(what, sizeof what, "%.300s: label files", list);
    ocsp_list_walk(&(struct ocsp_walk){what, images.n, look, &labels, false}, &found);
    status = check_whole(&labels, &found, err);
    if (!status)
        say_odd(&labels, &found);
    free(labels.has_class);
    ocsp_line_list_clear(&images);
    return status;
}

enum ocsp_status ocsp_label_files_check(const char *list,
                                        const struct ocsp_label_limits *limits,
                                        struct ocsp_error *err)
{
    const struct ocsp_host_labels *habits = limits->host->labels;
    const struct label_kind boxes = {"boxes", habits->path, habits->endings,
                                     habits->may_be_missing, look_at_boxes};

    return check(list, &boxes, limits, err);
}

enum ocsp_status ocsp_tag_files_check(const char *list, int classes,
                                      const struct ocsp_host *host,
                                      struct ocsp_error *err)
{
    const struct ocsp_label_limits limits = {.host = host, .classes = classes};
    const struct label_kind tags = {"classes", host->labels->tag_path, ".jpg", true,
                                    look_at_tags};

    return check(list, &tags, &limits, err);
}
