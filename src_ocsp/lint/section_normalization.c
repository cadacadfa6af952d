/* [batchnorm], [normalization] and [l2norm]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static const struct ocsp_lint_section batchnorm = {
    .name = "batchnorm",
    .support = {[OCSP_DEBIAN] = {""},
                [OCSP_ALEXEYAB] = {""},
                [OCSP_DEEPSTREAM] = {"activation"}},
    .needed = {{FOR_DEEPSTREAM, {"activation"}, true, MUST_BE_GIVEN}},
    .rules = {MAKES_NOTHING_OF_FLAT_ROUTE,
              {FOR_DEBIAN, ocsp_lint_always, "", true, "it crashes on CPU"}},
};
OCSP_REGISTER_LINT_SECTION(batchnorm);

static const struct ocsp_lint_section normalization = {
    .name = "normalization",
    .support = {[OCSP_DEBIAN] = {"alpha beta kappa size"},
                [OCSP_ALEXEYAB] = {"alpha beta kappa size"}},
    .rules = {MAKES_NOTHING_OF_FLAT_ROUTE},
};
OCSP_REGISTER_LINT_SECTION(normalization);

static const struct ocsp_lint_section l2norm = {
    .name = "l2norm",
    .support = {[OCSP_DEBIAN] = {""}},
};
OCSP_REGISTER_LINT_SECTION(l2norm);
