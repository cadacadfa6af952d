/* [maxpool], [local_avgpool] and [avgpool]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"
#include "lint/window.h"
#include "lint/workspace.h"

/* One side of a program's pool: where its first window begins, −begin, and how many it
 * has. */
struct windows {
    int begin, count;
};

static struct windows pool_windows(const struct ocsp_lint_site *site, int in, int size,
                                   int stride)
{
    const int padding = ocsp_lint_number(site, "padding", size - 1);
    int p = 0;

    switch (site->program) {
    case OCSP_OPENCV: /* setMaxpool */
        return (struct windows){padding / 2, (in + padding - size) / stride + 1};
    case OCSP_NCNN: /* pad_mode=1 with pads at right and bottom alone */
        return (struct windows){0, (in + padding - size) / stride + 1};
    case OCSP_JKJUNG: /* auto_pad SAME_UPPER */
        return (struct windows){ocsp_lint_same_padding(in, size, stride) / 2,
                                (in + stride - 1) / stride};
    case OCSP_DEEPSTREAM: /* poolingLayer */
        p = (size - 1) / 2;
        if (size == 2 && stride == 1)
            return (struct windows){0, in};
        break;
    case OCSP_TKDNN: /* Pooling.cpp; stride 1 has a kernel of Darknet's kind */
        p = ocsp_lint_tkdnn_padding(site);
        if (stride == 1)
            return (struct windows){(size - 1) / 2, in};
        return (struct windows){p, (in + (p ? p : size - 1) - size) / stride + 1};
    default: /* add_node_maxpool, which reads `pad` */
        p = ocsp_lint_number(site, "pad", 0) != 0 ? (size - 1) / 2 : 0;
    }
    return (struct windows){p, (in + 2 * p - size) / stride + 1};
}

static bool pools_otherwise(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const int program = site->program;
    const int size = ocsp_lint_number(site, "size",
                                      program == OCSP_OPENCV      ? 2
                                      : program == OCSP_HANK_ONNX ? 3
                                      : program == OCSP_NCNN      ? 1
                                                                  : l->size);
    const int stride = ocsp_lint_number(
        site, "stride", program == OCSP_OPENCV || program == OCSP_HANK_ONNX ? 2 : 1);

    if (ocsp_lint_is_blurred(site) || ocsp_lint_number(site, "maxpool_depth", 0) != 0 ||
        l->stride_x != l->stride_y || stride < 1)
        return false;
    const struct windows w = pool_windows(site, l->in_w, size, stride);
    const struct windows h = pool_windows(site, l->in_h, size, stride);
    return size != l->size || stride != l->stride_x || w.count != l->out_w ||
           h.count != l->out_h || w.begin != l->pad / 2 || h.begin != l->pad / 2;
}

/* The Darknets look at every place of a window, whether it is in the map or not. */
static bool takes_hours(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const double places = (double)l->size * l->size * l->outputs;

    return l->size > 2 * (double)l->in_w && l->size > 2 * (double)l->in_h &&
           places > 1e10;
}

#define TAKES_HOURS                                                                      \
    {                                                                                    \
        FOR_DARKNETS, takes_hours, "size", true,                                         \
            "many times its input: an image would take minutes to hours"                 \
    }

static const struct ocsp_lint_section maxpool = {
    .name = "maxpool",
    .support =
        {
            [OCSP_DEBIAN] = {"stride size padding"},
            [OCSP_ALEXEYAB] = {"stride stride_x stride_y size padding maxpool_depth "
                               "out_channels antialiasing"},
            [OCSP_HANK] = {"stride stride_x stride_y size padding maxpool_depth "
                           "out_channels antialiasing maxpool_zero_nonmax"},
            [OCSP_HANK_ONNX] = {"stride size pad padding"},
            [OCSP_OPENCV] = {"size stride padding activation"},
            [OCSP_TKDNN] = {"size stride stride_x stride_y pad padding activation"},
            [OCSP_DEEPSTREAM] = {"size stride padding"},
            [OCSP_JKJUNG] = {"size stride padding"},
            [OCSP_NCNN] = {"size stride padding"},
        },
    .know_no_alias = FOR_OPENCV | FOR_TKDNN | FOR_JKJUNG | FOR_NCNN,
    .meanings = {{"stride_x", "=stride"},
                 {"stride_y", "=stride"},
                 {"maxpool_depth", "0"},
                 {"antialiasing", "0"}},
    .needed = {{FOR_DEEPSTREAM | FOR_JKJUNG, {"size", "stride"}, true, MUST_BE_GIVEN}},
    .rules = {{FOR_ONNX | FOR_OPENCV | FOR_TKDNN | FOR_DEEPSTREAM | FOR_JKJUNG | FOR_NCNN,
               pools_otherwise, "", false,
               "it pools other windows (size, stride or padding)"},
              {FOR_ALEXEYAB, ocsp_lint_blurs_beyond_workspace, "antialiasing", true,
               "its CPU code writes beyond its workspace"},
              TAKES_HOURS,
              READS_NO_VECTOR,
              DARKNET_HAS_NO_ACTIVATION},
};
OCSP_REGISTER_LINT_SECTION(maxpool);

static const struct ocsp_lint_section local_avgpool = {
    .name = "local_avgpool",
    .support = {[OCSP_ALEXEYAB] = {"stride stride_x stride_y size padding"},
                [OCSP_HANK] = {"stride stride_x stride_y size padding"}},
    .meanings = {{"maxpool_depth", "0"}, {"antialiasing", "0"}},
    .rules = {TAKES_HOURS},
};
OCSP_REGISTER_LINT_SECTION(local_avgpool);

static const struct ocsp_lint_section avgpool = {
    .name = "avgpool",
    .support = {[OCSP_DEBIAN] = {""},
                [OCSP_ALEXEYAB] = {""},
                [OCSP_HANK] = {""},
                [OCSP_OPENCV] = {"activation"},
                [OCSP_TKDNN] = {"size stride pad activation"},
                [OCSP_DEEPSTREAM] = {""}},
    .know_no_alias = FOR_OPENCV | FOR_TKDNN,
    .rules = {{FOR_TKDNN, ocsp_lint_reads_map, "", false,
               "it does not pool the whole map"},
              READS_NO_VECTOR,
              DARKNET_HAS_NO_ACTIVATION},
};
OCSP_REGISTER_LINT_SECTION(avgpool);
