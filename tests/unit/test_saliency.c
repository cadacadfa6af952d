#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_case.h"
#include "prune/plan.h"
#include "prune/saliency.h"

/* The file counts operations as the paper does: MACs, 2 for each BN element, and up to 3
 * more (bias, activation, pooling) for each element of an output. */
static void compare_cost(const struct golden *golden, const struct ocsp_group *group,
                         double ours, double theirs)
{
    double elements = 0;

    for (int k = 0; k < group->n_members; k++) {
        const struct ocsp_layer *l = &golden->net.graph->layers[group->members[k].layer];
        if (group->members[k].part == OCSP_BN_SCALE)
            elements += l->out_w * l->out_h;
    }
    assert_true(theirs - ours >= 2 * elements && theirs - ours <= 5 * elements);
}

static void compare_group(const struct golden *golden, size_t g,
                          const struct ocsp_saliency *s, double *worst)
{
    const json_t *wanted = json_array_get(golden->groups, g);
    const json_t *saliency = json_object_get(wanted, "saliency");
    const int group = golden_group(golden, g);
    const double cost =
        json_number_value(json_object_get(wanted, "cost_macs_per_channel"));
    const double q = json_number_value(json_object_get(wanted, "cost_softmax"));
    const struct ocsp_limits limits = {.max_prune = 0.75, .k = 1};

    assert_int_equal(json_array_size(saliency),
                     golden->net.coupling->groups[group].channels);
    for (int k = 0; k < (int)json_array_size(saliency); k++) {
        const int c = golden_channel(golden, g, k);
        const double theirs = json_number_value(json_array_get(saliency, (size_t)k));
        assert_int_equal(golden->net.coupling->group_of[c], group);
        assert_close(s->raw[c], theirs, 1e-5);
        assert_close(s->score[c], theirs * (1 - s->cost_softmax[group]), 1e-5);
        worst[0] = fmax(worst[0], fabs(s->raw[c] - theirs) / theirs);
    }
    compare_cost(golden, &golden->net.coupling->groups[group], s->cost_macs[group], cost);
    assert_close(s->cost_softmax[group], q, 0.01);
    worst[1] = fmax(worst[1], fabs(s->cost_macs[group] - cost) / cost);
    worst[2] = fmax(worst[2], fabs(s->cost_softmax[group] - q) / q);
    assert_int_equal(ocsp_plan_cap(&limits, golden->net.coupling->groups[group].channels),
                     json_integer_value(json_object_get(wanted, "max_pruned")));
}

static void golden_saliency_costs_and_caps_are_reproduced(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        struct golden golden;
        struct ocsp_saliency s;
        double worst[3] = {0}, sum = 0;
        golden_load(&golden, golden_names[n]);
        MUST(ocsp_saliency_init(&s, golden.net.coupling, &test_error));
        MUST(ocsp_saliency_measure(&s, golden.net.coupling, golden.net.weights->layers,
                                   &ocsp_group_saliency, &test_error));
        assert_int_equal(json_array_size(golden.groups), golden.net.coupling->n_groups);
        for (size_t g = 0; g < json_array_size(golden.groups); g++)
            compare_group(&golden, g, &s, worst);
        for (int g = 0; g < golden.net.coupling->n_groups; g++)
            sum += s.cost_softmax[g];
        assert_close(sum, 1, 1e-12);
        print_message("# %s: largest relative error of S %.1e, costs %.1e, q %.1e\n",
                      golden_names[n], worst[0], worst[1], worst[2]);
        ocsp_saliency_clear(&s);
        golden_clear(&golden);
    }
}

/* Layer 0: 2 filters of 1×1 over 1 channel, with BN; layer 1 connected, 2 × 4 columns. */
static const char by_hand[] = "[net]\nwidth=2\nheight=2\nchannels=1\n"
                              "[convolutional]\nbatch_normalize=1\nfilters=2\n"
                              "activation=relu\n"
                              "[connected]\noutput=3\nactivation=linear\n";

static void measure(struct net *net, struct ocsp_saliency *s,
                    const struct ocsp_saliency_kind *kind)
{
    MUST(
        ocsp_saliency_measure(s, net->coupling, net->weights->layers, kind, &test_error));
}

