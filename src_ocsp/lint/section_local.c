/* [local] and [deconvolutional]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"
#include "lint/workspace.h"

/* Its windows are placed by pad= pixels, their number by size / 2. */
static bool pads_otherwise(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const int64_t pad = ocsp_lint_number(site, "pad", 0);

    return (l->in_w + 2 * pad - l->size) / l->stride_x + 1 != l->out_w ||
           (l->in_h + 2 * pad - l->size) / l->stride_x + 1 != l->out_h;
}

static const struct ocsp_lint_section local = {
    .name = "local",
    .support = {[OCSP_DEBIAN] = {"filters size stride pad activation"},
                [OCSP_ALEXEYAB] = {"filters size stride pad activation", SCALAR}},
    .rules = {{FOR_DEBIAN, ocsp_lint_overflows_workspace, "", true,
               "it writes behind its workspace"},
              {FOR_DEBIAN | FOR_ALEXEYAB, pads_otherwise, "pad", true,
               "it has more or fewer windows than outputs with this padding"}},
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
