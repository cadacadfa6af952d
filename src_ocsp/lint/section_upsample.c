#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static bool does_not_double(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "stride", 2) != 2;
}

static const struct ocsp_lint_section upsample = {
    .name = "upsample",
    .support = {[OCSP_DEBIAN] = {"stride scale"},
                [OCSP_ALEXEYAB] = {"stride scale"},
                [OCSP_HANK] = {"stride scale"},
                [OCSP_HANK_ONNX] = {"stride"},
                [OCSP_OPENCV] = {"stride activation"},
                [OCSP_TKDNN] = {"stride activation"},
                [OCSP_DEEPSTREAM] = {"stride"},
                [OCSP_JKJUNG] = {"stride"},
                [OCSP_NCNN] = {"stride"}},
    .meanings = {{"scale", "1"}},
    .needed =
        {{FOR_DEEPSTREAM | FOR_JKJUNG, {"stride"}, true, MUST_BE_GIVEN},
         {FOR_OPENCV | FOR_TKDNN, {"stride"}, false, "absent: it takes 1, Darknet 2"}},
    .rules = {MAKES_NOTHING_OF_FLAT_ROUTE,
              READS_NO_VECTOR,
              DARKNET_HAS_NO_ACTIVATION,
              {FOR_NCNN, does_not_double, "stride", false, "it always takes 2"}},
};
OCSP_REGISTER_LINT_SECTION(upsample);
