#include "layers/shortcut.h"

#include "lint/lint_section.h"
#include "lint/shared_rules.h"

static bool has_several_summands(const struct ocsp_lint_site *site)
{
    return site->layer->n_from > 1;
}

static bool differs_in_size(const struct ocsp_lint_site *site)
{
    for (int k = 0; k < site->layer->n_from; k++) {
        const struct ocsp_layer *from = ocsp_lint_from(site, k);
        if (from->out_w != site->layer->in_w || from->out_h != site->layer->in_h)
            return true;
    }
    return false;
}

/* shortcut_cpu() asserts it: one is that many times wider and higher than the other. */
static bool differs_in_ratio(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer, *from = ocsp_lint_from(site, 0);

    return from->out_w / l->in_w != from->out_h / l->in_h ||
           l->in_w / from->out_w != l->in_h / from->out_h;
}

static bool differs_in_channels(const struct ocsp_lint_site *site)
{
    for (int k = 0; k < site->layer->n_from; k++)
        if (ocsp_lint_from(site, k)->out_c != site->layer->in_c)
            return true;
    return false;
}

static bool has_narrower_summand(const struct ocsp_lint_site *site)
{
    return ocsp_lint_from(site, 0)->out_c < site->layer->in_c;
}

static bool adds_by_the_summands_input(const struct ocsp_lint_site *site)
{
    return ocsp_shortcut_is_misread(site->graph,
                                    (int)(site->layer - site->graph->layers));
}

/* Without the key OpenCV takes 0 and adds nevertheless. */
static bool has_a_beta(const struct ocsp_lint_site *site)
{
    return ocsp_lint_has(site, "beta") && site->layer->beta != 0;
}

static bool has_beta_0(const struct ocsp_lint_site *site)
{
    return ocsp_lint_has(site, "beta") && site->layer->beta == 0;
}

static bool adds_an_absolute_index(const struct ocsp_lint_site *site)
{
    return ocsp_list_holds_positive(ocsp_lint_text(site, "from"));
}

static const struct ocsp_lint_section shortcut = {
    .name = "shortcut",
    .support =
        {
            [OCSP_DEBIAN] = {"from activation alpha beta"},
            [OCSP_ALEXEYAB] = {"activation weights_type weights_normalization from",
                               SCALAR " swish mish"},
            [OCSP_HANK] = {"activation weights_type weights_normalization from",
                           SCALAR " relu6 swish mish"},
            [OCSP_HANK_ONNX] = {"from activation"},
            [OCSP_OPENCV] = {"from alpha beta activation"},
            [OCSP_TKDNN] = {"from activation"},
            [OCSP_DEEPSTREAM] = {"from activation"},
            [OCSP_JKJUNG] = {"from activation", "linear"},
            [OCSP_NCNN] = {"from activation", "linear"},
        },
    .meanings = {{"weights_type", "none"}, {"alpha", "1"}, {"beta", "1"}},
    .needed = {{FOR_JKJUNG, {"activation"}, true, MUST_BE_GIVEN}},
    .rules =
        {{FOR_DEBIAN | FOR_OPENCV | FOR_TKDNN | FOR_DEEPSTREAM | FOR_NCNN,
          has_several_summands, "from", false, "it adds the first alone"},
         {FOR_ONNX, has_several_summands, "from", true, "it takes one layer"},
         /* parse_shortcut asserts; so do, in words of their own, the others */
         {FOR_ALEXEYABS | FOR_ONNX | FOR_OPENCV | FOR_TKDNN | FOR_DEEPSTREAM |
              FOR_JKJUNG | FOR_NCNN,
          differs_in_size, "from", true, "its summands differ in width or height"},
         {FOR_DEBIAN, differs_in_ratio, "from", true,
          "its summands' widths have another ratio than their heights"},
         {FOR_ONNX | FOR_JKJUNG | FOR_NCNN, differs_in_channels, "from", true,
          "its summands differ in their number of channels"},
         {FOR_DEEPSTREAM, has_narrower_summand, "from", true,
          "the layer it adds has fewer channels"},
         {FOR_ALEXEYABS, adds_by_the_summands_input, "from", false,
          "its CPU code takes the shape of that layer's input for that of its output"},
         {FOR_OPENCV, has_a_beta, "beta", true, "it takes no beta"},
         {FOR_OPENCV, has_beta_0, "beta", false, "ignored"},
         {FOR_NCNN | FOR_JKJUNG, adds_an_absolute_index, "from", false,
          "it adds another layer: it counts from [net]"},
         {FOR_NCNN | FOR_JKJUNG, ocsp_lint_adds_layer_0, "from", false,
          "it adds another layer: 0 is relative for it"},
         TAKES_0_FOR_THIS_LAYER,
         HAS_NO_NODE_TO_READ,
         DOES_NOT_COUNT_DROPOUT},
};
OCSP_REGISTER_LINT_SECTION(shortcut);
