#include "cli/flags.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/file.h"

#define ALL_SETTINGS (OCSP_FOR_PLAN | OCSP_FOR_PRUNE | OCSP_FOR_TRAIN)
#define SAVE_MINUTES 10
#define COMPUTING (OCSP_FOR_TRAIN | OCSP_FOR_INFERENCE | OCSP_FOR_SPEED)

struct context {
    struct ocsp_flags *flags;
    const char *name;  /* of the flag, without its dash */
    const char *value; /* NULL: none was given */
    const char *file;  /* sidecar, or NULL */
    int line;
    struct ocsp_error *err;
};

static enum ocsp_status fail(const struct context *c, const char *want)
{
    return ocsp_fail(c->err, OCSP_E_USAGE, c->file, c->line, "-%s %.60s: expected %s",
                     c->name, c->value ? c->value : "", want);
}

static enum ocsp_status read_double(const struct context *c, double low, double high,
                                    double *out)
{
    char *end, want[64];
    const double value = strtod(c->value, &end);

    if (end != c->value && *end == '\0' && value >= low && value <= high) {
        *out = value;
        return OCSP_OK;
    }
    snprintf(want, sizeof want, "a number from %g to %g", low, high);
    return fail(c, want);
}

static enum ocsp_status read_int(const struct context *c, int low, int *out)
{
    char *end, want[64];
    errno = 0;
    const long value = strtol(c->value, &end, 10);

    if (end != c->value && *end == '\0' && !errno && value >= low && value <= INT_MAX) {
        *out = (int)value;
        return OCSP_OK;
    }
    if (errno || value > INT_MAX)
        snprintf(want, sizeof want, "a whole number from %d to %d", low, INT_MAX);
    else
        snprintf(want, sizeof want, "a whole number from %d on", low);
    return fail(c, want);
}

/* macs=50% or params=50%: the percentage that goes. Training also takes none: the dense
 * net, trained through the hook and its repairs, to compare with. */
static enum ocsp_status set_reduce(const struct context *c)
{
    static const char *const names[] = {
        [OCSP_MACS] = "macs=", [OCSP_PARAMETERS] = "params="};
    struct ocsp_budget *budget = &c->flags->settings.budget;

    if (c->flags->verb == OCSP_FOR_TRAIN && strcmp(c->value, "none") == 0) {
        budget->share = 0;
        c->flags->reduce_given = true;
        return OCSP_OK;
    }
    for (int m = OCSP_MACS; m <= OCSP_PARAMETERS; m++) {
        const size_t n = strlen(names[m]);
        char *end;
        if (strncmp(c->value, names[m], n) != 0)
            continue;
        const double percent = strtod(c->value + n, &end);
        /* 0.5 without the sign: a half was meant, or half a percent? */
        const bool enough = *end == '%' ? percent > 0 : percent >= 1;
        if (end == c->value + n || (*end == '%' ? end[1] : *end) || !enough ||
            !(percent < 100))
            break;
        budget->measure = (enum ocsp_measure)m;
        budget->share = percent / 100;
        c->flags->reduce_given = true;
        return OCSP_OK;
    }
    return fail(c, "macs=P% or params=P%, P percent to be removed, between 0 and 100, "
                   "with its sign where below 1");
}

static enum ocsp_status set_sl_start(const struct context *c)
{
    if (strcmp(c->value, "auto") == 0) {
        c->flags->settings.sl_start = OCSP_AUTO;
        return OCSP_OK;
    }
    return read_int(c, 1, &c->flags->settings.sl_start);
}

static enum ocsp_status set_quiet(const struct context *c)
{
    if (strcmp(c->value, "off") == 0) {
        c->flags->settings.quiet = 0;
        return OCSP_OK;
    }
    return read_double(c, 1e-12, 1, &c->flags->settings.quiet);
}

static enum ocsp_status set_saliency(const struct context *c)
{
    const struct ocsp_saliency_kind *kind = ocsp_saliency_kind_named(c->value);

    if (!kind)
        return fail(c, "group, relative, conventional or random");
    c->flags->settings.saliency = kind;
    c->flags->settings.saliency_is_given = true;
    return OCSP_OK;
}

