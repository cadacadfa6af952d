/* The pictures of a run with a fault at every call site in turn: an error is reported,
 * the pictures that were there are whole, and nothing is left. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cycle/folder.h"
#include "cycle_helpers.h"
#include "fault.h"
#include "net/file.h"
#include "view/plots.h"
#include "view/plotter.h"

struct run {
    struct net net;
    struct ocsp_cycle cycle;
    struct ocsp_record record;
};

static void begin(struct run *run)
{
    static const double strength[CHANNELS] = {.1, .2, .3, .4, 1, 2, 3, 4};
    const struct ocsp_settings settings = cycle_settings(3, 7);

    one_group_parse(&run->net);
    one_group_set_strengths(&run->net, strength);
    MUST(ocsp_cycle_init(&run->cycle, run->net.coupling, &settings, &test_error));
    MUST(ocsp_record_init(&run->record, test_folder, "net", &test_error));
}

static void end(struct run *run)
{
    ocsp_record_clear(&run->record);
    ocsp_cycle_clear(&run->cycle);
    net_clear(&run->net);
}

static enum ocsp_status record_and_render(struct run *run, int epoch, char **text)
{
    const struct ocsp_epoch_facts facts = {
        .epoch = epoch, .loss = 1, .learning_rate = 0.1};
    const struct ocsp_plots_source source = {"net", &run->record, &run->cycle};
    size_t size;
    const enum ocsp_status status =
        ocsp_record_epoch(&run->record, &run->cycle, &facts, &test_error);

    return status ? status : ocsp_plots_script(&source, text, &size, &test_error);
}

static void a_script_is_whole_or_an_error(void **state)
{
    int n = 0;

    (void)state;
    for (int nth = 1, more = 1; more; nth++) {
        struct run run;
        char *text = NULL;
        begin(&run);
        for (int epoch = 1; epoch <= 5; epoch++)
            cycle_step(&run.cycle, &run.net, epoch);
        fault_start(FAULT_FAILS, nth);
        const enum ocsp_status status = record_and_render(&run, 5, &text);
        more = fault_stop();
        assert_int_equal(status != OCSP_OK, more);
        assert_int_equal(text != NULL, !more);
        free(text);
        end(&run);
        n++;
    }
    assert_true(n > 8);
}

static bool holds(const char *name, const char *expected)
{
    char *text;
    size_t size;
    struct ocsp_error err;

    if (ocsp_file_read(in_folder(name), &text, &size, &err))
        return false;
    const bool good = strcmp(text, expected) == 0;
    free(text);
    return good;
}

static int temporaries(void)
{
    DIR *folder = opendir(test_folder);
    int n = 0;

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder));)
        n += strstr(entry->d_name, OCSP_TEMPORARY) != NULL;
    closedir(folder);
    return n;
}

static bool is_of_removing(const char *place)
{
    static const char *const calls[] = {"unlink", "rmdir", "openat", "fdopendir"};

    for (size_t k = 0; k < sizeof calls / sizeof *calls; k++)
        if (strncmp(place, calls[k], strlen(calls[k])) == 0)
            return true;
    return false;
}

/* One drawing of two pictures; the fault has happened. */
static bool draw(enum fault fault, int nth)
{
    struct ocsp_plotter p = {0};
    pid_t child = 0;

    MUST(ocsp_folder_clean(test_folder, &test_error)); /* what could not be removed */
    write_in_folder("net_ocsp_layers.png", "old", 3);
    write_in_folder("net_ocsp_stability.svg", "old", 3);
    fault_start(fault, nth);
    enum ocsp_status status = ocsp_plotter_init(&p, test_folder, "net", &test_error);
    if (!status)
        status = ocsp_plotter_start(&p, true, &test_error);
    child = p.child;
    if (!status)
        status = ocsp_plotter_wait(&p, 20, &test_error);
    ocsp_plotter_clear(&p);
    const bool struck = fault_stop();
    assert_int_equal(fault_held(), 0);
    assert_true(child == 0 || kill(child, 0) != 0);
    /* what cannot be removed stays for the next run to remove */
    if (temporaries() > 0 && !is_of_removing(fault_place()))
        fail_msg("%s: a temporary file is left", fault_place());
    const bool png = holds("net_ocsp_layers.png", "new-IEND"),
               svg = holds("net_ocsp_stability.svg", "<a id='stability_x'/></svg>");
    if (!status && !(png && svg))
        fail_msg("%s: no error, but no picture", fault_place());
    assert_true(png || holds("net_ocsp_layers.png", "old"));
    assert_true(svg || holds("net_ocsp_stability.svg", "old"));
    return struck;
}

static void pictures_are_whole_whatever_fails(void **state)
{
    static const char script[] = "#!/bin/sh\n"
                                 "printf new-IEND >net_ocsp_layers.png\n"
                                 "printf \"<a id='x'/></svg>\" >net_ocsp_stability.svg\n";
    char path[300];
    char *before = strdup(getenv("PATH"));
    int n = 0;

    (void)state;
    assert_int_equal(chmod(write_in_folder("gnuplot", script, strlen(script)), 0755), 0);
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", test_folder);
    setenv("PATH", path, 1);
    for (enum fault fault = 0; fault < N_FAULTS; fault++)
        for (int nth = 1; draw(fault, nth) && nth < 200; nth++)
            n++;
    setenv("PATH", before, 1);
    free(before);
    assert_true(n > 30);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_quick_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_script_is_whole_or_an_error),
        IN_FOLDER(pictures_are_whole_whatever_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
