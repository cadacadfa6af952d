#include "cycle/settings.h"

#include <limits.h>
#include <math.h>

#include "helpers.h"

static struct ocsp_settings fresh(void)
{
    struct ocsp_settings s;
    ocsp_settings_init(&s);
    s.budget = (struct ocsp_budget){OCSP_MACS, 0.5};
    return s;
}

static enum ocsp_status fit(struct ocsp_settings *s, int width, int epochs)
{
    const struct ocsp_schedule schedule = {
        .width = width, .pass = 1, .total = (uint64_t)epochs};
    return ocsp_settings_fit(s, &schedule, &test_error);
}

static struct ocsp_settings fitted(int width, int epochs)
{
    struct ocsp_settings s = fresh();
    MUST(fit(&s, width, epochs));
    return s;
}

static void the_defaults_are_those_of_table_8(void **state)
{
    struct ocsp_settings s;
    (void)state;
    ocsp_settings_init(&s);
    assert_true(s.tau == 1e-4 && s.epsilon == 1e-3);
    assert_true(isnan(s.lambda0) && isnan(s.sigma));
    assert_true(s.limits.max_prune == 0.75 && s.limits.k == 1);
    assert_true(s.quiet == 0.02);
    assert_int_equal(s.monitor, 2);
    assert_ptr_equal(s.saliency, &ocsp_group_saliency);
    assert_true(s.with_term[OCSP_GROUP_LASSO] && s.with_term[OCSP_SHRINKING] &&
                s.compensate);
    assert_int_equal(s.epoch_iterations, 0);
    assert_true(s.seed < 0);
}

static void cifar_starts_at_30_and_ends_at_110_of_300(void **state)
{
    const struct ocsp_settings s = fitted(32, 300);
    (void)state;
    assert_int_equal(s.preset, OCSP_PRESET_CIFAR);
    assert_int_equal(s.sl_start, 30);
    assert_int_equal(s.sl_end, 110);
    assert_int_equal(s.delta_t, 1);
    assert_int_equal(s.monitor, 2);
}

static void imagenet_starts_by_itself_and_ends_at_50(void **state)
{
    const struct ocsp_settings s = fitted(224, 130);
    (void)state;
    assert_int_equal(s.preset, OCSP_PRESET_IMAGENET);
    assert_int_equal(s.sl_start, OCSP_AUTO);
    assert_int_equal(s.sl_end, 50);
    assert_int_equal(s.delta_t, 2);
    assert_int_equal(s.monitor, 2);
}

static void the_width_decides_only_where_no_preset_is_given(void **state)
{
    (void)state;
    assert_int_equal(fitted(64, 300).preset, OCSP_PRESET_CIFAR);
    assert_int_equal(fitted(65, 300).preset, OCSP_PRESET_IMAGENET);

    struct ocsp_settings s = fresh();
    s.preset = OCSP_PRESET_IMAGENET;
    MUST(fit(&s, 32, 130));
    assert_int_equal(s.sl_start, OCSP_AUTO);
    assert_int_equal(s.sl_end, 50);
    s = fresh();
    s.preset = OCSP_PRESET_CIFAR;
    MUST(fit(&s, 224, 300));
    assert_int_equal(s.sl_start, 30);
    assert_int_equal(s.sl_end, 110);
}

static void a_shorter_schedule_shrinks_the_cycle(void **state)
{
    const struct {
        int width, epochs, start, end;
    } cases[] = {{32, 150, 15, 55},      {32, 30, 3, 11},  {32, 10, 2, 5},
                 {32, 3, 1, 2},          {32, 14, 2, 6},   {32, 20, 3, 7},
                 {32, 600, 30, 110},     {32, 0, 30, 110}, {224, 65, OCSP_AUTO, 25},
                 {224, 13, OCSP_AUTO, 6}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ocsp_settings s = fitted(cases[i].width, cases[i].epochs);
        assert_int_equal(s.sl_start, cases[i].start);
        assert_int_equal(s.sl_end, cases[i].end);
    }
}

static void every_schedule_of_three_epochs_or_more_fits(void **state)
{
    (void)state;
    for (int epochs = 3; epochs < 400; epochs++) {
        const struct ocsp_settings s = fitted(32, epochs), big = fitted(224, epochs);
        assert_true(1 <= s.sl_start && s.sl_start < s.sl_end && s.sl_end < epochs);
        assert_true(1 <= s.monitor && s.monitor <= s.sl_start);
        assert_true(2 <= big.sl_end && big.sl_end < epochs);
    }
}

