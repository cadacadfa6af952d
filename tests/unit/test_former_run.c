/* What a former run has left in the folder: which files those are, and how they move. */
#include "cycle/former_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cycle/set_aside.h"
#include "helpers.h"

static const char *const host[] = {"_#.weights", "_ema.weights", ".backup", NULL};

static struct ocsp_former_run_search search_of(const char *base)
{
    return (struct ocsp_former_run_search){
        .folder = test_folder, .base = base, .host = host};
}

static void write_all(const char *const *names, int n)
{
    for (int k = 0; k < n; k++)
        write_in_folder(names[k], names[k], strlen(names[k]));
}

/* The search finds these, in this order. */
static void finds(const struct ocsp_former_run_search *search, const char *const *names,
                  int n)
{
    struct ocsp_former_run former;

    MUST(ocsp_former_run_find(&former, search, &test_error));
    for (int k = 0; k < n && k < former.n; k++)
        assert_string_equal(former.names[k], names[k]);
    assert_int_equal(former.n, n);
    ocsp_former_run_clear(&former);
}
#define FINDS(search, names) finds(search, names, sizeof names / sizeof *names)

static void files_of_a_run_are_known_by_their_names(void **state)
{
    static const char *const files[] = {
        "net.ocsp-state",         "net.backup",
        "net_1.weights",          "net_1000.weights",
        "net_best.weights",       "net_dense_last.weights",
        "net_ema.weights",        "net_ocsp.csv",
        "net_ocsp.json",          "net_ocsp.log",
        "net_ocsp_layers.svg",    "net_ocsp_norms.csv",
        "net_ocsp_norms.png",     "net_ocsp_plots.gp",
        "net_ocsp_report.html",   "net_pruned.backup",
        "net_pruned.cfg",         "net_pruned.weights",
        "net_pruned_20.weights",  "net_pruned_best.weights",
        "net_pruned_ema.weights", "net_pruned_final.weights",
        "net_pruned_last.weights"};
    static const char *const others[] = {"net.cfg",
                                         "net.data",
                                         "net.weights",
                                         "net_.weights",
                                         "net_1",
                                         "net_1x.weights",
                                         "net_x1.weights",
                                         "net_-1.weights",
                                         "net_ocsp_.svg",
                                         "net_ocsp_Layers.svg",
                                         "net_ocsp_layers.svgz",
                                         "net_pruned",
                                         "net_pruned.cfg2",
                                         "net_pruned_best_of.weights",
                                         "net_pruned_pruned.cfg",
                                         "net_pruned.ocsp-log",
                                         "net2_best.weights",
                                         "anet_best.weights",
                                         "ne_best.weights",
                                         "net"};
    static const char *const pruned[] = {
        "net_pruned.backup",      "net_pruned.cfg",         "net_pruned.weights",
        "net_pruned_20.weights",  "net_pruned_ema.weights", "net_pruned_final.weights",
        "net_pruned_last.weights"};
    struct ocsp_former_run_search search = search_of("net");
    (void)state;

    finds(&search, NULL, 0);
    write_all(others, sizeof others / sizeof *others);
    finds(&search, NULL, 0);
    write_all(files, sizeof files / sizeof *files);
    FINDS(&search, files);
    search.pruned_only = true;
    search.skipped = "/somewhere/net_pruned_best.weights";
    FINDS(&search, pruned);
    search.folder = "/nowhere";
    REFUSES(ocsp_former_run_find(NULL, &search, &test_error), OCSP_E_IO,
            "/nowhere: cannot read the folder: No such file or directory");
}

static void a_run_of_a_longer_name_keeps_its_files(void **state)
{
    static const char *const files[] = {"net_7.ocsp-state", "net_7_best.weights",
                                        "net_7.backup",     "net_pruned_ocsp.log",
                                        "net_7_1.weights",  "net_pruned_3.weights"};
    static const char *const all[] = {"net_8.weights", "net_best.weights",
                                      "net_pruned_3.weights"};
    static const char *const dense[] = {"net_8.weights", "net_best.weights"};
    const struct ocsp_former_run_search search = search_of("net");
    (void)state;

    write_all(files, sizeof files / sizeof *files);
    write_all(all, sizeof all / sizeof *all);
    FINDS(&search, all);
    write_in_folder("net_pruned.ocsp-state", "", 0); /* a net that is called so */
    FINDS(&search, dense);
}

