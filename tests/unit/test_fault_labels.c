/* The look at label files with a fault at every call site in turn: all boxes are found,
 * or a message says why not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/label_files.h"
#include "fault.h"
#include "helpers.h"

static bool put_txt_behind(const char *image, char *label)
{
    snprintf(label, OCSP_LABEL_PATH, "%s.txt", image);
    return true;
}

static const struct ocsp_host_labels habits = {
    .path = put_txt_behind, .may_be_missing = true, .missing_list = "bad.list"};
static const struct ocsp_host pony = {.name = "Pony", .labels = &habits};
static const struct ocsp_label_limits limits = {
    .host = &pony, .classes = 4, .boxes = 1 << 20, .least_w = .1, .least_h = .1};

static void write_file(const char *path, const char *line, int times)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    for (int k = 0; k < times; k++)
        assert_true(fputs(line, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* Whether the fault has happened. */
static bool look_with(enum fault fault, int nth)
{
    test_error.text[0] = '\0';
    fault_start(fault, nth);
    const enum ocsp_status status = ocsp_label_files_check("list", &limits, &test_error);
    const bool happened = fault_stop();

    if (fault_held() != 0)
        fail_msg("%s: %d allocations leaked", fault_place(), fault_held());
    if (status != OCSP_OK &&
        (!happened || fault == FAULT_SHORT || fault == FAULT_INTERRUPTED ||
         !*test_error.text || strchr(test_error.text, '\n')))
        fail_msg("%s: status %d, '%s'", fault_place(), status, test_error.text);
    return happened;
}

static void labels_are_seen_or_refused(void **state)
{
    int n = 0;

    (void)state;
    write_file("list", "a\nb\nm\n", 1);
    write_file("a.txt", "0 .5 .5 .3 .3\n", 2);
    write_file("b.txt", "3 .51234 .5 .3 .3\n", 2000);           /* more than is at hand */
    MUST(ocsp_label_files_check("list", &limits, &test_error)); /* what lines keep */
    for (enum fault fault = 0; fault < N_FAULTS; fault++)
        for (int nth = 1; look_with(fault, nth); nth++)
            n++;
    assert_true(n > 20);
}

static int enter_folder(void **state)
{
    return make_quick_test_folder(state) || chdir(test_folder);
}

static int leave_folder(void **state)
{
    return chdir("/") || remove_test_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(labels_are_seen_or_refused)};

    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
