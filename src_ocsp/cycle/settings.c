#include "cycle/settings.h"

#include <limits.h>
#include <math.h>

/* Table 8; monitor, end and the limits from the released scripts (algorithm.md). The
 * paper trains no detector but SSD: a fifth of the schedule to learn and a quarter for
 * the penalty leave more than half, at YOLO's full learning rate, to the pruned net. */
static const struct preset_values {
    const char *name, *help;
    int epochs; /* schedule that start and end belong to */
    int start, end;
    int delta_t;
    bool most; /* no schedule has more than `epochs` */
} presets[OCSP_PRESETS] = {
    [OCSP_PRESET_BY_SIZE] = {"by size", "cifar or imagenet", 0, 0, 0, 0, false},
    [OCSP_PRESET_CIFAR] = {"cifar",
                           "the paper's, for 300 epochs; inputs up to 64 pixels wide",
                           300, 30, 110, 1, false},
    [OCSP_PRESET_IMAGENET] = {"imagenet", "the paper's, for 130 epochs", 130, OCSP_AUTO,
                              50, 2, false},
    [OCSP_PRESET_DETECTOR] =
        {"detector",
         "for at most 100 epochs, of as many passes over the images as that takes", 100,
         20, 45, 1, true},
};

const char *ocsp_preset_name(enum ocsp_preset preset)
{
    return presets[preset].name;
}

const char *ocsp_preset_help(enum ocsp_preset preset)
{
    return presets[preset].help;
}

void ocsp_settings_init(struct ocsp_settings *s)
{
    *s =
        (struct ocsp_settings){.preset = OCSP_PRESET_BY_SIZE,
                               .limits = {.max_prune = 0.75, .k = 1.0, .min_channels = 1},
                               .saliency = &ocsp_group_saliency,
                               .monitor = 2,
                               .sl_start = OCSP_UNSET,
                               .sl_end = OCSP_UNSET,
                               .tau = 1e-4,
                               .epsilon = 1e-3,
                               .quiet = 0.02,
                               .lambda0 = NAN,
                               .sigma = NAN,
                               .delta_t = OCSP_UNSET,
                               .compensate = true,
                               .seed = -1};
    for (int t = 0; t < OCSP_PENALTY_TERMS; t++)
        s->with_term[t] = true;
}

/* Below these a net has not learned what to select, nor the penalty time to act; in a
 * very short schedule they give way to a fifth and half of it. Where the first decides,
 * so does the second: all that is left is the pruned net's. */
#define EPOCHS_TO_LEARN 3
#define EPOCHS_TO_ACT 4
/* A penalty chosen for it needs no more than these. Measured on ResNet-20, CIFAR-10, 10
 * epochs: one of 390 iterations takes the selected norms to 0, as do three, and the net
 * that has two epochs more to itself ends no worse, in less time. */
#define ITERATIONS_TO_ACT 300
/* Before so many, BN's scales are what they began with, 1 in each group, and dominate the
 * scores: groups then differ by how many parts have no scale, and the search empties the
 * last ones. Measured as above: 79.2 % with group saliency, 81.0 % with relative, on
 * ResNet-56 79.9 % and 81.9 %. Not so for detectors: yolov3-tiny on 292 images has an
 * mAP@50 of 79.1 % by group saliency, as the dense net, and 77.6 % by the other. */
#define ITERATIONS_TO_TELL 5000

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int most(int a, int b)
{
    return a > b ? a : b;
}

/* Given epochs may be as late as an int can be. */
static int later(int epoch, int by)
{
    return epoch < INT_MAX - by ? epoch + by : INT_MAX;
}

/* A preset's epoch in a schedule of `to` epochs (0: endless) instead of `from`. */
static int scale(int epoch, int from, int to)
{
    return to > 0 && to < from ? (int)lround((double)epoch * to / from) : epoch;
}

static int epochs_to_learn(int epochs)
{
    return least(EPOCHS_TO_LEARN, epochs / 5);
}

static int epochs_to_act(int epoch_iterations)
{
    return least(1 + (ITERATIONS_TO_ACT - 1) / epoch_iterations, EPOCHS_TO_ACT);
}

