/* A drawing beside the run, by programs that are called gnuplot and are shell scripts. */
#include "view/plotter.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "helpers.h"
#include "net/file.h"

#define LONG_ENOUGH 20

static char *path_before;

/* A folder for the test with a plotter, and with `script` as the only gnuplot. */
static void set_up(struct ocsp_plotter *plotter, const char *script)
{
    char text[1000], path[300];

    if (!path_before)
        path_before = strdup(getenv("PATH"));
    snprintf(text, sizeof text, "#!/bin/sh\n%s\n", script);
    assert_int_equal(chmod(write_in_folder("gnuplot", text, strlen(text)), 0755), 0);
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", test_folder);
    setenv("PATH", path, 1);
    MUST(ocsp_plotter_init(plotter, test_folder, "a b", &test_error));
}

static void tear_down(struct ocsp_plotter *plotter)
{
    ocsp_plotter_clear(plotter);
    setenv("PATH", path_before, 1);
}

static void holds(const char *name, const char *expected)
{
    char *text;
    size_t size;

    MUST(ocsp_file_read(in_folder(name), &text, &size, &test_error));
    assert_string_equal(text, expected);
    free(text);
}

static void pictures_get_their_names_when_they_are_complete(void **state)
{
    struct ocsp_plotter p;
    const struct timespec moment = {0, 20000000};

    (void)state;
    write_in_folder("a b_ocsp_layers.png", "old", 3);
    write_in_folder("a b_ocsp_norms.svg", "of another run", 14);
    set_up(&p, "echo \"$1,$2,$#\" >../words\n"
               "printf new-IEND >\"a b_ocsp_layers.png\"\n"
               "while [ ! -e ../go ]; do sleep 0.01; done\n"
               "echo \"<a id='x'>'#x' url(#x)</svg>\" >\"a b_ocsp_stability.svg\"");
    assert_true(ocsp_plotter_is_ready(&p));
    MUST(ocsp_plotter_start(&p, true, &test_error));
    for (int k = 0; k < 10; k++, nanosleep(&moment, NULL)) {
        assert_false(ocsp_plotter_is_ready(&p));
        MUST(ocsp_plotter_look(&p, &test_error));
    }
    holds("a b_ocsp_layers.png", "old");
    assert_false(file_exists(in_folder("a b_ocsp_stability.svg")));
    write_in_folder("go", "", 0);
    MUST(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error));
    holds("words", "-d,../a b_ocsp_plots.gp,2\n");
    holds("a b_ocsp_layers.png", "new-IEND");
    holds("a b_ocsp_stability.svg", "<a id='stability_x'>'#x' url(#stability_x)</svg>\n");
    assert_false(file_exists(in_folder("a b_ocsp_norms.svg")));
    assert_int_equal(files_in_folder(), 5); /* gnuplot, go, words, two pictures */
    tear_down(&p);
}

/* What is cut off by a full disk does not take the place of a whole picture. */
static void pictures_that_are_cut_off_are_refused(void **state)
{
    static const char *const cut[] = {
        ": >\"a b_ocsp_layers.png\"",
        "printf 'a picture, and then IE' >\"a b_ocsp_layers.png\"",
        "printf '<svg><path d=0/></sv' >\"a b_ocsp_layers.svg\"",
    };
    struct ocsp_plotter p;

    (void)state;
    for (size_t k = 0; k < sizeof cut / sizeof *cut; k++) {
        write_in_folder("a b_ocsp_layers.png", "old", 3);
        write_in_folder("a b_ocsp_layers.svg", "old", 3);
        set_up(&p, cut[k]);
        MUST(ocsp_plotter_start(&p, true, &test_error));
        assert_int_equal(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error), OCSP_E_IO);
        assert_non_null(strstr(test_error.text, "is cut off (is the disk full?)"));
        holds(k == 2 ? "a b_ocsp_layers.svg" : "a b_ocsp_layers.png", "old");
        tear_down(&p);
    }
}

