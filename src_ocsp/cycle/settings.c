#include "cycle/settings.h"

#include <limits.h>
#include <math.h>

/* Table 8; monitor, end and the limits are those of the authors' released scripts. The
 * paper trains no detector but SSD. Ours has a fifth of the schedule to learn and a
 * quarter for the penalty; this leaves more than half, at YOLO's full learning rate, to
 * the pruned net. */
static const struct preset_values {
    const char *name, *help;
    int epochs; /* schedule that start and end belong to */
    int start, end;
    int delta_t;
    bool is_bound; /* no schedule has more than `epochs` */
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

/* With fewer epochs than these, a net has not learned enough for the selection, and the
 * penalty has no time to act. A very short schedule has fewer: a fifth of it to learn,
 * and half of it up to t*. Where EPOCHS_TO_LEARN sets the start, EPOCHS_TO_ACT sets the
 * end, so that the pruned net gets all the rest. */
#define EPOCHS_TO_LEARN 3
#define EPOCHS_TO_ACT 4
/* A penalty whose λ was chosen for the schedule needs no more iterations than these.
 * Measured on ResNet-20, CIFAR-10, 10 epochs: one epoch of 390 iterations takes the
 * selected norms to 0, as three epochs do; and the net that was pruned two epochs earlier
 * ends no worse, in less time. */
#define ITERATIONS_TO_ACT 300
/* In fewer iterations, BN's scales hardly leave the 1 that they began with, and they are
 * most of a group saliency: groups then differ by how many of their parts have no scale,
 * and the search empties whole stages for that. Measured as above: ResNet-20 ends at
 * 79.2 % with group saliency and 81.0 % with relative, ResNet-56 at 79.9 % and 81.9 %.
 * Detectors are different: yolov3-tiny on 292 images has an mAP@50 of 79.1 % with group
 * saliency, as the dense net has, and 77.6 % with relative. */
#define ITERATIONS_FOR_GROUP_SALIENCY 5000

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

/* The sum, without overflow: given epochs may be as large as an int can be. */
static int add_epochs(int epoch, int by)
{
    return epoch < INT_MAX - by ? epoch + by : INT_MAX;
}

/* A preset's epoch in a schedule of `to` epochs (0: endless) instead of `from`. */
static int scaled_epoch(int epoch, int from, int to)
{
    return to > 0 && to < from ? (int)lround((double)epoch * to / from) : epoch;
}

static int epochs_to_learn(int epochs)
{
    return min_int(EPOCHS_TO_LEARN, epochs / 5);
}

static int epochs_to_act(int epoch_iterations)
{
    return min_int(1 + (ITERATIONS_TO_ACT - 1) / epoch_iterations, EPOCHS_TO_ACT);
}

static int default_end(const struct preset_values *p, int start, int epochs,
                       int epoch_iterations)
{
    const int scaled = scaled_epoch(p->end, p->epochs, epochs);
    const int learned = start > 0 ? start : EPOCHS_TO_LEARN;
    int end = max_int(scaled, 2);

    if (epochs > 0 && start > 0 && p->start != OCSP_AUTO &&
        scaled_epoch(p->start, p->epochs, epochs) < epochs_to_learn(epochs))
        end = max_int(
            2, min_int(epochs / 2, add_epochs(learned, epochs_to_act(epoch_iterations))));
    else if (epochs > 0)
        end = max_int(end, min_int(epochs / 2, add_epochs(learned, EPOCHS_TO_ACT)));
    if (start > 0 && end <= start)
        end = epochs > 0 ? max_int(min_int(add_epochs(start, EPOCHS_TO_ACT), epochs - 1),
                                   add_epochs(start, 1))
                         : add_epochs(start, EPOCHS_TO_ACT);
    return end;
}

static int default_start(const struct preset_values *p, int epochs)
{
    if (p->start == OCSP_AUTO)
        return OCSP_AUTO;
    const int scaled = scaled_epoch(p->start, p->epochs, epochs);
    return max_int(epochs > 0 ? max_int(scaled, epochs_to_learn(epochs)) : scaled, 1);
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
        const uint64_t pass = (uint64_t)max_int(schedule->pass, 1);
        const uint64_t longest = pass * (uint64_t)p->epochs;
        const uint64_t passes = p->is_bound && schedule->total > longest
                                    ? (schedule->total + longest - 1) / longest
                                    : 1;
        s->epoch_iterations = (int)(pass * passes);
    }
    s->epochs = (int)(schedule->total / (uint64_t)s->epoch_iterations);
}

/* The first epoch behind the warm-up. A penalty that was chosen by the learning rate of
 * the warm-up would be far too large for the rates that follow. */
static int epochs_of_warm_up(const struct ocsp_settings *s,
                             const struct ocsp_schedule *schedule)
{
    const uint64_t iterations = (uint64_t)s->epoch_iterations;
    return (int)((schedule->burn_in + iterations - 1) / iterations);
}

static void set_default_saliency(struct ocsp_settings *s)
{
    const int64_t learned = s->sl_start == OCSP_AUTO ? s->sl_end : s->sl_start;

    if (!s->saliency_is_given && s->preset != OCSP_PRESET_DETECTOR &&
        learned * s->epoch_iterations < ITERATIONS_FOR_GROUP_SALIENCY)
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
    s->warm_up = epochs_of_warm_up(s, schedule);
    if (s->budget.share <= 0) /* dense: no cycle to fit in */
        return OCSP_OK;
    if (s->delta_t == OCSP_UNSET)
        s->delta_t = p->delta_t;
    if (s->sl_start == OCSP_UNSET) {
        s->sl_start = default_start(p, epochs);
        if (s->sl_start != OCSP_AUTO)
            s->sl_start = max_int(s->sl_start, s->warm_up);
        if (s->sl_end > 0)
            s->sl_start = min_int(s->sl_start, s->sl_end - 1);
    }
    if (s->sl_end == OCSP_UNSET)
        s->sl_end = default_end(p, s->sl_start, epochs, s->epoch_iterations);
    set_default_saliency(s);
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
