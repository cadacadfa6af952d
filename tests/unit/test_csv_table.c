#include "view/csv_table.h"

#include <math.h>
#include <string.h>

#include "helpers.h"

static void fields_are_found_by_name(void **state)
{
    static const char text[] = "epoch,J,loss\n1,,2.5\n\n2,0.25,1e-3\n3\n4,5,6,7\n5,x,";
    struct ocsp_csv_table csv;

    (void)state;
    MUST(ocsp_csv_table_parse(&csv, text, strlen(text), &test_error));
    assert_int_equal(csv.rows, 5);
    assert_int_equal(csv.columns, 3);
    assert_int_equal(ocsp_csv_table_column(&csv, "loss"), 2);
    assert_int_equal(ocsp_csv_table_column(&csv, "los"), -1);
    assert_true(isnan(ocsp_csv_table_number(&csv, 0, 1)));
    assert_true(ocsp_csv_table_number(&csv, 0, 2) == 2.5);
    assert_true(ocsp_csv_table_number(&csv, 1, 1) == 0.25);
    assert_string_equal(ocsp_csv_table_text(&csv, 1, 2), "1e-3");
    assert_string_equal(ocsp_csv_table_text(&csv, 2, 0), "3"); /* a short row */
    assert_string_equal(ocsp_csv_table_text(&csv, 2, 2), "");
    assert_string_equal(ocsp_csv_table_text(&csv, 3, 2), "6"); /* a long one */
    assert_true(isnan(ocsp_csv_table_number(&csv, 4, 1)));
    assert_string_equal(ocsp_csv_table_text(&csv, 4, -1), "");
    assert_true(isnan(ocsp_csv_table_number(&csv, 4, -1)));
    ocsp_csv_table_clear(&csv);
}

static void a_file_of_windows_is_read(void **state)
{
    static const char text[] = "a,b\r\n1,2\r\n3,4\r\n";
    struct ocsp_csv_table csv;

    (void)state;
    MUST(ocsp_csv_table_parse(&csv, text, strlen(text), &test_error));
    assert_int_equal(csv.rows, 2);
    assert_int_equal(ocsp_csv_table_column(&csv, "b"), 1);
    assert_string_equal(ocsp_csv_table_text(&csv, 1, 1), "4");
    ocsp_csv_table_clear(&csv);
}

static void a_text_without_rows(void **state)
{
    struct ocsp_csv_table csv;

    (void)state;
    MUST(ocsp_csv_table_parse(&csv, "a,b\nbehind its end", strlen("a,b"), &test_error));
    assert_int_equal(csv.rows, 0);
    assert_int_equal(ocsp_csv_table_column(&csv, "b"), 1);
    ocsp_csv_table_clear(&csv);
    MUST(ocsp_csv_table_parse(&csv, "", 0, &test_error));
    assert_int_equal(csv.rows, 0);
    assert_int_equal(ocsp_csv_table_column(&csv, "b"), -1);
    ocsp_csv_table_clear(&csv);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_by_name),
        cmocka_unit_test(a_file_of_windows_is_read),
        cmocka_unit_test(a_text_without_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
