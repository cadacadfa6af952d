#include "cycle/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers.h"
#include "net/file.h"

/* In a process of its own; returns its exit status. */
static int lock_elsewhere(void)
{
    const pid_t child = fork();
    struct ocsp_error err;
    int fd, status;

    if (child == 0)
        _exit((int)ocsp_folder_lock(test_folder, &fd, &err));
    assert_true(child > 0);
    assert_true(waitpid(child, &status, 0) == child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void one_process_at_a_time_has_the_lock(void **state)
{
    char text[200];
    int first, second;
    (void)state;

    MUST(ocsp_folder_lock(test_folder, &first, &test_error));
    assert_int_equal(lock_elsewhere(), OCSP_E_CONFLICT);
    snprintf(text, sizeof text,
             "%s: another ocsp run writes to this folder: wait for it, or name another "
             "folder as backup=",
             test_folder);
    REFUSES(ocsp_folder_lock(test_folder, &second, &test_error), OCSP_E_CONFLICT, text);
    close(first);
    assert_int_equal(lock_elsewhere(), OCSP_OK);
    MUST(ocsp_folder_lock(test_folder, &second, &test_error));
    close(second);
    assert_true(rmdir(test_folder) == 0); /* it leaves nothing there */
    snprintf(text, sizeof text, "%s: cannot open the folder: No such file or directory",
             test_folder);
    REFUSES(ocsp_folder_lock(test_folder, &second, &test_error), OCSP_E_IO, text);
}

static void a_folder_that_is_not_the_locked_one_is_refused(void **state)
{
    char moved[80], path[80], text[400];
    int lock;
    (void)state;

    snprintf(path, sizeof path, "%s", in_folder("backup"));
    snprintf(moved, sizeof moved, "%s", in_folder("old"));
    assert_true(mkdir(path, 0777) == 0);
    MUST(ocsp_folder_lock(path, &lock, &test_error));
    MUST(ocsp_folder_check(path, lock, &test_error));
    snprintf(text, sizeof text,
             "%s: this run's folder was moved to %s: the run has stopped, and what it "
             "saved is there; move it back, or name it as backup=, and the same command "
             "goes on",
             path, moved);
    assert_true(rename(path, moved) == 0);
    REFUSES(ocsp_folder_check(path, lock, &test_error), OCSP_E_CONFLICT, text);
    assert_true(mkdir(path, 0777) == 0);
    REFUSES(ocsp_folder_check(path, lock, &test_error), OCSP_E_CONFLICT, text);
    assert_true(rmdir(path) == 0 && symlink(moved, path) == 0);
    MUST(ocsp_folder_check(path, lock, &test_error)); /* it leads there */
    assert_true(unlink(path) == 0 && symlink("backup", path) == 0);
    REFUSES(ocsp_folder_check(path, lock, &test_error), OCSP_E_CONFLICT, text);
    assert_true(rmdir(moved) == 0);
    snprintf(
        text, sizeof text,
        "%s: this run's folder was removed or replaced: the run has stopped, and has "
        "written nothing here since",
        path);
    REFUSES(ocsp_folder_check(path, lock, &test_error), OCSP_E_CONFLICT, text);
    close(lock);
}

static void a_disk_without_room_is_refused(void **state)
{
    static const char end[] =
        " TiB are free, but the run's results need 8388608.0 TiB: free some, or name "
        "another folder as backup=";
    char text[200];
    (void)state;

    MUST(ocsp_folder_check_space(test_folder, 1, &test_error));
    assert_int_equal(ocsp_folder_check_space(test_folder, (uint64_t)1 << 63, &test_error),
                     OCSP_E_IO);
    assert_true(strlen(test_error.text) > strlen(end));
    assert_string_equal(test_error.text + strlen(test_error.text) - strlen(end), end);
    assert_true(rmdir(test_folder) == 0);
    snprintf(text, sizeof text,
             "%s: cannot write to this folder: No such file or directory", test_folder);
    REFUSES(ocsp_folder_check_space(test_folder, 1, &test_error), OCSP_E_IO, text);
}

static void sizes_that_differ_are_told_apart(void **state)
{
    static const struct {
        uint64_t a, b;
        const char *text_a, *text_b;
    } cases[] = {
        {100, 2048, "0.1 KiB", "2.0 KiB"},
        {104858, 104960, "102.4 KiB", "102.5 KiB"},
        {104857, 104858, "102.399 KiB", "102.400 KiB"},
        {2097151, 2097152, "1.999999 MiB", "2.000000 MiB"},
        {3 << 20, 5 << 20, "3.0 MiB", "5.0 MiB"},
        {(uint64_t)7 << 29, (uint64_t)7 << 30, "3.5 GiB", "7.0 GiB"},
        {0, (uint64_t)1 << 41, "0.0 TiB", "2.0 TiB"},
    };
    char a[OCSP_SIZE_TEXT], b[OCSP_SIZE_TEXT];
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        ocsp_folder_sizes(cases[k].a, cases[k].b, a, b);
        assert_string_equal(a, cases[k].text_a);
        assert_string_equal(b, cases[k].text_b);
    }
}

static void what_killed_processes_leave_is_removed(void **state)
{
    static const char *const kept[] = {"a", "b.weights", ".ocsp-tmp", "c.ocsp-tmp.txt"};
    static const char *const gone[] = {"a.ocsp-tmp", "b.weights.ocsp-old",
                                       "c.ocsp-tmp.ocsp-tmp"};
    (void)state;

    for (int k = 0; k < 4; k++)
        write_in_folder(kept[k], "x", 1);
    for (int k = 0; k < 3; k++)
        write_in_folder(gone[k], "x", 1);
    MUST(ocsp_folder_clean(test_folder, &test_error));
    for (int k = 0; k < 4; k++)
        assert_true(file_exists(in_folder(kept[k])));
    for (int k = 0; k < 3; k++)
        assert_false(file_exists(in_folder(gone[k])));
}

/* A folder that others may write to, too. */
static void what_others_have_there_stays(void **state)
{
    static const char *const drawing = "n_ocsp_plots.aaaabbbbcccc.ocsp-tmp";
    struct ocsp_new_file live;
    char target[256], inner[300];
    (void)state;

    strcpy(target, write_in_folder("target", "x", 1));
    assert_int_equal(symlink(target, in_folder("link.ocsp-tmp")), 0);
    assert_int_equal(link(target, in_folder("hard.ocsp-tmp")), 0);
    assert_int_equal(mkfifo(in_folder("pipe.ocsp-old"), 0600), 0);
    assert_int_equal(mkdir(in_folder("mine.ocsp-tmp"), 0700), 0);
    write_in_folder("mine.ocsp-tmp/a", "x", 1);
    assert_int_equal(mkdir(in_folder(drawing), 0700), 0);
    snprintf(inner, sizeof inner, "%s/a.svg", drawing);
    write_in_folder(inner, "x", 1);
    MUST(ocsp_new_file_open(&live, in_folder("live"), &test_error));
    int n = 3; /* of a living process; the target; a folder that is no drawing */
    if (geteuid() == 0) {
        n++;
        assert_int_equal(
            lchown(write_in_folder("foreign.ocsp-tmp", "x", 1), 65534, 65534), 0);
    }
    MUST(ocsp_folder_clean(test_folder, &test_error));
    assert_int_equal(files_in_folder(), n);
    assert_true(file_exists(in_folder("mine.ocsp-tmp/a")) && file_exists(target) &&
                file_exists(live.temporary));
    ocsp_new_file_discard(&live);
}

/* What stands in the way of a run's results is found before it begins. */
static void names_that_cannot_be_written_are_refused(void **state)
{
    char text[512];
    (void)state;

    write_in_folder("net_1.weights", "x", 1);
    assert_int_equal(mkdir(in_folder("net_images"), 0700), 0);
    assert_int_equal(symlink("/", in_folder("net_root")), 0);
    assert_int_equal(symlink("nowhere", in_folder("net_best.weights")), 0);
    assert_int_equal(mkfifo(in_folder("network"), 0600), 0);
    assert_int_equal(mkfifo(in_folder("other_1.weights"), 0600), 0);
    MUST(ocsp_folder_check_names(test_folder, "net", &test_error));
    assert_int_equal(mkfifo(in_folder("net_1000.weights"), 0600), 0);
    snprintf(text, sizeof text,
             "%s: is a pipe, where a file is to be written: name another path, or remove "
             "it",
             in_folder("net_1000.weights"));
    REFUSES(ocsp_folder_check_names(test_folder, "net", &test_error), OCSP_E_IO, text);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(one_process_at_a_time_has_the_lock),
        IN_FOLDER(a_folder_that_is_not_the_locked_one_is_refused),
        IN_FOLDER(a_disk_without_room_is_refused),
        cmocka_unit_test(sizes_that_differ_are_told_apart),
        IN_FOLDER(what_killed_processes_leave_is_removed),
        IN_FOLDER(what_others_have_there_stays),
        IN_FOLDER(names_that_cannot_be_written_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
