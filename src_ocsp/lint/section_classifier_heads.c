/* [softmax], [cost], [logistic] and [contrastive]; and [iseg], of segmentation. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"

#define SOFTMAX_KEYS "groups temperature tree spatial noloss"

static const struct ocsp_lint_section softmax = {
    .name = "softmax",
    .support = {[OCSP_DEBIAN] = {SOFTMAX_KEYS},
                [OCSP_ALEXEYAB] = {SOFTMAX_KEYS},
                [OCSP_HANK] = {SOFTMAX_KEYS},
                [OCSP_OPENCV] = {"activation"}},
    .know_no_alias = FOR_OPENCV,
    .meanings = {{"groups", "1"}, {"temperature", "1"}, {"tree", NULL}, {"spatial", "0"}},
    .rules = {DARKNET_HAS_NO_ACTIVATION,
              {FOR_OPENCV, ocsp_lint_reads_map, "", false,
               "it normalizes each place of a map"}},
};
OCSP_REGISTER_LINT_SECTION(softmax);

static const struct ocsp_lint_section cost = {
    .name = "cost",
    .support = {[OCSP_DEBIAN] = {"type scale"},
                [OCSP_ALEXEYAB] = {"type scale"},
                [OCSP_HANK] = {"type scale ratio"},
                [OCSP_OPENCV] = {"activation"}},
    .rules = {DARKNET_HAS_NO_ACTIVATION},
};
OCSP_REGISTER_LINT_SECTION(cost);

static const struct ocsp_lint_section logistic = {
    .name = "logistic",
    .support = {[OCSP_DEBIAN] = {""}},
};
OCSP_REGISTER_LINT_SECTION(logistic);

static const struct ocsp_lint_section contrastive = {
    .name = "contrastive",
    .support = {[OCSP_ALEXEYAB] = {"classes yolo_layer temperature"},
                [OCSP_HANK] = {"classes yolo_layer temperature cls_normalizer max_delta "
                               "contrastive_neg_max"}},
};
OCSP_REGISTER_LINT_SECTION(contrastive);

static const struct ocsp_lint_section iseg = {
    .name = "iseg",
    .support = {[OCSP_DEBIAN] = {"classes ids"}},
};
OCSP_REGISTER_LINT_SECTION(iseg);
