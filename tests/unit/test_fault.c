/* The stand-alone program, command by command, with a fault at every call site in turn:
 * a message, no crash, no leak, and whole files, all of the old results or all of the
 * new. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/offline.h"
#include "cycle/folder.h"
#include "fault.h"
#include "helpers.h"
#include "layers/macs.h"
#include "net/file.h"

/* What a net can have that takes memory of its own: groups, a depthwise and a grouped
 * convolution, a concatenation, normalizations that emit constants, frozen channels. */
#define CONV(more) "[convolutional]\nsize=3\nstride=1\npad=1\n" more
#define BN "batch_normalize=1\nactivation=leaky\n"
static const char cfg[] = "[net]\nwidth=16\nheight=16\nchannels=3\n" CONV(
    "filters=8\n" BN) CONV("filters=6\n" BN)
    CONV("filters=8\n" BN) "[shortcut]\nfrom=-3\n"
                           "activation=leaky\n"
                           "[maxpool]\nsize=2\nstride=2\n" CONV(
                               "filters=8\ngroups=8\n" BN)
                               CONV("filters=12\ngroups=2\n" BN) "[route]\nlayers=-1,"
                                                                 "4\n" CONV(
                                                                     "filters="
                                                                     "10\n" BN) "[con"
                                                                                "volu"
                                                                                "tion"
                                                                                "al]"
                                                                                "\nsi"
                                                                                "ze="
                                                                                "1\ns"
                                                                                "trid"
                                                                                "e="
                                                                                "1\nf"
                                                                                "ilte"
                                                                                "rs="
                                                                                "5\na"
                                                                                "ctiv"
                                                                                "atio"
                                                                                "n="
                                                                                "logg"
                                                                                "y\n"
                                                                                "[avg"
                                                                                "pool"
                                                                                "]\n["
                                                                                "conn"
                                                                                "ecte"
                                                                                "d]"
                                                                                "\nou"
                                                                                "tput"
                                                                                "=4\n"
                                                                                "acti"
                                                                                "vati"
                                                                                "on="
                                                                                "line"
                                                                                "ar\n"
                                                                                "[sof"
                                                                                "tmax"
                                                                                "]\n";

enum { MOST_WORDS = 16, MOST_OUTPUTS = 2, MOST_TEXT = 1 << 16 };

/* "%" in a word stands for the folder. */
struct command {
    const char *words[MOST_WORDS], *outputs[MOST_OUTPUTS];
};

static const struct command commands[] = {
    {{"info", "%/net.cfg", "-json", "-freeze-layers", "1"}, {0}},
    {{"info", "%/net.cfg", "-freeze-layers", "1"}, {0}},
    {{"saliency", "%/net.cfg", "%/net.weights", "-json"}, {0}},
    {{"lint", "%/net.cfg"}, {0}},
    {{"lint", "%/net.cfg", "-json"}, {0}},
    {{"compare", "%/net.cfg", "%/net_pruned.cfg"}, {0}},
    {{"compare", "%/net.cfg", "%/net_pruned.cfg", "-json"}, {0}},
    {{"report", "%", "-speed", "%/speed.json"}, {"net_ocsp_report.html"}},
    {{"report", "-before", "%/net.cfg", "-after", "%/net_pruned.cfg", "-o", "%/out.html"},
     {"out.html"}},
    {{"plan", "%/net.cfg", "%/net.weights", "-reduce", "macs=40%", "-o", "%/out.json"},
     {"out.json"}},
    {{"prune", "%/net.cfg", "%/net.weights", "-plan", "%/plan.json", "-o", "%/out"},
     {"out.cfg", "out.weights"}},
    {{"prune", "%/net.cfg", "%/net.weights", "-reduce", "params=30", "-o", "%/out"},
     {"out.cfg", "out.weights"}},
    {{"backbone", "%/net.cfg", "%/net.weights", "-head", "yolo", "-maps", "8,4,2",
      "-classes", "3", "-size", "16", "-o", "%/out"},
     {"out.cfg", "out.weights"}},
};
enum { N_COMMANDS = sizeof commands / sizeof *commands };

/* What a run leaves: its exit status, what it says, and its files, NULL where missing. */
struct outcome {
    int status;
    char *said, *complained, *file[MOST_OUTPUTS];
    size_t size[MOST_OUTPUTS];
};

/* --- running ---------------------------------------------------------------------- */

/* stdout or stderr, while it goes to a file. */
struct capture {
    FILE *stream, *file;
    int kept;
};

static void capture_start(struct capture *c, FILE *stream)
{
    *c = (struct capture){stream, tmpfile(), -1};
    assert_non_null(c->file);
    fflush(stream);
    c->kept = dup(fileno(stream));
    assert_true(c->kept >= 0 && dup2(fileno(c->file), fileno(stream)) >= 0);
}

