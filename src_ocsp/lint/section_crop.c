#include "lint/lint_section.h"

#define CROP_KEYS "crop_height crop_width flip angle saturation exposure noadjust shift"

static const struct ocsp_lint_section crop = {
    .name = "crop",
    .support = {[OCSP_DEBIAN] = {CROP_KEYS}, [OCSP_ALEXEYAB] = {CROP_KEYS}},
};
OCSP_REGISTER_LINT_SECTION(crop);
