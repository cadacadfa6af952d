#include "prune/counts.h"
#include "prune/coupling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden_case.h"
#include "layers/macs.h"
#include "random_net.h"

static void golden_groups_are_found(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        struct golden golden;
        bool found[64] = {false};
        golden_load(&golden, golden_names[n]);
        assert_int_equal(golden.net.coupling->n_groups, json_array_size(golden.groups));
        for (size_t g = 0; g < json_array_size(golden.groups); g++) {
            const int ours = golden_group(&golden, g);
            assert_false(found[ours]);
            found[ours] = true;
        }
        golden_clear(&golden);
    }
}

/* Members as text: "layer part side slices;" each. */
static void describe(const struct ocsp_group *group, char text[256])
{
    size_t used = 0;
    for (int k = 0; k < group->n_members; k++) {
        const struct ocsp_member *m = &group->members[k];
        used += (size_t)snprintf(text + used, 256 - used, "%d %s %s %d;", m->layer,
                                 m->part == OCSP_WEIGHTS    ? "w"
                                 : m->part == OCSP_BN_SCALE ? "bn"
                                                            : "none",
                                 m->side == OCSP_OUT ? "out" : "in", m->slices);
    }
}

/* The net has these groups in this order, "<channels>: <members>" each. */
static void expect_groups(const char *text, int n, const char *const groups[])
{
    struct net net;
    net_parse(&net, text);
    assert_int_equal(net.coupling->n_groups, n);
    for (int g = 0; g < n; g++) {
        char members[256], line[300];
        describe(&net.coupling->groups[g], members);
        snprintf(line, sizeof line, "%d: %s", net.coupling->groups[g].channels, members);
        assert_string_equal(line, groups[g]);
    }
    net_clear(&net);
}

#define NET "[net]\nwidth=8\nheight=8\nchannels=3\n"
#define CONV(n) "[convolutional]\nfilters=" #n "\nactivation=relu\n"

static void layers_couple_by_their_meaning(void **state)
{
    (void)state;
    /* a batchnorm layer and the columns of a connected layer behind a map */
    expect_groups(NET CONV(4) "[batchnorm]\n[maxpool]\nsize=4\nstride=4\npadding=0\n"
                              "[connected]\noutput=2\n",
                  1, (const char *[]){"4: 0 w out 1;1 bn out 1;3 w in 4;"});
    /* a depthwise convolution of multiplier 2, and the same channels twice in a list */
    expect_groups(NET CONV(4) "[convolutional]\nfilters=8\ngroups=4\nbatch_normalize=1\n"
                              "[route]\nlayers=-1,-1\n" CONV(2),
                  1, (const char *[]){"4: 0 w out 1;1 w out 2;1 bn out 2;3 w in 4;"});
    /* a grouped convolution: position j of each of its groups */
    expect_groups(NET CONV(6) "[convolutional]\nfilters=4\ngroups=2\n" CONV(2), 2,
                  (const char *[]){"3: 0 w out 2;1 w in 2;", "2: 1 w out 2;2 w in 2;"});
    /* half of a map, by position */
    expect_groups(NET CONV(6) "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n" CONV(2), 1,
                  (const char *[]){"3: 0 w out 2;2 w in 1;"});
    /* a shortcut over a concatenation of two: 4 + 4 with 8 */
    expect_groups(NET CONV(4) CONV(4) "[route]\nlayers=0,1\n" CONV(
                      8) "[shortcut]\nfrom=-2\n" CONV(2),
                  2,
                  (const char *[]){"4: 0 w out 1;1 w in 1;3 w out 1;3 w in 1;5 w in 1;",
                                   "4: 1 w out 1;3 w out 1;3 w in 1;5 w in 1;"});
    /* a shortcut with two summands */
    expect_groups(
        NET CONV(4) CONV(4) CONV(4) "[shortcut]\nfrom=-2,-3\n" CONV(2), 1,
        (const char *[]){"4: 0 w out 1;1 w out 1;1 w in 1;2 w out 1;2 w in 1;4 w in 1;"});
    /* the channels that both summands have; the others stand alone */
    expect_groups(NET CONV(4) CONV(6) "[shortcut]\nfrom=-2\n" CONV(2), 2,
                  (const char *[]){"4: 0 w out 1;1 w out 1;1 w in 1;3 w in 1;",
                                   "2: 1 w out 1;3 w in 1;"});
    /* weights per summand and channel */
    expect_groups(NET CONV(4) CONV(4) "[shortcut]\nfrom=-2\nweights_type=per_channel\n"
                                      "weights_normalization=relu\n" CONV(2),
                  1,
                  (const char *[]){"4: 0 w out 1;1 w out 1;1 w in 1;2 w in 1;3 w in 1;"});
    /* squeeze and excitation */
    expect_groups(
        NET CONV(6) "[avgpool]\n" CONV(2) CONV(6) "[scale_channels]\nfrom=0\n" CONV(2), 2,
        (const char *[]){"6: 0 w out 1;2 w in 1;3 w out 1;5 w in 1;",
                         "2: 2 w out 1;3 w in 1;"});
    /* a factor for all channels, and a learned constant for each */
    expect_groups(NET CONV(6) CONV(1) "[scale_channels]\nfrom=0\nscale_wh=1\n" CONV(2), 1,
                  (const char *[]){"6: 0 w out 1;1 w in 1;3 w in 1;"});
    expect_groups(NET CONV(6) "[implicit]\nfilters=6\n[scale_channels]\nfrom=0\n" CONV(2),
                  1, (const char *[]){"6: 0 w out 1;1 w out 1;3 w in 1;"});
    /* blocks of 4 channels, and all repeated 4 times */
    expect_groups(NET CONV(8) "[reorg]\nstride=2\n" CONV(2), 1,
                  (const char *[]){"2: 0 w out 4;2 w in 16;"});
    expect_groups(NET CONV(6) "[reorg3d]\nstride=2\n" CONV(2), 1,
                  (const char *[]){"6: 0 w out 1;2 w in 4;"});
    expect_groups(NET CONV(6) "[history]\nhistory_size=3\n[empty]\n" CONV(2), 1,
                  (const char *[]){"6: 0 w out 1;3 w in 3;"});
    /* the largest of channels 0, 4 and 1, 5 and 2, 6 and 3, 7 */
    expect_groups(NET CONV(8) "[maxpool]\nmaxpool_depth=1\nout_channels=4\n" CONV(2), 1,
                  (const char *[]){"4: 0 w out 2;1 none out 1;2 w in 1;"});
    /* one set of filters for two layers */
    expect_groups(NET CONV(6) CONV(6) "[convolutional]\nfilters=6\nactivation=linear\n"
                                      "share_index=1\n" CONV(2),
                  1,
                  (const char *[]){"6: 0 w out 1;1 w out 1;1 w in 1;2 none out 1;2 "
                                   "none in 1;3 w in 1;"});
    /* a blur behind a convolution */
    expect_groups(NET "[convolutional]\nfilters=6\nstride=2\nantialiasing=1\n" CONV(2), 1,
                  (const char *[]){"6: 0 w out 1;1 w in 1;"});
}