static char *capture_stop(struct capture *c)
{
    char *text = calloc(1, MOST_TEXT);

    fflush(c->stream);
    assert_true(dup2(c->kept, fileno(c->stream)) >= 0);
    close(c->kept);
    rewind(c->file);
    assert_non_null(text);
    assert_true(fread(text, 1, MOST_TEXT, c->file) < MOST_TEXT);
    fclose(c->file);
    return text;
}

static int run(const struct command *c)
{
    char words[MOST_WORDS][128], *argv[MOST_WORDS + 1];
    bool known;
    int n = 0;

    for (; n < MOST_WORDS && c->words[n]; n++) {
        const bool in_it = c->words[n][0] == '%';
        snprintf(words[n], sizeof words[n], "%s%s", in_it ? test_folder : "",
                 c->words[n] + in_it);
        argv[n] = words[n];
    }
    argv[n] = NULL;
    return ocsp_offline_run(n, argv, &known);
}

static void read_outputs(const struct command *c, struct outcome *o)
{
    for (int i = 0; i < MOST_OUTPUTS; i++)
        if (c->outputs[i] && file_exists(in_folder(c->outputs[i])))
            MUST(ocsp_file_read(in_folder(c->outputs[i]), &o->file[i], &o->size[i],
                                &test_error));
}

/* Whether the fault happened. */
static bool run_with(const struct command *c, enum fault fault, int nth,
                     struct outcome *o)
{
    struct capture out, err;

    *o = (struct outcome){0};
    capture_start(&out, stdout);
    capture_start(&err, stderr);
    fault_start(fault, nth);
    o->status = run(c);
    const bool happened = fault_stop();
    const int held = fault_held();
    o->complained = capture_stop(&err);
    o->said = capture_stop(&out);
    read_outputs(c, o);
    if (held != 0)
        fail_msg("%d allocations leaked", held);
    return happened;
}

static void outcome_clear(struct outcome *o)
{
    free(o->said);
    free(o->complained);
    for (int i = 0; i < MOST_OUTPUTS; i++)
        free(o->file[i]);
    *o = (struct outcome){0};
}

/* --- what must hold --------------------------------------------------------------- */

static bool same_files(const struct outcome *a, const struct outcome *b)
{
    for (int i = 0; i < MOST_OUTPUTS; i++)
        if (!a->file[i] != !b->file[i] || a->size[i] != b->size[i] ||
            (a->file[i] && memcmp(a->file[i], b->file[i], a->size[i]) != 0))
            return false;
    return true;
}

/* "ocsp COMMAND: something\n" */
static bool is_message(const char *text, const char *command)
{
    char start[32];
    const size_t n = strlen(text);
    const int prefix = snprintf(start, sizeof start, "ocsp %s: ", command);

    return strncmp(text, start, (size_t)prefix) == 0 && n > (size_t)prefix + 3 &&
           strchr(text, '\n') == text + n - 1;
}

static int count_outputs(const struct outcome *o)
{
    int n = 0;
    for (int i = 0; i < MOST_OUTPUTS; i++)
        n += o->file[i] != NULL;
    return n;
}

static int n_inputs; /* files in the folder before a command */

/* NULL, or what is wrong. */
static const char *judge(const struct command *c, const struct outcome *got,
                         const struct outcome *old, const struct outcome *good)
{

    /* unless it could not be removed */
    if (files_in_folder() != n_inputs + count_outputs(got) &&
        strncmp(fault_place(), "unlink", 6) != 0)
        return "a temporary file is left";
    if (got->status == 0 && !same_files(got, good))
        return "success without the right files";
    if (got->status == 0 && strcmp(got->said, good->said) != 0)
        return "success without the right words";
    if (got->status == 0 && *got->complained)
        return "success with a complaint";
    if (got->status == 0)
        return NULL;
    if (!same_files(got, old) && !same_files(got, good))
        return "neither the old files nor the new ones";
    return is_message(got->complained, c->words[0]) ? NULL : "no message of one line";
}

static void put_old(const struct command *c, const struct outcome *old)
{
    MUST(ocsp_folder_clean(test_folder, &test_error)); /* what could not be removed */
    for (int i = 0; i < MOST_OUTPUTS && c->outputs[i]; i++) {
        unlink(in_folder(c->outputs[i]));
        if (old->file[i])
            write_in_folder(c->outputs[i], old->file[i], old->size[i]);
    }
}

