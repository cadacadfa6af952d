/* [reorg], [reorg3d] and [history]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static const struct ocsp_lint_section reorg = {
    .name = "reorg",
    .support = {[OCSP_DEBIAN] = {"stride reverse flatten extra"},
                [OCSP_ALEXEYAB] = {"stride reverse"},
                [OCSP_OPENCV] = {"stride activation"},
                [OCSP_TKDNN] = {"stride activation"},
                [OCSP_DEEPSTREAM] = {"stride"}},
    .meanings = {{"reverse", "0"}, {"flatten", "0"}, {"extra", "0"}},
    .needed = {{FOR_OPENCV, {"stride"}, false, "absent: it takes 2, Darknet 1"}},
    .rules = {DARKNET_HAS_NO_ACTIVATION},
};
OCSP_REGISTER_LINT_SECTION(reorg);

static const struct ocsp_lint_section reorg3d = {
    .name = "reorg3d",
    .support = {[OCSP_ALEXEYAB] = {"stride reverse"},
                [OCSP_HANK] = {"stride reverse"},
                [OCSP_DEEPSTREAM] = {"stride"}},
    .meanings = {{"reverse", "0"}},
};
OCSP_REGISTER_LINT_SECTION(reorg3d);

static const struct ocsp_lint_section history = {
    .name = "history",
    .support = {[OCSP_ALEXEYAB] = {"history_size"}},
};
OCSP_REGISTER_LINT_SECTION(history);