static struct ocsp_settings fitted_to(int width, int pass, int epochs)
{
    struct ocsp_settings s = fresh();
    const struct ocsp_schedule schedule = {
        .width = width, .pass = pass, .total = (uint64_t)pass * (uint64_t)epochs};
    MUST(ocsp_settings_fit(&s, &schedule, &test_error));
    return s;
}

/* Long epochs need fewer for the penalty, where a schedule is short. */
static void a_short_cycle_counts_iterations(void **state)
{
    const struct {
        int pass, epochs, start, end;
    } cases[] = {{390, 10, 2, 3},  {300, 10, 2, 3},     {299, 10, 2, 4},
                 {100, 10, 2, 5},  {74, 14, 2, 6},      {390, 20, 3, 4},
                 {390, 30, 3, 11}, {390, 300, 30, 110}, {390, 4, 1, 2}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct ocsp_settings s = fitted_to(32, cases[i].pass, cases[i].epochs);
        assert_int_equal(s.sl_start, cases[i].start);
        assert_int_equal(s.sl_end, cases[i].end);
    }
}

/* Where the preset leaves the start open, a given one does not make the schedule short.
 */
static void a_given_start_leaves_imagenet_its_end(void **state)
{
    struct ocsp_settings s = fresh();
    (void)state;
    s.sl_start = 10;
    MUST(fit(&s, 224, 130));
    assert_int_equal(s.sl_end, 50);
}

static void early_scores_are_relative(void **state)
{
    struct ocsp_settings s;
    (void)state;
    assert_ptr_equal(fitted_to(32, 390, 10).saliency, &ocsp_relative_saliency);
    assert_ptr_equal(fitted_to(32, 391, 300).saliency, &ocsp_group_saliency);
    assert_ptr_equal(fitted_to(224, 5004, 130).saliency, &ocsp_group_saliency);
    assert_ptr_equal(fitted_to(224, 10, 130).saliency, &ocsp_relative_saliency);
    s = fresh();
    s.preset = OCSP_PRESET_DETECTOR;
    MUST(fit(&s, 224, 60));
    assert_ptr_equal(s.saliency, &ocsp_group_saliency);
    s = fresh();
    s.saliency_is_given = true;
    MUST(fit(&s, 32, 10));
    assert_ptr_equal(s.saliency, &ocsp_group_saliency);
    s = fresh();
    s.sl_start = 5000;
    MUST(fit(&s, 32, 10000));
    assert_ptr_equal(s.saliency, &ocsp_group_saliency);
    s = fresh();
    s.sl_start = 4999;
    MUST(fit(&s, 32, 10000));
    assert_ptr_equal(s.saliency, &ocsp_relative_saliency);
}

static void given_values_win_over_the_preset(void **state)
{
    struct ocsp_settings s = fresh();
    (void)state;
    s.sl_start = 5;
    s.sl_end = 9;
    s.delta_t = 3;
    MUST(fit(&s, 32, 300));
    assert_int_equal(s.sl_start, 5);
    assert_int_equal(s.sl_end, 9);
    assert_int_equal(s.delta_t, 3);

    /* the preset's other end moves out of the way */
    s = fresh();
    s.sl_start = 120;
    MUST(fit(&s, 32, 300));
    assert_int_equal(s.sl_start, 120);
    assert_int_equal(s.sl_end, 124);
    s = fresh();
    s.sl_end = 20;
    MUST(fit(&s, 32, 300));
    assert_int_equal(s.sl_start, 19);
    assert_int_equal(s.sl_end, 20);
}

static void the_search_begins_no_later_than_the_sparsity_learning(void **state)
{
    struct ocsp_settings s = fresh();
    (void)state;
    s.sl_start = 1;
    MUST(fit(&s, 32, 300));
    assert_int_equal(s.monitor, 1);
}

static void a_start_behind_the_end_is_refused(void **state)
{
    struct ocsp_settings s = fresh();
    (void)state;
    s.sl_start = 9;
    s.sl_end = 9;
    REFUSES(fit(&s, 32, 300), OCSP_E_RANGE, "-sl-start 9 must be less than -sl-end 9");
    s = fresh();
    s.sl_start = INT_MAX; /* no default end lies behind it */
    REFUSES(fit(&s, 32, 0), OCSP_E_RANGE,
            "-sl-start 2147483647 must be less than -sl-end 2147483647");
    s = fresh();
    s.sl_start = INT_MAX;
    REFUSES(fit(&s, 32, 300), OCSP_E_RANGE,
            "-sl-start 2147483647 must be less than -sl-end 2147483647");
}

