/* How a run computes, which images it sees, and how it is saved. */
#include <string.h>

#include "cli/flag.h"

#define COMPUTING (OCSP_FOR_TRAIN | OCSP_FOR_INFERENCE | OCSP_FOR_SPEED)

static enum ocsp_status set_seed(const struct ocsp_given_flag *g)
{
    int seed = 0;
    const enum ocsp_status status = ocsp_flag_read_int(g, 0, &seed);

    if (!status)
        g->flags->settings.seed = seed;
    return status;
}

enum { PASS, RANDOM };

static bool draw_choice(size_t k, struct ocsp_choice *out)
{
    static const struct ocsp_choice choices[] = {
        [PASS] = {"pass", "every image once per pass over them, in a new order each"},
        [RANDOM] = {"random", "with repetitions, as Darknet does it"}};

    if (k <= RANDOM)
        *out = choices[k];
    return k <= RANDOM;
}

static enum ocsp_status set_draw(const struct ocsp_given_flag *g)
{
    size_t k = PASS;
    const enum ocsp_status status = ocsp_flag_read_choice(g, draw_choice, &k);

    g->flags->draw_at_random = k == RANDOM;
    return status;
}

static enum ocsp_status set_eval(const struct ocsp_given_flag *g)
{
    if (g->value && strcmp(g->value, "auto") == 0)
        g->flags->eval = OCSP_EVAL_AUTO;
    else if (g->value && strcmp(g->value, "off") == 0)
        g->flags->eval = OCSP_EVAL_OFF;
    else
        return ocsp_flag_read_int(g, 1, &g->flags->eval)
                   ? ocsp_flag_refuse(g, "a number of epochs from 1 on, auto or off")
                   : OCSP_OK;
    return OCSP_OK;
}

static enum ocsp_status set_augmentation(const struct ocsp_given_flag *g)
{
    struct ocsp_given_flag pad = *g;

    if (strncmp(g->value, "pad=", strlen("pad=")) != 0)
        return ocsp_flag_refuse(g, "pad=N, N pixels");
    pad.name = "aug pad";
    pad.value += strlen("pad=");
    return ocsp_flag_read_int(&pad, 0, &g->flags->pad);
}

enum { OFF, ON };

static bool plots_choice(size_t k, struct ocsp_choice *out)
{
    static const char *const words[] = {[OFF] = "off", [ON] = "on", NULL};

    return ocsp_flag_word(words, k, out);
}

static enum ocsp_status set_plots(const struct ocsp_given_flag *g)
{
    size_t k = ON;
    const enum ocsp_status status = ocsp_flag_read_choice(g, plots_choice, &k);

    g->flags->plots = k == ON;
    return status;
}

enum { STOCK, ONEDNN };

static bool engine_choice(size_t k, struct ocsp_choice *out)
{
    static const char *const words[] = {[STOCK] = "stock", [ONEDNN] = "onednn", NULL};

    return ocsp_flag_word(words, k, out);
}

static enum ocsp_status set_engine(const struct ocsp_given_flag *g)
{
    size_t k = STOCK;

    if (g->flags->verb == OCSP_FOR_SPEED)
        return ocsp_flag_set_predictors(g);
    const enum ocsp_status status = ocsp_flag_read_choice(g, engine_choice, &k);

    if (status)
        return status;
    g->flags->engine.stock = k == STOCK;
    g->flags->engine.required = k == ONEDNN;
    return OCSP_OK;
}

static enum ocsp_status set_threads(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_int(g, 1, &g->flags->engine.threads);
}

static enum ocsp_status set_profile(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_switch(g, &g->flags->engine.profile);
}

static enum ocsp_status set_brief(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_switch(g, &g->flags->brief);
}

static enum ocsp_status fail_both(const struct ocsp_given_flag *g)
{
    return ocsp_fail(g->err, OCSP_E_USAGE, NULL, 0,
                     "-resume goes on with a run, -restart begins it anew: expected one");
}

static enum ocsp_status set_resume(const struct ocsp_given_flag *g)
{
    if (g->flags->saving.resume == OCSP_RESTART)
        return fail_both(g);
    g->flags->saving.resume = OCSP_RESUME_MUST;
    return OCSP_OK;
}

static enum ocsp_status set_restart(const struct ocsp_given_flag *g)
{
    if (g->flags->saving.resume == OCSP_RESUME_MUST)
        return fail_both(g);
    g->flags->saving.resume = OCSP_RESTART;
    return OCSP_OK;
}

