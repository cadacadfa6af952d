#include "hosts/alexeyab/validation.h"

#include <string.h>

#include "hosts/by_value/validation.h"
#include "image.h"
#include "utils.h"

/* Scaled until its shorter side is the network's width; the middle of that. */
static bool prepare_image(const char *path, int w, int h, float *out)
{
    image whole;

    if (!ocsp_validation_decode(path, &whole))
        return false;
    image scaled = resize_min(whole, w);
    image crop = crop_image(scaled, (scaled.w - w) / 2, (scaled.h - h) / 2, w, h);
    memcpy(out, crop.data, (size_t)(3 * w * h) * sizeof *out);
    if (scaled.data != whole.data)
        free_image(scaled);
    free_image(whole);
    free_image(crop);
    return true;
}

const struct ocsp_host_validation ocsp_host_validation_alexeyab = {
    .top_within_classes = true,
    .image = prepare_image,
    .tree = ocsp_validation_tree,
    .scores = ocsp_validation_scores,
    .top = top_k,
};
