/* A file while it is not complete, in a folder where others have put something before. */
#include "net/new_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helpers.h"
#include "net/file.h"

#define NOBODY 65534

static char path[256], target[256];

static int set_up(void **state)
{
    const int status = make_test_folder(state);

    strcpy(path, in_folder("a"));
    strcpy(target, write_in_folder("target", "of another", 10));
    umask(022);
    return status;
}

static void write_new(const char *text)
{
    struct ocsp_new_file file;

    MUST(ocsp_new_file_open(&file, path, &test_error));
    MUST(ocsp_new_file_write(&file, text, strlen(text), &test_error));
    MUST(ocsp_new_file_rename(&file, &test_error));
    assert_true(!file.path && !file.temporary);
}

static void holds(const char *name, const char *expected)
{
    char *text;
    size_t size;

    MUST(ocsp_file_read(name, &text, &size, &test_error));
    assert_string_equal(text, expected);
    free(text);
}

static mode_t mode_of(const char *name)
{
    struct stat info;

    assert_int_equal(lstat(name, &info), 0);
    return info.st_mode;
}

static void what_a_link_leads_to_stays(void **state)
{
    (void)state;
    assert_int_equal(symlink(target, path), 0);
    write_new("new");
    holds(path, "new");
    holds(target, "of another");
    assert_true(S_ISREG(mode_of(path)));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(link(target, path), 0);
    write_new("new");
    holds(path, "new");
    holds(target, "of another");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(in_folder("nowhere"), path), 0);
    write_new("new");
    assert_false(file_exists(in_folder("nowhere")));
    assert_int_equal(files_in_folder(), 2);
}

static void refuses(const char *what)
{
    struct ocsp_new_file file = {.fd = 7};
    char text[512];

    snprintf(text, sizeof text,
             "%s: %s, where a file is to be written: name another path, or remove it",
             path, what);
    REFUSES(ocsp_new_file_open(&file, path, &test_error), OCSP_E_IO, text);
    REFUSES(ocsp_new_file_check(path, &test_error), OCSP_E_IO, text);
    assert_null(file.temporary);
    assert_int_equal(remove(path), 0);
}

static void what_is_no_file_is_refused(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int other = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)state;

    assert_int_equal(mkfifo(path, 0666), 0);
    refuses("is a pipe");
    assert_int_equal(mkdir(path, 0777), 0);
    refuses("is a folder");
    assert_int_equal(symlink("/dev/full", path), 0);
    refuses("leads to a device");
    assert_int_equal(symlink("/", path), 0);
    refuses("leads to a folder");
    assert_true(strlen(path) < sizeof address.sun_path);
    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(bind(other, (struct sockaddr *)&address, sizeof address), 0);
    refuses("is a socket");
    close(other);
    assert_int_equal(files_in_folder(), 1);
}

/* /dev/stdout may lead to a file, and root may replace the link. */
static void nothing_is_written_to_dev(void **state)
{
    static const char text[] =
        "/dev/../dev/none: is in /dev, where no file belongs: name another path";
    struct ocsp_new_file file;
    (void)state;

    REFUSES(ocsp_new_file_open(&file, "/dev/../dev/none", &test_error), OCSP_E_IO, text);
    assert_false(file_exists("/dev/none"));
    if (access("/dev/shm", W_OK) == 0)
        MUST(ocsp_new_file_check("/dev/shm/none", &test_error));
}

static void it_is_as_private_as_the_one_before(void **state)
{
    static const struct {
        mode_t mask, before, after; /* before 0: there is none */
    } cases[] = {{022, 0, 0644},    {077, 0, 0600},    {022, 0600, 0600},
                 {002, 0640, 0640}, {022, 0666, 0644}, {022, 0755, 0644},
                 {022, 0400, 0600}};
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        umask(cases[k].mask);
        unlink(path);
        if (cases[k].before > 0) {
            write_in_folder("a", "old", 3);
            assert_int_equal(chmod(path, cases[k].before), 0);
        }
        write_new("new");
        assert_int_equal(mode_of(path) & 07777, cases[k].after);
    }
    /* a link tells nothing */
    assert_int_equal(chmod(target, 0600), 0);
    umask(022);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(target, path), 0);
    write_new("new");
    assert_int_equal(mode_of(path) & 07777, 0644);
}

