/* [crop]: a window of the image, at random in training, with numbers from −1 to 1. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_crop(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int w, h;
    enum ocsp_status status = ocsp_key_number(s, "crop_width", 1, 1, l->in_w, &w);

    if (!status)
        status = ocsp_key_number(s, "crop_height", 1, 1, l->in_h, &h);
    if (!ocsp_key_is_set(s, "noadjust")) {
        l->scale = 2;
        l->shift = -1;
    }
    return status ? status : ocsp_set_output(s, w, h, l->in_c);
}

static const struct ocsp_layer_type crop = {
    .names = {"crop"},
    .read = read_crop,
    .couple = ocsp_couple_through,
    .emit = ocsp_emit_through,
    .needs_map = true,
    .crops_images = true,
};
OCSP_REGISTER_LAYER_TYPE(crop);
