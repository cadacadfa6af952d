#include "net/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers.h"

static void expect_content(const char *path, const char *wanted)
{
    char *data;
    size_t size;

    MUST(ocsp_file_read(path, &data, &size, &test_error));
    assert_int_equal(size, strlen(wanted));
    assert_memory_equal(data, wanted, size + 1); /* with the '\0' behind */
    free(data);
}

#define IS_FOLDER                                                                        \
    "is a folder, where a file is to be written: name another path, or remove it"

/* "<test_folder>/<name>: <text>" */
static const char *message(const char *name, const char *text)
{
    static char buffer[512];
    snprintf(buffer, sizeof buffer, "%s/%s: %s", test_folder, name, text);
    return buffer;
}

static void what_is_written_is_read_back(void **state)
{
    char a[256], b[256];
    (void)state;

    strcpy(a, write_in_folder("a", "old", 3));
    strcpy(b, in_folder("b"));
    const struct ocsp_file_content files[] = {{a, "new text", 8}, {b, "", 0}};
    MUST(ocsp_files_write(files, 2, &test_error));
    expect_content(a, "new text");
    expect_content(b, "");
    assert_int_equal(files_in_folder(), 2);
}

static void unreadable_things_are_refused(void **state)
{
    char *data = NULL;
    size_t size = 7;
    (void)state;

    REFUSES(ocsp_file_read(in_folder("none"), &data, &size, &test_error), OCSP_E_IO,
            message("none", "cannot open: No such file or directory"));
    assert_int_equal(mkdir(in_folder("folder"), 0700), 0);
    REFUSES(ocsp_file_read(in_folder("folder"), &data, &size, &test_error), OCSP_E_IO,
            message("folder", "not a regular file"));
    const char *huge = write_in_folder("huge", "", 0);
    assert_int_equal(truncate(huge, ((off_t)64 << 30) + 1), 0);
    REFUSES(ocsp_file_read(huge, &data, &size, &test_error), OCSP_E_IO,
            message("huge", "larger than 64 GiB"));
    assert_true(data == NULL && size == 7);
}

/* The second of two files cannot be made: the first stays as it was. */
static void nothing_is_left_when_a_file_cannot_be_created(void **state)
{
    char a[256], missing[256];
    (void)state;

    strcpy(a, write_in_folder("a", "old", 3));
    strcpy(missing, in_folder("none/b"));
    const struct ocsp_file_content files[] = {{a, "new", 3}, {missing, "x", 1}};
    REFUSES(ocsp_files_write(files, 2, &test_error), OCSP_E_IO,
            message("none/b", "cannot create: No such file or directory"));
    expect_content(a, "old");
    assert_int_equal(files_in_folder(), 1);
}

static void nothing_is_left_when_something_else_has_the_name(void **state)
{
    char a[256], folder[256];
    (void)state;

    strcpy(a, in_folder("a"));
    strcpy(folder, in_folder("folder"));
    assert_int_equal(mkdir(folder, 0700), 0);
    const struct ocsp_file_content files[] = {{folder, "x", 1}, {a, "new", 3}};
    REFUSES(ocsp_files_write(files, 2, &test_error), OCSP_E_IO,
            message("folder", IS_FOLDER));
    assert_false(file_exists(a));
    assert_int_equal(files_in_folder(), 1);
}

/* Renamed before the one that cannot go: gone again, or what they were. */
static void what_was_there_comes_back_when_a_later_file_cannot_be_removed(void **state)
{
    char a[256], b[256], folder[256];
    (void)state;

    strcpy(a, write_in_folder("a", "old", 3));
    strcpy(b, in_folder("b"));
    strcpy(folder, in_folder("folder"));
    assert_int_equal(mkdir(folder, 0700), 0);
    const struct ocsp_file_content files[] = {
        {a, "new", 3}, {b, "new", 3}, {a, "newer", 5}, {folder, NULL, 0}};
    REFUSES(ocsp_files_write(files, 4, &test_error), OCSP_E_IO,
            message("folder", "cannot remove: Is a directory"));
    expect_content(a, "old");
    assert_false(file_exists(b));
    assert_int_equal(files_in_folder(), 2);
}

static void nothing_is_left_in_a_folder_without_write_permission(void **state)
{
    char a[256];
    (void)state;

    strcpy(a, in_folder("a"));
    assert_int_equal(chmod(test_folder, 0500), 0);
    const struct ocsp_file_content file = {a, "new", 3};
    const uid_t user = geteuid();
    if (user == 0) /* root may write everywhere */
        assert_int_equal(seteuid(65534), 0);
    const enum ocsp_status status = ocsp_files_write(&file, 1, &test_error);
    assert_int_equal(seteuid(user), 0);
    assert_int_equal(chmod(test_folder, 0700), 0);
    REFUSES(status, OCSP_E_IO, message("a", "cannot create: Permission denied"));
    assert_int_equal(files_in_folder(), 0);
}

