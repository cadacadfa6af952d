#include "cycle/accuracy.h"

#include <math.h>
#include <string.h>

#include "helpers.h"

static struct ocsp_score top(int epoch, double top1, double topk)
{
    return (struct ocsp_score){epoch, top1, topk, NAN};
}

static void the_first_score_is_the_best(void **state)
{
    struct ocsp_accuracy accuracy = {.measure = OCSP_MEASURE_TOP1, .top = 5};
    const struct ocsp_score score = top(1, 0, 0);
    (void)state;
    assert_true(ocsp_accuracy_add(&accuracy, &score));
    assert_int_equal(accuracy.best.score.epoch, 1);
    assert_int_equal(accuracy.last.epoch, 1);
}

static void the_best_is_by_top1_then_by_topk(void **state)
{
    struct ocsp_accuracy accuracy = {.measure = OCSP_MEASURE_TOP1, .top = 5};
    const struct {
        struct ocsp_score score;
        bool better;
    } cases[] = {{top(1, 50, 90), true},  {top(2, 50, 90), false},
                 {top(3, 49, 99), false}, {top(4, 50, 91), true},
                 {top(5, 51, 60), true},  {top(6, 51, 59), false},
                 {top(7, NAN, 99), false}};
    int best = 0;
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        assert_int_equal(ocsp_accuracy_add(&accuracy, &cases[k].score), cases[k].better);
        best = cases[k].better ? cases[k].score.epoch : best;
        assert_int_equal(accuracy.best.score.epoch, best);
        assert_int_equal(accuracy.last.epoch, cases[k].score.epoch);
    }
}

static void a_detector_is_better_by_its_map(void **state)
{
    struct ocsp_accuracy accuracy = {.measure = OCSP_MEASURE_MAP};
    const struct ocsp_score low = {1, NAN, NAN, 10}, high = {2, NAN, NAN, 20};
    (void)state;
    assert_true(ocsp_accuracy_add(&accuracy, &low));
    assert_true(ocsp_accuracy_add(&accuracy, &high));
    assert_false(ocsp_accuracy_add(&accuracy, &low));
    assert_true(accuracy.best.score.map == 20);
}

static void the_best_begins_anew_with_the_pruned_net(void **state)
{
    struct ocsp_accuracy accuracy = {.measure = OCSP_MEASURE_TOP1, .top = 2};
    const struct ocsp_score none = ocsp_score_none();
    const struct ocsp_score before = top(3, 80, 90), after = top(3, 60, 70),
                            later = top(4, 61, 70);
    (void)state;
    ocsp_accuracy_add(&accuracy, &before);
    strcpy(accuracy.best.sha256, "abc");
    ocsp_accuracy_prune(&accuracy, &before, &after);
    assert_true(accuracy.dense_best.score.top1 == 80);
    assert_true(accuracy.before.top1 == 80 && accuracy.after.top1 == 60);
    assert_true(accuracy.best.score.top1 == 60 && accuracy.last.top1 == 60);
    assert_string_equal(accuracy.best.sha256, "");
    assert_string_equal(accuracy.dense_best.sha256, "abc");
    assert_true(ocsp_accuracy_add(&accuracy, &later));
    ocsp_accuracy_prune(&accuracy, &none, &none); /* nothing was measured */
    assert_int_equal(accuracy.best.score.epoch, 0);
    assert_int_equal(accuracy.last.epoch, 4);
}

static void it_is_measured_at_every_interval(void **state)
{
    struct ocsp_accuracy accuracy = {.interval = 3};
    const struct ocsp_score at_5 = top(5, 1, 1);
    (void)state;
    assert_false(ocsp_accuracy_is_due(&accuracy, 2));
    assert_true(ocsp_accuracy_is_due(&accuracy, 3));
    assert_true(ocsp_accuracy_is_due(&accuracy, 4)); /* where 3 was interrupted */
    ocsp_accuracy_add(&accuracy, &at_5);
    assert_false(ocsp_accuracy_is_due(&accuracy, 7));
    assert_true(ocsp_accuracy_is_due(&accuracy, 8));
    accuracy.interval = 0;
    assert_false(ocsp_accuracy_is_due(&accuracy, 8));
}

/* At most 1/20 of the time. */
static void the_interval_doubles_until_it_costs_little(void **state)
{
    (void)state;
    assert_int_equal(ocsp_accuracy_interval(1, 1, 20), 1);
    assert_int_equal(ocsp_accuracy_interval(1, 1.01, 20), 2);
    assert_int_equal(ocsp_accuracy_interval(1, 2.01, 20), 4);
    assert_int_equal(ocsp_accuracy_interval(4, 0.01, 20), 4);
    assert_int_equal(ocsp_accuracy_interval(3, 7, 20), 12);
    assert_true(ocsp_accuracy_interval(1, 1, 0) >= 1 << 20); /* and it ends */
    assert_int_equal(ocsp_accuracy_interval(1, 0, 0), 1);
}

static void texts(void **state)
{
    struct ocsp_accuracy accuracy = {.top = 5};
    const struct ocsp_score score = top(1, 63.704, 96.1), map = {1, NAN, NAN, 51.2};
    char text[64];
    (void)state;
    ocsp_accuracy_text(text, sizeof text, &accuracy, &score);
    assert_string_equal(text, "top-1 63.70 %, top-5 96.10 %");
    accuracy.top = 1;
    ocsp_accuracy_text(text, sizeof text, &accuracy, &score);
    assert_string_equal(text, "top-1 63.70 %");
    ocsp_accuracy_text(text, sizeof text, &accuracy, &map);
    assert_string_equal(text, "mAP 51.20 %");
    assert_string_equal(ocsp_accuracy_measure_name(OCSP_MEASURE_TOP1), "top1");
    assert_string_equal(ocsp_accuracy_measure_name(OCSP_MEASURE_MAP), "map");
    assert_null(ocsp_accuracy_measure_name(OCSP_NO_MEASURE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_score_is_the_best),
        cmocka_unit_test(the_best_is_by_top1_then_by_topk),
        cmocka_unit_test(a_detector_is_better_by_its_map),
        cmocka_unit_test(the_best_begins_anew_with_the_pruned_net),
        cmocka_unit_test(it_is_measured_at_every_interval),
        cmocka_unit_test(the_interval_doubles_until_it_costs_little),
        cmocka_unit_test(texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
