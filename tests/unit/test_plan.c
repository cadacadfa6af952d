#include "prune/plan.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_case.h"
#include "layers/macs.h"
#include "prune/rewrite.h"
#include "prune/saliency.h"
#include "prune/uneven.h"
#include "random_net.h"

static const struct ocsp_limits paper = {.max_prune = 0.75, .k = 1};

/* Counts a removed set by rewriting the cfg and reading it again. */
static double share_by_rewriting(const struct net *net, const struct ocsp_plan *plan,
                                 enum ocsp_measure measure)
{
    struct net pruned = {0};
    char *text;
    size_t size;
    double before, after;

    MUST(ocsp_rewrite_cfg(net->coupling, plan, &text, &size, &test_error));
    MUST(ocsp_cfg_parse(&pruned.cfg, "pruned.cfg", text, size, &test_error));
    MUST(ocsp_graph_new(&pruned.graph, pruned.cfg, &test_error));
    before = (double)(measure == OCSP_MACS ? ocsp_graph_macs(net->graph)
                                           : ocsp_graph_parameters(net->graph));
    after = (double)(measure == OCSP_MACS ? ocsp_graph_macs(pruned.graph)
                                          : ocsp_graph_parameters(pruned.graph));
    free(text);
    ocsp_graph_free(pruned.graph);
    ocsp_cfg_free(pruned.cfg);
    return (before - after) / before;
}

/* Of equal scores the lower number goes first. */
static bool goes_before(const double *score, int a, int b)
{
    return score[a] < score[b] || (score[a] == score[b] && a < b);
}

/* Every removed channel goes before every kept one of its group, and before every kept
 * one of a group that is not at its cap; returns the removed channel that goes last. */
static int check_prefix(const struct net *net, const struct ocsp_plan *plan,
                        const double *score)
{
    const struct ocsp_coupling *coupling = net->coupling;
    int last = -1;
    int *count = calloc((size_t)coupling->n_groups, sizeof *count);

    assert_non_null(count);
    for (int c = 0; c < coupling->n_channels; c++)
        if (plan->removed[c]) {
            count[coupling->group_of[c]]++;
            if (last < 0 || goes_before(score, last, c))
                last = c;
        }
    for (int c = 0; c < coupling->n_channels; c++) {
        const int g = coupling->group_of[c], n = coupling->groups[g].channels;
        const int cap = (int)floor(n * 0.75 * (1 - exp(-1.0 * n)));
        assert_true(count[g] <= cap && count[g] < n);
        if (!plan->removed[c] && count[g] < cap)
            assert_true(goes_before(score, last, c));
        for (int d = 0; d < n && plan->removed[c]; d++) {
            const int other = coupling->groups[g].first + d;
            assert_true(plan->removed[other] || goes_before(score, c, other));
        }
    }
    free(count);
    return last;
}

static void check_search(const struct net *net, const double *score,
                         const struct ocsp_budget *budget)
{
    struct ocsp_plan plan, again;

    MUST(ocsp_plan_search(&plan, net->coupling, score, budget, &paper, &test_error));
    MUST(ocsp_plan_search(&again, net->coupling, score, budget, &paper, &test_error));
    assert_memory_equal(plan.removed, again.removed, (size_t)net->coupling->n_channels);
    assert_true(share_by_rewriting(net, &plan, budget->measure) >= budget->share);
    assert_true(plan.macs_before == ocsp_graph_macs(net->graph));
    assert_true(plan.parameters_before == ocsp_graph_parameters(net->graph));

    const int last = check_prefix(net, &plan, score);
    plan.removed[last] = false;
    assert_true(share_by_rewriting(net, &plan, budget->measure) < budget->share);
    ocsp_plan_clear(&plan);
    ocsp_plan_clear(&again);
}

