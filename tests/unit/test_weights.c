#include "layers/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"

/* conv: 2 biases, 2·3 of BN, 2·1·1·1 weights; batchnorm 2 (biases), 6; connected 3, 6. */
static const char small[] = "[net]\nwidth=1\nheight=1\nchannels=1\n"
                            "[convolutional]\nfilters=2\nbatch_normalize=1\n"
                            "[batchnorm]\n"
                            "[connected]\noutput=3\nbatch_normalize=1\n";
#define FLOATS (10 + 8 + 3 + 6 + 9)

struct image {
    char bytes[20 + 4 * (FLOATS + 8)];
    size_t size;
};

/* A .weights file: header, then the numbers 1, 2, 3 … */
static void make_image(struct image *image, int32_t major, int32_t minor, int seen_bytes,
                       int floats)
{
    const int32_t head[] = {major, minor, 5};
    const uint64_t seen = 0x100000007u; /* the low half alone where there are 4 bytes */

    memcpy(image->bytes, head, sizeof head);
    memcpy(image->bytes + 12, &seen, (size_t)seen_bytes);
    image->size = 12 + (size_t)seen_bytes;
    for (int k = 1; k <= floats; k++) {
        const float number = (float)k;
        memcpy(image->bytes + image->size, &number, sizeof number);
        image->size += sizeof number;
    }
}

static enum ocsp_status load(struct net *net, const struct image *image)
{
    const char *path = write_in_folder("x.weights", image->bytes, image->size);
    return ocsp_weights_load(&net->weights, path, net->graph, &test_error);
}

static void expect_same_bytes(const struct net *net, const struct image *image)
{
    char *data;
    size_t size;

    MUST(ocsp_weights_render(net->weights, net->graph, &data, &size, &test_error));
    assert_int_equal(size, image->size);
    assert_memory_equal(data, image->bytes, size);
    free(data);
}

static void arrays_come_in_the_hosts_order(void **state)
{
    struct image image;
    struct net net;
    (void)state;

    net_parse(&net, small);
    make_image(&image, 0, 2, 8, FLOATS);
    MUST(load(&net, &image));
    const struct ocsp_params *p = net.weights->layers;
    /* convolutional: biases, scales, mean, variance, weights */
    assert_true(p[0].biases[0] == 1 && p[0].scales[0] == 3 && p[0].mean[0] == 5);
    assert_true(p[0].variance[1] == 8 && p[0].weights[0] == 9 && p[0].weights[1] == 10);
    /* batchnorm: biases, scales, mean, variance */
    assert_true(p[1].biases[0] == 11 && p[1].scales[0] == 13 && p[1].variance[1] == 18);
    assert_null(p[1].weights);
    /* connected: biases, weights, scales, mean, variance */
    assert_true(p[2].biases[0] == 19 && p[2].weights[0] == 22 && p[2].weights[5] == 27);
    assert_true(p[2].scales[0] == 28 && p[2].variance[2] == 36);
    assert_true(net.weights->batchnorm_biases);
    assert_int_equal(net.weights->seen, 0x100000007u);
    assert_int_equal(net.weights->revision, 5);
    expect_same_bytes(&net, &image);
    net_clear(&net);
}

static void debians_batchnorm_has_no_biases(void **state)
{
    struct image image;
    struct net net;
    (void)state;

    net_parse(&net, small);
    make_image(&image, 0, 2, 8, FLOATS - 2);
    MUST(load(&net, &image));
    assert_false(net.weights->batchnorm_biases);
    assert_null(net.weights->layers[1].biases);
    assert_true(net.weights->layers[1].scales[0] == 11);
    assert_true(net.weights->layers[2].biases[0] == 17);
    expect_same_bytes(&net, &image);
    net_clear(&net);
}

static void old_headers_have_32_bits_of_seen(void **state)
{
    struct image image;
    struct net net;
    (void)state;

    net_parse(&net, small);
    make_image(&image, 0, 1, 4, FLOATS);
    MUST(load(&net, &image));
    assert_int_equal(net.weights->seen, 7);
    assert_true(net.weights->layers[0].biases[0] == 1);
    expect_same_bytes(&net, &image);
    net_clear(&net);
    net_parse(&net, small);
    make_image(&image, 1, 0, 8, FLOATS); /* 1·10 + 0 ≥ 2 */
    MUST(load(&net, &image));
    expect_same_bytes(&net, &image);
    net_clear(&net);
}

static const char *message(const char *text)
{
    static char buffer[512];
    snprintf(buffer, sizeof buffer, "%s/x.weights: %s", test_folder, text);
    return buffer;
}

