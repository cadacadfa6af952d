/* When the penalty begins, how it grows, and when the channels go. */
#include <string.h>

#include "cli/flag.h"

static bool preset_choice(size_t k, struct ocsp_choice *out)
{
    const enum ocsp_preset preset = (enum ocsp_preset)(k + OCSP_PRESET_CIFAR);

    if (k >= OCSP_PRESETS - OCSP_PRESET_CIFAR) /* behind OCSP_PRESET_BY_SIZE */
        return false;
    *out = (struct ocsp_choice){ocsp_preset_name(preset), ocsp_preset_help(preset)};
    return true;
}

static enum ocsp_status set_preset(const struct ocsp_given_flag *g)
{
    size_t k = 0;
    const enum ocsp_status status = ocsp_flag_read_choice(g, preset_choice, &k);

    if (!status)
        g->flags->settings.preset = (enum ocsp_preset)(k + OCSP_PRESET_CIFAR);
    return status;
}

static enum ocsp_status set_sl_start(const struct ocsp_given_flag *g)
{
    if (strcmp(g->value, "auto") == 0) {
        g->flags->settings.sl_start = OCSP_AUTO;
        return OCSP_OK;
    }
    return ocsp_flag_read_int(g, 1, &g->flags->settings.sl_start);
}

static enum ocsp_status set_quiet(const struct ocsp_given_flag *g)
{
    if (strcmp(g->value, "off") == 0) {
        g->flags->settings.quiet = 0;
        return OCSP_OK;
    }
    return ocsp_flag_read_real(g, 1e-12, 1, &g->flags->settings.quiet);
}

#define INT_SETTER(field, low)                                                           \
    static enum ocsp_status set_##field(const struct ocsp_given_flag *g)                 \
    {                                                                                    \
        return ocsp_flag_read_int(g, low, &g->flags->settings.field);                    \
    }
#define REAL_SETTER(field, low, high)                                                    \
    static enum ocsp_status set_##field(const struct ocsp_given_flag *g)                 \
    {                                                                                    \
        return ocsp_flag_read_real(g, low, high, &g->flags->settings.field);             \
    }
INT_SETTER(monitor, 1)
INT_SETTER(sl_end, 2)
INT_SETTER(delta_t, 1)
INT_SETTER(epoch_iterations, 1)
REAL_SETTER(tau, 0, 1)
REAL_SETTER(epsilon, 0, 1)
REAL_SETTER(lambda0, 0, 1e6)
REAL_SETTER(sigma, 0, 1e6)

static enum ocsp_status read_term(const struct ocsp_given_flag *g,
                                  enum ocsp_penalty_terms term)
{
    bool off = false;
    const enum ocsp_status status = ocsp_flag_read_switch(g, &off);

    if (!status)
        g->flags->settings.with_term[term] = !off;
    return status;
}

static enum ocsp_status set_no_eq8(const struct ocsp_given_flag *g)
{
    return read_term(g, OCSP_GROUP_LASSO);
}

static enum ocsp_status set_no_eq9(const struct ocsp_given_flag *g)
{
    return read_term(g, OCSP_SHRINKING);
}

#define PRESETS_VALUE "by the preset and the schedule"

const struct ocsp_flag ocsp_flags_of_cycle[] = {
    {.name = "preset",
     .verbs = OCSP_FOR_TRAIN,
     .choice = preset_choice,
     .by_default = "detector for detectors; for classifiers by the input's width",
     .help = "values of -sl-start, -sl-end and -delta-t",
     .set = set_preset},
    {.name = "sl-start",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N|auto",
     .by_default = PRESETS_VALUE,
     .help = "t_sl-start: the penalty begins when N epochs are done, or by Eq. (4)",
     .set = set_sl_start},
    {.name = "sl-end",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N",
     .by_default = PRESETS_VALUE,
     .help = "the channels go after epoch N at the latest",
     .set = set_sl_end},
    {.name = "monitor",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N",
     .by_default = "2",
     .help = "the first epoch with a search for the sub-network",
     .set = set_monitor},
    {.name = "tau",
     .verbs = OCSP_FOR_TRAIN,
     .value = "X",
     .by_default = "1e-4",
     .help =
         "Eq. (4): the stability indicator's rise over two epochs that counts as none",
     .set = set_tau},
    {.name = "epsilon",
     .verbs = OCSP_FOR_TRAIN,
     .value = "X",
     .by_default = "1e-3",
     .help = "the sub-network is stable when the indicator is at least 1 - X",
     .set = set_epsilon},
    {.name = "quiet",
     .verbs = OCSP_FOR_TRAIN,
     .value = "X|off",
     .by_default = "0.02",
     .help = "t* waits until the selected channels' norms have fallen to this share of "
             "their value at t_sl-start; off: the paper's rule",
     .set = set_quiet},
    {.name = "lambda0",
     .verbs = OCSP_FOR_TRAIN,
     .value = "X",
     .by_default = "1e-4, more in a short schedule",
     .help = "the penalty's factor at t_sl-start",
     .set = set_lambda0},
    {.name = "sigma",
     .verbs = OCSP_FOR_TRAIN,
     .value = "X",
     .by_default = "as -lambda0",
     .help = "what the factor grows by every -delta-t epochs",
     .set = set_sigma},
    {.name = "delta-t",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N",
     .by_default = PRESETS_VALUE,
     .help = "the factor grows every N epochs",
     .set = set_delta_t},
    {.name = "no-eq8",
     .verbs = OCSP_FOR_TRAIN,
     .help = "a penalty without its group lasso, Eq. (8)",
     .set = set_no_eq8},
    {.name = "no-eq9",
     .verbs = OCSP_FOR_TRAIN,
     .help = "a penalty without its shrinking, Eq. (9)",
     .set = set_no_eq9},
    {.name = "epoch-iters",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N",
     .by_default = "images / images per iteration",
     .help = "iterations that make an epoch",
     .set = set_epoch_iterations},
    {0}};
