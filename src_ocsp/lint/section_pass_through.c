/* [dropout], [activation] and [empty]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static const struct ocsp_lint_section dropout = {
    .name = "dropout",
    .support = {[OCSP_DEBIAN] = {"probability"},
                [OCSP_ALEXEYAB] = {"probability"},
                [OCSP_HANK] = {"dropblock probability dropblock_size_rel "
                               "dropblock_size_abs"},
                [OCSP_OPENCV] = {"activation"},
                [OCSP_DEEPSTREAM] = {""}},
    .rules = {DARKNET_HAS_NO_ACTIVATION},
};
OCSP_REGISTER_LINT_SECTION(dropout);

static const struct ocsp_lint_section activation = {
    .name = "activation",
    .support = {[OCSP_DEBIAN] = {"activation"}, [OCSP_ALEXEYAB] = {"activation", SCALAR}},
};
OCSP_REGISTER_LINT_SECTION(activation);

static const struct ocsp_lint_section empty = {
    .name = "empty",
    .support = {[OCSP_ALEXEYAB] = {""}},
};
OCSP_REGISTER_LINT_SECTION(empty);
