/* [reorg], [reorg3d] and [history]. */
#include "lint/lint_section.h"
#include "lint/shared_rules.h"

/* reorg_cpu(): the places of the larger map, of channels / stride² channels, into which
 * the last channel's offset must fall. */
static bool writes_beyond(const struct ocsp_lint_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const int64_t s = l->size, w = l->in_w, h = l->in_h, c = l->in_c;
    const int64_t large_c = c / (s * s);
    const bool reverse = ocsp_lint_number(site, "reverse", 0) != 0;

    if (site->program == OCSP_DEBIAN && (ocsp_lint_number(site, "flatten", 0) != 0 ||
                                         ocsp_lint_number(site, "extra", 0) != 0))
        return false;
    if (large_c == 0)
        return true;
    const int64_t row = (h - 1) * s + (c - 1) / large_c / s;
    return w * s - 1 + w * s * (row + h * s * (large_c - 1)) >=
           (reverse ? w * s * h * s * large_c : w * h * c);
}

/* [reorg3d] works on the shape of its output. */
static bool does_not_reverse(const struct ocsp_lint_site *site)
{
    const int square = site->layer->size * site->layer->size;
    return ocsp_lint_number(site, "reverse", 0) != 0 && site->layer->out_c % square != 0;
}

static bool flattens_another_size(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "flatten", 0) != 0 && site->layer->size != 1;
}

static const struct ocsp_lint_section reorg = {
    .name = "reorg",
    .support = {[OCSP_DEBIAN] = {"stride reverse flatten extra"},
                [OCSP_ALEXEYAB] = {"stride reverse"},
                [OCSP_OPENCV] = {"stride activation"},
                [OCSP_TKDNN] = {"stride activation"},
                [OCSP_DEEPSTREAM] = {"stride"}},
    .meanings = {{"reverse", "0"}, {"flatten", "0"}, {"extra", "0"}},
    .needed = {{FOR_OPENCV, {"stride"}, false, "absent: it takes 2, Darknet 1"}},
    .rules = {DARKNET_HAS_NO_ACTIVATION,
              {FOR_DEBIAN | FOR_ALEXEYAB, writes_beyond, "stride", true,
               "its square does not divide the channels: it reads or writes behind them"},
              {FOR_DEBIAN, flattens_another_size, "flatten", false,
               "it gives the flattened map another shape: stride= must be 1"}},
};
OCSP_REGISTER_LINT_SECTION(reorg);

static const struct ocsp_lint_section reorg3d = {
    .name = "reorg3d",
    .support = {[OCSP_ALEXEYAB] = {"stride reverse"},
                [OCSP_HANK] = {"stride reverse"},
                [OCSP_DEEPSTREAM] = {"stride"}},
    .meanings = {{"reverse", "0"}, {"flatten", "0"}, {"extra", "0"}},
    .rules = {{FOR_ALEXEYAB, does_not_reverse, "reverse", true,
               "its stride= squared must divide the channels of its output"}},
};
OCSP_REGISTER_LINT_SECTION(reorg3d);

static const struct ocsp_lint_section history = {
    .name = "history",
    .support = {[OCSP_ALEXEYAB] = {"history_size"}},
};
OCSP_REGISTER_LINT_SECTION(history);
