/* What a net's heads take of labels, in made-up hosts. */
#include "cli/label_limits.h"

#include <limits.h>
#include <string.h>

#include "helpers.h"

#define NET "[net]\nwidth=20\nheight=40\nchannels=3\n"
#define CONV "[convolutional]\nfilters=8\nsize=1\n"

static const struct ocsp_host_labels strict = {
    .corner = OCSP_BOX_CRASHES, .least = .01, .boxes = 90, .region_boxes = 30};
static const struct ocsp_host_labels lenient = {.any_head = true,
                                                .map_extends_nothing = true,
                                                .corner = OCSP_BOX_NOTED,
                                                .boxes = 200,
                                                .region_boxes = 199};
static const struct ocsp_host hosts[] = {{.name = "Pony", .labels = &strict},
                                         {.name = "Mule", .labels = &lenient}};
enum { PONY, MULE };

static enum ocsp_status read(struct ocsp_label_limits *limits, const char *text, int host)
{
    struct net net;

    net_parse(&net, text);
    const enum ocsp_status status =
        ocsp_label_limits_read(limits, net.graph, &hosts[host], &test_error);
    net_clear(&net);
    return status;
}

static void the_head_with_the_fewest_classes_counts(void **state)
{
    static const char text[] = NET CONV "[yolo]\nclasses=3\nmax=7\n" CONV
                                        "[yolo]\nclasses=2\n" CONV "[yolo]\nclasses=5\n";
    struct ocsp_label_limits limits;

    (void)state;
    MUST(read(&limits, text, PONY));
    assert_int_equal(limits.classes, 2);
    assert_int_equal(limits.boxes, 90);
    MUST(read(&limits, NET CONV "[yolo]\nmax=7\n", MULE));
    assert_int_equal(limits.classes, 20); /* Darknet's own choice */
    assert_int_equal(limits.boxes, 7);
    MUST(read(&limits, NET CONV "[region]\nclasses=4\n", MULE));
    assert_int_equal(limits.classes, 4);
    assert_int_equal(limits.boxes, 199);
}

static void small_boxes_are_small_to_the_host_or_the_net(void **state)
{
    struct ocsp_label_limits limits;

    (void)state;
    MUST(read(&limits, NET CONV "[yolo]\n", PONY));
    assert_true(limits.least_w == .01 && limits.least_h == .01);
    MUST(read(&limits, NET CONV "[yolo]\n", MULE));
    assert_true(limits.least_w == 1. / 20 && limits.least_h == 1. / 40);
    ocsp_label_limits_measure(&limits);
    assert_true(limits.least_w == 0 && limits.least_h == 0 && limits.drops_none);
    assert_int_equal(limits.boxes, INT_MAX);
}

static void a_map_has_classes_of_its_own(void **state)
{
    char text[512];
    struct ocsp_label_limits limits;

    (void)state;
    const char *map = write_in_folder("map", "0\n1\n1\n2\n", 8);
    snprintf(text, sizeof text, NET CONV "[yolo]\nclasses=3\nmap=%s\n", map);
    MUST(read(&limits, text, PONY));
    assert_int_equal(limits.classes, 4);
    MUST(read(&limits, text, MULE));
    assert_int_equal(limits.classes, 3);
    snprintf(text, sizeof text, NET CONV "[yolo]\nclasses=8\nmap=%s\n", map);
    MUST(read(&limits, text, MULE));
    assert_int_equal(limits.classes, 4);
    snprintf(text, sizeof text, NET CONV "[yolo]\nclasses=2\nmap=%s\n", map);
    assert_int_equal(read(&limits, text, PONY), OCSP_E_CONFLICT);
    assert_non_null(strstr(test_error.text,
                           "map:4: class 2, but the head has classes=2: they count from "
                           "0"));
}

static void a_tree_takes_classes_of_whole_images(void **state)
{
    static const char tree[] = NET CONV "[region]\ntree=a\n";
    struct ocsp_label_limits limits;

    (void)state;
    MUST(read(&limits, tree, PONY));
    assert_true(limits.corner_is_class);
    MUST(read(&limits, tree, MULE)); /* which drops such a box before */
    assert_false(limits.corner_is_class);
    MUST(read(&limits, NET CONV "[region]\n", PONY));
    assert_false(limits.corner_is_class);
    MUST(read(&limits, NET CONV "[yolo]\n" CONV "[region]\ntree=a\n", PONY));
    assert_false(limits.corner_is_class);
}

static void boxes_are_loaded_for_some_layer(void **state)
{
    static const char between[] = NET CONV "[yolo]\n" CONV, none[] = NET CONV;
    struct ocsp_label_limits limits;

    (void)state;
    MUST(read(&limits, between, MULE));
    assert_int_equal(read(&limits, between, PONY), OCSP_E_UNSUPPORTED);
    assert_int_equal(read(&limits, none, MULE), OCSP_E_UNSUPPORTED);
    assert_non_null(strstr(test_error.text,
                           ":5: a net that ends in [convolutional]: `detector train` "
                           "loads boxes for [yolo], [Gaussian_yolo] and [region] alone"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_head_with_the_fewest_classes_counts),
        cmocka_unit_test(small_boxes_are_small_to_the_host_or_the_net),
        cmocka_unit_test(a_map_has_classes_of_its_own),
        cmocka_unit_test(a_tree_takes_classes_of_whole_images),
        cmocka_unit_test(boxes_are_loaded_for_some_layer)};

    return cmocka_run_group_tests(tests, make_quick_test_folder, remove_test_folder);
}
