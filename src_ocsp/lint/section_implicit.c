#include "lint/lint_section.h"

static const struct ocsp_lint_section implicit = {
    .name = "implicit",
    .support = {[OCSP_ALEXEYAB] = {"mean std filters atoms"},
                [OCSP_DEEPSTREAM] = {"filters atoms"}},
    .meanings = {{"atoms", "1"}},
};
OCSP_REGISTER_LINT_SECTION(implicit);
