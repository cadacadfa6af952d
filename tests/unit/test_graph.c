#include "layers/graph.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "layers/flat_route.h"

#define NET "[net]\nwidth=9\nheight=7\nchannels=4\n"

/* Shape of the output of a layer behind a 9 × 7 × 4 image. */
static void expect_shape(const char *section, int w, int h, int c)
{
    char text[512];
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;

    snprintf(text, sizeof text, NET "%s", section);
    MUST(ocsp_cfg_parse(&cfg, "test.cfg", text, strlen(text), &test_error));
    MUST(ocsp_graph_new(&graph, cfg, &test_error));
    const struct ocsp_layer *l = &graph->layers[graph->n_layers - 1];
    if (l->out_w != w || l->out_h != h || l->out_c != c) {
        print_error("%d × %d × %d, expected %d × %d × %d for\n%s", l->out_w, l->out_h,
                    l->out_c, w, h, c, section);
        fail();
    }
    assert_int_equal(l->outputs, w * h * c);
    ocsp_graph_free(graph);
    ocsp_cfg_free(cfg);
}

static void shapes_are_the_hosts(void **state)
{
    (void)state;
    expect_shape("[convolutional]\n", 9, 7, 1);
    expect_shape("[conv]\nfilters=5\nsize=3\n", 7, 5, 5);
    expect_shape("[convolutional]\nfilters=5\nsize=3\npad=1\n", 9, 7, 5);
    expect_shape("[convolutional]\nfilters=5\nsize=3\npad=1\nstride=2\n", 5, 4, 5);
    expect_shape("[convolutional]\nfilters=5\nsize=4\npadding=3\n", 12, 10, 5);
    expect_shape("[convolutional]\nsize=3\npadding=7\npad=1\n", 9, 7, 1); /* pad wins */
    expect_shape("[convolutional]\nsize=3\npad=1\ndilation=2\n", 9, 7, 1);
    expect_shape("[convolutional]\npad=1\nsize=3\nstride_x=3\nstride_y=2\n", 3, 4, 1);
    expect_shape("[convolutional]\nfilters=8\ngroups=4\n", 9, 7, 8);
    expect_shape("[connected]\noutput=6\n", 1, 1, 6);
    expect_shape("[conn]\n", 1, 1, 1);
    expect_shape("[batchnorm]\n", 9, 7, 4);
    expect_shape("[maxpool]\nsize=2\nstride=2\n", 5, 4, 4);
    expect_shape("[maxpool]\nsize=2\nstride=1\n", 9, 7, 4);
    expect_shape("[max]\nstride=3\n", 3, 3, 4); /* size=stride; padding=size − 1 */
    expect_shape("[maxpool]\nstride=3\nstride_x=2\nsize=2\npadding=0\n", 4, 2, 4);
    expect_shape("[maxpool]\nstride=4\nstride_x=1\npadding=0\n", 6, 1, 4);
    expect_shape("[maxpool]\nmaxpool_depth=1\nout_channels=3\n", 9, 7, 3);
    expect_shape("[local_avgpool]\nsize=3\nstride=3\npadding=0\n", 3, 2, 4);
    expect_shape("[avgpool]\n", 1, 1, 4);
    expect_shape("[upsample]\n", 18, 14, 4);
    expect_shape("[upsample]\nstride=-2\n", 4, 3, 4);
    expect_shape("[dropout]\n", 9, 7, 4);
    expect_shape("[activation]\n", 9, 7, 4);
    expect_shape("[crop]\ncrop_width=5\ncrop_height=6\n", 5, 6, 4);
    expect_shape("[softmax]\n", 9, 7, 4);
    expect_shape("[reorg]\nstride=1\n", 9, 7, 4);
    expect_shape("[reorg]\nstride=2\nreverse=1\n", 18, 14, 1);
    expect_shape("[crop]\ncrop_width=8\ncrop_height=6\n[reorg]\nstride=2\n", 4, 3, 16);
    expect_shape("[crop]\ncrop_width=8\ncrop_height=6\n[reorg3d]\nstride=2\n", 4, 3, 16);
    expect_shape("[history]\nhistory_size=3\n", 9, 7, 12);
    expect_shape("[local]\nfilters=3\nsize=3\nstride=2\n", 4, 3, 3);
    expect_shape("[deconv]\nfilters=3\nsize=2\nstride=2\n", 18, 14, 3);
    expect_shape("[rnn]\noutput=6\nhidden=3\n", 1, 1, 6);
    expect_shape("[gru]\noutput=6\n", 1, 1, 6);
    expect_shape("[crnn]\noutput=6\nhidden=3\n", 9, 7, 6);
    expect_shape("[implicit]\nfilters=6\natoms=2\n", 1, 2, 6);
}