static void what_somebody_puts_in_its_place_is_not_taken(void **state)
{
    static const char why[] = "while it was written somebody has put another file in its "
                              "place: keep others from writing to this folder";
    struct ocsp_new_file file;
    char text[512];
    (void)state;

    write_in_folder("a", "old", 3);
    snprintf(text, sizeof text, "%s: %s", path, why);
    for (int k = 0; k < 3; k++) {
        MUST(ocsp_new_file_open(&file, path, &test_error));
        assert_int_equal(unlink(file.temporary), 0);
        const int planted = k == 0   ? symlink(target, file.temporary)
                            : k == 1 ? link(target, file.temporary)
                                     : mkfifo(file.temporary, 0666);
        assert_int_equal(planted, 0);
        MUST(ocsp_new_file_write(&file, "new", 3, &test_error));
        REFUSES(ocsp_new_file_rename(&file, &test_error), OCSP_E_CONFLICT, text);
        ocsp_new_file_discard(&file);
        holds(path, "old");
        holds(target, "of another");
        assert_int_equal(files_in_folder(), 2);
    }
    MUST(ocsp_new_file_open(&file, path, &test_error));
    assert_int_equal(unlink(file.temporary), 0);
    snprintf(text, sizeof text,
             "%s: cannot find what was written: No such file or directory", path);
    REFUSES(ocsp_new_file_rename(&file, &test_error), OCSP_E_IO, text);
    ocsp_new_file_discard(&file);
    holds(path, "old");
}

static void names_cannot_be_foretold(void **state)
{
    char long_path[600], *first = ocsp_side_name("f/a.b", OCSP_OLD);
    (void)state;

    assert_true(ocsp_is_side_name(first + 2, "a.b", OCSP_OLD));
    assert_true(ocsp_is_side_name(first + 2, NULL, OCSP_OLD));
    assert_false(ocsp_is_side_name(first + 2, "a.b", OCSP_TEMPORARY));
    assert_false(ocsp_is_side_name(first + 2, "a", OCSP_OLD));
    assert_false(ocsp_is_side_name(first + 2, "a.c", OCSP_OLD));
    assert_false(ocsp_is_side_name("a.b.ocsp-old", "a.b", OCSP_OLD));
    assert_false(ocsp_is_side_name("a.b.aaaabbbbccc1.ocsp-old", "a.b", OCSP_OLD));
    assert_true(ocsp_is_side_name("a.b.aaaabbbbccc2.ocsp-old", "a.b", OCSP_OLD));
    for (int k = 0; k < 1000; k++) {
        char *name = ocsp_side_name("f/a.b", OCSP_OLD);
        assert_non_null(name);
        assert_string_not_equal(name, first);
        free(name);
    }
    free(first);
    /* the longest name that a file can have */
    snprintf(long_path, sizeof long_path, "%s/", test_folder);
    const size_t n = strlen(long_path);
    memset(long_path + n, 'x', NAME_MAX);
    long_path[n + NAME_MAX] = '\0';
    const struct ocsp_file_content file = {long_path, "new", 3};
    MUST(ocsp_files_write(&file, 1, &test_error));
    holds(long_path, "new");
}

/* What a process has left that was ended at once, and what one is at work on. */
static void files_of_killed_processes_are_told_from_those_of_living_ones(void **state)
{
    struct ocsp_new_file file;
    const int folder = open(test_folder, O_RDONLY | O_DIRECTORY);
    (void)state;

    MUST(ocsp_new_file_open(&file, path, &test_error));
    const char *name = strrchr(file.temporary, '/') + 1;
    assert_int_equal(ocsp_left_file_open(folder, name), -1);
    close(file.fd);
    file.fd = -1;
    const int fd = ocsp_left_file_open(folder, name);
    assert_true(fd >= 0);
    close(fd);
    char *other = strdup(file.temporary);
    ocsp_left_files_remove(in_folder("b")); /* it is not of that file */
    assert_true(file_exists(other));
    ocsp_left_files_remove(path);
    assert_false(file_exists(other));
    free(other);
    ocsp_new_file_discard(&file);
    MUST(ocsp_new_file_open(&file, path, &test_error));
    ocsp_left_files_remove(path); /* somebody is at work on it */
    assert_true(file_exists(file.temporary));
    close(file.fd);
    file.fd = -1;
    name = strrchr(file.temporary, '/') + 1;
    if (geteuid() == 0) { /* somebody else's */
        assert_int_equal(chown(file.temporary, NOBODY, NOBODY), 0);
        assert_int_equal(ocsp_left_file_open(folder, name), -1);
    }
    ocsp_new_file_discard(&file);
    assert_int_equal(mkfifo(path, 0666), 0);
    assert_int_equal(ocsp_left_file_open(folder, "a"), -1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(ocsp_left_file_open(folder, "a"), -1);
    close(folder);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_a_link_leads_to_stays),
        IN_FOLDER(what_is_no_file_is_refused),
        IN_FOLDER(nothing_is_written_to_dev),
        IN_FOLDER(it_is_as_private_as_the_one_before),
        IN_FOLDER(what_somebody_puts_in_its_place_is_not_taken),
        IN_FOLDER(names_cannot_be_foretold),
        IN_FOLDER(files_of_killed_processes_are_told_from_those_of_living_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
