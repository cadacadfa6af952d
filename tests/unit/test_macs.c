#include "layers/macs.h"

#include <math.h>

#include "helpers.h"

static void published_counts_are_met(void **state)
{
    /* pure MACs in G, parameters in M as published, and how many of the latter are the
     * reference's conv biases in front of BN, which Darknet lacks */
    static const struct {
        const char *cfg;
        double macs, parameters, biases;
    } nets[] = {
        {"cfg/cifar/vgg16.cfg", 0.3981, 14.728, 4224},
        {"cfg/cifar/resnet56.cfg", 0.1257, 0.856, 0},
        {"cfg/imagenet/resnet50.cfg", 4.0892, 25.557, 0},
    };
    (void)state;

    for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
        struct net net;
        net_load(&net, nets[k].cfg);
        const double macs = (double)ocsp_graph_macs(net.graph);
        const double parameters = (double)ocsp_graph_parameters(net.graph);
        print_message("# %s: %.0f MACs, %.0f parameters\n", nets[k].cfg, macs,
                      parameters);
        assert_true(fabs(macs / 1e9 - nets[k].macs) <= 0.00005);
        assert_true(fabs((parameters + nets[k].biases) / 1e6 - nets[k].parameters) <=
                    0.0005);
        net_clear(&net);
    }
}

/* ResNet-20 for 10 classes by hand: n = 3 blocks of two 3×3 convolutions per stage. */
static void resnet20_equals_a_count_by_hand(void **state)
{
    const int width[] = {16, 32, 64}, side[] = {32, 16, 8};
    uint64_t macs = 1024 * 27 * 16, parameters = 27 * 16 + 32;
    struct net net;
    (void)state;

    for (int stage = 0; stage < 3; stage++) {
        const int w = width[stage], pixels = side[stage] * side[stage];
        for (int conv = 0; conv < 6; conv++) {
            const int in = stage > 0 && conv == 0 ? w / 2 : w;
            macs += (uint64_t)(pixels * 9 * in * w);
            parameters += (uint64_t)(9 * in * w + 2 * w);
        }
        if (stage > 0) { /* projection */
            macs += (uint64_t)(pixels * w / 2 * w);
            parameters += (uint64_t)(w / 2 * w + 2 * w);
        }
    }
    macs += 640;
    parameters += 640 + 10;
    net_load(&net, "cfg/cifar/resnet20.cfg");
    assert_int_equal(ocsp_graph_macs(net.graph), macs);
    assert_int_equal(ocsp_graph_parameters(net.graph), parameters);
    net_clear(&net);
    net_load(&net, "tests/golden/resnet20.cfg");
    assert_int_equal(ocsp_graph_macs(net.graph), macs);
    assert_int_equal(ocsp_graph_parameters(net.graph), parameters);
    net_clear(&net);
}

static void every_kind_of_layer_counts_by_its_formula(void **state)
{
    struct net net;
    uint64_t macs[6], parameters[6];
    (void)state;

    net_parse(&net, "[net]\nwidth=8\nheight=6\nchannels=4\n"
                    /* 8·6 pixels, 6 filters over 2 channels of 3×3 */
                    "[convolutional]\nfilters=6\nsize=3\npad=1\ngroups=2\n"
                    "batch_normalize=1\n"
                    /* stride 2: 4·3 pixels, depthwise */
                    "[convolutional]\nfilters=6\nsize=3\npad=1\nstride=2\ngroups=6\n"
                    "[batchnorm]\n"
                    "[maxpool]\nsize=2\nstride=2\npadding=0\n" /* 2·1 pixels */
                    "[connected]\noutput=5\n"
                    "[connected]\noutput=3\nbatch_normalize=1\n");
    for (int i = 0; i < 6; i++) {
        const struct ocsp_layer *l = &net.graph->layers[i];
        macs[i] = ocsp_layer_macs(l);
        parameters[i] = ocsp_layer_parameters(l);
    }
    const uint64_t wanted_macs[] = {48 * 6 * 18, 12 * 6 * 9, 0, 0, 5 * 12, 3 * 5};
    const uint64_t wanted_parameters[] = {6 * 18 + 12, 6 * 9 + 6,  12,
                                          0,           5 * 12 + 5, 3 * 5 + 6};
    uint64_t sums[2] = {0};
    for (int i = 0; i < 6; i++) {
        assert_int_equal(macs[i], wanted_macs[i]);
        assert_int_equal(parameters[i], wanted_parameters[i]);
        sums[0] += macs[i];
        sums[1] += parameters[i];
    }
    assert_int_equal(ocsp_graph_macs(net.graph), sums[0]);
    assert_int_equal(ocsp_graph_parameters(net.graph), sums[1]);
    /* 4 of 6 filters, 2 of 4 input channels */
    assert_int_equal(ocsp_table_macs(&net.graph->layers[0].tables[0], 4, 2, 2),
                     48 * 4 * 9);
    assert_int_equal(ocsp_table_parameters(&net.graph->layers[0], 0, 4, 2, 2), 4 * 9 + 8);
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_counts_are_met),
        cmocka_unit_test(resnet20_equals_a_count_by_hand),
        cmocka_unit_test(every_kind_of_layer_counts_by_its_formula),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
