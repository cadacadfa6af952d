#include "cli/flags.h"

#include <stdio.h>
#include <string.h>

#include "flags_line.h"

static void every_training_flag_reaches_its_setting(void **state)
{
    struct line l = line_of(
        OCSP_FOR_TRAIN, "-reduce macs=80% -max-prune 0.5 -saliency conventional -preset "
                        "imagenet -monitor 3");
    const struct ocsp_settings *s = &l.flags.settings;
    (void)state;
    assert_true(l.flags.reduce_given);
    assert_int_equal(s->budget.measure, OCSP_MACS);
    assert_close(s->budget.share, 0.8, 1e-15);
    assert_true(s->limits.max_prune == 0.5);
    assert_ptr_equal(s->saliency, &ocsp_conventional_saliency);
    assert_true(s->saliency_is_given);
    assert_int_equal(s->preset, OCSP_PRESET_IMAGENET);
    assert_int_equal(s->monitor, 3);
    assert_int_equal(l.argc, 0);

    l = line_of(OCSP_FOR_TRAIN, "-reduce params=12.5 -sl-start 7 -sl-end 20 -tau 1e-3 "
                                "-epsilon 0.25 -quiet 0.5 -lambda0 2 -sigma 0");
    assert_int_equal(s->budget.measure, OCSP_PARAMETERS);
    assert_true(s->budget.share == 0.125);
    assert_int_equal(s->sl_start, 7);
    assert_int_equal(s->sl_end, 20);
    assert_true(s->tau == 1e-3 && s->epsilon == 0.25 && s->quiet == 0.5);
    assert_true(s->lambda0 == 2 && s->sigma == 0);
    assert_true(s->with_term[OCSP_GROUP_LASSO] && s->with_term[OCSP_SHRINKING]);

    l = line_of(OCSP_FOR_TRAIN, "-sl-start auto -quiet off -delta-t 2 -epoch-iters 390 "
                                "-seed 0 -no-eq8 -preset cifar -saliency group");
    assert_int_equal(s->sl_start, OCSP_AUTO);
    assert_true(s->quiet == 0);
    assert_int_equal(s->delta_t, 2);
    assert_int_equal(s->epoch_iterations, 390);
    assert_int_equal(s->seed, 0);
    assert_true(!s->with_term[OCSP_GROUP_LASSO] && s->with_term[OCSP_SHRINKING]);
    assert_int_equal(s->preset, OCSP_PRESET_CIFAR);
    assert_ptr_equal(s->saliency, &ocsp_group_saliency);
    assert_false(l.flags.reduce_given);

    l = line_of(OCSP_FOR_TRAIN, "-no-eq9 -reduce none");
    assert_true(s->with_term[OCSP_GROUP_LASSO] && !s->with_term[OCSP_SHRINKING] &&
                s->compensate);
    assert_true(l.flags.reduce_given && s->budget.share == 0);
}

static void the_offline_flags_are_read(void **state)
{
    struct line l =
        line_of(OCSP_FOR_PRUNE, "a.cfg -plan p.json a.weights -o out/x -max-prune 1");
    (void)state;
    assert_string_equal(l.flags.plan_file, "p.json");
    assert_string_equal(l.flags.output, "out/x");
    assert_true(l.flags.settings.limits.max_prune == 1);
    assert_int_equal(l.argc, 2);
    assert_string_equal(l.argv[0], "a.cfg");
    assert_string_equal(l.argv[1], "a.weights");
    assert_true(l.flags.settings.compensate);
    l = line_of(OCSP_FOR_PRUNE, "a.cfg a.weights -no-compensate -plan p.json -o x");
    assert_false(l.flags.settings.compensate);
    assert_int_equal(l.argc, 2);
    assert_true(line_of(OCSP_FOR_INFO, "-json").flags.json);
    assert_true(line_of(OCSP_FOR_SALIENCY, "-json").flags.json);
    assert_false(line_of(OCSP_FOR_INFO, "").flags.json);
}