static void expect_frozen(const char *text, int layer, const char *reason)
{
    struct net net;
    bool found = false;

    net_parse(&net, text);
    for (int r = 0; r < net.coupling->tables[layer].rows; r++)
        assert_int_equal(net.coupling->tables[layer].row[r], -1);
    for (int f = 0; f < net.coupling->n_frozen; f++)
        if (net.coupling->frozen[f].layer == layer) {
            found = true;
            assert_string_equal(net.coupling->frozen[f].reason, reason);
            assert_int_equal(net.coupling->frozen[f].channels,
                             net.coupling->tables[layer].rows);
        }
    assert_true(found);
    net_clear(&net);
}

static void heads_freeze_what_they_read(void **state)
{
    static const char *const heads[] = {
        "softmax",   "soft",          "cost", "yolo",        "region",
        "detection", "Gaussian_yolo", "iseg", "contrastive", "logistic"};
    (void)state;

    for (size_t k = 0; k < sizeof heads / sizeof *heads; k++) {
        char text[256], reason[128];
        snprintf(text, sizeof text, NET CONV(6) "[%s]\n", heads[k]);
        snprintf(reason, sizeof reason,
                 "layer 1 [%s]: a head with fixed outputs reads it", heads[k]);
        expect_frozen(text, 0, reason);
    }
    expect_frozen(NET CONV(6) CONV(2) "[yolo]\nembedding_layer=0\n", 0,
                  "layer 2 [yolo]: a head with fixed outputs reads it");
}

