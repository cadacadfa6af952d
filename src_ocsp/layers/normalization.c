/* Normalizations that mix channels: their channels must stay. */
#include "layers/coupler.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_normalization(const struct ocsp_section *s)
{
    return ocsp_section_freeze_like_input(s, "it normalizes over neighbouring channels");
}

static enum ocsp_status read_l2norm(const struct ocsp_section *s)
{
    return ocsp_section_freeze_like_input(s, "it divides by the norm over all channels");
}

static const struct ocsp_layer_type normalization = {
    .names = {"normalization", "lrn"},
    .read = read_normalization,
    .passes_flat = true,
};
OCSP_REGISTER_LAYER_TYPE(normalization);

static const struct ocsp_layer_type l2norm = {
    .names = {"l2norm"},
    .read = read_l2norm,
};
OCSP_REGISTER_LAYER_TYPE(l2norm);
