/* Pruning makes no depthwise convolution that a program would misread. */
#include <stdio.h>
#include <stdlib.h>

#include "helpers.h"
#include "layers/macs.h"
#include "prune/plan.h"

#define CONV(n) "[convolutional]\nfilters=" #n "\nactivation=relu\n"

static int kept(const int *channel, int n, const bool *removed)
{
    int count = 0;

    for (int k = 0; k < n; k++)
        count += channel[k] < 0 || !removed[channel[k]];
    return count;
}

/* Layer 1, pruned as far as it goes: channels of its input and its output that stay. */
static void kept_by_grouped(const char *map, int filters, int *inputs, int *outputs)
{
    const struct ocsp_limits limits = {.max_prune = 1, .k = 1000};
    char text[512];
    struct ocsp_plan plan;
    struct net net;
    uint64_t least, ignored;

    snprintf(text, sizeof text,
             "[net]\nchannels=3\n%s" CONV(8) "[convolutional]\nfilters=%d\ngroups=2\n"
                                             "size=3\npad=1\nactivation=relu\n" CONV(
                                                 4) "[avgpool]\n[softmax]\n",
             map, filters);
    net_parse(&net, text);
    const uint64_t macs = ocsp_graph_macs(net.graph);
    double *score = calloc((size_t)net.coupling->n_channels + 1, sizeof *score);
    MUST(ocsp_plan_least(net.coupling, &limits, &least, &ignored, &test_error));
    const struct ocsp_budget budget = {OCSP_MACS, (double)(macs - least) / (double)macs};
    MUST(ocsp_plan_search(&plan, net.coupling, score, &budget, &limits, &test_error));
    const struct ocsp_coupled_table *grouped = &net.coupling->tables[1];
    *inputs = kept(grouped->col, grouped->cols, plan.removed);
    *outputs = kept(grouped->row, grouped->rows, plan.removed);
    ocsp_plan_clear(&plan);
    free(score);
    net_clear(&net);
}

static void no_convolution_becomes_depthwise_on_a_line(void **state)
{
    int inputs, outputs;
    (void)state;

    kept_by_grouped("width=4\nheight=1\n", 8, &inputs, &outputs);
    assert_int_equal(inputs, 2);
    assert_int_equal(outputs, 4);
    kept_by_grouped("width=1\nheight=4\n", 2, &inputs, &outputs);
    assert_int_equal(inputs, 4);
    assert_int_equal(outputs, 2);
    kept_by_grouped("width=4\nheight=4\n", 8, &inputs, &outputs);
    assert_int_equal(inputs, 2);
    assert_int_equal(outputs, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_convolution_becomes_depthwise_on_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
