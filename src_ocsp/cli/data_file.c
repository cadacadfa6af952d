#include "cli/data_file.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/data_images.h"
#include "cli/data_keys.h"
#include "net/class_tree.h"
#include "view/lines.h"

/* What the checks share. */
struct reading {
    const struct ocsp_data_keys *keys;
    const struct ocsp_data_use *use;
    struct ocsp_data_file *data;
    struct ocsp_data_images *images; /* of train= */
    struct ocsp_error *err;
};

static struct ocsp_data_key find(const struct reading *r, const char *key,
                                 const char *fallback)
{
    return ocsp_data_keys_find(r->keys, key, fallback);
}

/* A copy of a value, NULL of none. */
static enum ocsp_status copy(const struct reading *r, const struct ocsp_data_key *key,
                             char **out)
{
    *out = key->value ? strdup(key->value) : NULL;
    return key->value && !*out ? ocsp_fail_memory(r->err) : OCSP_OK;
}

/* A file that the host cannot do without. */
static enum ocsp_status named_file(const struct reading *r, const char *name,
                                   const char *fallback, char **out)
{
    const struct ocsp_data_key key = find(r, name, fallback);

    if (!key.value)
        return ocsp_data_key_refuse(r->keys, &key, "", r->err);
    return ocsp_data_key_file(r->keys, &key, r->err) ? r->err->status
                                                     : copy(r, &key, out);
}

/* A file that need not be named; then *out stays NULL. */
static enum ocsp_status optional_file(const struct reading *r, const char *name,
                                      char **out)
{
    return find(r, name, NULL).line ? named_file(r, name, NULL, out) : OCSP_OK;
}

/* A number, at its fallback where the key is missing. */
static enum ocsp_status number(const struct reading *r, const char *name,
                               const char *fallback, int low, int high, int *out)
{
    const struct ocsp_data_key key = find(r, name, fallback);

    return ocsp_data_key_whole(r->keys, &key, low, high, out, r->err);
}

static void say_top_is_all(const struct reading *r)
{
    char text[256];

    if (r->data->top <= r->data->classes)
        return;
    snprintf(text, sizeof text,
             "ocsp: %s:%d: top=%d, but there are %d classes: every image is within them",
             r->keys->file, find(r, "top", NULL).line, r->data->top, r->data->classes);
    ocsp_lines_say(OCSP_SAY_LINE, text);
}

static enum ocsp_status read_numbers(const struct reading *r)
{
    int tag = 0;
    enum ocsp_status status = ocsp_data_keys_classes(r->keys, r->use->classes, r->err);

    /* AlexeyAB's Darknet prints the number into ten bytes, behind "top" */
    if (!status)
        status = number(r, "top", "1", 1, 999999, &r->data->top);
    if (!status && r->use->host->data_file.classifier_tag)
        status = number(r, "tag", "0", 0, 1, &tag);
    r->data->classes = r->use->classes;
    r->data->tagged = tag != 0;
    return status;
}

static enum ocsp_status check_tree(const struct reading *r, bool *is_tree)
{
    char *tree = NULL;
    enum ocsp_status status = OCSP_OK;

    if (r->use->host->data_file.classifier_tree)
        status = optional_file(r, "tree", &tree);
    if (!status && tree)
        status = ocsp_class_tree_check(tree, r->data->classes,
                                       ocsp_host_of_unix_lines(r->use->host), r->err);
    *is_tree = tree != NULL;
    free(tree);
    return status;
}

/* The two lists, and what stands in the images' paths. */
static enum ocsp_status check_classifier_images(const struct reading *r)
{
    struct ocsp_data_file *data = r->data;
    struct ocsp_data_images ignored;
    struct ocsp_data_labels labels = {.classes = 0};
    bool is_tree;
    enum ocsp_status status = check_tree(r, &is_tree);

    if (!status && !data->tagged)
        status = ocsp_data_labels_read(&labels, data->labels, data->classes, r->use->host,
                                       r->err);
    const struct ocsp_data_labels *wanted =
        is_tree || data->tagged || r->use->without_labels ? NULL : &labels;
    if (!status)
        status = ocsp_data_images_check(r->images, data->train, wanted, r->use->host,
                                        false, r->err);
    if (!status && r->use->measures && data->valid && !data->tagged)
        status = ocsp_data_images_check(&ignored, data->valid, wanted, r->use->host,
                                        false, r->err);
    ocsp_data_labels_clear(&labels);
    return status;
}

static enum ocsp_status read_classifier(const struct reading *r)
{
    struct ocsp_data_file *data = r->data;
    enum ocsp_status status = read_numbers(r);

    if (!status && !data->tagged)
        status = named_file(r, "labels", "data/labels.list", &data->labels);
    if (!status && r->use->measures)
        status = optional_file(r, "valid", &data->valid);
    if (!status && r->use->measures)
        status = optional_file(r, "leaves", &data->leaves);
    return status ? status : check_classifier_images(r);
}

/* AlexeyAB's -map ends the process where the names are not as many as the classes: at the
 * first measurement, which may be hours later. */
static enum ocsp_status check_names(const struct reading *r)
{
    struct ocsp_line_list lines = {0};
    const struct ocsp_host *host = r->use->host;
    char *names = NULL;
    enum ocsp_status status = named_file(r, "names", "data/names.list", &names);