static void check_net(struct net *net, struct random *r)
{
    struct ocsp_saliency s;
    uint64_t least[2];

    MUST(ocsp_saliency_init(&s, net->coupling, &test_error));
    MUST(ocsp_saliency_measure(&s, net->coupling, net->weights->layers,
                               &ocsp_group_saliency, &test_error));
    MUST(ocsp_plan_least(net->coupling, &paper, &least[0], &least[1], &test_error));
    for (int m = 0; m < 2; m++) {
        const uint64_t before =
            m == 0 ? ocsp_graph_macs(net->graph) : ocsp_graph_parameters(net->graph);
        const double most = (double)(before - least[m]) / (double)before;
        for (int k = 0; k < 20; k++) {
            const struct ocsp_budget budget = {(enum ocsp_measure)m,
                                               0.05 + random_uniform(r) * (most - 0.05)};
            check_search(net, s.score, &budget);
        }
        check_search(net, s.score, &(struct ocsp_budget){(enum ocsp_measure)m, most});
    }
    ocsp_saliency_clear(&s);
    net_clear(net);
}

static void the_smallest_prefix_that_reaches_the_target_goes(void **state)
{
    static const char *const cfgs[] = {"cfg/cifar/vgg16.cfg", "cfg/cifar/resnet20.cfg",
                                       "cfg/cifar/resnet56.cfg"};
    struct random r = {3};
    struct net net;
    (void)state;

    for (int n = 0; n < 2; n++) {
        char path[64];
        snprintf(path, sizeof path, "tests/golden/%s.cfg", golden_names[n]);
        net_load(&net, path);
        snprintf(path, sizeof path, "tests/golden/%s.weights", golden_names[n]);
        net_load_weights(&net, path);
        check_net(&net, &r);
    }
    for (size_t n = 0; n < sizeof cfgs / sizeof *cfgs; n++) {
        net_load(&net, cfgs[n]);
        net_random_weights(&net, &r);
        check_net(&net, &r);
    }
}

/* What the released program's bisection removes is close to what the exact search does.
 */
static void golden_selections_are_nearly_the_same(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        struct golden golden;
        struct ocsp_saliency s;
        struct ocsp_plan theirs, ours;
        int differ = 0;
        golden_load(&golden, golden_names[n]);
        golden_plan(&golden, &theirs);
        const struct ocsp_coupling *coupling = golden.net.coupling;
        const struct ocsp_budget budget = {
            OCSP_MACS,
            json_number_value(json_object_get(golden.json, "target_reduction"))};
        MUST(ocsp_saliency_init(&s, coupling, &test_error));
        MUST(ocsp_saliency_measure(&s, coupling, golden.net.weights->layers,
                                   &ocsp_group_saliency, &test_error));
        MUST(ocsp_plan_search(&ours, coupling, s.score, &budget, &paper, &test_error));
        for (int c = 0; c < coupling->n_channels; c++)
            differ += ours.removed[c] != theirs.removed[c];
        print_message("# %s: %d of %d channels differ from the released program's\n",
                      golden_names[n], differ, coupling->n_channels);
        assert_true(differ * 25 <= coupling->n_channels);
        ocsp_plan_clear(&ours);
        ocsp_plan_clear(&theirs);
        ocsp_saliency_clear(&s);
        golden_clear(&golden);
    }
}

/* 8 filters of 1×1 over 1 channel, then 2 of 1×1: 8·16 + 2·8·16 = 384 MACs, 48 for each
 * of the 8 coupled channels. */
static const char eight[] = "[net]\nwidth=4\nheight=4\nchannels=1\n"
                            "[convolutional]\nfilters=8\nactivation=relu\n"
                            "[convolutional]\nfilters=2\nactivation=linear\n";

