#include "hosts/alexeyab/labels.h"

#include <string.h>

#include "hosts/by_value/darknet_compat.h"
#include "utils.h"

/* With room for what the host puts in. */
#define LONGEST (OCSP_LABEL_PATH - 64)

/* Of other endings the host complains, and takes the image for its label file. */
static bool has_known_ending(const char *image, size_t length)
{
    static const char *const endings[] = {".jpg", ".JPG", ".jpeg", ".JPEG",
                                          ".png", ".PNG", ".bmp",  ".BMP",
                                          ".ppm", ".PPM", ".tiff", ".TIFF"};

    for (size_t k = 0; k < sizeof endings / sizeof *endings; k++) {
        const size_t n = strlen(endings[k]);
        if (length > n && memcmp(image + length - n, endings[k], n) == 0)
            return true;
    }
    return false;
}

/* By the host's own function: which folders it replaces has changed over the years. */
static bool find_path(const char *image, char *label)
{
    size_t length = strlen(image);

    if (length > LONGEST)
        return false;
    while (length > 0 && strchr(" \t", image[length - 1]))
        length--;
    if (!has_known_ending(image, length))
        return false;
    replace_image_to_label(image, label);
    return strcmp(label, image) != 0;
}

const struct ocsp_host_labels ocsp_host_labels_alexeyab = {
    .path = find_path,
    .endings = ".jpg .jpeg .png .bmp .ppm .tiff, in small or in capital letters",
    .any_head = true,
    .map_extends_nothing = true,
    .may_be_missing = true,
    .missing_list = "bad.list",
    .noted_list = "bad_label.list",
    .outside = OCSP_BOX_NOTED,
    .corner = OCSP_BOX_NOTED,
    .noted_path = 180,
    .boxes = OCSP_HAS_MANY_BOXES ? 200 : 90,
    .region_boxes = OCSP_HAS_MANY_BOXES ? 200 : 30,
};
