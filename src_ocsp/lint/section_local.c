/* [local] and [deconvolutional]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static const struct ocsp_lint_section local = {
    .name = "local",
    .support = {[OCSP_DEBIAN] = {"filters size stride pad activation"},
                [OCSP_ALEXEYAB] = {"filters size stride pad activation", SCALAR}},
};
OCSP_REGISTER_LINT_SECTION(local);

static const struct ocsp_lint_section deconvolutional = {
    .name = "deconvolutional",
    .support =
        {[OCSP_DEBIAN] = {"filters size stride pad padding activation batch_normalize"},
         [OCSP_DEEPSTREAM] = {"filters size stride pad"}},
    .know_no_alias = FOR_DEEPSTREAM,
    .rules = {{FOR_DEBIAN, ocsp_lint_always, "", true,
               "it crashes when it loads weights"}},
};
OCSP_REGISTER_LINT_SECTION(deconvolutional);
