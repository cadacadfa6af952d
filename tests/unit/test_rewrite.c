#include <glob.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "golden_case.h"
#include "layers/layer_type.h"
#include "layers/macs.h"
#include "net/file.h"
#include "prune/rewrite.h"
#include "random_net.h"
#include "reference_forward.h"

/* max |a − b| / max |a| of the layer before [softmax] against a golden output. */
static double logit_error(const struct net *net, const struct golden *golden,
                          const float *wanted, enum reference_epsilon epsilon)
{
    double theirs[64];
    double **out =
        reference_forward(net->graph, net->weights->layers, golden->image, epsilon);

    assert_true(golden->n_logits <= 64);
    for (int k = 0; k < golden->n_logits; k++)
        theirs[k] = (double)wanted[k];
    const double error = reference_difference(theirs, out[net->graph->n_layers - 2],
                                              (size_t)golden->n_logits);
    reference_free(out, net->graph);
    return error;
}

/* The reference's VGG has a bias in front of each batch normalization, Darknet's not. */
static void compare_parameters(const struct golden *golden, const struct net *net,
                               const char *key)
{
    const char *model = json_string_value(json_object_get(golden->json, "model"));
    uint64_t ours = ocsp_graph_parameters(net->graph);

    for (int i = 0; i < net->graph->n_layers && strcmp(model, "vggmini") == 0; i++)
        if (ocsp_layer_is(&net->graph->layers[i], "convolutional"))
            ours += (uint64_t)net->graph->layers[i].n_biases;
    assert_true(ours == (uint64_t)json_integer_value(json_object_get(golden->json, key)));
}

static void golden_pairs_compute_the_golden_logits(void **state)
{
    (void)state;
    for (int n = 0; n < 2; n++) {
        struct golden golden;
        struct ocsp_plan plan;
        struct net pruned;
        double error[4];
        golden_load(&golden, golden_names[n]);
        golden_plan(&golden, &plan);
        net_prune(&golden.net, &plan, &pruned);
        for (int e = 0; e < 2; e++) {
            error[e] = logit_error(&golden.net, &golden, golden.logits,
                                   (enum reference_epsilon)e);
            error[2 + e] = logit_error(&pruned, &golden, golden.pruned_logits,
                                       (enum reference_epsilon)e);
        }
        print_message("# %s: error of the logits %.1e, pruned %.1e (Debian's epsilon: "
                      "%.1e, %.1e)\n",
                      golden_names[n], error[0], error[2], error[1], error[3]);
        for (int e = 0; e < 4; e++)
            assert_true(error[e] < 1e-4);
        compare_parameters(&golden, &golden.net, "params");
        compare_parameters(&golden, &pruned, "params_after");
        net_clear(&pruned);
        ocsp_plan_clear(&plan);
        golden_clear(&golden);
    }
}

/* Nothing is masked here, so this finds a channel that somebody reads elsewhere. */
static void removing_channels_that_are_zero_changes_nothing(void **state)
{
    struct random r = {7};
    double worst = 0;
    (void)state;

    for (int n = 0; n < 200; n++) {
        struct net net, pruned;
        struct ocsp_plan plan;
        random_net(&net, &r, RANDOM_KEEPS_ZERO);
        net_random_weights(&net, &r);
        float *image =
            random_image(&r, (size_t)(net.graph->w * net.graph->h * net.graph->c));
        random_plan(&net, &r, n % 4 == 0, &plan);
        zero_channels(&net, &plan);
        net_prune(&net, &plan, &pruned);
        double **a =
            reference_forward(net.graph, net.weights->layers, image, EPSILON_ALEXEYAB);
        double **b = reference_forward(pruned.graph, pruned.weights->layers, image,
                                       EPSILON_ALEXEYAB);
        worst = fmax(worst, reference_difference(a[net.graph->n_layers - 2],
                                                 b[net.graph->n_layers - 2], 4));
        reference_free(a, net.graph);
        reference_free(b, pruned.graph);
        free(image);
        ocsp_plan_clear(&plan);
        net_clear(&net);
        net_clear(&pruned);
    }
    print_message("# largest difference %.1e\n", worst);
    assert_true(worst < 1e-9);
}

static void must_be_unchanged(const char *name, const char *text, size_t size)
{
    struct net net = {0};
    char *rendered;
    size_t rendered_size;

    MUST(ocsp_cfg_parse(&net.cfg, name, text, size, &test_error));
    MUST(ocsp_graph_new(&net.graph, net.cfg, &test_error));
    MUST(ocsp_coupling_new(&net.coupling, net.graph, &test_error));
    const struct ocsp_plan nothing = {
        .removed = calloc((size_t)net.coupling->n_channels + 1, sizeof(bool))};
    MUST(
        ocsp_rewrite_cfg(net.coupling, &nothing, &rendered, &rendered_size, &test_error));
    assert_int_equal(rendered_size, size);
    assert_memory_equal(rendered, text, size);
    free(rendered);
    free(nothing.removed);
    net_clear(&net);
}

static void keeping_everything_is_byte_identical(void **state)
{
    const char *const patterns[] = {"cfg/*.cfg", "cfg/*/*.cfg", "tests/golden/*.cfg",
                                    "/usr/share/darknet/cfg/*.cfg"};
    glob_t found;
    int same = 0;
    (void)state;

    for (int p = 0; p < 4; p++)
        glob(patterns[p], p > 0 ? GLOB_APPEND : 0, NULL, &found);
    for (size_t k = 0; k < found.gl_pathc; k++) {
        char *text;
        size_t size;
        MUST(ocsp_file_read(found.gl_pathv[k], &text, &size, &test_error));
        must_be_unchanged(found.gl_pathv[k], text, size);
        free(text);
        same++;
    }
    globfree(&found);
    print_message("# %d cfgs\n", same);
    assert_true(same >= 3);
}