static void edges_are_read_in_either_spelling(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, NET "[convolutional]\nfilters=4\n[convolutional]\nfilters=4\n"
                        "[shortcut]\nfrom= -2 , 0 # both\nactivation=relu\n"
                        "[route]\nlayers=-1, 1;two\n"
                        "[route]\nlayers=3\ngroups=2\ngroup_id=1\n"
                        "[convolutional]\nfilters=2\nstride=2\n"
                        "[route]\nlayers=0,-1\n"
                        "[connected]\noutput=3\n");
    const struct ocsp_layer *l = net.graph->layers;
    assert_int_equal(l[2].n_from, 2);
    assert_true(l[2].from[0] == 0 && l[2].from[1] == 0 && l[2].reads_before);
    assert_int_equal(l[3].n_from, 2);
    assert_true(l[3].from[0] == 2 && l[3].from[1] == 1 && !l[3].reads_before);
    assert_int_equal(l[3].out_c, 8);
    assert_int_equal(l[4].out_c, 4);
    /* maps of unequal size: 9·7·4 + 5·4·2 numbers */
    assert_true(l[6].out_w == 1 && l[6].out_h == 1 && l[6].out_c == 292);
    assert_int_equal(l[7].inputs, 292);
    assert_int_equal(l[7].tables[0].length, 3 * 292);
    net_clear(&net);
}

#define UNEQUAL                                                                          \
    "[convolutional]\nfilters=2\nstride=2\n[convolutional]\n[route]\nlayers=-1,-1\n"     \
    "[upsample]\n[route]\nlayers=-1,0\n"

static void routes_of_unequal_maps_know_who_needs_a_map(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, NET UNEQUAL "[dropout]\n[connected]\noutput=3\n[connected]\n");
    const struct ocsp_layer *l = net.graph->layers;
    assert_true(!l[2].flat && !l[3].flat && l[4].flat == &l[4] && l[5].flat == &l[4]);
    assert_true(!l[6].flat && !l[4].map_reader);
    MUST(ocsp_flat_route_check(net.graph, &test_error));
    net_clear(&net);

    /* by another route; a vector joined to it is no map either */
    net_parse(&net, NET UNEQUAL "[avgpool]\n[dropout]\n[route]\nlayers=-1,4\n[local]\n");
    l = net.graph->layers;
    assert_true(l[4].map_reader == &l[5] && !l[5].flat);
    assert_true(l[7].flat == &l[4] && l[8].is_frozen);
    REFUSES(ocsp_flat_route_check(net.graph, &test_error), OCSP_E_FORMAT,
            "test.cfg:13: layer 4 [route]: in a net of 9x7 it joins layer 3 (10x8) and "
            "layer 0 (5x4), but layer 5 [avgpool] needs maps of one size");
    net_clear(&net);
}

static void factors_are_read_with_their_defaults(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, NET "[convolutional]\nfilters=4\n[upsample]\nstride=1\n"
                        "[upsample]\nstride=1\nscale=.5 # half\n[shortcut]\nfrom=0\n"
                        "[shortcut]\nfrom=0\nalpha=0.25\nbeta=-2\n"
                        "[upsample]\nstride=-2\nscale=3\n"
                        "[crop]\n[crop]\nnoadjust=1\n");
    const struct ocsp_layer *l = net.graph->layers;
    assert_true(l[0].scale == 1 && l[0].shift == 0 && l[0].alpha == 1 && l[0].beta == 1);
    assert_true(l[1].scale == 1 && l[2].scale == 0.5 && l[2].shift == 0);
    assert_true(l[3].alpha == 1 && l[3].beta == 1);
    assert_true(l[4].alpha == 0.25 && l[4].beta == -2 && l[4].scale == 1);
    assert_true(l[5].scale == 12); /* the sum of four */
    assert_true(l[6].scale == 2 && l[6].shift == -1);
    assert_true(l[7].scale == 1 && l[7].shift == 0);
    net_clear(&net);
}

