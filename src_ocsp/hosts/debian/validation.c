#include "hosts/debian/validation.h"

#include <string.h>

#include "hosts/by_value/validation.h"
#include "image.h"
#include "utils.h"

/* Its largest square in the middle, scaled. */
static bool prepare_image(const char *path, int w, int h, float *out)
{
    image whole;

    if (!ocsp_validation_decode(path, &whole))
        return false;
    image crop = center_crop_image(whole, w, h);
    memcpy(out, crop.data, (size_t)(3 * w * h) * sizeof *out);
    free_image(crop);
    free_image(whole);
    return true;
}

const struct ocsp_host_validation ocsp_host_validation_debian = {
    .top_within_classes = false,
    .image = prepare_image,
    .tree = ocsp_validation_tree,
    .scores = ocsp_validation_scores,
    .top = top_k,
};
