#include "net/unfinished.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers.h"
#include "net/file.h"
#include "net/new_file.h"

static char *file(const char *name)
{
    write_in_folder(name, "x", 1);
    return strdup(in_folder(name));
}

static void what_is_added_goes_and_what_was_dropped_stays(void **state)
{
    char *first = file("first"), *second = file("second");
    (void)state;

    ocsp_unfinished_add(first);
    ocsp_unfinished_add(second);
    ocsp_unfinished_drop(second);
    ocsp_unfinished_remove();
    assert_int_not_equal(access(first, F_OK), 0);
    assert_int_equal(access(second, F_OK), 0);
    free(first);
    free(second);
    ocsp_unfinished_remove(); /* has forgotten both */
}

static void of_more_than_it_has_room_for_some_stay(void **state)
{
    char *paths[70];
    char name[16];
    int there = 0;
    (void)state;

    for (int k = 0; k < 70; k++) {
        snprintf(name, sizeof name, "f%d", k);
        paths[k] = file(name);
        ocsp_unfinished_add(paths[k]);
    }
    ocsp_unfinished_remove();
    for (int k = 0; k < 70; k++) {
        there += access(paths[k], F_OK) == 0;
        free(paths[k]);
    }
    assert_int_equal(there, 6);
}

static void a_new_file_is_one_until_it_has_its_name(void **state)
{
    struct ocsp_new_file done, open;
    (void)state;

    MUST(ocsp_new_file_open(&done, in_folder("done"), &test_error));
    MUST(ocsp_new_file_rename(&done, &test_error));
    MUST(ocsp_new_file_open(&open, in_folder("open"), &test_error));
    assert_int_equal(access(open.temporary, F_OK), 0);
    ocsp_unfinished_remove();
    assert_int_not_equal(access(open.temporary, F_OK), 0);
    assert_int_equal(access(in_folder("done"), F_OK), 0);
    ocsp_new_file_discard(&open);
}

/* In the place of the C library's. */
static bool ends_behind_rename;
int rename(const char *from, const char *to)
{
    const int failed = renameat(AT_FDCWD, from, AT_FDCWD, to);

    if (!ends_behind_rename)
        return failed;
    ocsp_unfinished_remove();
    _exit(failed);
}

/* The state has its name then, and names the sum of the weights that follow it. */
static void files_that_are_whole_stay_where_the_first_has_its_name(void **state)
{
    char first[256], second[256];
    int how;
    (void)state;

    strcpy(first, in_folder("state"));
    strcpy(second, in_folder("weights"));
    const struct ocsp_file_content files[] = {{first, "1", 1}, {second, "2", 1}};
    const pid_t child = fork();
    if (child == 0) {
        ends_behind_rename = true;
        _exit(1 + (int)ocsp_files_write(files, 2, &test_error));
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_int_equal(access(first, F_OK), 0);
    assert_int_equal(files_in_folder(), 2);
    ocsp_left_files_remove(second);
    assert_int_equal(files_in_folder(), 1);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_is_added_goes_and_what_was_dropped_stays),
        IN_FOLDER(of_more_than_it_has_room_for_some_stay),
        IN_FOLDER(a_new_file_is_one_until_it_has_its_name),
        IN_FOLDER(files_that_are_whole_stay_where_the_first_has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