static enum ocsp_status set_seed(const struct context *c)
{
    int seed = 0;
    const enum ocsp_status status = read_int(c, 0, &seed);
    if (!status)
        c->flags->settings.seed = seed;
    return status;
}

static enum ocsp_status set_engine(const struct context *c)
{
    const bool stock = strcmp(c->value, "stock") == 0;

    if (!stock && strcmp(c->value, "onednn") != 0)
        return fail(c, "stock or onednn");
    c->flags->engine.stock = stock;
    c->flags->engine.required = !stock;
    return OCSP_OK;
}

static enum ocsp_status set_threads(const struct context *c)
{
    return read_int(c, 1, &c->flags->engine.threads);
}

static enum ocsp_status set_profile(const struct context *c)
{
    if (c->value && strcmp(c->value, "0") != 0 && strcmp(c->value, "1") != 0)
        return fail(c, "0 or 1");
    c->flags->engine.profile = !c->value || *c->value == '1';
    return OCSP_OK;
}

static enum ocsp_status fail_both(const struct context *c)
{
    return ocsp_fail(c->err, OCSP_E_USAGE, NULL, 0,
                     "-resume goes on with a run, -restart begins it anew: expected one");
}

static enum ocsp_status set_resume(const struct context *c)
{
    if (c->flags->saving.resume == OCSP_RESTART)
        return fail_both(c);
    c->flags->saving.resume = OCSP_RESUME_MUST;
    return OCSP_OK;
}

static enum ocsp_status set_restart(const struct context *c)
{
    if (c->flags->saving.resume == OCSP_RESUME_MUST)
        return fail_both(c);
    c->flags->saving.resume = OCSP_RESTART;
    return OCSP_OK;
}

static enum ocsp_status set_on_nan(const struct context *c)
{
    c->flags->saving.rollback = strcmp(c->value, "rollback") == 0;
    return c->flags->saving.rollback || strcmp(c->value, "stop") == 0
               ? OCSP_OK
               : fail(c, "stop or rollback");
}

static enum ocsp_status set_save_minutes(const struct context *c)
{
    return read_double(c, 0, 1e6, &c->flags->saving.minutes);
}

static enum ocsp_status set_augmentation(const struct context *c)
{
    const struct context pad = {c->flags, "aug pad", c->value + strlen("pad="),
                                c->file,  c->line,   c->err};

    if (strncmp(c->value, "pad=", strlen("pad=")) != 0)
        return fail(c, "pad=N, N pixels");
    return read_int(&pad, 0, &c->flags->pad);
}

static enum ocsp_status set_draw(const struct context *c)
{
    c->flags->draw_at_random = strcmp(c->value, "random") == 0;
    return c->flags->draw_at_random || strcmp(c->value, "pass") == 0
               ? OCSP_OK
               : fail(c, "pass or random");
}

#define INT_SETTER(field, low)                                                           \
    static enum ocsp_status set_##field(const struct context *c)                         \
    {                                                                                    \
        return read_int(c, low, &c->flags->settings.field);                              \
    }
#define DOUBLE_SETTER(field, low, high)                                                  \
    static enum ocsp_status set_##field(const struct context *c)                         \
    {                                                                                    \
        return read_double(c, low, high, &c->flags->settings.field);                     \
    }
INT_SETTER(monitor, 1)
INT_SETTER(sl_end, 2)
INT_SETTER(delta_t, 1)
INT_SETTER(epoch_iterations, 1)
DOUBLE_SETTER(tau, 0, 1)
DOUBLE_SETTER(epsilon, 0, 1)
DOUBLE_SETTER(lambda0, 0, 1e6)
DOUBLE_SETTER(sigma, 0, 1e6)

static enum ocsp_status set_max_prune(const struct context *c)
{
    return read_double(c, 0, 1, &c->flags->settings.limits.max_prune);
}

static enum ocsp_status set_round_to(const struct context *c)
{
    static const char *const values[] = {"1", "8", "16", "32"};
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        if (strcmp(c->value, values[k]) == 0)
            return read_int(c, 1, &c->flags->settings.limits.round_to);
    return fail(c, "8, 16, 32, or 1 for none");
}

