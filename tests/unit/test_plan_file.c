#include "prune/plan_file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "random_net.h"

/* Layers 0 and 1 are coupled by the shortcut; layer 3 is the output. */
static const char coupled[] = "[net]\nwidth=4\nheight=4\nchannels=3\n"
                              "[convolutional]\nfilters=4\nactivation=relu\n"
                              "[convolutional]\nfilters=4\nactivation=linear\n"
                              "[shortcut]\nfrom=-2\nactivation=relu\n"
                              "[convolutional]\nfilters=2\nactivation=linear\n";

static enum ocsp_status load_text(const struct net *net, const char *text,
                                  struct ocsp_plan *plan)
{
    const char *path = write_in_folder("p.json", text, strlen(text));
    return ocsp_plan_load(plan, net->coupling, path, &test_error);
}

/* A plan of this cfg that keeps what `keep` says. */
static enum ocsp_status load_keep(const struct net *net, const char *keep,
                                  struct ocsp_plan *plan)
{
    char text[512], sha[OCSP_SHA256_TEXT];
    ocsp_cfg_sha256(net->cfg, sha);
    snprintf(text, sizeof text, "{\"version\":1,\"cfg_sha256\":\"%s\",\"keep\":%s}", sha,
             keep);
    return load_text(net, text, plan);
}

static const char *message(const char *text)
{
    static char buffer[512];
    snprintf(buffer, sizeof buffer, "%s/p.json%s", test_folder, text);
    return buffer;
}

static void random_plans_survive_the_file(void **state)
{
    struct random r = {21};
    (void)state;

    for (int n = 0; n < 100; n++) {
        struct net net;
        struct ocsp_plan plan, read;
        char *text;
        random_net(&net, &r, RANDOM_ANYTHING);
        random_plan(&net, &r, n % 5 == 0, &plan);
        MUST(ocsp_plan_render(&plan, net.coupling, &text, &test_error));
        MUST(load_text(&net, text, &read));
        assert_memory_equal(plan.removed, read.removed, (size_t)net.coupling->n_channels);
        assert_int_equal(plan.n_removed, read.n_removed);
        assert_int_equal(plan.macs_after, read.macs_after);
        assert_int_equal(plan.parameters_after, read.parameters_after);
        free(text);
        ocsp_plan_clear(&plan);
        ocsp_plan_clear(&read);
        net_clear(&net);
    }
}

