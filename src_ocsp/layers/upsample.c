/* [upsample], which shrinks by summing where its stride is negative. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_upsample(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int stride;
    enum ocsp_status status =
        ocsp_key_number(s, "stride", 2, -OCSP_MAX_SIDE, OCSP_MAX_SIDE, &stride);

    if (!status)
        status = ocsp_key_real(s, "scale", 1, &l->scale);
    if (status)
        return status;
    if (stride == 0)
        return ocsp_section_fail(s, "stride", OCSP_E_RANGE,
                                 "stride=0: nothing would be left of its input");
    if (stride < 0) {
        l->scale *= (double)stride * stride;
        return ocsp_set_output(s, l->in_w / -stride, l->in_h / -stride, l->in_c);
    }
    return ocsp_set_output(s, (int64_t)l->in_w * stride, (int64_t)l->in_h * stride,
                           l->in_c);
}

static const struct ocsp_layer_type upsample = {
    .names = {"upsample"},
    .read = read_upsample,
    .couple = ocsp_couple_through,
    .emit = ocsp_emit_through,
    .passes_flat = true,
};
OCSP_REGISTER_LAYER_TYPE(upsample);
