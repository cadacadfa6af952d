/* What the surgery leaves is read by the stock host; what a host reads otherwise is
 * refused. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "surgery_run.h"

enum { IMAGES = 4, CLASSES = 10, SIDE = 12 };

/* Random images as files, their paths in images.list, and as the net's input. */
static void write_images(float *input)
{
    struct random random = {3};
    char list[IMAGES * 128] = "";

    for (int n = 0; n < IMAGES; n++) {
        uint8_t file[16 + 3 * SIDE * SIDE];
        char name[16];
        const int header = sprintf((char *)file, "P6\n%d %d\n255\n", SIDE, SIDE);
        for (int p = 0; p < SIDE * SIDE; p++)
            for (int c = 0; c < 3; c++) {
                const int byte = random_below(&random, 256);
                file[header + 3 * p + c] = (uint8_t)byte;
                input[(3 * n + c) * SIDE * SIDE + p] = (float)byte / 255.f;
            }
        snprintf(name, sizeof name, "%d.ppm", n);
        strcat(list, write_in_folder(name, file, (size_t)header + 3 * SIDE * SIDE));
        strcat(list, "\n");
    }
    write_in_folder("images.list", list, strlen(list));
}

static void ask_stock_darknet(const char *program, float *output)
{
    char command[1024];

    write_in_folder("net.data", "classes=10\n", 11);
    snprintf(command, sizeof command,
             "'%s' classifier fout '%s' '%s' '%s' '%s' 2>/dev/null", program,
             in_folder("net.data"), in_folder("net_pruned.cfg"),
             in_folder("net_pruned_final.weights"), in_folder("images.list"));
    FILE *out = popen(command, "r");
    assert_non_null(out);
    for (int n = 0; n < IMAGES; n++) {
        char path[256], name[16];
        assert_int_equal(fscanf(out, "%255s", path), 1);
        snprintf(name, sizeof name, "%d.ppm", n);
        assert_string_equal(path, in_folder(name));
        for (int k = 0; k < CLASSES; k++)
            assert_int_equal(fscanf(out, "%f", &output[n * CLASSES + k]), 1);
    }
    assert_int_equal(pclose(out), 0);
}

static void stock_darknet_computes_the_same(void **state)
{
    (void)state;
    const char *program = getenv("STOCK_DARKNET");
    float input[IMAGES * 3 * SIDE * SIDE], theirs[IMAGES * CLASSES], *ours;
    size_t length;
    struct training_loop loop;

    if (HOST_IS_ALEXEYAB || !program || !file_exists(program))
        skip();
    start_pruning_run(&loop, LOOP_HEAD STEPS LOOP_BODY(""));
    for (int k = 0; k < END; k++)
        loop_iterate(&loop, k);
    write_images(input);
    ask_stock_darknet(program, theirs);
    ocsp_host.infer(loop_net(&loop), true, input, &ours, &length);
    assert_int_equal(length, IMAGES * CLASSES);
    const double difference = ocsp_check_difference(ours, theirs, length);
    float least = ours[0], most = ours[0];
    for (size_t k = 0; k < length; k++) {
        least = fminf(least, ours[k]);
        most = fmaxf(most, ours[k]);
    }
    print_message("# %s: outputs of %.3g to %.3g differ by %.1e of the largest\n",
                  program, (double)least, (double)most, difference);
    assert_true(most > 1.1f * least); /* or any net would agree */
    assert_true(difference < 1e-5);
    loop_stop(&loop);
}

/* The host parses `host_cfg`, the hook reads `cfg`. */
static void expect_refusal(const char *host_cfg, const char *cfg, const char *text)
{
    static struct training_loop loop; /* outlives the jump */
    struct ocsp_settings settings;

    loop_settings(&settings, .5, 2, 4, EPOCH);
    loop_expect_failure();
    if (!setjmp(loop_failure)) {
        loop_start_mismatched(&loop, host_cfg, cfg, &settings);
        fail_msg("accepted, expected: %s", text);
    }
    print_message("# %s\n", test_error.text);
    assert_int_equal(test_error.status, OCSP_E_UNSUPPORTED);
    if (!strstr(test_error.text, text))
        fail_msg("expected: %s", text);
    loop_stop(&loop);
}