static int default_end(const struct preset_values *p, int start, int epochs,
                       int epoch_iterations)
{
    const int scaled = scale(p->end, p->epochs, epochs);
    const int learned = start > 0 ? start : EPOCHS_TO_LEARN;
    int end = most(scaled, 2);

    if (epochs > 0 && start > 0 && p->start != OCSP_AUTO &&
        scale(p->start, p->epochs, epochs) < epochs_to_learn(epochs))
        end = most(2, least(epochs / 2, later(learned, epochs_to_act(epoch_iterations))));
    else if (epochs > 0)
        end = most(end, least(epochs / 2, later(learned, EPOCHS_TO_ACT)));
    if (start > 0 && end <= start)
        end = epochs > 0
                  ? most(least(later(start, EPOCHS_TO_ACT), epochs - 1), later(start, 1))
                  : later(start, EPOCHS_TO_ACT);
    return end;
}

static int default_start(const struct preset_values *p, int epochs)
{
    if (p->start == OCSP_AUTO)
        return OCSP_AUTO;
    const int scaled = scale(p->start, p->epochs, epochs);
    return most(epochs > 0 ? most(scaled, epochs_to_learn(epochs)) : scaled, 1);
}

enum ocsp_status ocsp_settings_fix(const struct ocsp_settings *s,
                                   struct ocsp_graph *graph, struct ocsp_error *err)
{
    const enum ocsp_status status =
        ocsp_graph_fix(graph, s->keep_layers, false, "keep-layers", err);
    return status ? status
                  : ocsp_graph_fix(graph, s->freeze_layers, true, "freeze-layers", err);
}

/* Iterations of an epoch: a pass over the images, or as many of them as keep the schedule
 * within the preset's epochs. */
static void divide_schedule(struct ocsp_settings *s, const struct preset_values *p,
                            const struct ocsp_schedule *schedule)
{
    if (s->epoch_iterations == 0) {
        const uint64_t pass = (uint64_t)most(schedule->pass, 1);
        const uint64_t room = pass * (uint64_t)p->epochs;
        const uint64_t passes =
            p->most && schedule->total > room ? (schedule->total + room - 1) / room : 1;
        s->epoch_iterations = (int)(pass * passes);
    }
    s->epochs = (int)(schedule->total / (uint64_t)s->epoch_iterations);
}

/* Before the warm-up is over a penalty chosen by its learning rate would be far too large
 * for those that follow. */
static int least_start(const struct ocsp_settings *s,
                       const struct ocsp_schedule *schedule)
{
    const uint64_t iterations = (uint64_t)s->epoch_iterations;
    return (int)((schedule->burn_in + iterations - 1) / iterations);
}

static void choose_saliency(struct ocsp_settings *s)
{
    const int64_t learned = s->sl_start == OCSP_AUTO ? s->sl_end : s->sl_start;

    if (!s->saliency_is_given && s->preset != OCSP_PRESET_DETECTOR &&
        learned * s->epoch_iterations < ITERATIONS_TO_TELL)
        s->saliency = &ocsp_relative_saliency;
}

enum ocsp_status ocsp_settings_fit(struct ocsp_settings *s,
                                   const struct ocsp_schedule *schedule,
                                   struct ocsp_error *err)
{
    if (s->preset == OCSP_PRESET_BY_SIZE)
        s->preset = schedule->width <= 64 ? OCSP_PRESET_CIFAR : OCSP_PRESET_IMAGENET;
    const struct preset_values *p = &presets[s->preset];

    divide_schedule(s, p, schedule);
    const int epochs = s->epochs;
    s->warm_up = least_start(s, schedule);
    if (s->budget.share <= 0) /* dense: no cycle to fit in */
        return OCSP_OK;
    if (s->delta_t == OCSP_UNSET)
        s->delta_t = p->delta_t;
    if (s->sl_start == OCSP_UNSET) {
        s->sl_start = default_start(p, epochs);
        if (s->sl_start != OCSP_AUTO)
            s->sl_start = most(s->sl_start, s->warm_up);
        if (s->sl_end > 0)
            s->sl_start = least(s->sl_start, s->sl_end - 1);
    }
    if (s->sl_end == OCSP_UNSET)
        s->sl_end = default_end(p, s->sl_start, epochs, s->epoch_iterations);
    choose_saliency(s);
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
