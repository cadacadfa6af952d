#include "prune/backbone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "prune/body.h"
#include "prune/feature_maps.h"

#define NET "[net]\nwidth=32\nheight=32\nchannels=3\n"
#define CONV(filters, size, stride)                                                      \
    "[convolutional]\nbatch_normalize=1\nfilters=" #filters "\nsize=" #size              \
    "\nstride=" #stride "\npad=1\nactivation=relu\n"
#define AVGPOOL "[avgpool]\n"
#define CONNECTED "[connected]\noutput=5\n"
#define SOFTMAX "[softmax]\n"
/* stride 32, one layer per halving */
#define DEEP                                                                             \
    CONV(4, 3, 2) CONV(4, 3, 2) CONV(6, 3, 2) CONV(6, 3, 1) CONV(8, 3, 2) CONV(8, 3, 2)

static int body_of(const char *text)
{
    struct net net;
    int n;

    net_parse(&net, text);
    MUST(ocsp_body_find(net.graph, &n, &test_error));
    net_clear(&net);
    return n;
}

static void the_classifying_layers_are_cut_off(void **state)
{
    (void)state;
    assert_int_equal(body_of(NET CONV(4, 3, 1) AVGPOOL CONNECTED SOFTMAX), 1);
    assert_int_equal(body_of(NET CONV(4, 3, 1) AVGPOOL CONV(5, 1, 1) SOFTMAX), 1);
    assert_int_equal(body_of(NET CONV(4, 3, 1) AVGPOOL CONV(9, 1, 1) CONV(5, 1, 1)), 1);
    assert_int_equal(body_of(NET CONV(4, 3, 1) CONV(5, 1, 1) AVGPOOL SOFTMAX "[cost]\n"),
                     1);
    assert_int_equal(body_of(NET CONV(4, 3, 1) "[dropout]\n" CONV(5, 1, 1) AVGPOOL), 1);
    assert_int_equal(body_of(NET CONV(4, 3, 1) "[dropout]\n" AVGPOOL CONNECTED), 1);
    assert_int_equal(
        body_of(NET CONV(4, 3, 1) "[maxpool]\nsize=2\nstride=2\n[connected]\noutput=7\n"
                                  "[dropout]\n" CONNECTED SOFTMAX),
        2);
    /* a 1x1 convolution with another count than the classes, or with weights behind */
    assert_int_equal(body_of(NET CONV(4, 3, 1) CONV(6, 1, 1) AVGPOOL CONNECTED), 2);
    assert_int_equal(body_of(NET CONV(4, 3, 1) CONV(5, 1, 1) AVGPOOL CONNECTED), 2);
    /* nothing to cut */
    assert_int_equal(body_of(NET CONV(4, 3, 1) CONV(5, 1, 1)), 2);
    /* the pooling of squeeze and excitation is none of the head */
    assert_int_equal(body_of(NET CONV(4, 3, 1) AVGPOOL CONV(
                         4, 1, 1) "[scale_channels]\nfrom=-3\n" AVGPOOL CONNECTED),
                     4);
}

static void refuse_body(const char *text, const char *message)
{
    struct net net;
    int n;

    net_parse(&net, text);
    REFUSES(ocsp_body_find(net.graph, &n, &test_error), OCSP_E_UNSUPPORTED, message);
    net_clear(&net);
}

static void what_has_no_body_is_refused(void **state)
{
    (void)state;
    refuse_body(NET AVGPOOL CONNECTED,
                "test.cfg: nothing is left of it without its classifying layers");
    refuse_body(NET CONV(21, 1, 1) "[region]\nclasses=2\nnum=3\n",
                "test.cfg:12: layer 1 [region]: this is no classifier's head, and a "
                "backbone is made from a classifier");
    refuse_body(NET CONV(4, 1, 1) SOFTMAX "[route]\nlayers=0\n" AVGPOOL CONNECTED,
                "test.cfg:12: layer 1 [softmax]: a head in the middle of the net");
    refuse_body(NET CONV(4, 1, 1) "[crop]\ncrop_width=8\ncrop_height=8\n" AVGPOOL,
                "test.cfg:12: layer 1 [crop]: a detector's boxes would not follow its "
                "crops");
    refuse_body("[net]\ninputs=12\n" CONNECTED,
                "test.cfg:2: [net] inputs= fixes the size of the input; remove it, and "
                "give width=, height= and channels=");
}