static void sections_we_do_not_follow_freeze_what_they_read(void **state)
{
    static const char deconvolution[] =
        "Debian's Darknet crashes on loading its weights, "
        "AlexeyAB's does not know it";
    const char *const sections[][3] = {
        {"l2norm", "", "it divides by the norm over all channels"},
        {"normalization", "", "it normalizes over neighbouring channels"},
        {"lrn", "", "it normalizes over neighbouring channels"},
        {"reorg", "stride=2\nreverse=1\n", "it mixes channels and places"},
        {"reorg3d", "stride=2\nreverse=1\n", "it mixes channels and places"},
        {"reorg", "flatten=1\n", "it mixes channels and places"},
        {"reorg", "stride=2\n", "stride= squared does not divide its channels evenly"},
        {"local", "filters=3\nsize=3\n", "its filters differ from place to place"},
        {"deconvolutional", "filters=3\nsize=2\nstride=2\n", deconvolution},
        {"deconv", "filters=3\nsize=2\nstride=2\n", deconvolution},
        {"rnn", "output=4\nhidden=5\n", "its state is fed back to it"},
        {"gru", "output=4\n", "its state is fed back to it"},
        {"lstm", "output=4\n", "its state is fed back to it"},
        {"crnn", "output=4\nhidden=5\n", "its state is fed back to it"},
        {"conv_lstm", "output=4\npad=1\n", "its state is fed back to it"},
    };
    (void)state;

    for (size_t k = 0; k < sizeof sections / sizeof *sections; k++) {
        char text[300], reason[128];
        snprintf(text, sizeof text, NET CONV(6) "[%s]\n%s" CONV(2), sections[k][0],
                 sections[k][1]);
        snprintf(reason, sizeof reason, "layer 1 [%s]: %s", sections[k][0],
                 sections[k][2]);
        expect_frozen(text, 0, reason);
    }
}

static void variants_that_are_not_exact_are_frozen_with_their_reason(void **state)
{
    static const char *const variants[][2] = {
        {"binary=1", "binary weights: a zero weight still counts"},
        {"xnor=1", "xnor weights: a zero weight still counts"},
        {"assisted_excitation=200", "assisted_excitation mixes its channels"},
        {"coordconv=1", "coordconv adds channels of its own"},
        {"sway=1", "sway ties its filters"},
        {"rotate=1", "rotate ties its filters"},
        {"stretch=1", "stretch ties its filters"},
        {"stretch_sway=1", "stretch_sway ties its filters"},
        {"flipped=1", "flipped weights are transposed at load, never back at save"},
        {"activation=normalize_channels", "normalize_channels mixes its channels"},
    };
    char text[400], reason[128];
    (void)state;

    for (size_t k = 0; k < sizeof variants / sizeof *variants; k++) {
        snprintf(text, sizeof text,
                 NET CONV(3) "[convolutional]\nfilters=3\nstride=1\n%s\n" CONV(2),
                 variants[k][0]);
        snprintf(reason, sizeof reason, "layer 1 [convolutional]: %s", variants[k][1]);
        expect_frozen(text, 0, reason);
        expect_frozen(text, 1, variants[k][1]);
    }
    expect_frozen(NET CONV(4) "[maxpool]\nsize=2\nstride=2\n" CONV(
                      4) "[shortcut]\nfrom=0\n" CONV(2),
                  2, "layer 3 [shortcut]: its summands differ in width or height");
    expect_frozen(NET CONV(6) "[route]\nlayers=-1\ngroups=4\n" CONV(2), 0,
                  "layer 1 [route]: groups= splits a channel");
    expect_frozen(
        NET CONV(4) "[activation]\nactivation=normalize_channels_softmax\n" CONV(2), 0,
        "layer 1 [activation]: normalize_channels mixes its channels");
    expect_frozen(NET CONV(4) "[connected]\noutput=4\nactivation=normalize_channels\n"
                              "[connected]\noutput=2\n",
                  1, "normalize_channels mixes its channels");
    expect_frozen(NET CONV(128) "[implicit]\n[scale_channels]\nfrom=0\n" CONV(2), 0,
                  "layer 1 [implicit]: it has no filters= whose number could change");
}

/* Two maps, 4 × 8×8 and 4 × 4×4, joined: 320 numbers. */
#define UNEQUAL                                                                          \
    NET CONV(4) "[convolutional]\nfilters=4\nstride=2\n"                                 \
                "[route]\nlayers=0,1\n"