static enum ocsp_status set_min_channels(const struct context *c)
{
    return read_int(c, 1, &c->flags->settings.limits.min_channels);
}

static enum ocsp_status set_layers(const struct context *c, char list[OCSP_LAYER_LIST])
{
    if (strlen(c->value) >= OCSP_LAYER_LIST)
        return fail(c, "a shorter list of layers");
    strcpy(list, c->value);
    return OCSP_OK;
}

static enum ocsp_status set_keep_layers(const struct context *c)
{
    return set_layers(c, c->flags->settings.keep_layers);
}

static enum ocsp_status set_freeze_layers(const struct context *c)
{
    return set_layers(c, c->flags->settings.freeze_layers);
}

/* Without a value, as on the command line, or with 1: off; with 0, in a sidecar: on. */
static enum ocsp_status read_no(const struct context *c, bool *on)
{
    if (c->value && strcmp(c->value, "0") != 0 && strcmp(c->value, "1") != 0)
        return fail(c, "0 or 1");
    *on = c->value && *c->value == '0';
    return OCSP_OK;
}

static enum ocsp_status set_no_eq8(const struct context *c)
{
    return read_no(c, &c->flags->settings.with_term[OCSP_GROUP_LASSO]);
}

static enum ocsp_status set_no_eq9(const struct context *c)
{
    return read_no(c, &c->flags->settings.with_term[OCSP_SHRINKING]);
}

static enum ocsp_status set_no_compensate(const struct context *c)
{
    return read_no(c, &c->flags->settings.compensate);
}

static enum ocsp_status set_json(const struct context *c)
{
    c->flags->json = true;
    return OCSP_OK;
}

static enum ocsp_status set_output(const struct context *c)
{
    c->flags->output = c->value;
    return OCSP_OK;
}

static enum ocsp_status set_plan(const struct context *c)
{
    c->flags->plan_file = c->value;
    return OCSP_OK;
}

static enum ocsp_status set_head(const struct context *c)
{
    if (strcmp(c->value, "yolo") != 0)
        return fail(c, "yolo, the one head that there is");
    c->flags->head_given = true;
    return OCSP_OK;
}

#define MAX_CLASSES 100000
#define MAX_SIDE 100000
#define MAX_BATCH 4096

static enum ocsp_status set_classes(const struct context *c)
{
    const enum ocsp_status status = read_int(c, 1, &c->flags->heads.classes);

    return status || c->flags->heads.classes <= MAX_CLASSES ? status
                                                            : fail(c, "at most 100000");
}

static enum ocsp_status set_batch(const struct context *c)
{
    const enum ocsp_status status = read_int(c, 1, &c->flags->batch);

    return status || c->flags->batch <= MAX_BATCH ? status : fail(c, "at most 4096");
}

static enum ocsp_status set_size(const struct context *c)
{
    const enum ocsp_status status = read_int(c, 1, &c->flags->input);

    return status || c->flags->input <= MAX_SIDE ? status : fail(c, "at most 100000");
}

static enum ocsp_status set_maps(const struct context *c)
{
    static const char want[] = "up to 16 different sizes from 1 on, as 38,19,10";
    struct ocsp_heads *heads = &c->flags->heads;
    const char *at = c->value;

    for (int n = 0;; n++) {
        char *end;
        const long map = strtol(at, &end, 10);
        if (end == at || map < 1 || map > MAX_SIDE || n == OCSP_MAX_MAPS)
            return fail(c, want);
        for (int i = 0; i < n; i++)
            if (heads->maps[i] == map)
                return fail(c, want);
        heads->maps[n] = (int)map;
        heads->n_maps = n + 1;
        if (*end == '\0')
            return OCSP_OK;
        if (*end != ',')
            return fail(c, want);
        at = end + 1;
    }
}

static enum ocsp_status set_anchors(const struct context *c)
{
    static const char want[] = "pixels from 1 to 10000, as 10,14,23,27,...";
    struct ocsp_heads *heads = &c->flags->heads;
    const char *at = c->value;

