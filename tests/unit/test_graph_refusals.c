/* Nets that layers/graph.h refuses, with their messages. */
#include "layers/graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"

#define NET "[net]\nwidth=9\nheight=7\nchannels=4\n"

#define UNEQUAL                                                                          \
    "[convolutional]\nfilters=2\nstride=2\n[convolutional]\n[route]\nlayers=-1,-1\n"     \
    "[upsample]\n[route]\nlayers=-1,0\n"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nets_that_cannot_be_are_refused),
        cmocka_unit_test(convolutions_that_cannot_be_are_refused),
        cmocka_unit_test(other_layers_that_cannot_be_are_refused),
        cmocka_unit_test(nets_beyond_all_measure_are_refused),
        cmocka_unit_test(nets_with_too_many_parts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
