#include "cycle/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void a_disk_without_room_is_refused(void **state)
{
    static const char end[] =
        " MiB are free, but the run's results need 8796093022208.0: free some, or name "
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

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(one_process_at_a_time_has_the_lock),
        IN_FOLDER(a_disk_without_room_is_refused),
        IN_FOLDER(what_killed_processes_leave_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
