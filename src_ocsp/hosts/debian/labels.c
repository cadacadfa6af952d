#include "hosts/debian/labels.h"

#include <string.h>

/* In the host's order; each is replaced once, where it first stands in the path. */
struct replacement {
    const char *word, *by;
};
static const struct replacement for_boxes[] = {
    {"images", "labels"}, {"JPEGImages", "labels"}, {"raw", "labels"}, {".jpg", ".txt"},
    {".png", ".txt"},     {".JPG", ".txt"},         {".JPEG", ".txt"}, {NULL, NULL}};
static const struct replacement for_tags[] = {
    {"images", "labels"}, {".jpg", ".txt"}, {NULL, NULL}};

/* False: there is no room. */
static bool replace(char *text, const char *word, const char *by)
{
    char *at = strstr(text, word);

    if (!at)
        return true;
    const size_t rest = strlen(at + strlen(word)) + 1;
    if ((size_t)(at - text) + strlen(by) + rest > OCSP_LABEL_PATH)
        return false;
    memmove(at + strlen(by), at + strlen(word), rest);
    memcpy(at, by, strlen(by));
    return true;
}

static bool replace_all(const char *image, char *label, const struct replacement *next)
{
    if (strlen(image) >= OCSP_LABEL_PATH)
        return false;
    strcpy(label, image);
    for (; next->word; next++)
        if (!replace(label, next->word, next->by))
            return false;
    return strcmp(label, image) != 0;
}

static bool find_path(const char *image, char *label)
{
    return replace_all(image, label, for_boxes);
}

static bool find_tag_path(const char *image, char *label)
{
    return replace_all(image, label, for_tags);
}

const struct ocsp_host_labels ocsp_host_labels_debian = {
    .path = find_path,
    .endings = ".jpg .png .JPG .JPEG",
    .outside = OCSP_BOX_DROPPED,
    .corner = OCSP_BOX_CRASHES,
    .tag_path = find_tag_path,
    .least = .001,
    .boxes = 90,
    .region_boxes = 30,
};