static void a_target_out_of_reach_is_refused_with_the_most_that_can_go(void **state)
{
    const double score[8] = {0};
    struct ocsp_plan plan = {.n_removed = 42};
    struct net net;
    (void)state;

    net_parse(&net, eight);
    /* floor(8·0.75·(1 − e^−8)) = 5 of 8 channels */
    REFUSES(
        ocsp_plan_search(&plan, net.coupling, score,
                         &(struct ocsp_budget){OCSP_MACS, 0.63}, &paper, &test_error),
        OCSP_E_RANGE,
        "test.cfg: cannot remove 63% of the MACs: at most 62.5% can go; ask for less, "
        "or raise -max-prune");
    assert_int_equal(plan.n_removed, 42);
    /* parameters: 8 + 8 biases, 16 + 2; a channel has 1 + 1 + 2 of 34 */
    REFUSES(ocsp_plan_search(&plan, net.coupling, score,
                             &(struct ocsp_budget){OCSP_PARAMETERS, 0.9}, &paper,
                             &test_error),
            OCSP_E_RANGE,
            "test.cfg: cannot remove 90% of the parameters: at most 58.82% can go; ask "
            "for less, or raise -max-prune");
    MUST(ocsp_plan_search(&plan, net.coupling, score,
                          &(struct ocsp_budget){OCSP_MACS, 0.625}, &paper, &test_error));
    assert_int_equal(plan.n_removed, 5);
    assert_true(plan.macs_before == 384 && plan.macs_after == 144);
    assert_true(plan.parameters_before == 34 && plan.parameters_after == 14);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

static void of_equal_scores_the_lower_number_goes_first(void **state)
{
    const double score[8] = {2, 1, 1, 1, 0.5, 1, 1, 1};
    const bool wanted[8] = {false, true, true, false, true};
    struct ocsp_plan plan;
    struct net net;
    (void)state;

    net_parse(&net, eight);
    MUST(ocsp_plan_search(&plan, net.coupling, score,
                          &(struct ocsp_budget){OCSP_MACS, 0.3}, &paper, &test_error));
    assert_int_equal(plan.n_removed, 3); /* 12.5 % each */
    assert_memory_equal(plan.removed, wanted, sizeof wanted);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

static void a_target_met_exactly_takes_no_channel_more(void **state)
{
    const double score[8] = {8, 7, 6, 5, 4, 3, 2, 1};
    struct ocsp_plan plan;
    struct net net;
    (void)state;

    net_parse(&net, eight);
    MUST(ocsp_plan_search(&plan, net.coupling, score,
                          &(struct ocsp_budget){OCSP_MACS, 0.25}, &paper, &test_error));
    assert_int_equal(plan.n_removed, 2);
    assert_true(plan.removed[7] && plan.removed[6]);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

/* Layer 3 adds layer 1, whose input is layer 0: AlexeyAB's Darknet would take the widths
 * of 0 and 2, once equal, for those of 1 and 2. */
static void widths_that_a_host_would_mix_up_stay_apart(void **state)
{
#define CONV(n) "[convolutional]\nfilters=" #n "\nactivation=relu\n"
    static const char uneven[] = "[net]\nwidth=8\nheight=8\nchannels=3\n" CONV(6) CONV(8)
        CONV(4) "[shortcut]\nfrom=-2\nactivation=relu\n[connected]\noutput=2\n";
    struct ocsp_plan plan;
    struct net net;
    (void)state;

    net_parse(&net, uneven);
    const struct ocsp_coupled_table *first = &net.coupling->tables[0];
    double *score = calloc((size_t)net.coupling->n_channels, sizeof *score);
    for (int c = 0; c < net.coupling->n_channels; c++)
        score[c] = c + 100;
    for (int r = 0; r < 6; r++)
        score[first->row[r]] = r;
    const uint64_t macs = ocsp_graph_macs(net.graph);
    for (int wanted = 1; wanted <= 3; wanted++) {
        /* each is worth 11 weights at 64 places */
        const struct ocsp_budget budget = {OCSP_MACS,
                                           11. * 64 * wanted / (double)macs - 1e-6};
        MUST(ocsp_plan_search(&plan, net.coupling, score, &budget, &paper, &test_error));
        assert_true(plan.removed[first->row[wanted - 1]]);
        assert_int_equal(plan.n_removed, wanted == 2 ? 3 : wanted);
        assert_null(ocsp_uneven_misread(net.coupling, plan.removed));
        ocsp_plan_clear(&plan);
    }
    /* one of layer 1's goes first and is worth 6 + 4 weights, then layer 0's 3 + 7 each;
     * to 3 of these, of which 2 alone would be misread, it comes back */
    score[net.coupling->tables[1].row[7]] = -1;
    const struct ocsp_budget thirty = {OCSP_MACS, 30. * 64 / (double)macs};
    MUST(ocsp_plan_search(&plan, net.coupling, score, &thirty, &paper, &test_error));
    assert_int_equal(plan.n_removed, 3);
    for (int k = 0; k < 3; k++)
        assert_true(plan.removed[first->row[k]]);
    ocsp_plan_clear(&plan);
    /* what can be reached does not depend on scores: 2 of layer 0 may go, but not alone
     */
    struct ocsp_limits limits = {.max_prune = .34, .k = 9, .min_channels = 4};
    struct random r = {17};
    uint64_t least, ignored;
    MUST(ocsp_plan_least(net.coupling, &limits, &least, &ignored, &test_error));
    for (int n = 0; n < 50; n++) {
        for (int c = 0; c < net.coupling->n_channels; c++)
            score[c] = random_below(&r, 1000);
        const double reach = (double)(macs - least) / (double)macs;
        struct ocsp_budget budget = {OCSP_MACS, n % 2 ? reach : reach * n / 50 + 1e-9};
        MUST(ocsp_plan_search(&plan, net.coupling, score, &budget, &limits, &test_error));
        assert_null(ocsp_uneven_misread(net.coupling, plan.removed));
        ocsp_plan_clear(&plan);
        budget.share = reach + 1e-6;
        assert_int_equal(
            ocsp_plan_search(&plan, net.coupling, score, &budget, &limits, &test_error),
            OCSP_E_RANGE);
    }
    free(score);
    net_clear(&net);
}

/* Behind a route of unequal maps a shortcut's output is no list of channels. */
static void a_shortcut_of_no_channels_has_no_width(void **state)
{
    static const char flat[] = "[net]\nwidth=4\nheight=4\nchannels=3\n" CONV(
        8) "size=3\nstride=2\npad=1\n" CONV(12) "size=2\nstride=2\n" CONV(20)
        CONV(10) "[route]\nlayers=1,0\n"
                 "[shortcut]\nfrom=-2\n[connected]\noutput=64\n[connected]\noutput=10\n";
    struct ocsp_plan plan;
    struct net net;
    (void)state;

    net_parse(&net, flat);
    assert_int_equal(net.coupling->n_uneven, 0);
    double *score = calloc((size_t)net.coupling->n_channels, sizeof *score);
    MUST(ocsp_plan_search(&plan, net.coupling, score,
                          &(struct ocsp_budget){OCSP_MACS, .1}, &paper, &test_error));
    ocsp_plan_clear(&plan);
    free(score);
    net_clear(&net);
}

static void caps_are_the_papers_and_leave_one_channel(void **state)
{
    (void)state;
    assert_int_equal(ocsp_plan_cap(&paper, 2), 1); /* 2·.75·.865 = 1.30 */
    assert_int_equal(ocsp_plan_cap(&paper, 3), 2); /* 3·.75·.950 = 2.14 */
    assert_int_equal(ocsp_plan_cap(&paper, 16), 11);
    assert_int_equal(ocsp_plan_cap(&paper, 32), 23);
    assert_int_equal(ocsp_plan_cap(&paper, 64), 48);
    assert_int_equal(ocsp_plan_cap(&(struct ocsp_limits){.max_prune = 1, .k = 1000}, 7),
                     6);
    assert_int_equal(ocsp_plan_cap(&(struct ocsp_limits){.k = 1}, 7), 0);
}

/* The block that was taken last, of the group with the highest score among the removed,
 * is put back. */
static void put_last_block_back(const struct net *net, struct ocsp_plan *plan,
                                const double *score, int round_to)
{
    const struct ocsp_coupling *coupling = net->coupling;
    int last = -1, kept = 0, unit = 1;

    for (int c = 0; c < coupling->n_channels; c++)
        if (plan->removed[c] && (last < 0 || goes_before(score, last, c)))
            last = c;
    const struct ocsp_group *group = &coupling->groups[coupling->group_of[last]];
    for (int c = group->first; c < group->first + group->channels; c++)
        kept += !plan->removed[c];
    for (int k = 0; k < group->n_members;)
        if (unit * group->members[k].slices % round_to)
            unit++, k = 0;
        else
            k++;
    do {
        plan->removed[last] = false;
        kept++;
        last = -1;
        for (int c = group->first; c < group->first + group->channels; c++)
            if (plan->removed[c] && (last < 0 || goes_before(score, last, c)))
                last = c;
    } while (kept % unit && kept < group->channels);
}

/* In every layer a rounded group's share is a multiple, or all of it is there; the target
 * is met, and not by the blocks without the last one. */
static void check_rounded(const struct net *net, const double *score, int round_to)
{
    const struct ocsp_limits limits = {
        .max_prune = 0.75, .k = 1, .round_to = round_to, .min_channels = 2};
    const struct ocsp_coupling *coupling = net->coupling;
    uint64_t macs, parameters;
    struct ocsp_plan plan;

    MUST(ocsp_plan_least(coupling, &limits, &macs, &parameters, &test_error));
    const double most = 1 - (double)macs / (double)ocsp_graph_macs(net->graph);
    const struct ocsp_budget budget = {OCSP_MACS, most * 0.8};
    if (most <= 0)
        return;
    MUST(ocsp_plan_search(&plan, coupling, score, &budget, &limits, &test_error));
    assert_true(share_by_rewriting(net, &plan, OCSP_MACS) >= budget.share);
    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        int kept = 0;
        for (int c = group->first; c < group->first + group->channels; c++)
            kept += !plan.removed[c];
        assert_true(kept >= 2 || kept == group->channels);
        for (int k = 0; k < group->n_members && kept < group->channels; k++)
            assert_int_equal(kept * group->members[k].slices % round_to, 0);
    }
    put_last_block_back(net, &plan, score, round_to);
    assert_true(share_by_rewriting(net, &plan, OCSP_MACS) < budget.share);
    ocsp_plan_clear(&plan);
}

static void rounded_groups_keep_multiples(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct golden golden;
        struct ocsp_saliency s;
        golden_load(&golden, golden_names[k]);
        const struct net *net = &golden.net;
        MUST(ocsp_saliency_init(&s, net->coupling, &test_error));
        MUST(ocsp_saliency_measure(&s, net->coupling, net->weights->layers,
                                   &ocsp_group_saliency, &test_error));
        check_rounded(net, s.score, 8);
        check_rounded(net, s.score, 4);
        ocsp_saliency_clear(&s);
        golden_clear(&golden);
    }
    struct random r = {11};
    for (int n = 0; n < 100; n++) {
        struct net net;
        random_net(&net, &r, RANDOM_ANYTHING);
        double *score = calloc((size_t)net.coupling->n_channels + 1, sizeof *score);
        for (int c = 0; c < net.coupling->n_channels; c++)
            score[c] = random_uniform(&r);
        check_rounded(&net, score, 2);
        free(score);
        net_clear(&net);
    }
}

static void a_group_too_small_for_a_block_stays(void **state)
{
    const struct ocsp_member member = {0, 0, OCSP_WEIGHTS, OCSP_OUT, 1},
                             twice = {0, 0, OCSP_WEIGHTS, OCSP_OUT, 2};
    const struct ocsp_limits limits = {.max_prune = 0.75, .k = 1, .round_to = 16};
    struct ocsp_member members[] = {member};
    struct ocsp_group group = {.channels = 16, .n_members = 1, .members = members};
    (void)state;
    assert_int_equal(ocsp_plan_group_cap(&limits, &group), 0);
    group.channels = 40; /* 30 may go: 16 of 40 stay */
    assert_int_equal(ocsp_plan_group_cap(&limits, &group), 24);
    members[0] = twice; /* blocks of 8: 16 stay, or 10 would */
    assert_int_equal(ocsp_plan_group_cap(&limits, &group), 24);
    group.channels = 24; /* 18 may go */
    assert_int_equal(ocsp_plan_group_cap(&limits, &group), 16);
}

static void at_least_so_many_channels_stay(void **state)
{
    const struct ocsp_limits limits = {.max_prune = 1, .k = 1000, .min_channels = 5};
    (void)state;
    assert_int_equal(ocsp_plan_cap(&limits, 8), 3);
    assert_int_equal(ocsp_plan_cap(&limits, 5), 0);
    assert_int_equal(ocsp_plan_cap(&limits, 3), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_prefix_that_reaches_the_target_goes),
        cmocka_unit_test(golden_selections_are_nearly_the_same),
        cmocka_unit_test(a_target_out_of_reach_is_refused_with_the_most_that_can_go),
        cmocka_unit_test(of_equal_scores_the_lower_number_goes_first),
        cmocka_unit_test(a_target_met_exactly_takes_no_channel_more),
        cmocka_unit_test(rounded_groups_keep_multiples),
        cmocka_unit_test(a_group_too_small_for_a_block_stays),
        cmocka_unit_test(at_least_so_many_channels_stay),
        cmocka_unit_test(widths_that_a_host_would_mix_up_stay_apart),
        cmocka_unit_test(a_shortcut_of_no_channels_has_no_width),
        cmocka_unit_test(caps_are_the_papers_and_leave_one_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
