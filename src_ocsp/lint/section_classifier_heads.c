/* [softmax], [cost], [logistic] and [contrastive]; and [iseg], of segmentation. */
#include <stdlib.h>

#include "layers/layer_type.h"
#include "lint/lint_section.h"
#include "lint/named_files.h"
#include "lint/shared_rules.h"

/* make_softmax_layer */
static bool does_not_divide(const struct ocsp_lint_site *site)
{
    const int groups = ocsp_lint_number(site, "groups", 1);
    return groups < 1 || site->layer->inputs % groups != 0;
}

/* Only its GPU code looks at it. */
static bool is_spatial(const struct ocsp_lint_site *site)
{
    return strtod(ocsp_lint_text(site, "spatial"), NULL) != 0.0;
}

static bool has_temperature_0(const struct ocsp_lint_site *site)
{
    return ocsp_lint_has(site, "temperature") &&
           strtod(ocsp_lint_text(site, "temperature"), NULL) == 0.0;
}

static bool has_another_tree(const struct ocsp_lint_site *site)
{
    return ocsp_lint_tree_is_not_of(site, site->layer->inputs);
}

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
               "it normalizes each place of a map"},
              {FOR_DARKNETS, does_not_divide, "groups", true,
               "it does not divide its input evenly"},
              {FOR_DEBIAN | FOR_ALEXEYAB, is_spatial, "spatial", false,
               "its CPU code ignores it"},
              {FOR_DARKNETS, has_temperature_0, "temperature", false, "it divides by it"},
              LACKS_TREE(FOR_DARKNETS),
              {FOR_DARKNETS, has_another_tree, "tree", true,
               "no tree of as many classes as it reads numbers, each behind its "
               "parent"}},
};
OCSP_REGISTER_LINT_SECTION(softmax);

/* forward_cost_layer() returns where there are no labels, before it writes its output. */
static bool is_read(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *end = site->graph->layers + site->graph->n_layers;
    const int own = (int)(site->layer - site->graph->layers);

    for (const struct ocsp_layer *l = site->layer + 1; l < end; l++) {
        if (l == site->layer + 1 && l->reads_before && !ocsp_layer_is(l, "cost"))
            return true;
        for (int k = 0; k < l->n_from; k++)
            if (l->from[k] == own)
                return true;
    }
    return false;
}

static const struct ocsp_lint_section cost = {
    .name = "cost",
    .support = {[OCSP_DEBIAN] = {"type scale"},
                [OCSP_ALEXEYAB] = {"type scale"},
                [OCSP_HANK] = {"type scale ratio"},
                [OCSP_OPENCV] = {"activation"}},
    .rules = {DARKNET_HAS_NO_ACTIVATION,
              {FOR_DARKNETS, is_read, "", false,
               "a layer reads it, and its output is 0 at inference"}},
};
OCSP_REGISTER_LINT_SECTION(cost);

static const struct ocsp_lint_section logistic = {
    .name = "logistic",
    .support = {[OCSP_DEBIAN] = {""}},
};
OCSP_REGISTER_LINT_SECTION(logistic);

/* parse_contrastive() reads through it */
static bool reads_no_yolo(const struct ocsp_lint_site *site)
{
    const int index = (int)(site->layer - site->graph->layers);
    const int given = ocsp_lint_number(site, "yolo_layer", 0);
    const int yolo = given < 0 ? index + given : given;

    return yolo <= 0 || yolo >= index ||
           !ocsp_layer_is(&site->graph->layers[yolo], "yolo");
}

static const struct ocsp_lint_section contrastive = {
    .name = "contrastive",
    .support = {[OCSP_ALEXEYAB] = {"classes yolo_layer temperature"},
                [OCSP_HANK] = {"classes yolo_layer temperature cls_normalizer max_delta "
                               "contrastive_neg_max"}},
    .rules = {{FOR_ALEXEYAB, reads_no_yolo, "yolo_layer", true,
               "it must be the number of a [yolo] before it"}},
};
OCSP_REGISTER_LINT_SECTION(contrastive);

static const struct ocsp_lint_section iseg = {
    .name = "iseg",
    .support = {[OCSP_DEBIAN] = {"classes ids"}},
    .rules = {{FOR_DEBIAN, ocsp_lint_always, "", true,
               "it crashes at inference: its forward pass reads labels"}},
};
OCSP_REGISTER_LINT_SECTION(iseg);