static void the_flags_of_backbone_are_read(void **state)
{
    struct line l = line_of(OCSP_FOR_BACKBONE, "a.cfg a.weights -head yolo -maps 38,19 "
                                               "-classes 20 -o x -size 304 -anchors "
                                               "1,2.5,10000");
    const struct ocsp_heads *heads = &l.flags.heads;
    (void)state;
    assert_true(l.flags.head_given);
    assert_int_equal(heads->n_maps, 2);
    assert_int_equal(heads->maps[0], 38);
    assert_int_equal(heads->maps[1], 19);
    assert_int_equal(heads->classes, 20);
    assert_int_equal(l.flags.input, 304);
    assert_int_equal(heads->n_anchors, 3);
    assert_true(heads->anchors[0] == 1 && heads->anchors[1] == 2.5 &&
                heads->anchors[2] == 10000);
    assert_string_equal(l.flags.output, "x");
    assert_int_equal(l.argc, 2);
    l = line_of(OCSP_FOR_BACKBONE, "-maps 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16");
    assert_int_equal(l.flags.heads.n_maps, OCSP_MAX_MAPS);
    assert_false(l.flags.head_given);
    assert_int_equal(l.flags.input, 0);
}

static void bad_flags_of_backbone_are_refused(void **state)
{
    static const char *const maps[] = {
        "0",      "-1",
        "x",      "38,",
        ",38",    "38,38",
        "38;19",  "38,1.5",
        "100001", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"};
    static const char *const anchors[] = {"0.5,1", "x", "1,", "1,nan", "1,10001", "1e9"};
    char words[128], message[256];
    (void)state;

    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        snprintf(words, sizeof words, "-maps %s", maps[i]);
        snprintf(message, sizeof message,
                 "%s: expected up to 16 different sizes from 1 on, as 38,19,10", words);
        line_refused(OCSP_FOR_BACKBONE, words, message);
    }
    for (size_t i = 0; i < sizeof anchors / sizeof *anchors; i++) {
        snprintf(words, sizeof words, "-anchors %s", anchors[i]);
        snprintf(message, sizeof message,
                 "%s: expected pixels from 1 to 10000, as 10,14,23,27,...", words);
        line_refused(OCSP_FOR_BACKBONE, words, message);
    }
    line_refused(OCSP_FOR_BACKBONE, "-head ssd",
                 "-head ssd: expected yolo, the one head that there is");
    line_refused(OCSP_FOR_BACKBONE, "-classes 0",
                 "-classes 0: expected a whole number from 1 on");
    line_refused(OCSP_FOR_BACKBONE, "-classes 100001",
                 "-classes 100001: expected at most 100000");
    line_refused(OCSP_FOR_BACKBONE, "-size 100001",
                 "-size 100001: expected at most 100000");
    line_refused(OCSP_FOR_BACKBONE, "-reduce macs=1%",
                 "unknown flag '-reduce': it belongs to other commands");
    line_refused(OCSP_FOR_PRUNE, "-maps 1",
                 "unknown flag '-maps': it belongs to other commands");
}

static void the_hosts_flags_stay_with_their_values(void **state)
{
    const struct line l = line_of(
        OCSP_FOR_TRAIN, "x.data -gpus -reduce -reduce macs=1% -clear x.cfg -c 3 -t 1 -");
    static const char *const left[] = {"x.data", "-gpus", "-reduce", "-clear", "x.cfg",
                                       "-c",     "3",     "-t",      "1",      "-"};
    (void)state;
    assert_int_equal(l.argc, 10);
    for (int i = 0; i < 10; i++)
        assert_string_equal(l.argv[i], left[i]);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "classifier", "-gpus"), 2);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "detector", "-gpus"), 2);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "classifier", "-clear"), 1);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "classifier", "-map"), 0);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "detector", "-map"), 1);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "detector", "-thresh"), 2);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "classifier", "-reduce"), 0);
    assert_int_equal(ocsp_host_flag_words(line_host_flags, "detector", "x.cfg"), 0);
    line_refused(OCSP_FOR_INFO, "-clear", "unknown flag '-clear'");
}

static void a_later_flag_wins(void **state)
{
    const struct line l =
        line_of(OCSP_FOR_TRAIN, "-reduce macs=10% -tau 0.5 -tau 0.25 -reduce params=30%");
    (void)state;
    assert_true(l.flags.settings.tau == 0.25);
    assert_int_equal(l.flags.settings.budget.measure, OCSP_PARAMETERS);
}

