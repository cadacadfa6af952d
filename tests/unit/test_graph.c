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
    const char *const patterns[] = {"tests/golden/*.cfg", "cfg/cifar/resnet20.cfg",
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
        cmocka_unit_test(lists_of_layers_name_layers_that_are_there),
        cmocka_unit_test(who_shares_with_a_sharer_shares_with_its_owner),
        cmocka_unit_test(damaged_cfgs_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