static struct ocsp_heads wanted(int n_maps, const int maps[])
{
    struct ocsp_heads heads = {.n_maps = n_maps, .classes = 2};
    memcpy(heads.maps, maps, (size_t)n_maps * sizeof *maps);
    return heads;
}

#define MAPS(...)                                                                        \
    wanted((int)(sizeof(int[]){__VA_ARGS__} / sizeof(int)), (int[]){__VA_ARGS__})

static struct ocsp_backbone *make(const char *text, struct ocsp_heads heads, int size)
{
    struct ocsp_backbone *b;
    struct net net;

    net_parse(&net, text);
    MUST(ocsp_backbone_new(&b, net.graph, &heads, size, "out.cfg", &test_error));
    net_clear(&net);
    return b;
}

/* Input, extra blocks and the heads' taps, as "304: 3 5 +1 | …". */
static void expect(const char *text, struct ocsp_heads heads, int size, const char *want)
{
    struct ocsp_backbone *b = make(text, heads, size);
    char got[128];
    int used = snprintf(got, sizeof got, "%d, %d blocks:", b->size, b->n_blocks);

    for (int i = 0; i < b->heads.n_maps; i++) {
        const struct ocsp_layer *tap = &b->graph->layers[b->heads.taps[i]];
        used += snprintf(got + used, sizeof got - (size_t)used, " %d", b->heads.taps[i]);
        assert_int_equal(tap->out_w, heads.maps[i]);
        assert_int_equal(tap->out_h, heads.maps[i]);
    }
    assert_string_equal(got, want);
    ocsp_backbone_free(b);
}

static void an_input_is_found_that_gives_the_maps(void **state)
{
    static const char deep[] = NET DEEP AVGPOOL CONNECTED SOFTMAX;
    static const char flat[] = NET CONV(4, 3, 1) CONV(4, 3, 1) AVGPOOL CONNECTED;
    static const char squeezed[] = NET CONV(4, 3, 2)
        AVGPOOL CONV(4, 1, 1) "[scale_channels]\nfrom=-3\n" AVGPOOL CONNECTED;
    (void)state;
    expect(deep, MAPS(38, 19, 10), 0, "304, 0 blocks: 3 4 5");
    expect(deep, MAPS(10, 38, 19), 0, "304, 0 blocks: 5 3 4");
    expect(deep, MAPS(13, 26), 0, "416, 0 blocks: 5 4");
    /* at 304 no head would read the body's end */
    expect(deep, MAPS(38, 19), 0, "608, 0 blocks: 4 5");
    expect(deep, MAPS(38, 19), 300, "300, 0 blocks: 3 4");
    expect(deep, MAPS(7), 0, "224, 0 blocks: 5");
    /* SSD's last maps: 10 to 5 to 3 by stride 2, then 1 without padding */
    expect(deep, MAPS(38, 19, 10, 5, 3, 1), 0, "304, 3 blocks: 3 4 5 7 9 11");
    /* a block on the way that no head reads */
    expect(deep, MAPS(38, 5, 2), 304, "304, 3 blocks: 3 7 11");
    expect(deep, MAPS(10, 8), 304, "304, 1 blocks: 5 7");
    expect(flat, MAPS(38, 19, 10), 0, "38, 2 blocks: 1 3 5");
    expect(NET CONV(4, 3, 2) CONV(4, 3, 2) AVGPOOL CONNECTED, MAPS(38, 19, 10), 0,
           "152, 2 blocks: 1 3 5");
    /* the side branch of squeeze and excitation has maps of 1x1, but no head reads them
     */
    expect(squeezed, MAPS(16, 8, 1), 32, "32, 4 blocks: 3 5 11");
}