static void files_that_do_not_fit_are_refused_with_both_sizes(void **state)
{
    struct image image;
    struct net net;
    (void)state;

    net_parse(&net, small);
    make_image(&image, 0, 2, 8, FLOATS - 3);
    REFUSES(load(&net, &image), OCSP_E_FORMAT,
            message("152 bytes, but test.cfg needs 164: cut off, or of another net; give "
                    "a cfg and the weights "
                    "that were saved for it"));
    make_image(&image, 0, 2, 8, FLOATS);
    image.size--;
    REFUSES(load(&net, &image), OCSP_E_FORMAT,
            message("163 bytes, but test.cfg needs 164: of another net; give a cfg and "
                    "the weights "
                    "that were saved for it"));
    make_image(&image, 0, 2, 8, FLOATS + 1);
    REFUSES(load(&net, &image), OCSP_E_FORMAT,
            message("168 bytes, but test.cfg needs 164: of another net; give a cfg and "
                    "the weights "
                    "that were saved for it"));
    make_image(&image, 0, 2, 8, 0);
    REFUSES(load(&net, &image), OCSP_E_FORMAT,
            message("20 bytes, but test.cfg needs 164: cut off, or of another net; give "
                    "a cfg and the weights "
                    "that were saved for it"));
    assert_null(net.weights);
    net_clear(&net);
}

static void bad_headers_are_refused(void **state)
{
    static const int32_t bad[][2] = {{1001, 0}, {0, 5000}, {-1, 2}, {0, -7}};
    static const char *const versions[] = {"1001.0", "0.5000", "-1.2", "0.-7"};
    struct image image;
    struct net net;
    (void)state;

    net_parse(&net, small);
    for (int k = 0; k < 4; k++) {
        char text[128];
        make_image(&image, bad[k][0], bad[k][1], 8, FLOATS);
        snprintf(text, sizeof text,
                 "version %s of the .weights header (transposed, or not a .weights file)",
                 versions[k]);
        REFUSES(load(&net, &image), OCSP_E_UNSUPPORTED, message(text));
    }
    make_image(&image, 0, 2, 8, 0);
    image.size = 18;
    REFUSES(load(&net, &image), OCSP_E_FORMAT,
            message("18 bytes are too few for a .weights header: empty, or cut off"));
    image.size = 0;
    REFUSES(load(&net, &image), OCSP_E_FORMAT,
            message("0 bytes are too few for a .weights header: empty, or cut off"));
    assert_null(net.weights);
    net_clear(&net);
}

static void opaque_layers_are_carried_along(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, "[net]\nwidth=2\nheight=2\nchannels=3\n"
                    "[convolutional]\nfilters=4\n"
                    "[local]\nfilters=2\nsize=2\n" /* 1 place: 2·4·4 weights, 2 biases */
                    "[connected]\noutput=3\n");
    assert_int_equal(net.graph->layers[1].n_opaque, 2 * 4 * 4 + 2);
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    assert_ptr_equal(net.weights->layers[1].opaque, net.weights->data + 4 + 12);
    assert_ptr_equal(net.weights->layers[2].biases, net.weights->data + 16 + 34);
    net_clear(&net);
}

static void files_that_a_cfg_changes_are_refused(void **state)
{
    static const char *const keys[] = {"dontload", "dontsave", "dontloadscales",
                                       "numload"};
    char text[256];
    struct image image;
    struct net net;
    (void)state;

    make_image(&image, 0, 2, 8, 5);
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++) {
        snprintf(text, sizeof text,
                 "[net]\nwidth=1\nheight=1\nchannels=1\n[convolutional]\n%s=1\n",
                 keys[k]);
        net_parse(&net, text);
        image.size = 20 + 2 * sizeof(float);
        REFUSES(load(&net, &image), OCSP_E_UNSUPPORTED,
                "test.cfg:5: layer 0 [convolutional]: dontload=, dontsave=, "
                "dontloadscales= and numload= change what a .weights file holds; remove "
                "them");
        net_clear(&net);
    }
}

static void missing_files_are_refused(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, small);
    REFUSES(ocsp_weights_load(&net.weights, "/none/x.weights", net.graph, &test_error),
            OCSP_E_IO, "/none/x.weights: cannot open: No such file or directory");
    REFUSES(ocsp_weights_check_start("/none/x.weights", net.graph, &test_error),
            OCSP_E_IO, "/none/x.weights: cannot open: No such file or directory");
    assert_null(net.weights);
    net_clear(&net);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(arrays_come_in_the_hosts_order),
        IN_FOLDER(debians_batchnorm_has_no_biases),
        IN_FOLDER(old_headers_have_32_bits_of_seen),
        IN_FOLDER(files_that_do_not_fit_are_refused_with_both_sizes),
        IN_FOLDER(bad_headers_are_refused),
        IN_FOLDER(files_that_a_cfg_changes_are_refused),
        cmocka_unit_test(missing_files_are_refused),
        cmocka_unit_test(opaque_layers_are_carried_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
