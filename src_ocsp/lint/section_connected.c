#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static bool is_normalized(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "batch_normalize", 0) != 0;
}

static const struct ocsp_lint_section connected = {
    .name = "connected",
    .support = {[OCSP_DEBIAN] = {"output activation batch_normalize"},
                [OCSP_ALEXEYAB] = {"output activation batch_normalize", SCALAR},
                [OCSP_HANK] = {"output activation batch_normalize", SCALAR " relu6"},
                [OCSP_OPENCV] = {"output batch_normalize activation"}},
    .know_no_alias = FOR_OPENCV,
    .needed = {TAKES_LINEAR_FOR_LOGISTIC},
    /* the file holds the weights before scales, mean and variance */
    .rules = {{FOR_OPENCV, is_normalized, "batch_normalize", false,
               "it reads the weights in another order"}},
};
OCSP_REGISTER_LINT_SECTION(connected);