static void a_process_leaves_no_zombie(void **state)
{
    struct ocsp_plotter p;

    (void)state;
    set_up(&p, "");
    for (int k = 0; k < 3; k++) {
        MUST(ocsp_plotter_start(&p, true, &test_error));
        const pid_t child = p.child;
        MUST(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error));
        assert_int_equal(kill(child, 0), -1);
    }
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    tear_down(&p);
}

/* Fields 5 and 19 of /proc/PID/stat: its group, its niceness. Signals are those of grep:
 * a shell that waits for it may block its own. */
static void it_is_apart_from_the_run(void **state)
{
    struct ocsp_plotter p;
    char expected[100];
    const int leak = dup(1); /* as a host's file */
    sigset_t blocked;

    (void)state;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    signal(SIGINT, SIG_IGN);
    set_up(&p,
           "while [ ! -e ../go ]; do sleep 0.01; done\n"
           "cut -d' ' -f1,5,19 /proc/$$/stat >../stat\n"
           "grep -E '^Sig(Blk|Ign)' /proc/self/status | sed 's/.*\\(.......\\)$/\\1/' "
           ">../signals\n"
           "dirname \"$PWD\" >../folder\n"
           "ls -l /proc/$$/fd | sed -n 's/.* -> //p' | grep -vE "
           "'^/dev/null$|^pipe:|/gnuplot$|/files$' >../files; exit 0");
    MUST(ocsp_plotter_start(&p, true, &test_error));
    snprintf(expected, sizeof expected, "%d %d 19\n", (int)p.child, (int)p.child);
    write_in_folder("go", "", 0);
    MUST(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error));
    holds("stat", expected);
    holds("signals", "0000000\n0000000\n"); /* of signals 1 to 28 */
    holds("files", "");
    snprintf(expected, sizeof expected, "%s\n", test_folder);
    holds("folder", expected);
    MUST(ocsp_plotter_start(&p, false, &test_error));
    snprintf(expected, sizeof expected, "%d %d %d\n", (int)p.child, (int)p.child,
             getpriority(PRIO_PROCESS, 0));
    MUST(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error));
    holds("stat", expected);
    tear_down(&p);
    close(leak);
    signal(SIGINT, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
}

static void a_missing_program_is_told(void **state)
{
    struct ocsp_plotter p;

    (void)state;
    set_up(&p, "");
    setenv("PATH", "/nowhere", 1);
    REFUSES(ocsp_plotter_start(&p, true, &test_error), OCSP_E_IO,
            "gnuplot is not there: apt-get install gnuplot-nox");
    MUST(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error)); /* for nothing */
    tear_down(&p);
}

static void a_program_that_fails_leaves_the_old_pictures(void **state)
{
    struct ocsp_plotter p;

    (void)state;
    write_in_folder("a b_ocsp_layers.png", "old", 3);
    set_up(&p,
           "printf half >\"a b_ocsp_layers.png\"\n"
           "printf '\\n  ^\\n \"a.gp\" line 3: no\\tsuch command\\nmore\\n' >&2; exit 1");
    MUST(ocsp_plotter_start(&p, true, &test_error));
    REFUSES(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error), OCSP_E_IO,
            "gnuplot ended with status 1: \"a.gp\" line 3: no such command");
    holds("a b_ocsp_layers.png", "old");
    assert_int_equal(files_in_folder(), 2);
    tear_down(&p);
}

static void one_that_tells_much_is_not_stuck(void **state)
{
    struct ocsp_plotter p;

    (void)state;
    set_up(&p, "yes much | head -n 200000 >&2; exit 2");
    MUST(ocsp_plotter_start(&p, true, &test_error));
    REFUSES(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error), OCSP_E_IO,
            "gnuplot ended with status 2: much");
    tear_down(&p);
}

static bool is_complete(const char *name)
{
    struct stat info;

    return stat(in_folder(name), &info) == 0 && info.st_size > 0;
}

/* The process whose number is in that file is gone, or waits for init to take note. */
static bool is_over(const char *name)
{
    const struct timespec moment = {0, 10000000};
    char command[200];

    snprintf(command, sizeof command,
             "! grep -q '^State:.[^Z]' /proc/$(cat '%s')/status 2>/dev/null",
             in_folder(name));
    for (int k = 0; k < 100; k++, nanosleep(&moment, NULL))
        if (system(command) == 0)
            return true;
    return false;
}

