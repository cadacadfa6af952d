#include "hosts/debian/labels.h"

#include <string.h>

/* In the host's order; each is replaced once, where it first stands in the path. */
static const struct {
    const char *word, *by;
} replaced[] = {{"images", "labels"}, {"JPEGImages", "labels"}, {"raw", "labels"},
                {".jpg", ".txt"},     {".png", ".txt"},         {".JPG", ".txt"},
                {".JPEG", ".txt"}};

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

static bool find_path(const char *image, char *label)
{
    if (strlen(image) >= OCSP_LABEL_PATH)
        return false;
    strcpy(label, image);
    for (size_t k = 0; k < sizeof replaced / sizeof *replaced; k++)
        if (!replace(label, replaced[k].word, replaced[k].by))
            return false;
    return strcmp(label, image) != 0;
}

const struct ocsp_host_labels ocsp_host_labels_debian = {
    .path = find_path,
    .endings = ".jpg .png .JPG .JPEG",
    .outside = OCSP_BOX_DROPPED,
    .corner = OCSP_BOX_CRASHES,
    .least = .001,
    .boxes = 90,
    .region_boxes = 30,
};
