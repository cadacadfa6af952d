#include "cycle_helpers.h"

static const char one_group[] =
    "[net]\nwidth=4\nheight=4\nchannels=3\n"
    "[convolutional]\nfilters=8\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=2\nsize=3\npad=1\nactivation=linear\n";

void one_group_set_strengths(struct net *net, const double strength[CHANNELS])
{
    for (int i = 0; i < CHANNELS * FILTER; i++)
        net->weights->layers[0].weights[i] = (float)strength[i / FILTER];
}

void one_group_parse(struct net *net)
{
    net_parse(net, one_group);
    assert_int_equal(net->coupling->n_groups, 1);
    assert_int_equal(net->coupling->n_channels, CHANNELS);
    MUST(ocsp_weights_new(&net->weights, net->graph, false, &test_error));
}

struct ocsp_settings cycle_settings(int sl_start, int sl_end)
{
    struct ocsp_settings s;
    ocsp_settings_init(&s);
    s.budget = (struct ocsp_budget){OCSP_MACS, 0.5};
    s.sl_start = sl_start;
    s.sl_end = sl_end;
    s.delta_t = 1;
    return s;
}

enum ocsp_decision cycle_step(struct ocsp_cycle *cycle, struct net *net, int epoch)
{
    enum ocsp_decision decision;
    MUST(ocsp_cycle_epoch(cycle, epoch, net_sums(net), 0, &decision, &test_error));
    return decision;
}