static void a_net_without_an_image_has_inputs(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, "[network]\ninputs=30\n[connected]\noutput=7\n");
    assert_true(net.graph->w == 1 && net.graph->h == 1 && net.graph->c == 30);
    assert_int_equal(net.graph->layers[0].tables[0].length, 210);
    net_clear(&net);
}

struct refusal {
    const char *text, *message;
    enum ocsp_status status;
};

static void expect_refusals(const struct refusal *cases, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        struct ocsp_cfg *cfg;
        struct ocsp_graph *graph = NULL;
        MUST(ocsp_cfg_parse(&cfg, "t.cfg", cases[k].text, strlen(cases[k].text),
                            &test_error));
        REFUSES(ocsp_graph_new(&graph, cfg, &test_error), cases[k].status,
                cases[k].message);
        assert_null(graph);
        ocsp_cfg_free(cfg);
    }
}

static void nets_that_cannot_be_are_refused(void **state)
{
    static const struct refusal cases[] = {
        {"[conv]\n[net]\n", "t.cfg:1: the first section is [conv], it must be [net]",
         OCSP_E_FORMAT},
        {NET, "t.cfg:1: no layer behind [net]", OCSP_E_FORMAT},
        {"[net]\nwidth=3\n[conv]\n",
         "t.cfg:1: [net] needs width=, height= and channels= of at least 1, or inputs=",
         OCSP_E_RANGE},
        {"[net]\nwidth=3\nheight=0\nchannels=3\n[conv]\n",
         "t.cfg:3: [net] needs width=, height= and channels= of at least 1, or inputs=",
         OCSP_E_RANGE},
        {"[net]\nwidth=3\ninputs=0\n[conv]\n",
         "t.cfg:3: [net] inputs= is out of range 1 to 2^30", OCSP_E_RANGE},
        {"[net]\nwidth=-3\n[conv]\n",
         "t.cfg:2: [net] width=-3 is out of range 1 to 1000000", OCSP_E_RANGE},
        {"[net]\nwidth=1000000\nheight=1000000\nchannels=1000000\n[conv]\n",
         "t.cfg:1: [net] width, height and channels make more than 2^30 numbers",
         OCSP_E_RANGE},
        {"[net]\nwidth=many\n[conv]\n", "t.cfg:2: width=many is not a whole number",
         OCSP_E_FORMAT},
        {NET "[convolve]\n",
         "t.cfg:5: layer 0 [convolve]: this section type is unknown to ocsp, its shape "
         "cannot be told",
         OCSP_E_UNSUPPORTED},
        {NET "[]\n",
         "t.cfg:5: layer 0 []: this section type is unknown to ocsp, its shape cannot be "
         "told",
         OCSP_E_UNSUPPORTED},
    };
    (void)state;
    expect_refusals(cases, sizeof cases / sizeof *cases);
}