static void saliency_and_norm_equal_a_sum_by_hand(void **state)
{
    struct net net;
    struct ocsp_saliency s;
    (void)state;
    net_parse(&net, by_hand);
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    const struct ocsp_params *p = net.weights->layers;
    const int c0 = net.coupling->tables[0].row[0], c1 = net.coupling->tables[0].row[1];

    p[0].weights[0] = 3;
    p[0].weights[1] = -1;
    p[0].scales[0] = 2;
    p[0].scales[1] = 0.5F;
    p[0].biases[0] = p[0].mean[0] = p[0].variance[0] = 100; /* take no part */
    p[1].biases[0] = 100;
    for (int o = 0; o < 3; o++)
        for (int x = 0; x < 8; x++)
            p[1].weights[o * 8 + x] = x < 4 ? 1 : (float)o; /* 12·1; 4·(0 + 1 + 4) */

    MUST(ocsp_saliency_init(&s, net.coupling, &test_error));
    measure(&net, &s, &ocsp_group_saliency);
    assert_close(s.raw[c0], (9 + 4 + 12 / sqrt(12)) / 3, 1e-12);
    assert_close(s.raw[c1], (1 + 0.25 + 20 / sqrt(12)) / 3, 1e-12);
    assert_close(s.norm[c0], sqrt(9 + 4 + 12), 1e-12);
    assert_close(s.norm[c1], sqrt(1 + 0.25 + 20), 1e-12);
    /* one group: q = 1; a channel costs 4 pixels and 3·4 columns */
    assert_close(s.cost_macs[0], 4 + 12, 1e-12);
    assert_true(s.cost_softmax[0] == 1);
    /* S·(1 − q) would be 0 for all channels, in no order */
    assert_true(s.score[c0] == s.raw[c0] && s.score[c1] == s.raw[c1]);

    measure(&net, &s, &ocsp_conventional_saliency);
    assert_close(s.raw[c0], 9, 1e-12);
    assert_close(s.raw[c1], 1, 1e-12);
    assert_close(s.norm[c0], 5, 1e-12);
    ocsp_saliency_clear(&s);
    net_clear(&net);
}

/* A depthwise filter is one part, on the output side alone. */
static void a_depthwise_filter_is_one_part(void **state)
{
    struct net net;
    struct ocsp_saliency s;
    (void)state;
    net_parse(&net, "[net]\nwidth=4\nheight=4\nchannels=1\n"
                    "[convolutional]\nfilters=2\nactivation=relu\n"
                    "[convolutional]\nfilters=2\ngroups=2\nsize=3\npad=1\n"
                    "[convolutional]\nfilters=3\nactivation=linear\n");
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    const struct ocsp_params *p = net.weights->layers;
    const int c = net.coupling->tables[0].row[0];

    assert_int_equal(net.coupling->n_groups, 1);
    assert_int_equal(net.coupling->groups[0].n_members, 3);
    assert_int_equal(c, net.coupling->tables[1].row[0]);
    p[0].weights[0] = 2;
    for (int k = 0; k < 9; k++)
        p[1].weights[k] = 1;
    for (int o = 0; o < 3; o++)
        p[2].weights[2 * o] = 3;
    MUST(ocsp_saliency_init(&s, net.coupling, &test_error));
    measure(&net, &s, &ocsp_group_saliency);
    assert_close(s.raw[c], (4 + 9 / sqrt(9) + 27 / sqrt(3)) / 3, 1e-12);
    assert_close(s.norm[c], sqrt(4 + 9 + 27), 1e-12);
    assert_close(s.cost_macs[0], 16 * (1 + 9 + 3), 1e-12);
    ocsp_saliency_clear(&s);
    net_clear(&net);
}

/* Shares of the group's mean; a factor on all weights of a group changes none of them. */
static void relative_scores_know_no_scale(void **state)
{
    struct golden g;
    struct ocsp_saliency plain, s;
    (void)state;
    golden_load(&g, "vggmini");
    MUST(ocsp_saliency_init(&plain, g.net.coupling, &test_error));
    MUST(ocsp_saliency_init(&s, g.net.coupling, &test_error));
    measure(&g.net, &plain, &ocsp_group_saliency);
    measure(&g.net, &s, &ocsp_relative_saliency);
    for (int k = 0; k < g.net.coupling->n_groups; k++) {
        const struct ocsp_group *group = &g.net.coupling->groups[k];
        double mean = 0, relative = 0;
        for (int c = group->first; c < group->first + group->channels; c++) {
            mean += plain.raw[c] / group->channels;
            relative += s.raw[c] / group->channels;
        }
        assert_close(relative, 1, 1e-12);
        for (int c = group->first; c < group->first + group->channels; c++) {
            assert_close(s.raw[c], plain.raw[c] / mean, 1e-12);
            assert_close(s.score[c], s.raw[c] * s.discount[k], 1e-12);
            assert_true(s.norm[c] == plain.norm[c]);
        }
    }
    ocsp_saliency_clear(&plain);
    ocsp_saliency_clear(&s);
    golden_clear(&g);
}