static void flags_of_other_commands_are_unknown(void **state)
{
    (void)state;
    line_refused(OCSP_FOR_TRAIN, "-json",
                 "unknown flag '-json': it belongs to other commands");
    line_refused(OCSP_FOR_TRAIN, "-o x",
                 "unknown flag '-o': it belongs to other commands");
    line_refused(OCSP_FOR_TRAIN, "-plan x",
                 "unknown flag '-plan': it belongs to other commands");
    line_refused(OCSP_FOR_INFO, "-reduce macs=50%",
                 "unknown flag '-reduce': it belongs to other commands");
    line_refused(OCSP_FOR_SALIENCY, "-max-prune 1",
                 "unknown flag '-max-prune': it belongs to other commands");
    line_refused(OCSP_FOR_PLAN, "-tau 1",
                 "unknown flag '-tau': it belongs to other commands");
    line_refused(OCSP_FOR_PLAN, "-plan x",
                 "unknown flag '-plan': it belongs to other commands");
    line_refused(OCSP_FOR_PRUNE, "-ocsp x",
                 "unknown flag '-ocsp': it belongs to other commands");
    line_refused(OCSP_FOR_PRUNE, "-json",
                 "unknown flag '-json': it belongs to other commands");
    line_refused(OCSP_FOR_PRUNE, "--help", "unknown flag '--help'");
    line_refused(OCSP_FOR_TRAIN, "-reduec macs=50%",
                 "unknown flag '-reduec': did you mean -reduce?");
    line_refused(OCSP_FOR_TRAIN, "--reduec=macs=50%",
                 "unknown flag '--reduec=macs=50%': did you mean -reduce?");
    line_refused(OCSP_FOR_TRAIN, "-saliency relatve",
                 "-saliency relatve: expected group, relative, conventional or random: "
                 "did you mean relative?");
    line_refused(OCSP_FOR_INFO, "--json",
                 "unknown flag '--json': our flags have one dash");
    line_refused(OCSP_FOR_PRUNE, "-o=x",
                 "unknown flag '-o=x': its value is a word of its own");
    line_refused(OCSP_FOR_TRAIN, "-0123456789012345678901234567890123456789xyz",
                 "unknown flag '-012345678901234567890123456789012345678'");
    line_refused(OCSP_FOR_INFO, "-a\nb", "unknown flag '-a?b'");
}

static void a_missing_value_is_reported(void **state)
{
    static const char *const flags[] = {
        "-reduce",  "-max-prune",   "-saliency", "-preset", "-monitor", "-sl-start",
        "-sl-end",  "-tau",         "-epsilon",  "-quiet",  "-lambda0", "-sigma",
        "-delta-t", "-epoch-iters", "-seed",     "-ocsp"};
    char message[64];
    (void)state;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        snprintf(message, sizeof message, "'%s' needs a value", flags[i]);
        line_refused(OCSP_FOR_TRAIN, flags[i], message);
    }
    line_refused(OCSP_FOR_PRUNE, "a b -o", "'-o' needs a value");
    line_refused(OCSP_FOR_TRAIN, "a b -gpus", "'-gpus' needs a value");
    line_refused(OCSP_FOR_PRUNE, "a b -plan", "'-plan' needs a value");
    line_refused(OCSP_FOR_PRUNE, "a b -o -plan p", "'-o' needs a value");
}