static void convolutions_that_cannot_be_are_refused(void **state)
{
    static const struct refusal cases[] = {
        {NET "[conv]\nfilters=x\n", "t.cfg:6: filters=x is not a whole number",
         OCSP_E_FORMAT},
        {NET "[conv]\nfilters=0\n",
         "t.cfg:6: layer 0 [conv]: filters=0 is out of range 1 to 1000000", OCSP_E_RANGE},
        {NET "[conv]\nstride=0\n",
         "t.cfg:6: layer 0 [conv]: stride=0 is out of range 1 to 1000000", OCSP_E_RANGE},
        {NET "[conv]\nsize=2000000\n",
         "t.cfg:6: layer 0 [conv]: size=2000000 is out of range 1 to 1000000",
         OCSP_E_RANGE},
        {NET "[conv]\npadding=-1\n",
         "t.cfg:6: layer 0 [conv]: padding=-1 is out of range 0 to 1000000",
         OCSP_E_RANGE},
        {NET "[conv]\nfilters=6\ngroups=4\n",
         "t.cfg:7: layer 0 [conv]: groups= does not divide its filters evenly",
         OCSP_E_FORMAT},
        {NET "[conv]\nfilters=6\ngroups=3\n",
         "t.cfg:7: layer 0 [conv]: groups= does not divide its input channels evenly",
         OCSP_E_FORMAT},
        {NET "[conv]\nsize=8\n",
         "t.cfg:6: layer 0 [conv]: its kernel is larger than its input", OCSP_E_FORMAT},
        {NET "[conv]\nfilters=1000000\nsize=9\npad=1\n[conv]\nfilters=1000000\n",
         "t.cfg:9: layer 1 [conv]: it has more than 2^30 weights", OCSP_E_RANGE},
        {NET "[conv]\nfilters=1000000\nsize=1000000\npadding=500000\n",
         "t.cfg:5: layer 0 [conv]: it has more than 2^30 weights", OCSP_E_RANGE},
        {NET "[conv]\nfilters=1000000\npadding=1000\n",
         "t.cfg:5: layer 0 [conv]: its output is larger than 2^30 numbers", OCSP_E_RANGE},
        {NET "[conv]\nfilters=4\n[shortcut]\nfrom=0\nweights_type=per_channel\n",
         "t.cfg:7: layer 1 [shortcut]: weights_type= needs "
         "weights_normalization=relu or softmax",
         OCSP_E_FORMAT},
        {NET "[conv]\nfilters=4\n[shortcut]\nfrom=0\nweights_type=each\n",
         "t.cfg:9: layer 1 [shortcut]: weights_type= is none, per_feature or per_channel",
         OCSP_E_FORMAT},
        {NET "[maxpool]\n[conv]\nshare_index=-1\n",
         "t.cfg:7: layer 1 [conv]: it shares with no convolution", OCSP_E_FORMAT},
        {NET "[conv]\nfilters=2\n[conv]\nfilters=2\nshare_index=-1\n",
         "t.cfg:9: layer 1 [conv]: filters=, size=, groups= or input channels differ "
         "from "
         "those of the layer it shares with",
         OCSP_E_FORMAT},
        {NET "[conv]\nfilters=4\nstride=2\nantialiasing=1\n[conv]\n[route]\nlayers=0\n",
         "t.cfg:11: layer 2 [route]: it reads a layer with antialiasing= by its index: "
         "Darknet takes that layer's size for the one before the blur",
         OCSP_E_UNSUPPORTED},
        {NET "[conv]\nshare_index=0\n",
         "t.cfg:6: layer 0 [conv]: it shares with another layer, but none stands before "
         "it",
         OCSP_E_RANGE},
    };
    (void)state;
    expect_refusals(cases, sizeof cases / sizeof *cases);
}