    for (int n = 0;; n++) {
        char *end;
        const double side = strtod(at, &end);
        if (end == at || !(side >= 1 && side <= 10000) || n == OCSP_MAX_ANCHOR_NUMBERS)
            return fail(c, want);
        heads->anchors[n] = side;
        heads->n_anchors = n + 1;
        if (*end == '\0')
            return OCSP_OK;
        if (*end != ',')
            return fail(c, want);
        at = end + 1;
    }
}

static enum ocsp_status set_preset(const struct context *c)
{
    for (int p = OCSP_PRESET_CIFAR; p <= OCSP_PRESET_DETECTOR; p++)
        if (strcmp(c->value, ocsp_preset_name((enum ocsp_preset)p)) == 0) {
            c->flags->settings.preset = (enum ocsp_preset)p;
            return OCSP_OK;
        }
    return fail(c, "cifar, imagenet or detector");
}

/* -ocsp FILE is read ahead of all flags, see ocsp_flags_read. */
static enum ocsp_status set_nothing(const struct context *c)
{
    (void)c;
    return OCSP_OK;
}

static const struct flag {
    const char *name;
    int verbs;
    bool has_value;
    bool command_line_only;
    enum ocsp_status (*set)(const struct context *c);
} known_flags[] = {
    {"reduce", ALL_SETTINGS, true, false, set_reduce},
    {"max-prune", ALL_SETTINGS | OCSP_FOR_INFO, true, false, set_max_prune},
    {"min-channels", ALL_SETTINGS | OCSP_FOR_INFO, true, false, set_min_channels},
    {"round-to", ALL_SETTINGS | OCSP_FOR_INFO, true, false, set_round_to},
    {"keep-layers", ALL_SETTINGS | OCSP_FOR_INFO, true, false, set_keep_layers},
    {"freeze-layers", ALL_SETTINGS | OCSP_FOR_INFO, true, false, set_freeze_layers},
    {"saliency", ALL_SETTINGS | OCSP_FOR_SALIENCY, true, false, set_saliency},
    {"preset", OCSP_FOR_TRAIN, true, false, set_preset},
    {"monitor", OCSP_FOR_TRAIN, true, false, set_monitor},
    {"sl-start", OCSP_FOR_TRAIN, true, false, set_sl_start},
    {"sl-end", OCSP_FOR_TRAIN, true, false, set_sl_end},
    {"tau", OCSP_FOR_TRAIN, true, false, set_tau},
    {"epsilon", OCSP_FOR_TRAIN, true, false, set_epsilon},
    {"quiet", OCSP_FOR_TRAIN, true, false, set_quiet},
    {"lambda0", OCSP_FOR_TRAIN, true, false, set_lambda0},
    {"sigma", OCSP_FOR_TRAIN, true, false, set_sigma},
    {"delta-t", OCSP_FOR_TRAIN, true, false, set_delta_t},
    {"epoch-iters", OCSP_FOR_TRAIN, true, false, set_epoch_iterations},
    {"seed", OCSP_FOR_TRAIN, true, false, set_seed},
    {"engine", COMPUTING, true, false, set_engine},
    {"threads", COMPUTING, true, false, set_threads},
    {"profile", COMPUTING & ~OCSP_FOR_SPEED, false, false, set_profile},
    {"resume", OCSP_FOR_TRAIN, false, true, set_resume},
    {"restart", OCSP_FOR_TRAIN, false, true, set_restart},
    {"on-nan", OCSP_FOR_TRAIN, true, false, set_on_nan},
    {"save-minutes", OCSP_FOR_TRAIN, true, false, set_save_minutes},
    {"aug", OCSP_FOR_TRAIN, true, false, set_augmentation},
    {"draw", OCSP_FOR_TRAIN, true, false, set_draw},
    {"no-eq8", OCSP_FOR_TRAIN, false, false, set_no_eq8},
    {"no-eq9", OCSP_FOR_TRAIN, false, false, set_no_eq9},
    {"no-compensate", OCSP_FOR_PRUNE | OCSP_FOR_TRAIN, false, false, set_no_compensate},
    {"ocsp", OCSP_FOR_TRAIN, true, true, set_nothing},
    {"json", OCSP_FOR_INFO | OCSP_FOR_SALIENCY | OCSP_FOR_LINT, false, true, set_json},
    {"plan", OCSP_FOR_PRUNE, true, true, set_plan},
    {"o", OCSP_FOR_PLAN | OCSP_FOR_PRUNE | OCSP_FOR_BACKBONE, true, true, set_output},
    {"head", OCSP_FOR_BACKBONE, true, true, set_head},
    {"maps", OCSP_FOR_BACKBONE, true, true, set_maps},
    {"classes", OCSP_FOR_BACKBONE, true, true, set_classes},
    {"size", OCSP_FOR_BACKBONE, true, true, set_size},
    {"anchors", OCSP_FOR_BACKBONE, true, true, set_anchors},
    {"batch", OCSP_FOR_SPEED, true, true, set_batch},
};