/* The disk is full half-way: a file size limit does the same to write(). */
static void nothing_is_left_when_the_disk_is_full(void **state)
{
    const size_t size = (size_t)1 << 20;
    char a[256], *data = calloc(1, size);
    struct rlimit was, limit;
    (void)state;

    assert_non_null(data);
    strcpy(a, write_in_folder("a", "old", 3));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    limit = (struct rlimit){size / 2, was.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    const struct ocsp_file_content file = {a, data, size};
    const enum ocsp_status status = ocsp_files_write(&file, 1, &test_error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    signal(SIGXFSZ, SIG_DFL);
    free(data);
    REFUSES(status, OCSP_E_IO, message("a", "cannot write: File too large"));
    expect_content(a, "old");
    assert_int_equal(files_in_folder(), 1);
}

/* As where a new cfg appears that older weights do not fit. */
static void files_can_be_removed_in_their_turn(void **state)
{
    char a[256], b[256], none[256], folder[256];
    (void)state;

    strcpy(a, write_in_folder("a", "old", 3));
    strcpy(b, in_folder("b"));
    strcpy(none, in_folder("none"));
    strcpy(folder, in_folder("folder"));
    assert_int_equal(mkdir(folder, 0700), 0);
    const struct ocsp_file_content files[] = {
        {a, NULL, 0}, {none, NULL, 0}, {b, "new", 3}, {a, "newer", 5}, {folder, "x", 1}};
    assert_int_equal(ocsp_files_write(files, 5, &test_error), OCSP_E_IO);
    expect_content(a, "old");
    assert_int_equal(files_in_folder(), 2);
    MUST(ocsp_files_write(files, 3, &test_error));
    assert_false(file_exists(a));
    expect_content(b, "new");
    MUST(ocsp_files_write(files, 4, &test_error));
    expect_content(a, "newer");
    assert_int_equal(files_in_folder(), 3);
}

static void a_file_of_someone_else_is_put_in_its_place(void **state)
{
    struct ocsp_new_file file;
    char a[256];
    (void)state;

    strcpy(a, write_in_folder("a", "old", 3));
    MUST(ocsp_new_file_open(&file, a, &test_error));
    char *name = ocsp_new_file_handle(&file);
    assert_non_null(name);
    FILE *other = fopen(name, "wb");
    assert_non_null(other);
    fputs("by another hand", other);
    assert_int_equal(fclose(other), 0);
    free(name);
    expect_content(a, "old");
    MUST(ocsp_file_commit(&file, &test_error));
    expect_content(a, "by another hand");
    assert_int_equal(files_in_folder(), 1);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    char *path = malloc(5000);
    (void)state;

    assert_non_null(path);
    memset(path, 'x', 4999);
    path[4999] = '\0';
    const struct ocsp_file_content file = {path, "", 0};
    assert_int_equal(ocsp_files_write(&file, 1, &test_error), OCSP_E_IO);
    /* the name is cut, not the message */
    assert_true(strncmp(test_error.text, "...xxx", 6) == 0);
    assert_non_null(strstr(test_error.text, strerror(ENAMETOOLONG)));
    assert_true(strlen(test_error.text) < sizeof test_error.text);
    free(path);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

static void the_end_of_a_file_is_read(void **state)
{
    const char *path = write_in_folder("a", "0123456789", 10);
    char end[4] = "";
    (void)state;

    MUST(ocsp_file_read_end(path, end, 3, &test_error));
    assert_string_equal(end, "789");
    REFUSES(ocsp_file_read_end(path, end, 11, &test_error), OCSP_E_IO,
            message("a", "cannot read: Invalid argument"));
    REFUSES(ocsp_file_read_end(in_folder("none"), end, 3, &test_error), OCSP_E_IO,
            message("none", "cannot open: No such file or directory"));
}

static void what_cannot_be_read_has_an_obstacle(void **state)
{
    (void)state;

    assert_null(ocsp_file_obstacle(write_in_folder("a", "", 0)));
    assert_string_equal(ocsp_file_obstacle(test_folder), "not a regular file");
    assert_string_equal(ocsp_file_obstacle(in_folder("none")),
                        "No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_end_of_a_file_is_read),
        IN_FOLDER(what_cannot_be_read_has_an_obstacle),
        IN_FOLDER(what_is_written_is_read_back),
        IN_FOLDER(unreadable_things_are_refused),
        IN_FOLDER(nothing_is_left_when_a_file_cannot_be_created),
        IN_FOLDER(nothing_is_left_when_something_else_has_the_name),
        IN_FOLDER(what_was_there_comes_back_when_a_later_file_cannot_be_removed),
        IN_FOLDER(nothing_is_left_in_a_folder_without_write_permission),
        IN_FOLDER(nothing_is_left_when_the_disk_is_full),
        IN_FOLDER(files_can_be_removed_in_their_turn),
        IN_FOLDER(a_file_of_someone_else_is_put_in_its_place),
        IN_FOLDER(a_path_that_is_too_long_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