static void other_layers_that_cannot_be_are_refused(void **state)
{
    static const struct refusal cases[] = {
        {NET "[maxpool]\nsize=20\npadding=0\n",
         "t.cfg:6: layer 0 [maxpool]: its window is larger than its input",
         OCSP_E_FORMAT},
        {NET "[conv]\n[shortcut]\n",
         "t.cfg:6: layer 1 [shortcut]: it does not say which layers it reads",
         OCSP_E_FORMAT},
        {NET "[conv]\n[shortcut]\nfrom=1\n",
         "t.cfg:7: layer 1 [shortcut]: it reads layer 1, but those before it are 0 to 0, "
         "or -1 to -1 counted back",
         OCSP_E_RANGE},
        {NET "[conv]\n[shortcut]\nfrom=-2\n",
         "t.cfg:7: layer 1 [shortcut]: it reads layer -2, but those before it are 0 to "
         "0, or -1 to -1 counted back",
         OCSP_E_RANGE},
        {NET "[conv]\n[route]\nlayers=-9223372036854775808\n",
         "t.cfg:7: layer 1 [route]: it reads layer -9223372036854775808, but those "
         "before it are 0 to 0, or -1 to -1 counted back",
         OCSP_E_RANGE},
        {NET "[conv]\n[route]\nlayers=99999999999999999999\n",
         "t.cfg:7: layer 1 [route]: it reads layer 99999999999999999999, but those "
         "before it are 0 to 0, or -1 to -1 counted back",
         OCSP_E_RANGE},
        {NET "[conv]\n[route]\nlayers=0,\n",
         "t.cfg:7: layer 1 [route]: its list of layers holds something other than whole "
         "numbers",
         OCSP_E_FORMAT},
        {NET "[conv]\n[route]\nlayers=0 # one, or two\n",
         "t.cfg:7: layer 1 [route]: a comma in the comment behind its list of layers",
         OCSP_E_FORMAT},
        {NET "[conv]\n[route]\nlayers=0:-1\n",
         "t.cfg:7: layer 1 [route]: its list of layers holds something other than whole "
         "numbers",
         OCSP_E_FORMAT},
        {NET "[route]\nlayers=0\n",
         "t.cfg:6: layer 0 [route]: it reads another layer, but none stands before it",
         OCSP_E_RANGE},
        {NET "[conv]\n[route]\nlayers=0\ngroups=2\n",
         "t.cfg:8: layer 1 [route]: groups= does not divide its input evenly",
         OCSP_E_FORMAT},
        {NET "[conv]\nfilters=2\n[route]\nlayers=0\ngroups=2\ngroup_id=2\n",
         "t.cfg:10: layer 1 [route]: group_id=2 is out of range 0 to 1", OCSP_E_RANGE},
        {NET "[upsample]\nstride=0\n",
         "t.cfg:6: layer 0 [upsample]: stride=0: nothing would be left of its input",
         OCSP_E_RANGE},
        {NET "[upsample]\nstride=-8\n",
         "t.cfg:5: layer 0 [upsample]: its output would be empty", OCSP_E_FORMAT},
        {NET "[upsample]\nstride=100000\n",
         "t.cfg:5: layer 0 [upsample]: its output is larger than 2^30 numbers",
         OCSP_E_RANGE},
        {NET "[upsample]\nscale=big\n", "t.cfg:6: scale=big is not a finite number",
         OCSP_E_FORMAT},
        {NET "[conv]\n[shortcut]\nfrom=0\nalpha=1e999\n",
         "t.cfg:8: alpha=1e999 is not a finite number", OCSP_E_FORMAT},
        {NET "[conv]\n[shortcut]\nfrom=0\nbeta=nan\n",
         "t.cfg:8: beta=nan is not a finite number", OCSP_E_FORMAT},
        {NET "[crop]\ncrop_width=10\n",
         "t.cfg:6: layer 0 [crop]: crop_width=10 is out of range 1 to 9", OCSP_E_RANGE},
        {NET "[connected]\noutput=1000000\n[connected]\noutput=1000000\n",
         "t.cfg:7: layer 1 [connected]: it has more than 2^30 weights", OCSP_E_RANGE},
        {NET "[local]\nsize=8\n",
         "t.cfg:6: layer 0 [local]: its kernel is larger than its input", OCSP_E_FORMAT},
        {NET "[deconv]\nsize=1\npadding=9\n",
         "t.cfg:5: layer 0 [deconv]: its output would be empty", OCSP_E_FORMAT},
        {NET "[maxpool]\nmaxpool_depth=1\nout_channels=5\n",
         "t.cfg:7: layer 0 [maxpool]: it makes more channels than it reads",
         OCSP_E_FORMAT},
        {NET "[maxpool]\nmaxpool_depth=1\nout_channels=0\n",
         "t.cfg:7: layer 0 [maxpool]: out_channels=0 is out of range 1 to 1000000",
         OCSP_E_RANGE},
        {NET "[reorg]\nextra=-1\n",
         "t.cfg:6: layer 0 [reorg]: extra=-1 is out of range 0 to 1000000", OCSP_E_RANGE},
        {NET "[local]\nfilters=0\n",
         "t.cfg:6: layer 0 [local]: filters=0 is out of range 1 to 1000000",
         OCSP_E_RANGE},
        {NET "[deconv]\nfilters=1000000\nsize=1000\n",
         "t.cfg:5: layer 0 [deconv]: it has more than 2^30 weights", OCSP_E_RANGE},
        {NET "[rnn]\noutput=1000000\n",
         "t.cfg:5: layer 0 [rnn]: it has more than 2^30 weights", OCSP_E_RANGE},
        {NET "[rnn]\nhidden=0\n",
         "t.cfg:6: layer 0 [rnn]: hidden=0 is out of range 1 to 1000000", OCSP_E_RANGE},
        {NET "[crnn]\ngroups=0\n",
         "t.cfg:6: layer 0 [crnn]: groups=0 is out of range 1 to 1000000", OCSP_E_RANGE},
        {NET "[conv_lstm]\npadding=-1\n",
         "t.cfg:6: layer 0 [conv_lstm]: padding=-1 is out of range 0 to 1000000",
         OCSP_E_RANGE},
        {NET "[conv_lstm]\nsize=20\nstride=1\n",
         "t.cfg:5: layer 0 [conv_lstm]: its output would be empty", OCSP_E_FORMAT},
        {NET "[sam]\n", "t.cfg:5: layer 0 [sam]: it does not say which layers it reads",
         OCSP_E_FORMAT},
        {NET "[reorg]\nstride=10\n",
         "t.cfg:6: layer 0 [reorg]: stride= does not divide its input's width and height "
         "evenly: Darknet would write beyond its output",
         OCSP_E_FORMAT},
    };
    (void)state;
    expect_refusals(cases, sizeof cases / sizeof *cases);
}

