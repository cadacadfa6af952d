#include "cycle/norms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"

enum { N = 20000 };

static void bins_hold_the_norms_between_their_edges(void **state)
{
    double *norm = calloc(N, sizeof *norm);
    bool *selected = calloc(N, sizeof *selected);
    struct random r = {1};
    int epoch, n_selected, n_kept, total[2] = {0}, rows = 0, length;
    double from, to, before = 0;
    char *text;

    (void)state;
    assert_true(norm && selected);
    for (int c = 0; c < N; c++) {
        norm[c] = c % 10 == 0 ? 0 : pow(10, 18 * random_uniform(&r) - 9);
        selected[c] = random_below(&r, 3) == 0;
    }
    MUST(ocsp_norms_rows(norm, selected, N, 17, &text, &test_error));
    for (const char *row = text; *row; row += length, rows++) {
        int found[2] = {0};
        assert_int_equal(sscanf(row, "%d,%lf,%lf,%d,%d\n%n", &epoch, &from, &to,
                                &n_selected, &n_kept, &length),
                         5);
        assert_int_equal(epoch, 17);
        assert_true(from < to && from >= before && n_selected + n_kept > 0);
        for (int c = 0; c < N; c++) /* the edges have 6 digits */
            if (norm[c] >= from && norm[c] < to)
                found[selected[c]]++;
        assert_true(abs(found[0] - n_kept) <= 1 && abs(found[1] - n_selected) <= 1);
        total[0] += n_kept;
        total[1] += n_selected;
        before = to;
    }
    assert_int_equal(total[0] + total[1], N);
    assert_int_equal(rows, 242); /* 12 decades of 20, and both ends */
    assert_true(isinf(before));
    free(text);
    free(norm);
    free(selected);
}

static void norms_at_the_ends_have_bins(void **state)
{
    static const double norm[] = {0, 9.9e-7, 1e-6, 1e6, 1e300};
    static const bool selected[] = {true, false, true, false, false};
    char *text;

    (void)state;
    MUST(ocsp_norms_rows(norm, selected, 5, 3, &text, &test_error));
    assert_string_equal(text,
                        "3,0,1e-06,1,1\n3,1e-06,1.12202e-06,1,0\n3,1e+06,inf,0,2\n");
    free(text);
}

static void no_channels_have_no_rows(void **state)
{
    char *text;

    (void)state;
    MUST(ocsp_norms_rows(NULL, NULL, 0, 3, &text, &test_error));
    assert_string_equal(text, "");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_hold_the_norms_between_their_edges),
        cmocka_unit_test(norms_at_the_ends_have_bins),
        cmocka_unit_test(no_channels_have_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
