#include "cycle/settings.h"

#include <math.h>

/* Table 8; monitor, end and the limits from the released scripts (algorithm.md). */
static const struct preset_values {
    int epochs; /* schedule that start and end belong to */
    int start, end;
    int delta_t;
} presets[] = {
    [OCSP_PRESET_CIFAR] = {300, 30, 110, 1},
    [OCSP_PRESET_IMAGENET] = {130, OCSP_AUTO, 50, 2},
};

void ocsp_settings_init(struct ocsp_settings *s)
{
    *s = (struct ocsp_settings){.preset = OCSP_PRESET_BY_SIZE,
                                .limits = {.max_prune = 0.75, .k = 1.0},
                                .saliency = OCSP_GROUP_SALIENCY,
                                .monitor = 2,
                                .sl_start = OCSP_UNSET,
                                .sl_end = OCSP_UNSET,
                                .tau = 1e-4,
                                .epsilon = 1e-3,
                                .quiet = 0.02,
                                .lambda0 = NAN,
                                .sigma = NAN,
                                .delta_t = OCSP_UNSET,
                                .eq8 = true,
                                .eq9 = true,
                                .seed = -1};
}

static int scale(int epoch, int from, int to)
{
    return to > 0 && to < from ? (int)lround((double)epoch * to / from) : epoch;
}

enum ocsp_status ocsp_settings_fit(struct ocsp_settings *s, int width, int epochs,
                                   struct ocsp_error *err)
{
    if (s->preset == OCSP_PRESET_BY_SIZE)
        s->preset = width <= 64 ? OCSP_PRESET_CIFAR : OCSP_PRESET_IMAGENET;
    const struct preset_values *p = &presets[s->preset];

    if (s->budget.share <= 0) /* dense: no cycle to fit in */
        return OCSP_OK;
    if (s->delta_t == OCSP_UNSET)
        s->delta_t = p->delta_t;
    if (s->sl_end == OCSP_UNSET) {
        s->sl_end = scale(p->end, p->epochs, epochs);
        if (s->sl_end < 2)
            s->sl_end = 2;
        if (s->sl_start > 0 && s->sl_end <= s->sl_start)
            s->sl_end = s->sl_start + 1;
    }
    if (s->sl_start == OCSP_UNSET) {
        s->sl_start =
            p->start == OCSP_AUTO ? OCSP_AUTO : scale(p->start, p->epochs, epochs);
        if (s->sl_start != OCSP_AUTO && s->sl_start < 1)
            s->sl_start = 1;
        if (s->sl_start >= s->sl_end)
            s->sl_start = s->sl_end - 1;
    }
    if (s->sl_start != OCSP_AUTO && s->sl_start < s->monitor)
        s->monitor = s->sl_start;
    if (s->sl_start != OCSP_AUTO && s->sl_start >= s->sl_end)
        return ocsp_fail(err, OCSP_E_RANGE, NULL, 0,
                         "-sl-start %d must be less than -sl-end %d", s->sl_start,
                         s->sl_end);
    if (epochs > 0 && s->sl_end >= epochs)
        return ocsp_fail(err, OCSP_E_RANGE, NULL, 0,
                         "-sl-end %d leaves no epoch to train the pruned net: the "
                         "schedule has %d (max_batches / iterations per epoch)",
                         s->sl_end, epochs);
    return OCSP_OK;
}