/* A few bytes ask for much memory or time. */
static void nets_beyond_all_measure_are_refused(void **state)
{
    static const struct refusal cases[] = {
        {"[net]\ninputs=5000000\n[dropout]\n",
         "t.cfg:3: layer 0 [dropout]: the net has more than 2^22 channels, filters and "
         "inputs up to here",
         OCSP_E_RANGE},
        {"[net]\nwidth=1000\nheight=1000\nchannels=1000\n[connected]\n",
         "t.cfg:5: layer 0 [connected]: the net has more than 2^22 channels, filters and "
         "inputs up to here",
         OCSP_E_RANGE},
        {NET "[conv]\nfilters=1000000\n[route]\nlayers=0\n[dropout]\n",
         "t.cfg:9: layer 2 [dropout]: the net has more than 2^22 channels, filters and "
         "inputs "
         "up to here",
         OCSP_E_RANGE},
        {"[net]\nwidth=32768\nheight=32768\nchannels=1\n[conv]\nsize=4096\n",
         "t.cfg:5: layer 0 [conv]: the net has more than 2^53 multiply-accumulates up to "
         "here",
         OCSP_E_RANGE},
        /* the cause comes first */
        {NET UNEQUAL "[conv]\nfilters=1000000\n[route]\nlayers=-1\n[dropout]\n",
         "t.cfg:13: layer 4 [route]: in a net of 9x7 it joins layer 3 (10x8) and layer 0 "
         "(5x4), but layer 5 [conv] needs maps of one size",
         OCSP_E_FORMAT},
        {NET UNEQUAL "[reorg]\nstride=2\n",
         "t.cfg:13: layer 4 [route]: in a net of 9x7 it joins layer 3 (10x8) and layer 0 "
         "(5x4), but layer 5 [reorg] needs maps of one size",
         OCSP_E_FORMAT},
        {NET "[crnn]\nsize=1000000\n",
         "t.cfg:5: layer 0 [crnn]: it has more than 2^30 weights", OCSP_E_RANGE},
        {"[net]\nwidth=1\nheight=1\nchannels=1000000\n"
         "[conv_lstm]\nsize=1000000\npadding=500000\n",
         "t.cfg:5: layer 0 [conv_lstm]: it has more than 2^30 weights", OCSP_E_RANGE},
    };
    (void)state;
    expect_refusals(cases, sizeof cases / sizeof *cases);
}

/* `line` n times behind a convolution, or in the list of a shortcut. */
static void expect_refusal_of_many(const char *format, const char *line, int n,
                                   const char *message)
{
    char *many = malloc((size_t)n * strlen(line) + 1), *text;
    size_t used = 0;

    assert_non_null(many);
    for (int k = 0; k < n; k++, used += strlen(line))
        strcpy(many + used, line);
    text = malloc(used + 256);
    assert_non_null(text);
    snprintf(text, used + 256, format, many);
    const struct refusal refusal = {text, message, OCSP_E_RANGE};
    expect_refusals(&refusal, 1);
    free(many);
    free(text);
}

static void nets_with_too_many_parts_are_refused(void **state)
{
    (void)state;
    expect_refusal_of_many(
        NET "%s", "[dropout]\n", 4097,
        "t.cfg:4101: layer 4096 [dropout]: the net has more than 4096 layers");
    expect_refusal_of_many(NET "[conv]\n[shortcut]\nfrom=0%s\n", ",0", 256,
                           "t.cfg:7: layer 1 [shortcut]: it reads more than 256 layers");
}