static void only_numbers_of_pruned_layers_change(void **state)
{
    static const char before[] =
        "# top\r\n[net]\r\nwidth = 6\r\nheight=6\r\nchannels=3\r\n\r\n"
        "[convolutional]\r\n\tfilters = 1 2\t# "
        "twelve\r\nfilters=99\r\nactivation=relu\r\n"
        "[convolutional]\r\n groups=\t1 2;all\r\nfilters=  24 \r\nactivation=linear\r\n"
        "[connected]\r\n  output=+8\r\nactivation=relu\r\n"
        "[connected]\r\noutput=5";
    static const char after[] =
        "# top\r\n[net]\r\nwidth = 6\r\nheight=6\r\nchannels=3\r\n\r\n"
        "[convolutional]\r\n\tfilters = 9\t# twelve\r\nfilters=99\r\nactivation=relu\r\n"
        "[convolutional]\r\n groups=\t9;all\r\nfilters=  18 \r\nactivation=linear\r\n"
        "[connected]\r\n  output=7\r\nactivation=relu\r\n"
        "[connected]\r\noutput=5";
    struct net net;
    struct ocsp_plan plan;
    char *text;
    size_t size;
    (void)state;

    must_be_unchanged("odd.cfg", before, sizeof before - 1);
    net_parse(&net, before);
    assert_int_equal(net.coupling->n_groups, 2);
    bool removed[20] = {true,  false, true,  false, false, false,      false,
                        false, false, false, false, true,  [19] = true};
    MUST(ocsp_plan_from_set(&plan, net.coupling, removed, &test_error));
    MUST(ocsp_rewrite_cfg(net.coupling, &plan, &text, &size, &test_error));
    assert_string_equal(text, after);
    assert_int_equal(size, sizeof after - 1);
    free(text);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

static void the_header_is_kept_and_arrays_left_out_are_skipped(void **state)
{
    struct golden golden;
    struct ocsp_plan plan;
    struct net pruned;
    (void)state;

    golden_load(&golden, "vggmini");
    golden_plan(&golden, &plan);
    golden.net.weights->minor = 1; /* short header */
    golden.net.weights->revision = 9;
    golden.net.weights->seen = 123456;
    net_prune(&golden.net, &plan, &pruned);
    assert_int_equal(pruned.weights->major, golden.net.weights->major);
    assert_int_equal(pruned.weights->minor, 1);
    assert_int_equal(pruned.weights->revision, 9);
    assert_int_equal(pruned.weights->seen, 123456);

    /* momentum has no mean and variance */
    struct ocsp_params *to = pruned.weights->layers;
    const float mean = to[0].mean[0] = 77, *weights = to[0].weights;
    const float first = weights[0];
    to[0].weights[0] = 0;
    golden.net.weights->layers[0].mean = NULL;
    ocsp_rewrite_params(golden.net.coupling, &plan, golden.net.weights->layers, to);
    assert_true(to[0].mean[0] == mean && weights[0] == first);
    ocsp_plan_clear(&plan);
    net_clear(&pruned);
    golden_clear(&golden);
}

static void arrays_of_opaque_layers_are_copied(void **state)
{
    struct random r = {77};
    struct ocsp_plan plan;
    struct net net, pruned;
    (void)state;

    net_parse(&net, "[net]\nwidth=4\nheight=4\nchannels=3\n"
                    "[convolutional]\nfilters=8\n[convolutional]\nfilters=4\n"
                    "[local]\nfilters=2\nsize=2\n[connected]\noutput=3\n");
    net_random_weights(&net, &r);
    random_plan(&net, &r, true, &plan);
    assert_int_equal(plan.n_removed, 7); /* the local layer's inputs stay */
    net_prune(&net, &plan, &pruned);
    const size_t n = net.graph->layers[2].n_opaque;
    assert_true(n > 0 && pruned.graph->layers[2].n_opaque == n);
    assert_memory_equal(pruned.weights->layers[2].opaque, net.weights->layers[2].opaque,
                        n * sizeof(float));
    ocsp_plan_clear(&plan);
    net_clear(&pruned);
    net_clear(&net);
}

static void a_graph_that_is_not_the_plans_is_refused(void **state)
{
    struct golden golden;
    struct ocsp_plan plan;
    struct ocsp_weights *out = NULL;
    (void)state;

    golden_load(&golden, "vggmini");
    golden_plan(&golden, &plan);
    REFUSES(ocsp_rewrite_weights(golden.net.coupling, &plan, golden.net.weights,
                                 golden.net.graph, &out, &test_error),
            OCSP_E_CONFLICT,
            "tests/golden/vggmini.cfg: the rewritten cfg does not count what was "
            "planned; this is a bug of ocsp, nothing was written");
    assert_null(out);
    ocsp_plan_clear(&plan);
    golden_clear(&golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_pairs_compute_the_golden_logits),
        cmocka_unit_test(removing_channels_that_are_zero_changes_nothing),
        cmocka_unit_test(keeping_everything_is_byte_identical),
        cmocka_unit_test(only_numbers_of_pruned_layers_change),
        cmocka_unit_test(the_header_is_kept_and_arrays_left_out_are_skipped),
        cmocka_unit_test(arrays_of_opaque_layers_are_copied),
        cmocka_unit_test(a_graph_that_is_not_the_plans_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
