/* [yolo], [Gaussian_yolo], [region] and [detection]. */
#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "lint/head.h"
#include "lint/lint_section.h"
#include "lint/named_files.h"
#include "lint/shared_rules.h"

/* make_yolo_layer and the like compare their outputs with their inputs. */
static bool has_the_wrong_filters(const struct ocsp_lint_site *site)
{
    struct ocsp_head head;

    return ocsp_head_read(&head, site->cfg, site->layer) &&
           ocsp_head_channels(&head) != site->layer->in_c;
}

static bool has_the_wrong_anchors(const struct ocsp_lint_site *site)
{
    return ocsp_head_count(ocsp_lint_text(site, "anchors"), true) !=
               2 * ocsp_lint_number(site, "num", -1) &&
           ocsp_lint_has(site, "anchors") && ocsp_lint_has(site, "num");
}

/* The Darknets' parsers fill an array of 2 num= numbers, up to the last comma. */
static bool overflows_its_anchors(const struct ocsp_lint_site *site)
{
    const bool cuts_comments = site->program == OCSP_HANK;

    return ocsp_head_overflows_anchors(site->cfg, site->layer, cuts_comments);
}

static bool reads_beyond_its_anchors(const struct ocsp_lint_site *site)
{
    return ocsp_head_reads_beyond_anchors(site->cfg, site->layer);
}

static bool has_not_3_masks(const struct ocsp_lint_site *site)
{
    return ocsp_head_count(ocsp_lint_text(site, "mask"), true) != 3;
}

static bool has_another_scale(const struct ocsp_lint_site *site)
{
    const char *scale = ocsp_lint_text(site, "scale_x_y");
    return strtod(*scale ? scale : "1", NULL) != 1.05;
}

/* get_output_convs and output_tensor_shapes of yolo_to_onnx, which knows no alias of
 * [convolutional] */
static bool follows_no_output_convolution(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *before = ocsp_lint_before(site);

    return !before || strcmp(before->name, "convolutional") != 0 ||
           !ocsp_list_has("linear logistic", before->activation,
                          strlen(before->activation)) ||
           site->layer->in_c != 3 * ((int64_t)ocsp_lint_number(site, "classes", 20) + 5);
}

static bool has_impossible_boxes(const struct ocsp_lint_site *site)
{
    struct ocsp_head head;

    return ocsp_head_read(&head, site->cfg, site->layer) &&
           (head.classes < 0 || head.anchors < 1 || head.per_box < 5);
}

/* What is not given stays .5. */
static bool lacks_anchors(const struct ocsp_lint_site *site)
{
    const int n =
        ocsp_head_count(ocsp_lint_text(site, "anchors"), site->program != OCSP_DEBIAN);
    return n > 0 && n < 2 * ocsp_lint_number(site, "num", 1);
}

static bool has_another_tree(const struct ocsp_lint_site *site)
{
    return ocsp_lint_tree_is_not_of(site, ocsp_lint_number(site, "classes", 20));
}

/* make_detection_layer */
static bool has_another_side(const struct ocsp_lint_site *site)
{
    const int64_t side = ocsp_lint_number(site, "side", 7);
    const int64_t classes = ocsp_lint_number(site, "classes", 1);
    const int64_t n = ocsp_lint_number(site, "num", 1);
    const int64_t coords = ocsp_lint_number(site, "coords", 1);
    const int64_t most = 1 << 15;

    if (side < 1 || n < 1 || classes < 0 || coords < 0)
        return true;
    if (side > most || n > most || coords > most)
        return true;
    return side * side * ((1 + coords) * n + classes) != site->layer->inputs;
}

static bool has_other_coordinates(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "coords", 1) != 4;
}

/* The layer whose classes= make_network_boxes() takes for all boxes: the last of the net
 * in Debian's, the first head in AlexeyAB's. */
static const struct ocsp_layer *sets_the_classes(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->graph->layers;

    if (site->program == OCSP_DEBIAN)
        return l + site->graph->n_layers - 1;
    while (l < site->layer && !ocsp_head_finds_boxes(l))
        l++;
    return l;
}

static bool has_more_classes(const struct ocsp_lint_site *site)
{
    return ocsp_head_classes(site->cfg, site->layer) >
           ocsp_head_classes(site->cfg, sets_the_classes(site));
}

static bool is_gaussian_behind_another(const struct ocsp_lint_site *site)
{
    return !ocsp_layer_is(sets_the_classes(site), "Gaussian_yolo");
}