static void values_out_of_range_are_refused(void **state)
{
    static const struct {
        const char *flag, *bad, *expected;
    } cases[] = {
        {"max-prune", "1.01", "a number from 0 to 1"},
        {"max-prune", "-0.1", "a number from 0 to 1"},
        {"max-prune", "nan", "a number from 0 to 1"},
        {"max-prune", "half", "a number from 0 to 1"},
        {"max-prune", "0.5x", "a number from 0 to 1"},
        {"tau", "2", "a number from 0 to 1"},
        {"epsilon", "-1", "a number from 0 to 1"},
        {"quiet", "0", "a number from 1e-12 to 1"},
        {"quiet", "on", "a number from 1e-12 to 1"},
        {"lambda0", "-1e-4", "a number from 0 to 1e+06"},
        {"lambda0", "inf", "a number from 0 to 1e+06"},
        {"sigma", "1e7", "a number from 0 to 1e+06"},
        {"monitor", "0", "a whole number from 1 on"},
        {"monitor", "1.5", "a whole number from 1 on"},
        {"monitor", "2147483648", "a whole number from 1 to 2147483647"},
        {"monitor", "99999999999999999999", "a whole number from 1 to 2147483647"},
        {"sl-start", "0", "a whole number from 1 on"},
        {"sl-start", "-1", "a whole number from 1 on"},
        {"sl-start", "Auto", "a whole number from 1 on: did you mean auto?"},
        {"sl-end", "1", "a whole number from 2 on"},
        {"sl-end", "auto", "a whole number from 2 on"},
        {"delta-t", "0", "a whole number from 1 on"},
        {"epoch-iters", "0", "a whole number from 1 on"},
        {"seed", "-1", "a whole number from 0 on"},
        {"saliency", "Group",
         "group, relative, conventional or random: did you mean group?"},
        {"preset", "mnist", "cifar, imagenet or detector"},
    };
    static const char *const targets[] = {
        "0",        "macs",      "macs=",    "macs=0",     "macs=0%",  "macs=100%",
        "macs=0.5", "macs=-5%",  "macs=abc", "macs=50%%",  "macs=5O%", "macs=nan",
        "MACs=50%", "flops=50%", "50%",      "params=101", "params=%"};
    char words[128], message[160];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(words, sizeof words, "-%s %s", cases[i].flag, cases[i].bad);
        snprintf(message, sizeof message, "-%s %s: expected %s", cases[i].flag,
                 cases[i].bad, cases[i].expected);
        line_refused(OCSP_FOR_TRAIN, words, message);
    }
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        snprintf(words, sizeof words, "-reduce %s", targets[i]);
        snprintf(message, sizeof message,
                 "-reduce %s: expected macs=P%% or params=P%%, P percent to be removed, "
                 "between 0 and 100, with its sign where below 1",
                 targets[i]);
        line_refused(OCSP_FOR_TRAIN, words, message);
        line_refused(OCSP_FOR_PLAN, words, message);
    }
    line_refused(
        OCSP_FOR_PRUNE, "-reduce none",
        "-reduce none: expected macs=P% or params=P%, P percent to be removed, between "
        "0 and 100, with its sign where below 1");
}

static const char *sidecar(const char *lines)
{
    return write_in_folder("side", lines, strlen(lines));
}

/* The sidecar `lines` is read, and `more` follows it on the command line. */
static struct line with_sidecar(const char *lines, const char *more)
{
    char words[256];
    snprintf(words, sizeof words, "-ocsp %s %s", sidecar(lines), more);
    return line_of(OCSP_FOR_TRAIN, words);
}

static void a_sidecar_holds_the_same_settings(void **state)
{
    const struct line l = with_sidecar("# a comment\n"
                                       "reduce = macs=40%\r\n"
                                       "\n"
                                       "\tsl-start=auto \n"
                                       "quiet=off\n"
                                       "tau=0.5\n"
                                       "no-eq8\n"
                                       "no-eq9=1\n"
                                       "no-eq9=0\n"
                                       "no-compensate=1\n"
                                       "seed=7",
                                       "");
    const struct ocsp_settings *s = &l.flags.settings;
    (void)state;
    assert_true(l.flags.reduce_given);
    assert_close(s->budget.share, 0.4, 1e-15);
    assert_int_equal(s->sl_start, OCSP_AUTO);
    assert_true(s->quiet == 0 && s->tau == 0.5);
    assert_true(!s->with_term[OCSP_GROUP_LASSO] && s->with_term[OCSP_SHRINKING] &&
                !s->compensate);
    assert_int_equal(s->seed, 7);
    assert_int_equal(l.argc, 0);
}

