/* A folder for another program's files while they are not complete. */
#include "net/new_folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helpers.h"

/* More names than the system tells at a time. */
#define MANY 500

static void fill(const char *folder)
{
    char path[300];

    for (int k = 0; k < MANY; k++) {
        snprintf(path, sizeof path, "%s/a file that has a name of some length %d", folder,
                 k);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
}

static void it_goes_with_all_its_files(void **state)
{
    struct ocsp_new_folder folder;
    struct stat info;
    (void)state;

    MUST(ocsp_new_folder_make(&folder, in_folder("a"), &test_error));
    assert_int_equal(stat(folder.path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    fill(folder.path);
    ocsp_new_folder_remove(&folder);
    assert_int_equal(files_in_folder(), 0);
    ocsp_new_folder_discard(&folder);
    assert_null(folder.path);
    ocsp_new_folder_discard(&folder); /* of none */
}

static void folders_in_it_stay(void **state)
{
    struct ocsp_new_folder folder;
    char inner[300];
    (void)state;

    MUST(ocsp_new_folder_make(&folder, in_folder("a"), &test_error));
    snprintf(inner, sizeof inner, "%s/inner", folder.path);
    assert_int_equal(mkdir(inner, 0700), 0);
    fill(folder.path);
    ocsp_folder_empty(folder.fd);
    assert_int_equal(rmdir(inner), 0);
    assert_int_equal(rmdir(folder.path), 0); /* nothing else was left */
    ocsp_new_folder_discard(&folder);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(it_goes_with_all_its_files),
        IN_FOLDER(folders_in_it_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