static void an_end_beyond_the_schedule_is_refused(void **state)
{
    struct ocsp_settings s = fresh();
    (void)state;
    s.sl_end = 300;
    REFUSES(fit(&s, 32, 300), OCSP_E_RANGE,
            "-sl-end 300 leaves no epoch to train the pruned net: the schedule has 300 "
            "(max_batches / iterations per epoch)");
    s = fresh();
    s.sl_end = 299;
    MUST(fit(&s, 32, 300));
    s = fresh();
    s.sl_end = 100000; /* an endless schedule has room for it */
    MUST(fit(&s, 32, 0));
    s = fresh();
    REFUSES(fit(&s, 32, 2), OCSP_E_RANGE,
            "-sl-end 2 leaves no epoch to train the pruned net: the schedule has 2 "
            "(max_batches / iterations per epoch)");
}

static void a_dense_run_needs_no_room_for_a_cycle(void **state)
{
    struct ocsp_settings s = fresh();
    (void)state;
    s.budget.share = 0;
    MUST(fit(&s, 32, 1));
    assert_int_equal(s.preset, OCSP_PRESET_CIFAR);
    assert_int_equal(s.sl_start, OCSP_UNSET);
}

/* BCCD: 292 images in batches of 64 for 2000 iterations. */
static void a_detector_s_epochs_take_several_passes(void **state)
{
    const struct ocsp_schedule bccd = {.width = 416, .pass = 4, .total = 2000};
    struct ocsp_settings s;
    (void)state;
    ocsp_settings_init(&s);
    s.budget.share = 0.5;
    s.preset = OCSP_PRESET_DETECTOR;
    MUST(ocsp_settings_fit(&s, &bccd, &test_error));
    assert_int_equal(s.epoch_iterations, 20);
    assert_int_equal(s.epochs, 100);
    assert_int_equal(s.sl_start, 20);
    assert_int_equal(s.sl_end, 45);
}

static void a_long_epoch_of_a_detector_is_one_pass(void **state)
{
    const struct ocsp_schedule coco = {.width = 416, .pass = 1800, .total = 100000};
    struct ocsp_settings s;
    (void)state;
    ocsp_settings_init(&s);
    s.budget.share = 0.5;
    s.preset = OCSP_PRESET_DETECTOR;
    MUST(ocsp_settings_fit(&s, &coco, &test_error));
    assert_int_equal(s.epoch_iterations, 1800);
    assert_int_equal(s.epochs, 55);
    assert_int_equal(s.sl_start, 11);
    assert_int_equal(s.sl_end, 25);
}

static void the_penalty_waits_for_the_warm_up(void **state)
{
    const struct ocsp_schedule schedule = {
        .width = 416, .pass = 10, .total = 1000, .burn_in = 305};
    struct ocsp_settings s;
    (void)state;
    ocsp_settings_init(&s);
    s.budget.share = 0.5;
    s.preset = OCSP_PRESET_DETECTOR;
    MUST(ocsp_settings_fit(&s, &schedule, &test_error));
    assert_int_equal(s.warm_up, 31);
    assert_int_equal(s.sl_start, 31);
    assert_int_equal(s.sl_end, 45);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_are_those_of_table_8),
        cmocka_unit_test(cifar_starts_at_30_and_ends_at_110_of_300),
        cmocka_unit_test(imagenet_starts_by_itself_and_ends_at_50),
        cmocka_unit_test(the_width_decides_only_where_no_preset_is_given),
        cmocka_unit_test(a_shorter_schedule_shrinks_the_cycle),
        cmocka_unit_test(every_schedule_of_three_epochs_or_more_fits),
        cmocka_unit_test(a_detector_s_epochs_take_several_passes),
        cmocka_unit_test(a_long_epoch_of_a_detector_is_one_pass),
        cmocka_unit_test(the_penalty_waits_for_the_warm_up),
        cmocka_unit_test(a_short_cycle_counts_iterations),
        cmocka_unit_test(a_given_start_leaves_imagenet_its_end),
        cmocka_unit_test(early_scores_are_relative),
        cmocka_unit_test(given_values_win_over_the_preset),
        cmocka_unit_test(the_search_begins_no_later_than_the_sparsity_learning),
        cmocka_unit_test(a_start_behind_the_end_is_refused),
        cmocka_unit_test(an_end_beyond_the_schedule_is_refused),
        cmocka_unit_test(a_dense_run_needs_no_room_for_a_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
