/* [scale_channels] and [sam]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static const struct ocsp_lint_section scale_channels = {
    .name = "scale_channels",
    .support = {[OCSP_ALEXEYAB] = {"from scale_wh activation", SCALAR},
                [OCSP_HANK] = {"from scale_wh activation", SCALAR " relu6"},
                [OCSP_OPENCV] = {"from activation"}},
    .meanings = {{"scale_wh", "0"}},
};
OCSP_REGISTER_LINT_SECTION(scale_channels);

static const struct ocsp_lint_section sam = {
    .name = "sam",
    .support = {[OCSP_ALEXEYAB] = {"from activation", SCALAR},
                [OCSP_HANK] = {"from activation", SCALAR " relu6"},
                [OCSP_OPENCV] = {"from activation"},
                [OCSP_DEEPSTREAM] = {"from activation"}},
    .rules = {TAKES_0_FOR_THIS_LAYER},
};
OCSP_REGISTER_LINT_SECTION(sam);
