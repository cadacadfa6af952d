#include "cli/train.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/data_file.h"
#include "cli/flags.h"
#include "cli/help.h"
#include "cli/inference.h"
#include "cli/label_files.h"
#include "cli/net_files.h"
#include "cli/offline.h"
#include "cli/speed.h"
#include "cli/train_gate.h"
#include "cli/train_kind.h"
#include "cli/unknown_command.h"
#include "cycle/folder.h"
#include "hosts/host.h"
#include "net/process.h"
#include "net/standard_output.h"
#include "train/compute_backend.h"
#include "train/console.h"
#include "train/crash.h"
#include "train/hook.h"
#include "train/host_output.h"
#include "train/openmp_restart.h"
#include "train/thread_cap.h"
#include "view/lines.h"

#define DEFAULT_SHARE 0.5 /* of the MACs, removed where -reduce is not given */

static const char program[] = "darknet ocsp";

static void report(const struct ocsp_error *err)
{
    ocsp_console_error(err);
}

/* The version's second line says what only a host's program knows. */
static int run_help(const char *const *commands, int argc, char **argv)
{
    struct ocsp_error err;
    const int status = ocsp_help_run(program, commands, argc, argv);

    if (status || argc == 0 || strcmp(argv[0], "--version") != 0)
        return status;
    printf("Darknet (%s), %s\n", ocsp_host.name, ocsp_backend_name());
    if (!ocsp_output_check(&err))
        return 0;
    fprintf(stderr, "%s --version: %s\n", program, err.text);
    return 1;
}

static void stop(const struct ocsp_error *err)
{
    report(err);
    exit(1);
}

/* The words as given, one string; NULL: no memory. */
static char *join_words(int argc, char **argv)
{
    size_t size = 1;
    char *text;

    for (int i = 0; i < argc; i++)
        size += strlen(argv[i]) + 1;
    text = calloc(size, 1);
    for (int i = 0; i < argc && text; i++) {
        strcat(text, argv[i]);
        strcat(text, i + 1 < argc ? " " : "");
    }
    return text;
}

/* The words that are no flags: {"classifier" or "detector", "train", data, cfg, weights
 * or NULL}. Returns how many there are. */
static int positional_words(int argc, char **argv, const char *words[5])
{
    int n = 0;
    for (int i = 0; i < argc;) {
        const int flag_words = ocsp_host_flag_words(ocsp_host.flags, argv[0], argv[i]);
        if (flag_words == 0 && n++ < 5)
            words[n - 1] = argv[i];
        i += flag_words > 0 ? flag_words : 1;
    }
    return n;
}

/* Takes out the host's flags that our own measuring answers; whether there was one. */
static bool take_measuring_flags(int *argc, char **argv)
{
    int kept = 0;

    for (int i = 0; i < *argc; i++)
        if (ocsp_host_flag_words(ocsp_host.measuring_flags, argv[0], argv[i]) == 0)
            argv[kept++] = argv[i];
    const bool any = kept < *argc;
    *argc = kept;
    return any;
}

static bool is_detector(const char *command)
{
    return strcmp(command, "detector") == 0;
}

static bool computes_none(const char *section)
{
    (void)section;
    return false;
}

/* The files that the words behind the flags name. */
struct files {
    const char *data, *cfg, *weights; /* weights: NULL where none are given */
    bool detector, measures;
};

/* Checks, before the host starts, what would make it crash or fail hours later. */
static enum ocsp_status check_input(const struct files *files,
                                    const struct ocsp_settings *settings,
                                    struct ocsp_data_file *data, struct ocsp_error *err)
{
    struct ocsp_net_files net;
    struct ocsp_label_limits limits;
    const struct ocsp_training training = {
        .rules = ocsp_host.rules,
        .build = ocsp_host.build,
        .computes = ocsp_host.computes ? ocsp_host.computes : computes_none,
        .detector = files->detector,
        .seeded = settings->seed >= 0};
    enum ocsp_status status = ocsp_net_files_open(&net, files->cfg, NULL, settings, err);