static void refuses_what_the_host_reads_otherwise(void **state)
{
    (void)state;
#define TWO_CONVS(a, b)                                                                  \
    LOOP_HEAD STEPS LOOP_CONV("8", "3", LOOP_BN) LOOP_CONV(a, b, LOOP_BN)
#define HALF_ROUTE                                                                       \
    TWO_CONVS("8", "3")                                                                  \
    "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n[connected]\noutput=10\n[softmax]\n"
#define CONNECTED "[connected]\noutput=10\nactivation=linear\n[softmax]\n"
    if (!HOST_IS_ALEXEYAB)
        expect_refusal(HALF_ROUTE, HALF_ROUTE,
                       "layer 2 [route]: this Darknet does not read all of its keys: it "
                       "makes 1152 outputs");
    expect_refusal(
        TWO_CONVS("8", "3") CONNECTED, TWO_CONVS("6", "3") CONNECTED,
        "layer 1 [convolutional]: this Darknet does not read all of its keys: "
        "it makes 1152 outputs, 576 weights and 8 BN scales of it, the cfg says 864, 432 "
        "and 6");
    expect_refusal(TWO_CONVS("8", "3") CONNECTED, TWO_CONVS("8", "1") CONNECTED,
                   "layer 1 [convolutional]");
    expect_refusal(TWO_CONVS("8", "3") CONNECTED,
                   TWO_CONVS("8", "3") "[dropout]\n" CONNECTED,
                   "this Darknet made 4 layers of it, the cfg has 5");
}

/* AlexeyAB's Darknet would not say so, and compensation would be wrong there. */
static void factors_of_a_shortcut_are_refused_where_they_are_ignored(void **state)
{
    static const char *const keys[] = {"alpha", "beta"};
    (void)state;

    for (int k = 0; k < 2; k++) {
        char text[512], message[128];
        struct net net;
        snprintf(text, sizeof text, "%s[shortcut]\nfrom=0\n%s=.5\n[cost]\n",
                 LOOP_HEAD LOOP_CONV("8", "3", LOOP_BN) LOOP_CONV("8", "3", LOOP_BN),
                 keys[k]);
        net_parse(&net, text);
        snprintf(message, sizeof message,
                 "test.cfg:%d: layer 2 [shortcut]: AlexeyAB's Darknet ignores alpha= and "
                 "beta=",
                 ocsp_cfg_line(net.cfg, 3, keys[k]));
        if (HOST_IS_ALEXEYAB)
            REFUSES(ocsp_refusals_check(ocsp_host.rules, &ocsp_host.build, net.graph,
                                        true, &test_error),
                    OCSP_E_UNSUPPORTED, message);
        else
            MUST(ocsp_refusals_check(ocsp_host.rules, &ocsp_host.build, net.graph, true,
                                     &test_error));
        net_clear(&net);
    }
}

/* Without a leak: run it under AddressSanitizer. */
static void many_surgeries_in_one_process(void **state)
{
    (void)state;
    struct ocsp_settings settings;

    loop_settings(&settings, .5, 1, 2, 2);
    for (int n = 0; n < 20; n++) {
        struct training_loop loop;
        settings.budget.share = .3 + .015 * n;
        loop_start(&loop, NET, &settings);
        for (int k = 0; k < 6; k++)
            loop_iterate(&loop, 100 * n + k);
        assert_string_equal(loop.base, "net_pruned");
        loop_stop(&loop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(stock_darknet_computes_the_same),
        IN_FOLDER(refuses_what_the_host_reads_otherwise),
        cmocka_unit_test(factors_of_a_shortcut_are_refused_where_they_are_ignored),
        IN_FOLDER(many_surgeries_in_one_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
