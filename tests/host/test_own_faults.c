/* Sections of ocsp's own where memory ends: an error at every call site in turn, and no
 * crash when the layer is freed. */
#include "helpers.h"

#include <stdlib.h>

#include "fault.h"
#include "hosts/by_value/own_section_memory.h"
#include "made_up_sections.h"

/* Makes the layer of a section, and then gives it another input size. */
static enum ocsp_status make_and_resize(const char *text,
                                        const struct ocsp_own_section *own)
{
    layer l = {.batch = 2, .w = 4, .h = 3, .c = 5, .inputs = 60};
    struct ocsp_error err;

    enum ocsp_status status = ocsp_own_section_make(&l, own, text, 7, true, &err);
    if (status)
        return status;
    status = ocsp_own_section_resize(&l, 6, 8, &err);
    if (!status) {
        assert_int_equal(l.outputs, 6 * 8 * l.out_c);
        assert_true(l.output[2 * l.outputs - 1] == 0);
    }
    free_layer(l);
    return status;
}

static void check_section(const char *section, const char *text)
{
    const int shape[6] = {2, 4, 3, 5, 60, 1};
    layer made = {0};
    int faults = 0;

    assert_int_equal(ocsp_hook_section(&made, section, NULL, 7, shape), 1);
    const struct ocsp_own_section *own = ocsp_own_section_of(&made);
    free_layer(made);
    for (int n = 1, more = 1; more; n++) {
        fault_start(FAULT_FAILS, n);
        const enum ocsp_status status = make_and_resize(text, own);
        more = fault_stop();
        if ((status == OCSP_E_MEMORY) != more)
            fail_msg("%s: status %d", fault_place(), status);
        faults += more;
    }
    print_message("# %s: %d faults\n", section, faults);
    assert_true(faults > 20);
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;
    check_section("[test_gain]", GAIN(".2"));
    check_section("[test_twin]", TWIN("4"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_may_end_anywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