static void what_reads_unequal_maps_as_one_freezes_them(void **state)
{
    (void)state;
    expect_frozen(
        UNEQUAL CONV(2), 0,
        "layer 3 [convolutional]: a convolution reads maps of unequal size as one: "
        "Darknet stops");
    expect_frozen(UNEQUAL "[convolutional]\nfilters=320\ngroups=320\n" CONV(2), 3,
                  "it reads maps of unequal size as one: Darknet stops");
    expect_frozen(UNEQUAL "[upsample]\n" CONV(2), 1,
                  "layer 3 [upsample]: maps of unequal size are read as one");
    expect_frozen(UNEQUAL "[batchnorm]\n" CONV(2), 1,
                  "layer 3 [batchnorm]: maps of unequal size are read as one");
    expect_frozen(UNEQUAL "[route]\nlayers=-1\ngroups=16\n" CONV(2), 1,
                  "layer 3 [route]: groups= splits maps of unequal size");
    expect_frozen(UNEQUAL "[route]\nlayers=1,0\n[shortcut]\nfrom=-2\n"
                          "[connected]\noutput=2\n",
                  0, "layer 4 [shortcut]: its summands are joined differently");
    expect_frozen(UNEQUAL "[dropout]\n[sam]\nfrom=-2\n" CONV(2), 1,
                  "layer 4 [sam]: maps of unequal size are read as one");
    expect_frozen(NET CONV(8) "[maxpool]\nstride=2\n[route]\nlayers=-1,-2\n[dropout]\n"
                              "[reorg]\nstride=1\n" CONV(2),
                  0, "layer 4 [reorg]: maps of unequal size are read as one");
    /* but a connected layer knows whose each number is */
    expect_groups(
        UNEQUAL "[connected]\noutput=2\n", 2,
        (const char *[]){"4: 0 w out 1;1 w in 1;3 w in 64;", "4: 1 w out 1;3 w in 16;"});
}

static void other_reasons(void **state)
{
    (void)state;
    expect_frozen(NET CONV(1) CONV(2), 0, "a group of one channel cannot lose it");
    expect_frozen(NET CONV(4), 0, "an output of the network");
    expect_frozen(NET CONV(4) CONV(2) "[route]\nlayers=0\n" CONV(3), 1,
                  "an output of the network");
    expect_frozen(NET "[convolutional]\nfilters=3\ngroups=3\n" CONV(2), 0,
                  "the input image");
    expect_frozen(NET CONV(4) CONV(4) "stopbackward=1\n" CONV(4) CONV(2), 0,
                  "stopbackward=1: it is not trained");
    expect_frozen(NET CONV(4) CONV(4) "stopbackward=1\n" CONV(4) CONV(2), 1,
                  "stopbackward=1: it is not trained");
    expect_groups(NET CONV(4) "stopbackward=no\n" CONV(2), 1,
                  (const char *[]){"4: 0 w out 1;1 w in 1;"});
    expect_groups(NET CONV(4) "stopbackward=1\n" CONV(4) CONV(2), 1,
                  (const char *[]){"4: 1 w out 1;2 w in 1;"});
    expect_frozen(NET CONV(3) "[shortcut]\nfrom=0\n[route]\nlayers=0\n" CONV(2), 0,
                  "layer 1 [shortcut]: an output of the network");
    expect_frozen(NET CONV(6) "[route]\nlayers=-1\ngroups=6\n" CONV(2), 0,
                  "a group of one channel cannot lose it");
}

/* Taking channels away and giving them back, in any order, ends where it began, and on
 * the way equals a count of the rewritten net. */
static void counts_follow_what_is_taken_and_given_back(void **state)
{
    struct random r = {31};
    (void)state;

    for (int n = 0; n < 60; n++) {
        struct net net, pruned;
        struct ocsp_counts counts;
        struct ocsp_plan plan;
        random_net(&net, &r, RANDOM_ANYTHING);
        random_plan(&net, &r, n % 3 == 0, &plan);
        MUST(ocsp_counts_init(&counts, net.coupling, &test_error));
        for (int g = net.coupling->n_groups - 1; g >= 0; g--) {
            int taken = 0;
            for (int c = 0; c < net.coupling->groups[g].channels; c++)
                taken += plan.removed[net.coupling->groups[g].first + c];
            ocsp_counts_remove(&counts, g, net.coupling->groups[g].channels - 1);
            ocsp_counts_remove(&counts, g, taken - net.coupling->groups[g].channels + 1);
        }
        net_prune(&net, &plan, &pruned); /* checks the plan's counts */
        assert_int_equal(counts.macs, ocsp_graph_macs(pruned.graph));
        assert_int_equal(counts.parameters, ocsp_graph_parameters(pruned.graph));
        for (int i = 0; i < net.graph->n_layers; i++)
            assert_int_equal(counts.rows[i], pruned.graph->layers[i].tables[0].rows);
        ocsp_counts_clear(&counts);
        ocsp_plan_clear(&plan);
        net_clear(&net);
        net_clear(&pruned);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_groups_are_found),
        cmocka_unit_test(layers_couple_by_their_meaning),
        cmocka_unit_test(heads_freeze_what_they_read),
        cmocka_unit_test(sections_we_do_not_follow_freeze_what_they_read),
        cmocka_unit_test(variants_that_are_not_exact_are_frozen_with_their_reason),
        cmocka_unit_test(what_reads_unequal_maps_as_one_freezes_them),
        cmocka_unit_test(other_reasons),
        cmocka_unit_test(counts_follow_what_is_taken_and_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
