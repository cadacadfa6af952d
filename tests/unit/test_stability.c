#include <math.h>

#include "helpers.h"
#include "prune/stability.h"

/* Two groups: 4 channels in layer 0, 2 in layer 1. */
static const char two_groups[] = "[net]\nwidth=4\nheight=4\nchannels=3\n"
                                 "[convolutional]\nfilters=4\nactivation=relu\n"
                                 "[convolutional]\nfilters=2\nactivation=relu\n"
                                 "[convolutional]\nfilters=3\nactivation=linear\n";

static void the_jaccard_index_is_the_mean_over_groups(void **state)
{
    struct net net;
    (void)state;
    net_parse(&net, two_groups);
    assert_int_equal(net.coupling->n_channels, 6);
    assert_int_equal(net.coupling->n_groups, 2);

    const bool none[6] = {0}, two[6] = {true, true}, three[6] = {false, true, true};
    const bool both[6] = {true, true, false, false, false, true};
    assert_true(ocsp_jaccard(net.coupling, none, none) == 1);
    assert_true(ocsp_jaccard(net.coupling, both, both) == 1);
    /* kept {2,3} and {0,1,2,3}: 2/4; the second group is whole */
    assert_close(ocsp_jaccard(net.coupling, two, none), (0.5 + 1) / 2, 1e-15);
    /* kept {2,3} and {0,3}: 1/3 */
    assert_close(ocsp_jaccard(net.coupling, two, three), (1.0 / 3 + 1) / 2, 1e-15);
    /* {0,1,2,3} and {2,3}: 2/4; {4,5} and {4}: 1/2 */
    assert_close(ocsp_jaccard(net.coupling, none, both), (0.5 + 0.5) / 2, 1e-15);
    assert_true(ocsp_jaccard(net.coupling, two, three) ==
                ocsp_jaccard(net.coupling, three, two));
    net_clear(&net);
}

static void values_are_nan_until_defined_and_then_follow_the_window(void **state)
{
    struct net net;
    struct ocsp_stability s;
    (void)state;
    net_parse(&net, two_groups);
    MUST(ocsp_stability_init(&s, net.coupling, &test_error));
    assert_true(isnan(s.j) && isnan(s.mean));

    /* removed of the first group at t = 0, 1, …; J^t compares t with t − 2 */
    const bool sets[][6] = {
        {0},                                    /* kept 0123 */
        {true, true},                           /* 23 */
        {true},                                 /* 123: with 0123, 3/4 */
        {true, true},                           /* 23: with 23, 1 */
        {false, true, true},                    /* 03: with 123, 1/4 */
        {true, true, false, false, true, false} /* 23: 1; second group 1/2 */
    };
    const double j[] = {NAN, NAN, (0.75 + 1) / 2, 1, (0.25 + 1) / 2, (1 + 0.5) / 2};
    double mean[] = {NAN,
                     NAN,
                     j[2],
                     (j[2] + j[3]) / 2,
                     (j[2] + j[3] + j[4]) / 3,
                     (j[3] + j[4] + j[5]) / 3};

    for (int t = 0; t < 6; t++) {
        ocsp_stability_add(&s, sets[t]);
        if (t < 2) {
            assert_true(isnan(s.j) && isnan(s.mean));
            continue;
        }
        assert_close(s.j, j[t], 1e-15);
        assert_close(s.mean, mean[t], 1e-15);
        if (t >= 3)
            assert_close(s.earlier[0], mean[t - 1], 1e-15);
        else
            assert_true(isnan(s.earlier[0]));
        if (t >= 4)
            assert_close(s.earlier[1], mean[t - 2], 1e-15);
        else
            assert_true(isnan(s.earlier[1]));
    }
    ocsp_stability_clear(&s);
    net_clear(&net);
}

static void a_net_without_groups_is_stable(void **state)
{
    struct net net;
    struct ocsp_stability s;
    (void)state;
    net_parse(&net, "[net]\nwidth=4\nheight=4\nchannels=3\n[convolutional]\nfilters=4\n");
    MUST(ocsp_stability_init(&s, net.coupling, &test_error));
    const bool none[1] = {0};
    for (int t = 0; t < 3; t++)
        ocsp_stability_add(&s, none);
    assert_true(s.j == 1 && s.mean == 1);
    ocsp_stability_clear(&s);
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_jaccard_index_is_the_mean_over_groups),
        cmocka_unit_test(values_are_nan_until_defined_and_then_follow_the_window),
        cmocka_unit_test(a_net_without_groups_is_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