static void refuse(const char *text, struct ocsp_heads heads, int size,
                   const char *message)
{
    struct ocsp_backbone *b;
    struct net net;

    net_parse(&net, text);
    assert_int_not_equal(
        ocsp_backbone_new(&b, net.graph, &heads, size, "out.cfg", &test_error), OCSP_OK);
    assert_string_equal(test_error.text, message);
    net_clear(&net);
}

static void maps_out_of_reach_are_refused_with_the_nearest(void **state)
{
    static const char deep[] = NET DEEP AVGPOOL CONNECTED SOFTMAX;
    (void)state;
    refuse(deep, MAPS(38, 20, 10), 0,
           "test.cfg: no input up to 2048 gives the maps 38,20,10; 304 gives "
           "152,76,38,19,10, and extra blocks smaller ones, each half of the one before "
           "(rounded up) or 2 less");
    refuse(deep, MAPS(38, 19, 10, 4), 0,
           "test.cfg: no input up to 2048 gives the maps 38,19,10,4; 152 gives "
           "76,38,19,10,5, and extra blocks smaller ones, each half of the one before "
           "(rounded up) or 2 less");
    refuse(deep, MAPS(38, 19, 10), 320,
           "test.cfg: the input 320 does not give the maps 38,19,10; 320 gives "
           "160,80,40,20,10, and extra blocks smaller ones, each half of the one before "
           "(rounded up) or 2 less");
    /* the largest must be in the body: it would be no backbone otherwise */
    refuse(deep, MAPS(5), 320,
           "test.cfg: the input 320 does not give the maps 5; 320 gives "
           "160,80,40,20,10, and extra blocks smaller ones, each half of the one before "
           "(rounded up) or 2 less");
    refuse(NET "[convolutional]\nsize=5\nfilters=4\n" AVGPOOL CONNECTED, MAPS(1), 4,
           "test.cfg:6: layer 0 [convolutional]: its kernel is larger than its input");
}

/* The first differing byte tells more than the whole text. */
static void assert_text(const struct ocsp_backbone *b, const char *want)
{
    size_t size;
    const char *text = ocsp_cfg_text(b->cfg, &size);
    assert_string_equal(text, want);
    assert_int_equal(size, strlen(want));
}

static void the_text_is_the_users_and_the_heads(void **state)
{
    static const char text[] =
        "# mine\n[net]\n width = 32 # pixels\nheight=32\nchannels=3\n"
        "learning_rate=0.1\n\n# first\n" CONV(4, 3, 2)
            CONV(4, 3, 2) "; its head\n\n" AVGPOOL CONNECTED;
    struct ocsp_backbone *b = make(text, MAPS(1, 2), 4);
    (void)state;

    assert_text(
        b, "# mine\n[net]\n width = 4 # pixels\nheight=4\nchannels=3\n"
           "learning_rate=0.1\n\n# first\n" CONV(4, 3, 2)
               CONV(4, 3, 2) "\n[route]\nlayers=1\n"
                             "\n[convolutional]\nsize=3\nstride=1\npad=1\nfilters="
                             "21\nactivation=linear\n"
                             "\n[yolo]\nmask=3,4,5\nanchors=1,1, 1,1, 1,1, 4,4, 4,3, "
                             "3,4\nclasses=2\nnum=6\n"
                             "jitter=.3\nignore_thresh=.7\ntruth_thresh=1\nrandom=0\n"
                             /* layers=0 is layer −1 to OpenCV */
                             "\n[route]\nlayers=-5\n"
                             "\n[convolutional]\nsize=3\nstride=1\npad=1\nfilters="
                             "21\nactivation=linear\n"
                             "\n[yolo]\nmask=0,1,2\nanchors=1,1, 1,1, 1,1, 4,4, 4,3, "
                             "3,4\nclasses=2\nnum=6\n"
                             "jitter=.3\nignore_thresh=.7\ntruth_thresh=1\nrandom=0\n");
    assert_int_equal(b->n_body, 2);
    ocsp_backbone_free(b);
}

