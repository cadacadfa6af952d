#include <stdlib.h>
#include <string.h>

#include "lint/lint_section.h"
#include "lint/shared_rules.h"
#include "lint/window.h"
#include "lint/workspace.h"
#include "prune/depthwise.h"

static bool pads_otherwise(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    if (site->program == OCSP_TKDNN)
        return ocsp_lint_tkdnn_padding(site) != l->pad;
    return (ocsp_lint_number(site, "pad", 0) != 0 ? (l->size - 1) / 2 : 0) != l->pad;
}

/* auto_pad SAME_LOWER */
static bool is_not_same_lower(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    if (ocsp_lint_is_blurred(site))
        return false;
    const int w = ocsp_lint_same_padding(l->in_w, l->size, l->stride_x);
    const int h = ocsp_lint_same_padding(l->in_h, l->size, l->stride_y);
    return (l->in_w + l->stride_x - 1) / l->stride_x != l->out_w ||
           (l->in_h + l->stride_y - 1) / l->stride_y != l->out_h || w - w / 2 != l->pad ||
           h - h / 2 != l->pad;
}

static bool is_strided_1x1(const struct ocsp_lint_site *site)
{
    return site->layer->size == 1 && ocsp_lint_number(site, "stride", 1) > 1;
}

static bool is_padded_1x1(const struct ocsp_lint_site *site)
{
    return site->layer->size == 1 && site->layer->pad > 0;
}

/* im2col_cpu_ext() pads by dilation times as much, the layer's shape does not. */
static bool is_dilated_otherwise(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    return l->dilation > 1 && l->size > 1 && 2 * (int64_t)l->pad != l->size - 1;
}

/* Its owner's scales, mean and variance would serve it, too. */
static bool shares_no_scales(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    return l->shares >= 0 && l->batch_normalize &&
           !site->graph->layers[l->shares].batch_normalize;
}

/* load_convolutional_weights() transposes as many weights as one group would have. */
static bool is_flipped_in_groups(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "flipped", 0) != 0 && site->layer->conv_groups > 1;
}

/* Before 4.7 this code ran for wide maps alone. */
static bool is_depthwise_on_a_line(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;

    return ocsp_depthwise_is_misread(l) && l->conv_groups == l->in_c &&
           l->conv_groups == l->out_c;
}

static bool has_odd_batch_normalize(const struct ocsp_lint_site *site)
{
    const int value = ocsp_lint_number(site, "batch_normalize", 0);
    return value != 0 && value != 1;
}

static bool says_batch_normalize_0(const struct ocsp_lint_site *site)
{
    return ocsp_lint_has(site, "batch_normalize") &&
           ocsp_lint_number(site, "batch_normalize", 0) == 0;
}

/* darknet2ncnn names the activation's output after the batch normalization, so two
 * without one share a name. It knows no alias of [convolutional]. */
static bool shares_its_activations_name(const struct ocsp_lint_site *site)
{
    const char *name = site->layer->activation;

    if (ocsp_lint_number(site, "batch_normalize", 0) != 0 ||
        !ocsp_list_has("relu leaky mish", name, strlen(name)))
        return false;
    for (const struct ocsp_layer *l = site->graph->layers; l < site->layer; l++)
        if (strcmp(l->name, "convolutional") == 0 && strcmp(l->activation, name) == 0 &&
            strtol(ocsp_cfg_string(site->cfg, l->section, "batch_normalize", "0"), NULL,
                   10) == 0)
            return true;
    return false;
}