/* Flags of the host's own `classifier train` and `detector train`, left in argv; true: a
 * value follows. Debian's Darknet would take AlexeyAB's for the name of the weights. Not
 * among them is AlexeyAB's -topk, which leaves the training loop with a freed workspace.
 */
static const struct host_flag {
    const char *name;
    bool has_value;
    bool classifier, detector;
} host_flags[] = {
    {"-gpus", true, true, true},
    {"-clear", false, true, true},
    {"-c", true, true, true},
    {"-t", true, true, false},
    {"-thresh", true, false, true},
    {"-hier", true, false, true},
    {"-s", true, false, true},
    {"-out", true, false, true},
    {"-prefix", true, false, true},
#ifndef OCSP_HOST_DEBIAN
    {"-dont_show", false, true, true},
    {"-mjpeg_port", true, true, true},
    {"-dontuse_opencv", false, true, false},
    {"-show_imgs", false, true, true},
    {"-chart", true, true, true},
    {"-benchmark", false, true, true},
    {"-benchmark_layers", false, true, true},
    {"-cuda_debug_sync", false, true, true},
    {"-map", false, false, true},
    {"-mAP_epochs", true, false, true},
    {"-points", true, false, true},
    {"-iou_thresh", true, false, true},
    {"-letter_box", false, false, true},
    {"-save_labels", false, false, true},
    {"-show", false, false, true},
    {"-ext_output", false, false, true},
#endif
};

static const struct flag *find_flag(const char *name, enum ocsp_verb verb)
{
    for (size_t i = 0; i < sizeof known_flags / sizeof *known_flags; i++)
        if (strcmp(name, known_flags[i].name) == 0 && (known_flags[i].verbs & (int)verb))
            return &known_flags[i];
    return NULL;
}

int ocsp_flags_host_words(const char *command, const char *word)
{
    const bool detector = strcmp(command, "detector") == 0;

    for (size_t i = 0; i < sizeof host_flags / sizeof *host_flags; i++) {
        const struct host_flag *flag = &host_flags[i];
        if (strcmp(word, flag->name) == 0 &&
            (detector ? flag->detector : flag->classifier))
            return flag->has_value ? 2 : 1;
    }
    return 0;
}

static char *trim(char *text)
{
    char *end = text + strlen(text);
    while (*text == ' ' || *text == '\t')
        text++;
    while (end > text && strchr(" \t\r", end[-1]))
        *--end = '\0';
    return text;
}

static enum ocsp_status sidecar_line(struct context *c, char *line)
{
    char *equals;

    line = trim(line);
    if (*line == '\0' || *line == '#')
        return OCSP_OK;
    equals = strchr(line, '=');
    if (equals)
        *equals = '\0';
    c->name = trim(line);
    c->value = equals ? trim(equals + 1) : NULL;
    const struct flag *flag = find_flag(c->name, OCSP_FOR_TRAIN);
    if (!*c->name)
        return ocsp_fail(c->err, OCSP_E_USAGE, c->file, c->line,
                         "no setting stands in front of '='");
    if (!flag || flag->command_line_only)
        return ocsp_fail(c->err, OCSP_E_USAGE, c->file, c->line,
                         "unknown setting '%.40s'", c->name);
    if (flag->has_value && (!c->value || !*c->value))
        return ocsp_fail(c->err, OCSP_E_USAGE, c->file, c->line, "'%.40s' needs a value",
                         c->name);
    return flag->set(c);
}