static void a_saved_run_is_known_by_its_state(void **state)
{
    bool exists = true;
    (void)state;

    write_in_folder("net_ocsp.log", "", 0);
    MUST(ocsp_former_run_exists(test_folder, "net", &exists, &test_error));
    assert_false(exists);
    write_in_folder("net.ocsp-state", "", 0);
    MUST(ocsp_former_run_exists(test_folder, "net", &exists, &test_error));
    assert_true(exists);
}

/* --- moving --- */

static bool has_bytes(const char *name, const char *text)
{
    char data[64] = "";
    FILE *f = fopen(in_folder(name), "r");

    if (!f)
        return false;
    data[fread(data, 1, sizeof data - 1, f)] = '\0';
    fclose(f);
    return strcmp(data, text) == 0;
}

static void move(char *const *names, int n, const char *kept, const char *to,
                 uint64_t bytes)
{
    struct ocsp_set_aside moved;

    MUST(ocsp_set_aside(&moved, test_folder, "net", names, n, kept, &test_error));
    assert_string_equal(moved.folder, in_folder(to));
    assert_int_equal(moved.bytes, bytes);
}

static char *const two[] = {(char[]){"a"}, (char[]){"b"}};

static void files_move_to_a_folder_of_their_own(void **state)
{
    (void)state;

    write_in_folder("a", "1", 1);
    write_in_folder("b", "22", 2);
    assert_false(ocsp_set_aside_is_begun(test_folder, "net"));
    move(two, 2, NULL, "net_before_restart", 3);
    assert_false(file_exists(in_folder("a")) || file_exists(in_folder("b")));
    assert_true(has_bytes("net_before_restart/a", "1"));
    write_in_folder("b", "33", 2);
    write_in_folder("net_before_restart_2", "the user's", 10);
    move(two + 1, 1, NULL, "net_before_restart_3", 2);
    assert_true(has_bytes("net_before_restart/b", "22"));
    assert_true(has_bytes("net_before_restart_3/b", "33"));
    assert_true(has_bytes("net_before_restart_2", "the user's"));
}

static void what_a_run_begins_with_stays(void **state)
{
    char kept[200];
    (void)state;

    write_in_folder("a", "1", 1);
    write_in_folder("b", "2", 1);
    assert_true(symlink("a", in_folder("link")) == 0);
    snprintf(kept, sizeof kept, "%s", in_folder("link"));
    move(two, 2, kept, "net_before_restart", 2);
    assert_true(has_bytes("a", "1") && !file_exists(in_folder("b")));
    assert_true(unlink(in_folder("a")) == 0);
    assert_true(has_bytes("net_before_restart/a", "1"));
}

static void a_killed_move_goes_on(void **state)
{
    (void)state;

    /* all but the last rename was done */
    assert_true(mkdir(in_folder("net_before_restart.part"), 0777) == 0);
    write_in_folder("net_before_restart.part/a", "1", 1);
    assert_true(ocsp_set_aside_is_begun(test_folder, "net"));
    move(two, 0, NULL, "net_before_restart", 0);
    assert_true(has_bytes("net_before_restart/a", "1"));
    /* or the first file alone */
    assert_true(mkdir(in_folder("net_before_restart.part"), 0777) == 0);
    write_in_folder("net_before_restart.part/a", "1", 1);
    write_in_folder("b", "2", 1);
    move(two + 1, 1, NULL, "net_before_restart_2", 1);
    assert_true(has_bytes("net_before_restart_2/a", "1"));
    /* a file that is there again is of another run */
    assert_true(mkdir(in_folder("net_before_restart.part"), 0777) == 0);
    write_in_folder("net_before_restart.part/a", "1", 1);
    write_in_folder("a", "3", 1);
    move(two, 1, NULL, "net_before_restart_4", 1);
    assert_true(has_bytes("net_before_restart_3/a", "1"));
    assert_true(has_bytes("net_before_restart_4/a", "3"));
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(files_of_a_run_are_known_by_their_names),
        IN_FOLDER(a_run_of_a_longer_name_keeps_its_files),
        IN_FOLDER(a_saved_run_is_known_by_its_state),
        IN_FOLDER(files_move_to_a_folder_of_their_own),
        IN_FOLDER(what_a_run_begins_with_stays),
        IN_FOLDER(a_killed_move_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