static bool counts_other_classes(const struct ocsp_lint_site *site)
{
    return ocsp_lint_has(site, "counters_per_class") &&
           ocsp_head_count(ocsp_lint_text(site, "counters_per_class"), true) !=
               ocsp_lint_number(site, "classes", 20);
}

#define MORE_CLASSES(programs)                                                           \
    {                                                                                    \
        programs, has_more_classes, "classes", true,                                     \
            "more than those that it makes room for, of the last layer (AlexeyAB: of "   \
            "the first head)"                                                            \
    }
#define OTHER_COUNTERS                                                                   \
    {                                                                                    \
        FOR_ALEXEYABS, counts_other_classes, "counters_per_class", true,                 \
            "not one number for each of classes="                                        \
    }
#define IMPOSSIBLE_BOXES                                                                 \
    {                                                                                    \
        FOR_DARKNETS, has_impossible_boxes, "", true,                                    \
            "it needs num= of 1 or more, classes= of 0 or more, coords= of 4 or more"    \
    }
#define TOO_FEW_ANCHORS(programs)                                                        \
    {                                                                                    \
        programs, lacks_anchors, "anchors", false,                                       \
            "less than two for each of num=: it takes .5 for the rest"                   \
    }
#define WRONG_FILTERS(programs)                                                          \
    {                                                                                    \
        programs, has_the_wrong_filters, "classes", true,                                \
            "they do not fit the filters= before"                                        \
    }
#define TOO_MANY_ANCHORS(programs)                                                       \
    {                                                                                    \
        programs, overflows_its_anchors, "anchors", true,                                \
            "more than two for each of num=: it writes behind their array"               \
    }
#define UNKNOWN_ANCHORS(programs)                                                        \
    {                                                                                    \
        programs, reads_beyond_its_anchors, "mask", false,                               \
            "not all are below num=: it reads behind its anchors"                        \
    }
#define WRONG_ANCHORS                                                                    \
    {                                                                                    \
        FOR_OPENCV, has_the_wrong_anchors, "anchors", true,                              \
            "they are not two for each of num="                                          \
    }
#define DEEPSTREAM_NEEDS                                                                 \
    {                                                                                    \
        FOR_DEEPSTREAM, {"classes", "num", "anchors"}, true, MUST_BE_GIVEN               \
    }
#define DEEPSTREAM_KEYS "classes num mask anchors scale_x_y new_coords softmax coords"
#define HANK_KEYS                                                                        \
    "classes num mask max max_delta counters_per_class label_smooth_eps scale_x_y "      \
    "objectness_smooth iou_normalizer obj_normalizer cls_normalizer delta_normalizer "   \
    "iou_loss iou_thresh_kind beta_nms nms_kind jitter resize ignore_thresh "            \
    "truth_thresh iou_thresh random map anchors "

static const struct ocsp_lint_section yolo = {
    .name = "yolo",
    .support =
        {
            [OCSP_DEBIAN] = {"classes num mask max map anchors"},
            [OCSP_ALEXEYAB] = {"classes num mask max scale_x_y new_coords map anchors"},
            [OCSP_HANK] = {HANK_KEYS
                           "new_coords focal_loss track_history_size sim_thresh "
                           "dets_for_track dets_for_show track_ciou_norm "
                           "embedding_layer"},
            [OCSP_HANK_ONNX] = {"classes mask anchors scale_x_y"},
            [OCSP_OPENCV] = {"classes num mask anchors scale_x_y new_coords"},
            [OCSP_TKDNN] = {"classes num mask anchors scale_x_y new_coords"},
            [OCSP_DEEPSTREAM] = {DEEPSTREAM_KEYS},
            /* decoded behind the ONNX file, by plugins/yolo_layer.cu */
            [OCSP_JKJUNG] = {"classes num mask anchors scale_x_y new_coords",
                             .skips_values = true},
            [OCSP_NCNN] = {"classes num mask anchors scale_x_y"},
        },
    .meanings = {{"scale_x_y", "1"}, {"new_coords", "0"}},
    .needed = {DEEPSTREAM_NEEDS,
               {FOR_TKDNN, {"classes", "num", "mask"}, true, MUST_BE_GIVEN},
               {FOR_OPENCV, {"classes", "num", "mask", "anchors"}, true, MUST_BE_GIVEN}},
    .rules = {WRONG_FILTERS(FOR_DARKNETS),
              TOO_MANY_ANCHORS(FOR_DEBIAN | FOR_HANK),
              UNKNOWN_ANCHORS(FOR_DARKNETS),
              WRONG_ANCHORS,
              IMPOSSIBLE_BOXES,
              TOO_FEW_ANCHORS(FOR_DEBIAN | FOR_ALEXEYAB),
              LACKS_MAP(FOR_DARKNETS),
              MORE_CLASSES(FOR_DEBIAN | FOR_ALEXEYAB),
              OTHER_COUNTERS,
              {FOR_ONNX, has_not_3_masks, "mask", true, "it takes 3 masks"},
              {FOR_ONNX, has_another_scale, "scale_x_y", false, "it takes 1.05"},
              {FOR_JKJUNG, follows_no_output_convolution, "", true,
               "no linear or logistic [convolutional] with 3 (classes + 5) filters "
               "before it"}},
    .head = {.coordinates = 4, .reads_mask = true},
};
OCSP_REGISTER_LINT_SECTION(yolo);