/* A group without any weight has no order, and no number that is none. */
static void relative_scores_of_nothing_are_nothing(void **state)
{
    struct net net;
    struct ocsp_saliency s;
    (void)state;
    net_parse(&net, "[net]\nwidth=4\nheight=4\nchannels=1\n"
                    "[convolutional]\nfilters=2\nactivation=relu\n"
                    "[convolutional]\nfilters=3\nactivation=linear\n");
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    MUST(ocsp_saliency_init(&s, net.coupling, &test_error));
    measure(&net, &s, &ocsp_relative_saliency);
    for (int c = 0; c < net.coupling->n_channels; c++)
        assert_true(s.raw[c] == 0 && s.score[c] == 0);
    ocsp_saliency_clear(&s);
    net_clear(&net);
}

static void random_scores_are_spread_and_do_not_depend_on_weights(void **state)
{
    struct golden g;
    struct ocsp_saliency s;
    double sum = 0, first;
    (void)state;
    golden_load(&g, "vggmini");
    MUST(ocsp_saliency_init(&s, g.net.coupling, &test_error));
    measure(&g.net, &s, &ocsp_random_saliency);
    first = s.score[0];
    for (int c = 0; c < g.net.coupling->n_channels; c++) {
        assert_true(s.score[c] > 0 && s.score[c] <= 1);
        sum += s.score[c];
    }
    assert_close(sum / g.net.coupling->n_channels, 0.5, 0.1);
    g.net.weights->layers[0].weights[0] += 1;
    measure(&g.net, &s, &ocsp_random_saliency);
    assert_true(s.score[0] == first);
    ocsp_saliency_clear(&s);
    golden_clear(&g);
}

static void weights_that_are_not_numbers_are_refused(void **state)
{
    struct net net;
    struct ocsp_saliency s;
    (void)state;
    net_parse(&net, by_hand);
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    MUST(ocsp_saliency_init(&s, net.coupling, &test_error));
    const float bad[] = {NAN, INFINITY};
    for (int k = 0; k < 2; k++) {
        net.weights->layers[1].weights[5] = bad[k];
        REFUSES(ocsp_saliency_measure(&s, net.coupling, net.weights->layers,
                                      &ocsp_group_saliency, &test_error),
                OCSP_E_RANGE,
                "test.cfg: layer 1 [connected] has weights that are not finite numbers");
    }
    ocsp_saliency_clear(&s);
    net_clear(&net);
}

static void the_table_finds_every_kind_by_its_name(void **state)
{
    size_t n = 0;
    (void)state;
    for (; ocsp_saliency_kind(n); n++) {
        const struct ocsp_saliency_kind *kind = ocsp_saliency_kind(n);
        assert_ptr_equal(ocsp_saliency_kind_named(kind->name), kind);
        assert_true(kind->help[0] != '\0' && !strchr(kind->help, '\n'));
    }
    assert_int_equal(n, 4);
    assert_ptr_equal(ocsp_saliency_kind_named("relative"), &ocsp_relative_saliency);
    assert_null(ocsp_saliency_kind_named("grou"));
    assert_null(ocsp_saliency_kind_named(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_saliency_costs_and_caps_are_reproduced),
        cmocka_unit_test(saliency_and_norm_equal_a_sum_by_hand),
        cmocka_unit_test(a_depthwise_filter_is_one_part),
        cmocka_unit_test(relative_scores_know_no_scale),
        cmocka_unit_test(relative_scores_of_nothing_are_nothing),
        cmocka_unit_test(random_scores_are_spread_and_do_not_depend_on_weights),
        cmocka_unit_test(weights_that_are_not_numbers_are_refused),
        cmocka_unit_test(the_table_finds_every_kind_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
