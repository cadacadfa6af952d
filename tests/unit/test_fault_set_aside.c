/* Moving a former run's files away with a fault at every call site in turn: a message or
 * success, no leak, no file lost, and the next try brings them all together. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cycle/former_run.h"
#include "cycle/set_aside.h"
#include "fault.h"
#include "helpers.h"

static const char *const files[] = {"net.ocsp-state", "net_best.weights",
                                    "net_pruned.cfg"};
enum { N_FILES = sizeof files / sizeof *files };

static enum ocsp_status move_all(struct ocsp_set_aside *moved, struct ocsp_error *err)
{
    const struct ocsp_former_run_search search = {.folder = test_folder, .base = "net"};
    struct ocsp_former_run former;
    enum ocsp_status status = ocsp_former_run_find(&former, &search, err);

    if (status)
        return status;
    status = ocsp_set_aside(moved, test_folder, "net", former.names, former.n,
                            in_folder("net_best.weights"), err);
    ocsp_former_run_clear(&former);
    return status;
}

static bool is_in(const char *folder, const char *name)
{
    char path[PATH_MAX + 64];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return file_exists(path);
}

/* Whether the fault has happened. */
static bool nothing_is_lost(enum fault fault, int nth)
{
    struct ocsp_set_aside moved = {.folder = ""};
    struct ocsp_error err = {.text = ""};

    for (int k = 0; k < N_FILES; k++)
        write_in_folder(files[k], files[k], strlen(files[k]));
    fault_start(fault, nth);
    const enum ocsp_status status = move_all(&moved, &err);
    const bool happened = fault_stop();
    if (fault_held() != 0)
        fail_msg("%s: %d allocations leaked", fault_place(), fault_held());
    if (!happened)
        assert_int_equal(status, OCSP_OK);
    if (status)
        assert_true(strlen(err.text) > 10);
    for (int k = 0; k < N_FILES; k++)
        if (!is_in(test_folder, files[k]) &&
            !is_in(in_folder("net_before_restart"), files[k]) &&
            !is_in(in_folder("net_before_restart.part"), files[k]))
            fail_msg("%s: %s is lost", fault_place(), files[k]);
    if (status)
        MUST(move_all(&moved, &test_error));
    assert_false(ocsp_set_aside_is_begun(test_folder, "net"));
    for (int k = 0; k < N_FILES; k++)
        if (!is_in(in_folder("net_before_restart"), files[k]) &&
            !is_in(moved.folder, files[k]))
            fail_msg("%s: %s is not there in the end", fault_place(), files[k]);
    return happened;
}

static void whatever_fails_no_file_is_lost(void **state)
{
    static const enum fault faults[] = {FAULT_FAILS, FAULT_STAYS};
    int n = 0;
    (void)state;

    for (int f = 0; f < 2; f++)
        for (int nth = 1, more = 1; more; nth++) {
            assert_int_equal(remove_test_folder(NULL), 0);
            make_quick_test_folder(NULL);
            more = nothing_is_lost(faults[f], nth);
            n += more;
        }
    print_message("# %d faults on %d lines\n", n, fault_places());
    assert_true(fault_places() >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(whatever_fails_no_file_is_lost,
                                        make_quick_test_folder, remove_test_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