static void one_that_hangs_is_ended(void **state)
{
    struct ocsp_plotter p;
    const struct timespec moment = {0, 10000000};

    (void)state;
    set_up(&p,
           "printf half >\"a b_ocsp_layers.png\"; sleep 100 & echo $! >../there; wait");
    MUST(ocsp_plotter_start(&p, true, &test_error));
    for (int k = 0; k < 2000 && !is_complete("there"); k++)
        nanosleep(&moment, NULL);
    REFUSES(ocsp_plotter_wait(&p, 0.05, &test_error), OCSP_E_IO,
            "gnuplot was not done after 0.05 s");
    assert_true(is_over("there"));          /* its `sleep` */
    assert_int_equal(files_in_folder(), 2); /* gnuplot, there */
    tear_down(&p);
}

/* A host that ignores SIGCHLD has no status of it. */
static void a_status_that_is_lost(void **state)
{
    struct ocsp_plotter p;

    (void)state;
    signal(SIGCHLD, SIG_IGN);
    set_up(&p, "printf new-IEND >\"a b_ocsp_layers.png\"");
    MUST(ocsp_plotter_start(&p, true, &test_error));
    MUST(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error));
    holds("a b_ocsp_layers.png", "new-IEND");
    ocsp_plotter_clear(&p);
    set_up(&p, "printf half >\"a b_ocsp_layers.png\"; echo no >&2; exit 1");
    MUST(ocsp_plotter_start(&p, true, &test_error));
    REFUSES(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error), OCSP_E_IO,
            "gnuplot ended with status 1: no");
    holds("a b_ocsp_layers.png", "new-IEND");
    tear_down(&p);
    signal(SIGCHLD, SIG_DFL);
}

/* Drawings of 0.2 s leave more than 1.5 s to the run behind each. */
static void drawings_are_a_small_part_of_the_time(void **state)
{
    struct ocsp_plotter p;

    (void)state;
    set_up(&p, "sleep 0.2");
    MUST(ocsp_plotter_start(&p, true, &test_error));
    MUST(ocsp_plotter_wait(&p, LONG_ENOUGH, &test_error));
    assert_false(ocsp_plotter_is_ready(&p));
    p.began -= 1.5; /* as if that time had passed */
    p.ended -= 1.5;
    assert_false(ocsp_plotter_is_ready(&p));
    p.began -= 100;
    p.ended -= 100;
    assert_true(ocsp_plotter_is_ready(&p));
    tear_down(&p);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

static void one_that_is_abandoned_leaves_nothing(void **state)
{
    struct ocsp_plotter p;
    const struct timespec moment = {0, 10000000};

    (void)state;
    set_up(&p, "printf half >\"a b_ocsp_layers.png\"; exec sleep 1000");
    ocsp_plotter_abandon(&p); /* none is at work */
    MUST(ocsp_plotter_start(&p, true, &test_error));
    for (int k = 0; k < 100 * LONG_ENOUGH && files_in_folder() < 2; k++)
        nanosleep(&moment, NULL);
    assert_int_equal(files_in_folder(), 2); /* gnuplot, and half a picture */
    ocsp_plotter_abandon(&p);
    assert_int_equal(files_in_folder(), 1);
    assert_int_equal(waitpid(p.child, NULL, WNOHANG), p.child);
    p.child = 0;
    close(p.errors);
    tear_down(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(pictures_get_their_names_when_they_are_complete),
        IN_FOLDER(pictures_that_are_cut_off_are_refused),
        IN_FOLDER(a_process_leaves_no_zombie),
        IN_FOLDER(it_is_apart_from_the_run),
        IN_FOLDER(a_missing_program_is_told),
        IN_FOLDER(a_program_that_fails_leaves_the_old_pictures),
        IN_FOLDER(one_that_tells_much_is_not_stuck),
        IN_FOLDER(one_that_hangs_is_ended),
        IN_FOLDER(a_status_that_is_lost),
        IN_FOLDER(one_that_is_abandoned_leaves_nothing),
        IN_FOLDER(drawings_are_a_small_part_of_the_time),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(path_before);
    return failed;
}