static void extra_blocks_are_those_of_ssd(void **state)
{
    static const int filters[] = {256, 512, 128, 256, 128, 256};
    static const int strides[] = {1, 2, 1, 2, 1, 1};
    static const int pads[] = {0, 1, 0, 1, 0, 0};
    struct ocsp_backbone *b =
        make(NET DEEP AVGPOOL CONNECTED, MAPS(38, 19, 10, 5, 3, 1), 0);
    (void)state;

    assert_int_equal(b->n_blocks, 3);
    for (int i = 0; i < 6; i++) {
        const struct ocsp_layer *l = &b->graph->layers[b->n_body + i];
        assert_int_equal(l->n_biases, filters[i]);
        assert_int_equal(l->size, i % 2 ? 3 : 1);
        assert_int_equal(l->stride_x, strides[i]);
        assert_int_equal(l->pad, pads[i]);
        assert_true(l->batch_normalize);
        assert_string_equal(l->activation, "leaky");
    }
    assert_int_equal(b->graph->n_layers, b->n_body + 6 + 3 * 6);
    ocsp_backbone_free(b);
}

static void a_crop_in_front_takes_the_whole_image(void **state)
{
    struct ocsp_backbone *b = make(
        NET "[crop]\ncrop_height=28\ncrop_width= 24\nflip=1\nangle=7\nexposure=1\n" CONV(
            4, 3, 2) AVGPOOL CONNECTED,
        MAPS(20), 0);
    size_t size;
    const char *text = ocsp_cfg_text(b->cfg, &size);
    (void)state;

    assert_int_equal(b->size, 40);
    assert_non_null(strstr(
        text, "[crop]\ncrop_height=40\ncrop_width= 40\nflip=0\nangle=0\nexposure=1\n"));
    ocsp_backbone_free(b);
    refuse(NET "[crop]\ncrop_height=28\ncrop_width=28\nangle=.5\n" CONV(4, 3, 2) AVGPOOL,
           MAPS(20), 0, "test.cfg:8: angle=.5 is not a whole number");
}

static void a_map_is_read_from_the_last_layer_that_makes_it(void **state)
{
    struct ocsp_maps maps;
    struct ocsp_cfg *cfg;
    const char text[] = "[net]\nwidth=8\nheight=8\nchannels=3\n" CONV(4, 3, 1)
        CONV(4, 3, 1) CONV(4, 3, 2);
    (void)state;

    MUST(ocsp_cfg_parse(&cfg, "test.cfg", text, strlen(text), &test_error));
    MUST(ocsp_maps_init(&maps, cfg, 12, &test_error));
    assert_int_equal(ocsp_maps_end(&maps), 6);
    assert_int_equal(ocsp_maps_tap(&maps, 12), 1);
    assert_int_equal(ocsp_maps_tap(&maps, 6), 2);
    assert_int_equal(ocsp_maps_tap(&maps, 8), -1);
    ocsp_maps_clear(&maps);
    ocsp_cfg_free(cfg);
}

static void default_anchors_spread_over_the_image(void **state)
{
    /* 0.07, 0.5 and 0.9 of 300: squares, twice as wide, twice as high */
    static const double want[] = {21,  21,  30,  15,  15,  30,  150, 150, 212,
                                  106, 106, 212, 270, 270, 300, 191, 191, 300};
    double anchors[OCSP_MAX_ANCHOR_NUMBERS];
    (void)state;

    assert_int_equal(ocsp_heads_default_anchors(3, 300, anchors), 18);
    for (int i = 0; i < 18; i++)
        assert_true(anchors[i] == want[i]);
    assert_int_equal(ocsp_heads_default_anchors(1, 100, anchors), 6);
    assert_true(anchors[0] == 50 && anchors[2] == 71 && anchors[3] == 35);
}