static void the_command_line_wins_wherever_it_stands(void **state)
{
    char words[256];
    struct line l = with_sidecar("tau=0.5\nsigma=3\n", "-tau 0.25");
    (void)state;
    assert_true(l.flags.settings.tau == 0.25 && l.flags.settings.sigma == 3);
    snprintf(words, sizeof words, "-tau 0.25 -ocsp %s", sidecar("tau=0.5\nsigma=3\n"));
    l = line_of(OCSP_FOR_TRAIN, words);
    assert_true(l.flags.settings.tau == 0.25 && l.flags.settings.sigma == 3);
}

static void all_sidecars_are_read(void **state)
{
    char words[256];
    const char *first = write_in_folder("first", "tau=0.5\nsigma=3", 15);
    const char *second = write_in_folder("second", "tau=0.75", 8);
    (void)state;
    snprintf(words, sizeof words, "-ocsp %s -ocsp %s", first, second);
    const struct line l = line_of(OCSP_FOR_TRAIN, words);
    assert_true(l.flags.settings.tau == 0.75 && l.flags.settings.sigma == 3);
}

static void refuse_sidecar(const char *lines, size_t size, enum ocsp_status wanted,
                           int line, const char *message)
{
    char words[128], expected[256];
    struct line l;
    const char *path = write_in_folder("side", lines, size);

    snprintf(words, sizeof words, "-ocsp %s", path);
    snprintf(expected, sizeof expected, "%s:%d: %s", path, line, message);
    const enum ocsp_status status = line_read(&l, OCSP_FOR_TRAIN, words);
    REFUSES(status, wanted, expected);
}

static void what_is_wrong_in_a_sidecar_is_told_with_its_line(void **state)
{
    static const struct {
        const char *lines, *message;
        int line;
    } cases[] = {
        {"tau=0.5\n\ntaur=1\n", "unknown setting 'taur': did you mean tau?", 3},
        {"[ocsp]\n", "unknown setting '[ocsp]'", 1},
        {"=5\n", "no setting stands in front of '='", 1},
        {"ocsp=other\n", "'ocsp' is for the command line alone", 1},
        {"json\n", "unknown setting 'json'", 1},
        {"plan=x\n", "unknown setting 'plan'", 1},
        {"-tau=0.5\n", "unknown setting '-tau': did you mean tau?", 1},
        {"# x\ntau\n", "'tau' needs a value", 2},
        {"tau=\n", "'tau' needs a value", 1},
        {"tau=2\n", "-tau 2: expected a number from 0 to 1", 1},
        {"no-eq8=yes\n", "-no-eq8 yes: expected 0 or 1", 1},
        {"reduce=50%\n",
         "-reduce 50%: expected macs=P% or params=P%, P percent to be removed, between 0 "
         "and 100, with its sign where below 1",
         1},
        {"\x01\x02\n",
         "unknown setting '?"
         "?'",
         1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_sidecar(cases[i].lines, strlen(cases[i].lines), OCSP_E_USAGE,
                       cases[i].line, cases[i].message);
    refuse_sidecar("tau=0.5\n\0sigma", 14, OCSP_E_FORMAT, 2,
                   "a zero byte: this is not a text file");
}

static void a_missing_sidecar_is_told(void **state)
{
    struct line l;
    (void)state;
    REFUSES(line_read(&l, OCSP_FOR_TRAIN, "-ocsp /nowhere/side"), OCSP_E_IO,
            "/nowhere/side: cannot open: No such file or directory");
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_training_flag_reaches_its_setting),
        cmocka_unit_test(the_offline_flags_are_read),
        cmocka_unit_test(the_flags_of_backbone_are_read),
        cmocka_unit_test(bad_flags_of_backbone_are_refused),
        cmocka_unit_test(the_hosts_flags_stay_with_their_values),
        cmocka_unit_test(a_later_flag_wins),
        cmocka_unit_test(flags_of_other_commands_are_unknown),
        cmocka_unit_test(a_missing_value_is_reported),
        cmocka_unit_test(values_out_of_range_are_refused),
        IN_FOLDER(a_sidecar_holds_the_same_settings),
        IN_FOLDER(the_command_line_wins_wherever_it_stands),
        IN_FOLDER(all_sidecars_are_read),
        IN_FOLDER(what_is_wrong_in_a_sidecar_is_told_with_its_line),
        cmocka_unit_test(a_missing_sidecar_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