static void the_text_is_the_documented_json(void **state)
{
    const bool removed[4] = {false, true};
    char *text, wanted[512], sha[OCSP_SHA256_TEXT];
    struct ocsp_plan plan;
    struct net net;
    (void)state;

    net_parse(&net, coupled);
    ocsp_cfg_sha256(net.cfg, sha);
    assert_int_equal(strlen(sha), 64);
    MUST(ocsp_plan_from_set(&plan, net.coupling, removed, &test_error));
    MUST(ocsp_plan_render(&plan, net.coupling, &text, &test_error));
    /* 16 pixels: 3·4 + 4·4 + 4·2 = 36, then 3·3 + 3·3 + 3·2 = 24; biases 10, then 8 */
    snprintf(
        wanted, sizeof wanted,
        "{\"version\":1,\"cfg_sha256\":\"%s\",\"keep\":{\"0\":[0,2,3],\"1\":[0,2,3]},"
        "\"macs_before\":%d,\"macs_after\":%d,\"params_before\":46,"
        "\"params_after\":32}",
        sha, 16 * 36, 16 * 24);
    assert_string_equal(text, wanted);
    free(text);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

static void the_digest_is_sha256_of_the_text(void **state)
{
    struct ocsp_cfg *cfg;
    char sha[OCSP_SHA256_TEXT];
    (void)state;

    MUST(ocsp_cfg_parse(&cfg, "x", "[a]", 3, &test_error));
    ocsp_cfg_sha256(cfg, sha);
    assert_string_equal(
        sha, "32332ffee853ef6d87d16e1dbc55f72288c4fa960b2c44ee80d34b9993e0f7aa");
    ocsp_cfg_free(cfg);
}

static void plans_that_cannot_be_followed_are_refused(void **state)
{
    static const struct {
        const char *keep, *message;
        enum ocsp_status status;
    } cases[] = {
        {"{\"0\":[0,2,3],\"1\":[0,1,3]}",
         ":1: contradiction: layer 0 removes the channel that layer 1 keeps (its channel "
         "1); coupled layers keep the same ones",
         OCSP_E_CONFLICT},
        {"{\"1\":[0,2,3]}",
         ":1: contradiction: layer 0 keeps the channel that layer 1 removes (its channel "
         "1); coupled layers keep the same ones",
         OCSP_E_CONFLICT},
        {"{\"3\":[0]}", ":1: layer 3 cannot lose channel 1: an output of the network",
         OCSP_E_CONFLICT},
        {"{\"0\":[],\"1\":[]}", ":1: it leaves layer 0 without any channel",
         OCSP_E_CONFLICT},
        {"{\"0\":[0,4]}", ":1: layer 0 keeps 4, which is not one of its channels, 0 to 3",
         OCSP_E_RANGE},
        {"{\"0\":[-1]}", ":1: layer 0 keeps -1, which is not one of its channels, 0 to 3",
         OCSP_E_RANGE},
        {"{\"0\":[1.0]}",
         ":1: layer 0 keeps 1.0, which is not one of its channels, 0 to 3", OCSP_E_RANGE},
        {"{\"0\":[9223372036854775807]}",
         ":1: layer 0 keeps 9223372036854775807, which is not one of its channels, 0 to "
         "3",
         OCSP_E_RANGE},
        {"{\"0\":[0,2,0]}", ":1: layer 0 keeps channel 0 twice", OCSP_E_FORMAT},
        {"{\"0\":3}", ":1: keep of layer 0 is not a list of channels", OCSP_E_FORMAT},
        {"{\"4\":[0]}", ":1: '4' is not a layer with filters of test.cfg", OCSP_E_RANGE},
        {"{\"2\":[0]}", ":1: '2' is not a layer with filters of test.cfg", OCSP_E_RANGE},
        {"{\"-1\":[0]}", ":1: '-1' is not a layer with filters of test.cfg",
         OCSP_E_RANGE},
        {"{\"\":[0]}", ":1: '' is not a layer with filters of test.cfg", OCSP_E_RANGE},
        {"{\"0x\":[0]}", ":1: '0x' is not a layer with filters of test.cfg",
         OCSP_E_RANGE},
        {"{\"00\":[0]}", ":1: '00' is not a layer with filters of test.cfg",
         OCSP_E_RANGE},
        {"{\"99999999999999999999\":[0]}",
         ":1: '99999999999999999999' is not a layer with filters of test.cfg",
         OCSP_E_RANGE},
        {"[]", ":1: a plan needs \"keep\", an object of lists, one per layer",
         OCSP_E_FORMAT},
        {"{\n\"0\":[0,2,3],\n\"1\":[\n0,4]}",
         ":3: layer 1 keeps 4, which is not one of its channels, 0 to 3", OCSP_E_RANGE},
    };
    struct ocsp_plan plan = {.n_removed = 42};
    struct net net;
    (void)state;

    net_parse(&net, coupled);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        REFUSES(load_keep(&net, cases[k].keep, &plan), cases[k].status,
                message(cases[k].message));
    assert_true(plan.n_removed == 42 && plan.removed == NULL);
    MUST(load_keep(&net, "{\"1\":[3,2,0],\"0\":[0,2,3]}", &plan)); /* in any order */
    assert_int_equal(plan.n_removed, 1);
    assert_true(plan.removed[net.coupling->tables[1].row[1]]);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

static void texts_that_are_no_plan_are_refused(void **state)
{
    static const struct {
        const char *text, *message;
        enum ocsp_status status;
    } cases[] = {
        {"", ":1: not JSON: '[' or '{' expected near end of file", OCSP_E_FORMAT},
        {"{\n\"version\":1,,\n}", ":2: not JSON: string or '}' expected near ','",
         OCSP_E_FORMAT},
        {"{\"keep\":{\"0\":[0],\"0\":[1]}}",
         ":1: not JSON: duplicate object key near '\"0\"'", OCSP_E_FORMAT},
        {"[]", ": not a plan of \"version\":1", OCSP_E_UNSUPPORTED},
        {"{}", ": not a plan of \"version\":1", OCSP_E_UNSUPPORTED},
        {"{\"version\":2}", ":1: not a plan of \"version\":1", OCSP_E_UNSUPPORTED},
        {"{\"version\":1}", ": a plan needs \"cfg_sha256\", a text", OCSP_E_FORMAT},
        {"{\"version\":1,\"cfg_sha256\":\"abc\",\"keep\":{}}",
         ":1: made for another cfg than test.cfg (cfg_sha256 differs); make it anew",
         OCSP_E_CONFLICT},
        {"{\"version\":1,\"cfg_sha256\":7,\"keep\":{}}",
         ":1: a plan needs \"cfg_sha256\", a text", OCSP_E_FORMAT},
    };
    struct ocsp_plan plan;
    struct net net;
    (void)state;

    net_parse(&net, coupled);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        REFUSES(load_text(&net, cases[k].text, &plan), cases[k].status,
                message(cases[k].message));
    REFUSES(ocsp_plan_load(&plan, net.coupling, "/none/p.json", &test_error), OCSP_E_IO,
            "/none/p.json: cannot open: No such file or directory");
    net_clear(&net);
}

#define IN_FOLDER(test)                                                                  \
    cmocka_unit_test_setup_teardown(test, make_test_folder, remove_test_folder)

static void a_text_beyond_all_measure_is_refused(void **state)
{
    const size_t size = ((size_t)8 << 20) + 1;
    char *blanks = malloc(size);
    struct ocsp_plan plan;
    struct net net;
    (void)state;

    assert_non_null(blanks);
    memset(blanks, ' ', size);
    net_parse(&net, coupled);
    REFUSES(ocsp_plan_parse(&plan, net.coupling, "p.json", blanks, size, &test_error),
            OCSP_E_RANGE, "p.json: larger than 8 MiB");
    REFUSES(ocsp_plan_parse(&plan, net.coupling, "p.json", blanks, size - 1, &test_error),
            OCSP_E_FORMAT, "p.json:1: not JSON: '[' or '{' expected near end of file");
    net_clear(&net);
    free(blanks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(random_plans_survive_the_file),
        cmocka_unit_test(the_text_is_the_documented_json),
        cmocka_unit_test(the_digest_is_sha256_of_the_text),
        IN_FOLDER(plans_that_cannot_be_followed_are_refused),
        IN_FOLDER(texts_that_are_no_plan_are_refused),
        cmocka_unit_test(a_text_beyond_all_measure_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