static void given_anchors_are_taken(void **state)
{
    struct ocsp_heads heads = MAPS(4, 2);
    struct ocsp_backbone *b;
    size_t size;
    (void)state;

    heads.n_anchors = 12;
    for (int i = 0; i < 12; i++)
        heads.anchors[i] = i + 1.5;
    b = make(NET CONV(4, 3, 2) CONV(4, 3, 2) AVGPOOL CONNECTED, heads, 8);
    assert_non_null(strstr(ocsp_cfg_text(b->cfg, &size),
                           "mask=0,1,2\nanchors=1.5,2.5, 3.5,4.5, 5.5,6.5, 7.5,8.5, "
                           "9.5,10.5, 11.5,12.5\nclasses=2\nnum=6\n"));
    ocsp_backbone_free(b);
}

static void the_weights_are_the_bodys_bit_for_bit(void **state)
{
    static const unsigned char header[20] = {0, 0, 0, 0, 2};
    struct random r = {3};
    struct ocsp_heads heads = MAPS(4, 2);
    struct ocsp_backbone *b;
    struct net net;
    char *data;
    size_t size;
    (void)state;

    net_parse(&net, NET CONV(4, 3, 2) CONV(6, 3, 2) CONV(5, 1, 1) AVGPOOL SOFTMAX);
    net_random_weights(&net, &r);
    net.weights->major = 1;
    net.weights->revision = 5;
    net.weights->seen = 12345;
    MUST(ocsp_backbone_new(&b, net.graph, &heads, 0, "out.cfg", &test_error));
    MUST(ocsp_backbone_weights(b, net.graph, net.weights, &data, &size, &test_error));
    assert_int_equal(b->n_body, 2);
    assert_int_equal(size, 20 + 4 * (4 * 4 + 4 * 27 + 4 * 6 + 6 * 36));
    assert_memory_equal(data, header, 20);
    assert_memory_equal(data + 20, net.weights->data, size - 20);
    assert_int_equal(net.weights->seen, 12345);
    /* training may start from it */
    MUST(ocsp_weights_check_start(write_in_folder("out.weights", data, size), b->graph,
                                  &test_error));
    free(data);
    ocsp_backbone_free(b);
    net_clear(&net);
}

static void weights_that_depend_on_the_input_are_refused(void **state)
{
    struct random r = {3};
    struct ocsp_heads heads = MAPS(38);
    struct ocsp_backbone *b;
    struct net net;
    char *data;
    size_t size;
    (void)state;

    net_parse(&net, NET "[local]\nfilters=4\nsize=3\npad=1\n" AVGPOOL CONNECTED);
    net_random_weights(&net, &r);
    MUST(ocsp_backbone_new(&b, net.graph, &heads, 38, "out.cfg", &test_error));
    REFUSES(ocsp_backbone_weights(b, net.graph, net.weights, &data, &size, &test_error),
            OCSP_E_UNSUPPORTED,
            "test.cfg:5: layer 0 [local]: its weights are made for the classifier's "
            "input size");
    ocsp_backbone_free(b);
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_classifying_layers_are_cut_off),
        cmocka_unit_test(what_has_no_body_is_refused),
        cmocka_unit_test(an_input_is_found_that_gives_the_maps),
        cmocka_unit_test(maps_out_of_reach_are_refused_with_the_nearest),
        cmocka_unit_test(the_text_is_the_users_and_the_heads),
        cmocka_unit_test(extra_blocks_are_those_of_ssd),
        cmocka_unit_test(a_crop_in_front_takes_the_whole_image),
        cmocka_unit_test(a_map_is_read_from_the_last_layer_that_makes_it),
        cmocka_unit_test(default_anchors_spread_over_the_image),
        cmocka_unit_test(given_anchors_are_taken),
        cmocka_unit_test_setup_teardown(the_weights_are_the_bodys_bit_for_bit,
                                        make_test_folder, remove_test_folder),
        cmocka_unit_test(weights_that_depend_on_the_input_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
