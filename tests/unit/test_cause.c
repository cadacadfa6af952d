#include "cycle/cause.h"

#include "helpers.h"

static void each_start_cause_has_a_text_and_a_code_of_its_own(void **state)
{
    static const struct {
        enum ocsp_start_cause cause;
        const char *code, *text;
    } rows[] = {
        {OCSP_START_BY_SETTING, "setting", "the epoch set for it"},
        {OCSP_START_BY_STABILITY, "stable", "the stability indicator stopped rising"},
        {OCSP_START_BY_TIME, "time", "half of -sl-end is over"},
    };
    (void)state;

    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        enum ocsp_start_cause found = OCSP_NOT_STARTED;
        assert_string_equal(ocsp_start_cause_code(rows[k].cause), rows[k].code);
        assert_string_equal(ocsp_start_cause_text(rows[k].cause), rows[k].text);
        assert_true(ocsp_start_cause_find(rows[k].code, &found));
        assert_int_equal(found, rows[k].cause);
    }
}

static void each_prune_cause_has_a_text_and_a_code_of_its_own(void **state)
{
    static const struct {
        enum ocsp_prune_cause cause;
        const char *code, *text;
    } rows[] = {
        {OCSP_PRUNE_BY_STABILITY_AND_QUIET, "stable-and-quiet", "stable and quiet"},
        {OCSP_PRUNE_BY_STABILITY, "stable", "stable"},
        {OCSP_PRUNE_BY_SAFETY_LIMIT, "safety-limit", "the safety limit -sl-end"},
    };
    (void)state;

    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        enum ocsp_prune_cause found = OCSP_NOT_PRUNED;
        assert_string_equal(ocsp_prune_cause_code(rows[k].cause), rows[k].code);
        assert_string_equal(ocsp_prune_cause_text(rows[k].cause), rows[k].text);
        assert_true(ocsp_prune_cause_find(rows[k].code, &found));
        assert_int_equal(found, rows[k].cause);
    }
}

static void what_has_not_come_has_neither(void **state)
{
    enum ocsp_start_cause start = OCSP_START_BY_TIME;
    enum ocsp_prune_cause prune = OCSP_PRUNE_BY_STABILITY;
    (void)state;

    assert_null(ocsp_start_cause_code(OCSP_NOT_STARTED));
    assert_null(ocsp_start_cause_text(OCSP_NOT_STARTED));
    assert_null(ocsp_prune_cause_code(OCSP_NOT_PRUNED));
    assert_null(ocsp_prune_cause_text(OCSP_NOT_PRUNED));
    assert_false(ocsp_start_cause_find("safety-limit", &start));
    assert_false(ocsp_prune_cause_find("stable and quiet", &prune));
    assert_int_equal(start, OCSP_START_BY_TIME);
    assert_int_equal(prune, OCSP_PRUNE_BY_STABILITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_start_cause_has_a_text_and_a_code_of_its_own),
        cmocka_unit_test(each_prune_cause_has_a_text_and_a_code_of_its_own),
        cmocka_unit_test(what_has_not_come_has_neither),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