static const struct ocsp_lint_section convolutional = {
    .name = "convolutional",
    .support =
        {
            [OCSP_DEBIAN] = {"filters size stride pad padding groups activation "
                             "batch_normalize binary xnor flipped dot"},
            [OCSP_ALEXEYAB] =
                {"filters groups size stride stride_x stride_y dilation antialiasing pad "
                 "padding activation assisted_excitation share_index batch_normalize cbn "
                 "binary xnor bin_output sway rotate stretch stretch_sway flipped dot "
                 "angle coordconv",
                 SCALAR " swish mish hard_mish " MIXING},
            [OCSP_HANK] =
                {"filters groups size stride stride_x stride_y dilation antialiasing pad "
                 "padding activation assisted_excitation share_index batch_normalize cbn "
                 "binary xnor bin_output sway rotate stretch stretch_sway flipped dot "
                 "angle grad_centr reverse coordconv stream wait_stream",
                 SCALAR " relu6 swish mish hard_mish " MIXING},
            [OCSP_HANK_ONNX] = {"filters size stride pad padding activation "
                                "batch_normalize"},
            [OCSP_OPENCV] = {"filters size stride pad padding groups batch_normalize "
                             "flipped activation"},
            [OCSP_TKDNN] = {"filters size stride stride_x stride_y pad padding groups "
                            "batch_normalize activation"},
            [OCSP_DEEPSTREAM] = {"filters size stride pad padding groups batch_normalize "
                                 "activation"},
            [OCSP_JKJUNG] = {"filters size stride pad padding batch_normalize "
                             "activation"},
            [OCSP_NCNN] = {"filters size stride pad padding dilation batch_normalize "
                           "activation"},
        },
    .know_no_alias = FOR_OPENCV | FOR_TKDNN | FOR_DEEPSTREAM | FOR_JKJUNG | FOR_NCNN,
    .meanings = {{"groups", "1"},
                 {"stride_x", "=stride"},
                 {"stride_y", "=stride"},
                 {"dilation", "1"},
                 {"antialiasing", "0"},
                 {"share_index", NULL},
                 {"cbn", "0"},
                 {"binary", "0"},
                 {"xnor", "0"},
                 {"flipped", "0"},
                 {"sway", "0"},
                 {"rotate", "0"},
                 {"stretch", "0"},
                 {"stretch_sway", "0"},
                 {"coordconv", "0"}},
    .needed =
        {{FOR_DEEPSTREAM,
          {"filters", "size", "stride", "pad", "activation"},
          true,
          MUST_BE_GIVEN},
         {FOR_JKJUNG, {"filters", "size", "stride", "activation"}, true, MUST_BE_GIVEN},
         {FOR_OPENCV, {"filters", "size"}, true, MUST_BE_GIVEN},
         {FOR_NCNN, {"activation"}, true, MUST_BE_GIVEN},
         TAKES_LINEAR_FOR_LOGISTIC,
         {FOR_ONNX, {"stride"}, false, "absent: it takes 2, Darknet 1"},
         {FOR_ONNX, {"size"}, false, "absent: it takes 3, Darknet 1"}},
    .rules = {{FOR_ONNX | FOR_TKDNN | FOR_DEEPSTREAM, pads_otherwise, "pad", false,
               "it pads by another number"},
              {FOR_JKJUNG, is_not_same_lower, "pad", false, "it pads to SAME_LOWER"},
              {FOR_DEBIAN, is_strided_1x1, "stride", false,
               "its CPU code ignores the stride of size=1"},
              {FOR_DEBIAN | FOR_ALEXEYAB, is_padded_1x1, "padding", false,
               "its CPU code ignores the padding of size=1"},
              {FOR_ALEXEYAB, ocsp_lint_blurs_beyond_workspace, "antialiasing", true,
               "its CPU code writes beyond its workspace"},
              {FOR_ALEXEYAB, shares_no_scales, "share_index", true,
               "it has batch_normalize=, and the layer whose numbers it shares has not"},
              {FOR_DEBIAN, is_flipped_in_groups, "flipped", true,
               "with groups= it writes behind its weights"},
              {FOR_ALEXEYAB, is_dilated_otherwise, "dilation", false,
               "its CPU code has other windows where pad is not (size - 1) / 2"},
              READS_NO_VECTOR,
              {FOR_OPENCV, is_depthwise_on_a_line, "groups", false,
               "from 4.7 on it reads beyond a map that is 1 wide or high"},
              {FOR_OPENCV | FOR_DEEPSTREAM | FOR_JKJUNG, has_odd_batch_normalize,
               "batch_normalize", false, "anything but 1 is 0 for it"},
              {FOR_DEEPSTREAM, says_batch_normalize_0, "batch_normalize", false,
               "where the key stands it reads no biases"},
              {FOR_NCNN, shares_its_activations_name, "activation", false,
               "its blob has the name of an earlier one's, without batch_normalize"}},
};
OCSP_REGISTER_LINT_SECTION(convolutional);