    if (status)
        return status;
    const struct ocsp_data_use use =
        ocsp_train_kind_use(net.graph, &ocsp_host, files->detector, files->measures);
    status = ocsp_train_kind_check(net.graph, &ocsp_host, files->detector, err);
    if (!status)
        status = ocsp_train_kind_trees(net.graph, &ocsp_host, err);
    if (!status)
        status = ocsp_train_gate(net.graph, &training, err);
    const bool has_boxes = training.detector && ocsp_host.labels;
    if (!status && has_boxes)
        status = ocsp_label_limits_read(&limits, net.graph, &ocsp_host, err);
    /* the hosts read what they can of a short file and go on */
    if (!status && files->weights)
        status = ocsp_weights_check_start(files->weights, net.graph, err);
    ocsp_net_files_close(&net);
    if (!status)
        status = ocsp_data_file_read(data, files->data, &use, err);
    if (!status && has_boxes)
        status = ocsp_label_files_check(data->train, &limits, err);
    if (!status && data->tagged && ocsp_host.labels && ocsp_host.labels->tag_path)
        status = ocsp_tag_files_check(data->train, data->classes, &ocsp_host, err);
    if (!status && has_boxes && files->measures && data->valid) {
        ocsp_label_limits_measure(&limits);
        status = ocsp_label_files_check(data->valid, &limits, err);
    }
    return status;
}

/* Sets the preset of detectors, and refuses a flag that would leave boxes wrong. */
static enum ocsp_status adapt_to_detector(struct ocsp_flags *flags,
                                          struct ocsp_error *err)
{
    if (flags->pad > 0)
        return ocsp_fail(err, OCSP_E_USAGE, NULL, 0,
                         "-aug pad= moves images, but not the boxes of a detector: "
                         "leave it out, Darknet has jitter= for that");
    if (flags->settings.preset == OCSP_PRESET_BY_SIZE)
        flags->settings.preset = OCSP_PRESET_DETECTOR;
    return OCSP_OK;
}

/* What the host's own flags say of measuring a detector. */
static struct ocsp_hook_map map_of(int argc, char **argv, const char *data)
{
    struct ocsp_hook_map map = {.data = data, .iou_thresh = .5};

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "-map") == 0)
            map.is_asked = true;
        if (strcmp(argv[i], "-iou_thresh") == 0 && i + 1 < argc)
            map.iou_thresh = atof(argv[i + 1]);
    }
    return map;
}

/* Reads the words behind "ocsp", of which those of the host are left, and checks the
 * files that they name. */
static enum ocsp_status read_words(struct ocsp_flags *flags, int *argc, char **argv,
                                   const char *words[5], struct ocsp_data_file *data,
                                   struct ocsp_error *err)
{
    const bool measures = take_measuring_flags(argc, argv);

    if (ocsp_flags_read(flags, OCSP_FOR_TRAIN, ocsp_host.flags, argc, argv, err))
        return err->status;
    if (measures && flags->eval == OCSP_EVAL_OFF)
        return ocsp_fail(err, OCSP_E_USAGE, NULL, 0,
                         "%s asks for the accuracy, -eval off for none: expected one",
                         ocsp_host.measuring_flags[0].name);
    const int n_words = positional_words(*argc, argv, words);
    if (n_words < 4 || n_words > 5)
        return ocsp_fail(err, OCSP_E_USAGE, NULL, 0,
                         "expected a data file, a cfg and perhaps weights behind "
                         "'%s train'; `%s help %s train` explains it",
                         argv[0], program, argv[0]);
    if (!flags->reduce_given)
        flags->settings.budget = (struct ocsp_budget){OCSP_MACS, DEFAULT_SHARE};
    if (is_detector(words[0]) && adapt_to_detector(flags, err))
        return err->status;
    const struct files files = {words[2], words[3], words[4], is_detector(words[0]),
                                is_detector(words[0]) ? map_of(*argc, argv, NULL).is_asked
                                                      : flags->eval != OCSP_EVAL_OFF};
    return check_input(&files, &flags->settings, data, err);
}

/* A run goes on where its words are lost: its results count. */
static enum ocsp_status check_output(const char *backup, struct ocsp_error *err)
{
    ocsp_lines_end();
    if (!ocsp_output_check(err) && ocsp_lines_arrived())
        return OCSP_OK;
    return ocsp_fail(
        err, OCSP_E_IO, NULL, 0,
        "cannot write all lines to standard output; the run is done, and its "
        "results in %s are whole",
        backup);
}