/* Every call in turn; the number of them. */
static int go_through(const struct command *c, enum fault fault,
                      const struct outcome *old, const struct outcome *good)
{
    bool happened = true;
    int nth = 0;

    while (happened) {
        struct outcome got;
        put_old(c, old);
        happened = run_with(c, fault, ++nth, &got);
        const char *wrong = judge(c, &got, old, good);
        if (!wrong && !happened && got.status)
            wrong = "failure without a fault";
        if (!wrong && happened && got.status &&
            (fault == FAULT_SHORT || fault == FAULT_INTERRUPTED))
            wrong = "failure without an error";
        if (wrong)
            fail_msg("%s %s: fault %d at call %d, %s: status %d: %s\n%s", c->words[0],
                     c->words[3] ? c->words[3] : "", (int)fault, nth, fault_place(),
                     got.status, wrong, got.complained);
        outcome_clear(&got);
    }
    return nth - 1;
}

/* --- tests ------------------------------------------------------------------------ */

/* What a run has left that began with net.cfg, which is found beside it. */
static const char summary[] =
    "{\"version\": 1, \"command\": \"ocsp classifier train x.data\", \"cfg\": {\"path\": "
    "\"net.cfg\"}, \"settings\": {\"reduce\": 0.3}, \"surgery\": {\"weights\": "
    "\"net_pruned_last.weights\", \"why\": \"stable\"}, \"t_star\": 1}";
static const char csv[] = "epoch,phase,mean_J,loss,seconds\n1,pruned,1,0.5,2\n";

/* As if somebody had measured net.cfg and net_pruned.cfg. */
static void write_speed(void)
{
    static const char *const names[] = {"net.cfg", "net_pruned.cfg"};
    char text[512];
    struct net net;
    int n = snprintf(text, sizeof text, "{\"measurements\": [{\"batch\": 1, \"nets\": [");

    for (int k = 0; k < 2; k++) {
        net_load(&net, in_folder(names[k]));
        n += snprintf(text + n, sizeof text - (size_t)n,
                      "%s{\"macs\": %" PRIu64 ", \"params\": %" PRIu64 ", \"ms\": %d}",
                      k > 0 ? ", " : "", ocsp_graph_macs(net.graph),
                      ocsp_graph_parameters(net.graph), 2 - k);
        net_clear(&net);
    }
    n += snprintf(text + n, sizeof text - (size_t)n, "]}]}");
    write_in_folder("speed.json", text, (size_t)n);
}

static int make_inputs(void **state)
{
    struct random random = {5};
    struct net net;
    struct outcome o;
    const struct command plan = {{"plan", "%/net.cfg", "%/net.weights", "-reduce",
                                  "macs=30%", "-o", "%/plan.json"},
                                 {0}};
    const struct command prune = {{"prune", "%/net.cfg", "%/net.weights", "-plan",
                                   "%/plan.json", "-o", "%/net_pruned"},
                                  {0}};

    if (make_quick_test_folder(state))
        return -1;
    net_parse(&net, cfg);
    net_random_weights(&net, &random);
    net_write(&net, "net");
    net_clear(&net);
    run_with(&plan, FAULT_FAILS, 0, &o);
    assert_int_equal(o.status, 0);
    outcome_clear(&o);
    run_with(&prune, FAULT_FAILS, 0, &o);
    assert_int_equal(o.status, 0);
    outcome_clear(&o);
    write_in_folder("net_ocsp.json", summary, strlen(summary));
    write_in_folder("net_ocsp.csv", csv, strlen(csv));
    write_in_folder("net_ocsp_layers.svg", "<svg/>", strlen("<svg/>"));
    write_speed();
    n_inputs = files_in_folder();
    return 0;
}

static void every_call_of_every_command_may_fail(void **state)
{
    int faults = 0;
    (void)state;

    for (int k = 0; k < N_COMMANDS; k++) {
        const struct command *c = &commands[k];
        struct outcome good, none = {0};
        struct outcome old = {
            .file = {c->outputs[0] ? "old" : NULL, c->outputs[1] ? "older" : NULL}};

        for (int i = 0; i < MOST_OUTPUTS; i++)
            old.size[i] = old.file[i] ? strlen(old.file[i]) : 0;
        run_with(c, FAULT_FAILS, 0, &good);
        if (good.status)
            fail_msg("%s", good.complained);
        for (int fault = 0; fault < N_FAULTS; fault++) {
            faults += go_through(c, (enum fault)fault, &old, &good);
            if (c->outputs[0])
                faults += go_through(c, (enum fault)fault, &none, &good);
        }
        put_old(c, &none);
        outcome_clear(&good);
    }
    print_message("# %d faults, in %d lines of source\n", faults, fault_places());
    assert_true(faults > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_call_of_every_command_may_fail, make_inputs,
                                        remove_test_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