static enum ocsp_status read_sidecar(struct ocsp_flags *flags, const char *path,
                                     struct ocsp_error *err)
{
    struct context c = {.flags = flags, .file = path, .err = err};
    char *text, *rest;
    size_t size;
    enum ocsp_status status = ocsp_file_read_text(path, &text, &size, err);

    if (status)
        return status;
    rest = text;
    while (rest && !status) {
        char *line = rest;
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        c.line++;
        status = sidecar_line(&c, line);
    }
    free(text);
    return status;
}

/* What is wrong with a word that looks like a flag. */
static enum ocsp_status fail_unknown(const char *word, enum ocsp_verb verb,
                                     struct ocsp_error *err)
{
    char name[41];
    const char *hint = "";

    snprintf(name, sizeof name, "%s", word + 1);
    name[strcspn(name, "=")] = '\0';
    if (word[1] == '-' && find_flag(word + 2, verb))
        hint = ": our flags have one dash";
    else if (strchr(word, '=') && find_flag(name, verb))
        hint = ": its value is a word of its own";
    return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "unknown flag '%.40s'%s", word, hint);
}

/* Is `word` (NULL: none is left) no value but missing, empty, or the next flag? */
static bool lacks_value(const char *word, enum ocsp_verb verb)
{
    return !word || !*word || (*word == '-' && find_flag(word + 1, verb));
}

static enum ocsp_status read_words(struct ocsp_flags *flags, enum ocsp_verb verb,
                                   int *argc, char **argv, struct ocsp_error *err)
{
    struct context c = {.flags = flags, .err = err};
    int kept = 0;

    for (int i = 0; i < *argc; i++) {
        if (!*argv[i] && verb != OCSP_FOR_INFERENCE)
            return ocsp_fail(err, OCSP_E_USAGE, NULL, 0,
                             "an empty word where a file's name or a flag should be");
        const int host_words =
            verb == OCSP_FOR_TRAIN ? ocsp_flags_host_words(argv[0], argv[i]) : 0;
        if (host_words > 1 && i + 1 >= *argc)
            return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "'%s' needs a value", argv[i]);
        if (argv[i][0] != '-' || argv[i][1] == '\0' || host_words > 0) {
            for (int k = 0; k < (host_words > 0 ? host_words : 1) && i + k < *argc; k++)
                argv[kept++] = argv[i + k];
            i += host_words > 1 ? host_words - 1 : 0;
            continue;
        }
        const struct flag *flag = find_flag(argv[i] + 1, verb);
        if (!flag && verb == OCSP_FOR_INFERENCE) {
            argv[kept++] = argv[i];
            continue;
        }
        if (!flag)
            return fail_unknown(argv[i], verb, err);
        if (flag->has_value && lacks_value(i + 1 < *argc ? argv[i + 1] : NULL, verb))
            return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "'%s' needs a value", argv[i]);
        c.name = flag->name;
        c.value = flag->has_value ? argv[i + 1] : NULL;
        const enum ocsp_status status = flag->set(&c);
        if (status)
            return status;
        i += flag->has_value;
    }
    *argc = kept;
    return OCSP_OK;
}

enum ocsp_status ocsp_flags_read(struct ocsp_flags *flags, enum ocsp_verb verb, int *argc,
                                 char **argv, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    *flags =
        (struct ocsp_flags){.verb = verb, .saving.minutes = SAVE_MINUTES, .batch = 1};
    ocsp_settings_init(&flags->settings);
    if (verb == OCSP_FOR_TRAIN)
        for (int i = 0; i + 1 < *argc && !status; i++)
            if (strcmp(argv[i], "-ocsp") == 0)
                status = read_sidecar(flags, argv[++i], err);
    return status ? status : read_words(flags, verb, argc, argv, err);
}