static const struct ocsp_lint_section gaussian_yolo = {
    .name = "Gaussian_yolo",
    .support = {[OCSP_ALEXEYAB] = {"classes num mask max scale_x_y map anchors"},
                [OCSP_HANK] = {HANK_KEYS "uc_normalizer yolo_point"}},
    .meanings = {{"scale_x_y", "1"}},
    .rules = {WRONG_FILTERS(FOR_ALEXEYABS),
              TOO_MANY_ANCHORS(FOR_ALEXEYABS),
              UNKNOWN_ANCHORS(FOR_ALEXEYABS),
              IMPOSSIBLE_BOXES,
              TOO_FEW_ANCHORS(FOR_ALEXEYAB),
              LACKS_MAP(FOR_ALEXEYABS),
              MORE_CLASSES(FOR_ALEXEYAB),
              OTHER_COUNTERS,
              {FOR_ALEXEYAB, is_gaussian_behind_another, "", true,
               "the first head must be one, too: boxes get no uncertainties"}},
    .head = {.coordinates = 8, .reads_mask = true},
};
OCSP_REGISTER_LINT_SECTION(gaussian_yolo);

static const struct ocsp_lint_section region = {
    .name = "region",
    .support =
        {
            [OCSP_DEBIAN] = {"coords classes num softmax background max classfix tree "
                             "map anchors"},
            [OCSP_ALEXEYAB] = {"coords classes num softmax max classfix tree map "
                               "anchors"},
            [OCSP_HANK] = {"coords classes num max log sqrt softmax focal_loss rescore "
                           "classfix absolute bias_match jitter resize thresh random "
                           "coord_scale object_scale noobject_scale mask_scale "
                           "class_scale tree map anchors"},
            [OCSP_OPENCV] = {"coords classes num softmax classfix tree anchors"},
            [OCSP_TKDNN] = {"coords classes num anchors"},
            [OCSP_DEEPSTREAM] = {DEEPSTREAM_KEYS},
        },
    .meanings = {{"tree", NULL}},
    .needed = {DEEPSTREAM_NEEDS,
               {FOR_OPENCV, {"classes", "num", "anchors"}, true, MUST_BE_GIVEN}},
    .rules = {WRONG_FILTERS(FOR_DARKNETS),
              TOO_MANY_ANCHORS(FOR_DEBIAN),
              WRONG_ANCHORS,
              IMPOSSIBLE_BOXES,
              TOO_FEW_ANCHORS(FOR_DEBIAN | FOR_ALEXEYAB),
              LACKS_TREE(FOR_DARKNETS),
              {FOR_DARKNETS, has_another_tree, "tree", true,
               "no tree of classes= classes, each behind its parent"},
              LACKS_MAP(FOR_DARKNETS),
              MORE_CLASSES(FOR_DEBIAN | FOR_ALEXEYAB)},
    .head = {.coordinates = 4, .coordinates_key = "coords"},
};
OCSP_REGISTER_LINT_SECTION(region);

static const struct ocsp_lint_section detection = {
    .name = "detection",
    .support = {[OCSP_DEBIAN] = {"coords classes num side softmax sqrt max"},
                [OCSP_ALEXEYAB] = {"coords classes num side softmax sqrt max"}},
    .rules = {{FOR_DEBIAN | FOR_ALEXEYAB, has_another_side, "side", true,
               "its input must have side * side * ((1 + coords) num + classes) numbers"},
              {FOR_DEBIAN | FOR_ALEXEYAB, has_other_coordinates, "coords", false,
               "it reads 4 numbers of a box"},
              MORE_CLASSES(FOR_DEBIAN | FOR_ALEXEYAB)},
};
OCSP_REGISTER_LINT_SECTION(detection);