static enum ocsp_status set_save_minutes(const struct ocsp_given_flag *g)
{
    return ocsp_flag_read_real(g, 0, 1e6, &g->flags->saving.minutes);
}

enum { STOP, ROLLBACK };

static bool on_nan_choice(size_t k, struct ocsp_choice *out)
{
    static const struct ocsp_choice choices[] = {
        [STOP] = {"stop", "end the run; its last generation stays"},
        [ROLLBACK] = {"rollback", "go back to the last generation, up to three times"}};

    if (k <= ROLLBACK)
        *out = choices[k];
    return k <= ROLLBACK;
}

static enum ocsp_status set_on_nan(const struct ocsp_given_flag *g)
{
    size_t k = STOP;
    const enum ocsp_status status = ocsp_flag_read_choice(g, on_nan_choice, &k);

    g->flags->saving.rollback = k == ROLLBACK;
    return status;
}

/* The file is read ahead of all flags, see ocsp_flags_read. */
static enum ocsp_status set_nothing(const struct ocsp_given_flag *g)
{
    (void)g;
    return OCSP_OK;
}

const struct ocsp_flag ocsp_flags_of_run[] = {
    {.name = "seed",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N",
     .by_default = "none",
     .help = "a repeatable run: random weights, images and dropout follow from N",
     .set = set_seed},
    {.name = "draw",
     .verbs = OCSP_FOR_TRAIN,
     .choice = draw_choice,
     .by_default = "pass",
     .help = "which images a batch has",
     .set = set_draw},
    {.name = "aug",
     .verbs = OCSP_FOR_TRAIN,
     .value = "pad=N",
     .by_default = "none",
     .help = "crop every image at random from itself padded with N zeros; not for "
             "detectors",
     .set = set_augmentation},
    {.name = "eval",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N|auto|off",
     .by_default = "auto",
     .help = "measure a classifier on valid= every N epochs; auto: every epoch, or as "
             "rarely as it must be to take at most 5 % of the time",
     .set = set_eval},
    {.name = "engine",
     .verbs = COMPUTING,
     .choice = engine_choice,
     .by_default = "onednn where it is built in",
     .help = "what computes the network on a CPU; `speed` takes several with commas "
             "between them, and also gpu and opencv",
     .set = set_engine},
    {.name = "threads",
     .verbs = COMPUTING,
     .value = "N",
     .by_default = "all cores",
     .help = "threads of the engine, at most one per core",
     .set = set_threads},
    {.name = "profile",
     .verbs = COMPUTING & ~OCSP_FOR_SPEED,
     .help = "print the time of each layer, the engine's share, and what pruning costs",
     .set = set_profile},
    {.name = "brief",
     .verbs = OCSP_FOR_TRAIN,
     .help =
         "ocsp's lines alone on the screen; Darknet's own lines go to the log of the run",
     .set = set_brief},
    {.name = "plots",
     .verbs = OCSP_FOR_TRAIN,
     .choice = plots_choice,
     .by_default = "on",
     .help = "pictures of the run beside its weights, by gnuplot, after each epoch",
     .set = set_plots},
    {.name = "resume",
     .verbs = OCSP_FOR_TRAIN,
     .by_default = "go on where a run was saved",
     .help = "go on with a saved run, and refuse to begin one",
     .command_line_only = true,
     .set = set_resume},
    {.name = "restart",
     .verbs = OCSP_FOR_TRAIN,
     .by_default = "go on where a run was saved",
     .help = "move the saved run to <base>_before_restart, and begin anew",
     .command_line_only = true,
     .set = set_restart},
    {.name = "save-minutes",
     .verbs = OCSP_FOR_TRAIN,
     .value = "N",
     .by_default = "10",
     .help =
         "save within an epoch when the last time is so long ago; 0: only after epochs",
     .set = set_save_minutes},
    {.name = "on-nan",
     .verbs = OCSP_FOR_TRAIN,
     .choice = on_nan_choice,
     .by_default = "stop",
     .help = "what to do when the loss or a parameter is infinite or not a number",
     .set = set_on_nan},
    {.name = "ocsp",
     .verbs = OCSP_FOR_TRAIN,
     .value = "FILE",
     .by_default = "none",
     .help =
         "read flags of training from FILE, one NAME=VALUE per line, without the dash; "
         "the command line wins",
     .command_line_only = true,
     .set = set_nothing},
    {0}};
