/* The golden nets through a host's own parser, loader and forward pass: the dense ones,
 * and the pairs that a plan with the reference's selection makes of them. */
#include "golden_case.h"

#include <stdlib.h>
#include <string.h>

#include "host_calls.h"
#include "hosts/host.h"
#include "parser.h"
#include "prune/check.h"
#include "prune/plan_file.h"
#include "prune/rewrite.h"

/* Of the largest logit. Debian's Darknet adds another epsilon than PyTorch: 4e-5. */
#define TOLERANCE 1e-4

/* The host's network of a pair of files. */
static network *load_pair(const char *cfg, const char *weights)
{
    network *net;

    host_silence(true);
#ifdef OCSP_HOST_ALEXEYAB
    net = malloc(sizeof *net);
    *net = parse_network_cfg((char *)(uintptr_t)cfg);
#else
    net = parse_network_cfg((char *)(uintptr_t)cfg);
#endif
    load_weights(net, (char *)(uintptr_t)weights);
    host_silence(false);
    return net;
}

/* max |logit − expected| / max |expected| of a pair of files, in the host. */
static double host_difference(const char *cfg, const char *weights,
                              const struct golden *golden, const float *expected)
{
    float *output, *image;
    size_t length;
    struct ocsp_host_layer logits;
    const size_t inputs =
        (size_t)(golden->net.graph->w * golden->net.graph->h * golden->net.graph->c);
    network *net = load_pair(cfg, weights);

    assert_int_equal(net->batch, 1);
    assert_int_equal(net->layers[0].inputs, inputs);
    image = malloc(inputs * sizeof *image);
    assert_non_null(image);
    memcpy(image, golden->image, inputs * sizeof *image);
    ocsp_host.infer(net, true, image, &output, &length);
    free(image);
    ocsp_host.layer(net, ocsp_host.layers(net) - 2, &logits);
    assert_int_equal(logits.outputs, golden->n_logits);
    float *values = malloc((size_t)golden->n_logits * sizeof *values);
    assert_non_null(values);
    ocsp_host.read_output(net, ocsp_host.layers(net) - 2, values);
    const double difference =
        ocsp_check_difference(expected, values, (size_t)golden->n_logits);
    free(values);
    ocsp_host.free_net(net);
    return difference;
}

static json_t *kept_channels(const json_t *group)
{
    const json_t *pruned = json_object_get(group, "pruned");
    const json_int_t n = json_integer_value(json_object_get(group, "channels"));
    json_t *kept = json_array();

    for (json_int_t c = 0; c < n; c++) {
        bool goes = false;
        for (size_t k = 0; k < json_array_size(pruned); k++)
            goes = goes || json_integer_value(json_array_get(pruned, k)) == c;
        if (!goes)
            json_array_append_new(kept, json_integer(c));
    }
    return kept;
}

/* A plan file that keeps what the reference keeps, with nothing of our groups in it. */
static const char *write_plan(const struct golden *golden)
{
    char sha[OCSP_SHA256_TEXT];
    json_t *keep = json_object();

    for (size_t g = 0; g < json_array_size(golden->groups); g++) {
        const json_t *group = json_array_get(golden->groups, g);
        const json_t *members = json_object_get(group, "members");
        for (size_t m = 0; m < json_array_size(members); m++) {
            const json_t *member = json_array_get(members, m);
            const char *part = json_string_value(json_object_get(member, "part"));
            const char *side = json_string_value(json_object_get(member, "side"));
            char layer[16];
            if (strcmp(side, "out") != 0 || strcmp(part, "weights") != 0)
                continue;
            snprintf(layer, sizeof layer, "%d",
                     (int)json_integer_value(json_object_get(member, "layer")));
            json_object_set_new(keep, layer, kept_channels(group));
        }
    }
    ocsp_cfg_sha256(golden->net.cfg, sha);
    json_t *root =
        json_pack("{s:i, s:s, s:o}", "version", 1, "cfg_sha256", sha, "keep", keep);
    char *text = json_dumps(root, 0);
    json_decref(root);
    assert_non_null(text);
    const char *path = write_in_folder("plan.json", text, strlen(text));
    free(text);
    return path;
}

static void write_pair(const struct net *net, const struct ocsp_plan *plan)
{
    struct net pruned;
    char *text;
    size_t size;

    net_prune(net, plan, &pruned);
    const char *cfg = ocsp_cfg_text(pruned.cfg, &size);
    write_in_folder("pruned.cfg", cfg, size);
    MUST(ocsp_weights_render(pruned.weights, pruned.graph, &text, &size, &test_error));
    write_in_folder("pruned.weights", text, size);
    free(text);
    net_clear(&pruned);
}

static void compare_golden(const char *name)
{
    char cfg[64], weights[64];
    struct golden golden;
    struct ocsp_plan plan;

    snprintf(cfg, sizeof cfg, "tests/golden/%s.cfg", name);
    snprintf(weights, sizeof weights, "tests/golden/%s.weights", name);
    golden_load(&golden, name);
    const double dense = host_difference(cfg, weights, &golden, golden.logits);
    MUST(ocsp_plan_load(&plan, golden.net.coupling, write_plan(&golden), &test_error));
    assert_true(plan.n_removed > 0);
    write_pair(&golden.net, &plan);
    const double pruned =
        host_difference(in_folder("pruned.cfg"), in_folder("pruned.weights"), &golden,
                        golden.pruned_logits);
    print_message("# %s in %s's Darknet: logits differ by %.2e, pruned (%d channels) by "
                  "%.2e of the largest\n",
                  name, ocsp_host.name, dense, plan.n_removed, pruned);
    /* the two golden outputs must not be near each other, or this would show nothing */
    assert_true(ocsp_check_difference(golden.logits, golden.pruned_logits,
                                      (size_t)golden.n_logits) > 100 * TOLERANCE);
    assert_true(dense <= TOLERANCE);
    assert_true(pruned <= TOLERANCE);
    ocsp_plan_clear(&plan);
    golden_clear(&golden);
}

static void vggmini_computes_the_golden_logits(void **state)
{
    (void)state;
    compare_golden("vggmini");
}

static void resnet20_computes_the_golden_logits(void **state)
{
    (void)state;
    compare_golden("resnet20");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vggmini_computes_the_golden_logits),
        cmocka_unit_test(resnet20_computes_the_golden_logits),
    };
    return cmocka_run_group_tests(tests, make_test_folder, remove_test_folder);
}
