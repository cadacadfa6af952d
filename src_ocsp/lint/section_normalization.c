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

/* Its first channel sums over size / 2 of them. */
static bool is_wider_than_its_input(const struct ocsp_lint_site *site)
{
    const int size = ocsp_lint_number(site, "size", 5);
    return size < 1 || size / 2 > site->layer->in_c;
}

static const struct ocsp_lint_section normalization = {
    .name = "normalization",
    .support = {[OCSP_DEBIAN] = {"alpha beta kappa size"},
                [OCSP_ALEXEYAB] = {"alpha beta kappa size"}},
    .rules = {MAKES_NOTHING_OF_FLAT_ROUTE,
              {FOR_DEBIAN | FOR_ALEXEYAB, is_wider_than_its_input, "size", true,
               "it must be 1 to twice its channels: it reads behind them"}},
};
OCSP_REGISTER_LINT_SECTION(normalization);

static const struct ocsp_lint_section l2norm = {
    .name = "l2norm",
    .support = {[OCSP_DEBIAN] = {""}},
};
OCSP_REGISTER_LINT_SECTION(l2norm);