static int run_train(int argc, char **argv)
{
    struct ocsp_error err;
    struct ocsp_flags flags;
    struct ocsp_data_file data = {0};
    const char *words[5] = {NULL};
    int lock;
    char note[OCSP_THREAD_NOTE];
    char *command = join_words(argc, argv);
    enum ocsp_status status = command ? OCSP_OK : ocsp_fail_memory(&err);

    argc--; /* the words behind "ocsp" */
    argv++;
    if (!status)
        status = read_words(&flags, &argc, argv, words, &data, &err);
    if (!status) {
        ocsp_console_begin(flags.brief, command);
        if (ocsp_thread_cap(&flags.engine, note))
            ocsp_console_line("%s", note);
    }
    if (!status) /* until the process ends */
        status = ocsp_folder_lock(data.backup, &lock, &err);
    if (!status) {
        const struct ocsp_hook_options options = {.settings = flags.settings,
                                                  .engine = flags.engine,
                                                  .saving = flags.saving,
                                                  .reduces_by_default =
                                                      !flags.reduce_given,
                                                  .plots = flags.plots,
                                                  .pad = flags.pad,
                                                  .draw_at_random = flags.draw_at_random,
                                                  .detector = is_detector(words[0]),
                                                  .eval = flags.eval,
                                                  .validation = {.list = data.valid,
                                                                 .labels = data.labels,
                                                                 .tagged = data.tagged,
                                                                 .leaves = data.leaves,
                                                                 .classes = data.classes,
                                                                 .top = data.top},
                                                  .map = map_of(argc, argv, words[2]),
                                                  .cfg = words[3],
                                                  .weights = words[4],
                                                  .backup = data.backup,
                                                  .lock = &lock,
                                                  .command = command,
                                                  .images = data.images,
                                                  .fatal = stop};
        ocsp_hook_enable(&options);
        status = ocsp_hook_run_train(argc, argv, &err);
        ocsp_hook_disable();
        if (!status)
            status = check_output(data.backup, &err);
    }
    ocsp_data_file_clear(&data);
    free(command);
    if (!status)
        return 0;
    report(&err);
    return status == OCSP_E_USAGE ? 2 : 1;
}

/* The hosts' main takes -i and -nogpu out and puts NULL behind the rest. */
static int count_words(int argc, char **argv)
{
    int words = 0;
    while (words < argc && argv[words])
        words++;
    return words;
}

int ocsp_main_early(int argc, char **argv)
{
    struct ocsp_error err;
    bool known;

    static const char *const none[] = {NULL};
    const char *const *commands = ocsp_host.commands ? ocsp_host.commands : none;

    argc = count_words(argc, argv) - 2;
    if (argc < 0 || strcmp(argv[1], "ocsp") != 0)
        return -1;
    argv += 2;
    if (ocsp_process_begin(&err))
        return ocsp_process_refuse(program, &err);
    if (ocsp_help_is_wanted(argc, argv))
        return run_help(commands, argc, argv);
    const int status = ocsp_offline_run(argc, argv, &known);
    if (known)
        return status;
    const struct ocsp_command *command = ocsp_command_given(argc, argv);
    if (!command)
        return ocsp_unknown_command(program, commands, argc, argv);
    ocsp_openmp_restart();
    if (command->verb == OCSP_FOR_SPEED)
        ocsp_host_output_hold(); /* a host's main may print to where JSON goes */
    return -1;
}

int ocsp_main(int argc, char **argv)
{
    argc = count_words(argc, argv);
    const struct ocsp_command *command = ocsp_command_given(argc - 1, argv + 1);

    ocsp_crash_catch();
    switch (command ? command->verb : 0) {
    case OCSP_FOR_TRAIN:
        return run_train(argc, argv);
    case OCSP_FOR_INFERENCE:
        return ocsp_inference_run(argc - 1, argv + 1);
    case OCSP_FOR_SPEED:
        return ocsp_speed_run(argc - 2, argv + 2);
    default: /* all others were run, or refused, before: by ocsp_main_early */
        return 2;
    }
}
