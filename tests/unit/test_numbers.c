#include "view/numbers.h"

#include <inttypes.h>
#include <math.h>

#include "helpers.h"
#include "view/layer_pair.h"

#define N "\xE2\x80\xAF" /* a narrow space that does not break */

static void short_counts_have_three_digits(void **state)
{
    static const struct {
        uint64_t n;
        const char *text;
    } cases[] = {{0, "0"},           {999, "999"},           {1000, "1.00k"},
                 {9994, "9.99k"},    {9996, "10.0k"},        {99949, "99.9k"},
                 {99951, "100k"},    {999499, "999k"},       {999500, "1.00M"},
                 {2359296, "2.36M"}, {15470000000, "15.5G"}, {UINT64_MAX, "18.4E"}};
    char text[OCSP_SHORT_COUNT];
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        assert_string_equal(ocsp_short_count(text, cases[k].n), cases[k].text);
}

static void long_counts_have_all(void **state)
{
    char text[OCSP_NUMBER];
    (void)state;
    assert_string_equal(ocsp_long_count(text, 0), "0");
    assert_string_equal(ocsp_long_count(text, 999), "999");
    assert_string_equal(ocsp_long_count(text, 1000), "1" N "000");
    assert_string_equal(ocsp_long_count(text, 10764928), "10" N "764" N "928");
    assert_string_equal(ocsp_long_count(text, UINT64_MAX),
                        "18" N "446" N "744" N "073" N "709" N "551" N "615");
}

static void sizes_and_times_have_their_units(void **state)
{
    char text[OCSP_NUMBER];
    (void)state;
    assert_string_equal(ocsp_bytes_text(text, 999), "999 bytes");
    assert_string_equal(ocsp_bytes_text(text, 7404), "7.40 kB");
    assert_string_equal(ocsp_bytes_text(text, 999600), "1.00 MB");
    assert_string_equal(ocsp_bytes_text(text, UINT64_MAX), "18446744 TB");
    assert_string_equal(ocsp_duration_text(text, 1.44), "1.4 s");
    assert_string_equal(ocsp_duration_text(text, 125), "2 min 5 s");
    assert_string_equal(ocsp_duration_text(text, 8100), "2 h 15 min");
    assert_string_equal(ocsp_duration_text(text, 200000), "2 days 7 h");
    assert_string_equal(ocsp_duration_text(text, NAN), "");
    assert_string_equal(ocsp_real_text(text, "%.2f", 0.125), "0.12");
    assert_string_equal(ocsp_real_text(text, "%.2f", NAN), "");
}

static void percent_of_nothing_is_all(void **state)
{
    (void)state;
    assert_close(ocsp_percent_left(200, 50), 25, 1e-12);
    assert_close(ocsp_percent_left(0, 0), 100, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_counts_have_three_digits),
        cmocka_unit_test(long_counts_have_all),
        cmocka_unit_test(sizes_and_times_have_their_units),
        cmocka_unit_test(percent_of_nothing_is_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