static void lists_of_layers_name_layers_that_are_there(void **state)
{
    static const char *const lists[] = {
        "x", "3", "1-", "1-x", "2-1", "0-3", "0,,1", "0;1", "99999999999999999999"};
    struct net net;
    char message[256];
    (void)state;

    net_parse(&net, NET "[conv]\n[conv]\n[conv]\n");
    for (size_t k = 0; k < sizeof lists / sizeof *lists; k++) {
        const char *wrong = strchr(lists[k], ',') ? lists[k] + 2 : lists[k];
        snprintf(message, sizeof message,
                 "-keep-layers %s: '%.20s' is no list of layers of test.cfg, such as "
                 "3,7-9; they go from 0 to 2",
                 lists[k], wrong);
        REFUSES(ocsp_graph_fix(net.graph, lists[k], false, "keep-layers", &test_error),
                OCSP_E_RANGE, message);
    }
    net_clear(&net);
    net_parse(&net, NET "[conv]\n[conv]\n[conv]\n[conv]\n");
    MUST(ocsp_graph_fix(net.graph, "", true, "freeze-layers", &test_error));
    MUST(ocsp_graph_fix(net.graph, "1-2", false, "keep-layers", &test_error));
    MUST(ocsp_graph_fix(net.graph, "2,3", true, "freeze-layers", &test_error));
    for (int i = 0; i < 4; i++) {
        assert_int_equal(net.graph->layers[i].fixed_outputs, i > 0);
        assert_int_equal(net.graph->layers[i].fixed_inputs, i > 1);
    }
    net_clear(&net);
}

static void who_shares_with_a_sharer_shares_with_its_owner(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, NET "[conv]\nfilters=4\n[conv]\nfilters=4\n"
                        "[conv]\nfilters=4\nshare_index=1\n"
                        "[conv]\nfilters=4\nshare_index=-1\n");
    assert_int_equal(net.graph->layers[1].shares, -1);
    assert_int_equal(net.graph->layers[2].shares, 1);
    assert_int_equal(net.graph->layers[3].shares, 1);
    net_clear(&net);
}

/* The host's own cfgs, with single bytes replaced: a graph and its groups, or an error.
 */
static void damaged_cfgs_are_read_or_refused(void **state)
{
    static const char alphabet[] = "0123456789-,=[]\n#x";
    const char *const patterns[] = {"tests/golden/*.cfg", "cfg/resnet20*.cfg",
                                    "/usr/share/darknet/cfg/yolov3-tiny.cfg",
                                    "/usr/share/darknet/cfg/gru.cfg"};
    struct random r = {51};
    glob_t found;
    int accepted = 0, refused = 0;
    (void)state;

    for (int p = 0; p < 4; p++)
        glob(patterns[p], p > 0 ? GLOB_APPEND : 0, NULL, &found);
    for (size_t k = 0; k < 200 * found.gl_pathc; k++) {
        struct ocsp_cfg *whole, *cfg;
        struct ocsp_graph *graph;
        struct ocsp_coupling *coupling;
        size_t size;
        MUST(ocsp_cfg_load(&whole, found.gl_pathv[k % found.gl_pathc], &test_error));
        char *text = strdup(ocsp_cfg_text(whole, &size));
        assert_non_null(text);
        ocsp_cfg_free(whole);
        for (int n = 0; n < 3; n++)
            text[random_below(&r, (int)size)] =
                alphabet[random_below(&r, (int)sizeof alphabet - 1)];
        if (ocsp_cfg_parse(&cfg, "t.cfg", text, size, &test_error) == OCSP_OK) {
            if (ocsp_graph_new(&graph, cfg, &test_error) == OCSP_OK) {
                if (ocsp_coupling_new(&coupling, graph, &test_error) == OCSP_OK)
                    ocsp_coupling_free(coupling);
                ocsp_graph_free(graph);
                accepted++;
            }
            ocsp_cfg_free(cfg);
        }
        free(text);
        refused = (int)k + 1 - accepted;
    }
    globfree(&found);
    print_message("# %d read, %d refused\n", accepted, refused);
    assert_true(accepted > 10 && refused > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_the_hosts),
        cmocka_unit_test(edges_are_read_in_either_spelling),
        cmocka_unit_test(routes_of_unequal_maps_know_who_needs_a_map),
        cmocka_unit_test(factors_are_read_with_their_defaults),
        cmocka_unit_test(a_net_without_an_image_has_inputs),
        cmocka_unit_test(nets_that_cannot_be_are_refused),
        cmocka_unit_test(convolutions_that_cannot_be_are_refused),
        cmocka_unit_test(other_layers_that_cannot_be_are_refused),
        cmocka_unit_test(nets_beyond_all_measure_are_refused),
        cmocka_unit_test(nets_with_too_many_parts_are_refused),
        cmocka_unit_test(lists_of_layers_name_layers_that_are_there),
        cmocka_unit_test(who_shares_with_a_sharer_shares_with_its_owner),
        cmocka_unit_test(damaged_cfgs_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