    if (!status)
        status =
            ocsp_line_list_read(&lines, names, ocsp_host_of_unix_lines(host), r->err);
    if (!status && lines.n != r->use->classes)
        status = ocsp_fail(r->err, OCSP_E_CONFLICT, names, 0,
                           "%d lines, but the cfg's heads have classes=%d: -map wants a "
                           "name for each, and no line more",
                           lines.n, r->use->classes);
    ocsp_line_list_clear(&lines);
    free(names);
    return status;
}

/* *n: its images, left alone where the file names no such list. */
static enum ocsp_status check_list(const struct reading *r, const char *key, char **list,
                                   int *n)
{
    struct ocsp_data_images images;
    enum ocsp_status status = optional_file(r, key, list);

    if (status || !*list)
        return status;
    status = ocsp_data_images_check(&images, *list, NULL, r->use->host, false, r->err);
    if (!status)
        *n = images.n;
    return status;
}

/* -map takes line i of the one for line i of the other, and does not look for its end. */
static enum ocsp_status check_lists_of_map(const struct reading *r)
{
    char *difficult = NULL;
    int images = r->images->n, difficult_images = INT_MAX;
    enum ocsp_status status = check_list(r, "valid", &r->data->valid, &images);

    if (!status)
        status = check_list(r, "difficult", &difficult, &difficult_images);
    if (!status && difficult_images < images)
        status = ocsp_fail(r->err, OCSP_E_CONFLICT, difficult, 0,
                           "%d images are too few: -map takes one for each of the %d of "
                           "valid=",
                           difficult_images, images);
    free(difficult);
    return status;
}

/* Darknet's training reads the cfg alone. */
static void say_other_classes(const struct reading *r)
{
    const struct ocsp_data_key key = find(r, "classes", NULL);
    char text[256];

    if (key.line == 0 || atoi(key.value) == r->use->classes)
        return;
    snprintf(text, sizeof text,
             "ocsp: %.150s:%d: classes=%.20s, but the cfg's heads have %d, which count",
             r->keys->file, key.line, key.value, r->use->classes);
    ocsp_lines_say(OCSP_SAY_LINE, text);
}

static enum ocsp_status read_detector(const struct reading *r)
{
    enum ocsp_status status = OCSP_OK;
    int ignored;

    if (r->use->host->data_file.detector_saves) {
        status = number(r, "saveweights", "1000", 1, INT_MAX, &ignored);
        if (!status)
            status = number(r, "savelast", "100", 1, INT_MAX, &ignored);
    }
    if (!status && r->use->measures)
        status = check_names(r);
    if (!status)
        status = ocsp_data_images_check(r->images, r->data->train, NULL, r->use->host,
                                        false, r->err);
    if (!status && r->use->measures)
        status = check_lists_of_map(r);
    return status;
}

/* The keys that matter to this use. */
static const char *const *keys_of(const struct ocsp_data_use *use)
{
    static const char *const of_classifiers[] = {"train",  "valid",  "labels", "classes",
                                                 "backup", "leaves", "top",    "tree",
                                                 "tag",    NULL};
    static const char *const of_detectors[] = {"train",    "valid",     "names",
                                               "backup",   "difficult", "saveweights",
                                               "savelast", NULL};

    return use->detector ? of_detectors : of_classifiers;
}

static void say_unused(const struct reading *r)
{
    char text[512];

    snprintf(
        text, sizeof text,
        "ocsp: %d of %d classes have no image in %.150s, the first is that of line %d "
        "of %.150s",
        r->images->n_unused, r->data->classes, r->data->train,
        r->images->first_unused + 1, r->data->labels);
    ocsp_lines_say(OCSP_SAY_LINE, text);
}

static void say_what_is_odd(const struct reading *r)
{
    ocsp_data_keys_say(r->keys, keys_of(r->use), r->use->host);
    if (r->use->detector)
        say_other_classes(r);
    else
        say_top_is_all(r);
    if (r->images->n_unused > 0)
        say_unused(r);
}

enum ocsp_status ocsp_data_file_read(struct ocsp_data_file *data, const char *path,
                                     const struct ocsp_data_use *use,
                                     struct ocsp_error *err)
{
    struct ocsp_data_keys keys;
    struct ocsp_data_images images = {0};
    const struct reading r = {&keys, use, data, &images, err};
    enum ocsp_status status = ocsp_data_keys_read(&keys, path, use->host, err);

    *data = (struct ocsp_data_file){0};
    if (status)
        return status;
    status = ocsp_data_keys_check(&keys, keys_of(use), use->host, err);
    if (!status)
        status = named_file(&r, "train", NULL, &data->train);
    const struct ocsp_data_key backup = find(&r, "backup", "/backup/");
    if (!status)
        status = ocsp_data_key_folder(&keys, &backup, err);
    if (!status)
        status = copy(&r, &backup, &data->backup);
    if (!status)
        status = use->detector ? read_detector(&r) : read_classifier(&r);
    data->images = images.n;
    if (!status)
        say_what_is_odd(&r);
    ocsp_data_keys_clear(&keys);
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
