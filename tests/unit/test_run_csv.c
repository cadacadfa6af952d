#include "view/run_csv.h"

#include <math.h>

#include "helpers.h"

static const char csv[] = "epoch,phase,J,loss\n1,dense,,2.5\n2,sparse,0.75,nan?\n";

static void rows_are_counted(void **state)
{
    (void)state;
    assert_int_equal(ocsp_csv_rows(csv), 2);
    assert_int_equal(ocsp_csv_rows("epoch\n"), 0);
    assert_int_equal(ocsp_csv_rows(""), 0);
}

static void fields_are_found_by_name(void **state)
{
    char text[16];
    (void)state;
    assert_true(ocsp_csv_field(csv, 1, "phase", text, sizeof text));
    assert_string_equal(text, "sparse");
    assert_true(ocsp_csv_field("a,b\r\n1,2\r\n", 0, "b", text, sizeof text));
    assert_string_equal(text, "2");
    assert_close(ocsp_csv_number(csv, 0, "loss"), 2.5, 1e-12);
    assert_close(ocsp_csv_number(csv, 1, "J"), 0.75, 1e-12);
}

static void what_is_not_there_is_nothing(void **state)
{
    char text[16] = "x";
    (void)state;
    assert_false(ocsp_csv_field(csv, 0, "J", text, sizeof text)); /* empty */
    assert_string_equal(text, "");
    assert_false(ocsp_csv_field(csv, 2, "J", text, sizeof text));
    assert_false(ocsp_csv_field(csv, -1, "J", text, sizeof text));
    assert_false(ocsp_csv_field(csv, 0, "los", text, sizeof text));
    assert_false(ocsp_csv_field("", 0, "J", text, sizeof text));
    assert_false(ocsp_csv_field("a,b\n1\n", 0, "b", text, sizeof text));
    assert_false(ocsp_csv_field(csv, 1, "phase", text, 3)); /* no room */
    assert_true(isnan(ocsp_csv_number(csv, 0, "J")));
    assert_true(isnan(ocsp_csv_number(csv, 1, "loss")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_counted),
        cmocka_unit_test(fields_are_found_by_name),
        cmocka_unit_test(what_is_not_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
