#include "lint/linter.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "lint_expect.h"
#include "random_net.h"

static void all_accept_a_small_yolo(void **state)
{
    (void)state;
    for (int c = 0; c < OCSP_PROGRAMS; c++) {
        lint_expect(c, "", "");
        lint_expect(c, "[shortcut]\nfrom=-2\nactivation=linear\n", "");
        lint_expect(c,
                    "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n"
                    "[route]\nlayers=-1,-3\n" CONV(""),
                    "");
    }
    lint_expect(OCSP_JKJUNG, "[upsample]\nstride=2\n[upsample]\nstride=2\n",
                "[net]: refused: it needs 2 or 3 [yolo], and an [upsample] less or none");
}

static void findings_name_layer_and_line(void **state)
{
    struct net net;
    struct ocsp_lint lint;
    char text[256];
    (void)state;

    net_parse(&net, "# one\n[net]\n" SIZES "max_crop=40\n\n" CONV("dilation=2\n"));
    MUST(ocsp_lint_run(net.cfg, net.graph, &lint, &test_error));
    assert_true(lint.n_findings > 1);
    assert_int_equal(lint.findings[0].program, OCSP_DEBIAN);
    assert_int_equal(lint.findings[0].layer, 0);
    ocsp_finding_text(&lint.findings[0], text, sizeof text);
    assert_string_equal(text, "layer 0 [convolutional] (line 15), dilation=2: misread: "
                              "ignored");
    assert_int_equal(lint.findings[1].program, OCSP_HANK);
    assert_int_equal(lint.findings[1].layer, -1);
    ocsp_finding_text(&lint.findings[1], text, sizeof text);
    assert_string_equal(
        text, "[net] (line 6), max_crop=40: refused: it does not know this key");
    ocsp_lint_clear(&lint);
    net_clear(&net);
}

static const struct ocsp_finding *loss_of(const struct net *a, const struct net *b)
{
    struct ocsp_lint before, after;
    static struct ocsp_finding found;

    MUST(ocsp_lint_run(a->cfg, a->graph, &before, &test_error));
    MUST(ocsp_lint_run(b->cfg, b->graph, &after, &test_error));
    const struct ocsp_finding *loss = ocsp_lint_first_loss(&before, &after);
    if (loss)
        found = *loss;
    ocsp_lint_clear(&before);
    ocsp_lint_clear(&after);
    return loss ? &found : NULL;
}

static void a_loss_is_a_finding_that_was_not_there(void **state)
{
    struct net a, b;
    (void)state;

    lint_parse(&a, OCSP_DEBIAN, "", CONV(""));
    lint_parse(&b, OCSP_DEBIAN, "", CONV("dilation=2\n"));
    assert_null(loss_of(&a, &a));
    assert_null(loss_of(&b, &a));
    const struct ocsp_finding *loss = loss_of(&a, &b);
    assert_non_null(loss);
    assert_int_equal(loss->program, OCSP_DEBIAN); /* it accepted all of a */
    assert_string_equal(loss->key, "dilation");
    net_clear(&b);
    /* refused before as well, but for this too */
    lint_parse(&b, OCSP_DEBIAN, "", CONV("dilation=2\ndontload=1\n"));
    net_clear(&a);
    lint_parse(&a, OCSP_DEBIAN, "", CONV("dilation=2\n"));
    loss = loss_of(&a, &b);
    assert_non_null(loss);
    assert_int_equal(loss->program, OCSP_HANK_ONNX + 1);
    assert_string_equal(loss->key, "dontload");
    net_clear(&a);
    net_clear(&b);
}

/* Layer 1 has 6 inputs, 8 outputs, the shortcut 4: pruned to 4 inputs, AlexeyAB's CPU
 * code adds 8 channels' numbers to 4. */
static void pruning_can_lose_a_host(void **state)
{
    struct net net, pruned;
    struct ocsp_plan plan;
    (void)state;

    net_parse(&net, "[net]\nwidth=8\nheight=8\nchannels=3\n"
                    "[convolutional]\nfilters=6\nactivation=relu\n"
                    "[convolutional]\nfilters=8\nactivation=relu\n"
                    "[convolutional]\nfilters=4\nactivation=relu\n"
                    "[shortcut]\nfrom=-2\nactivation=relu\n"
                    "[connected]\noutput=2\n");
    struct random r = {1};
    net_random_weights(&net, &r);
    bool *removed = calloc((size_t)net.coupling->n_channels, sizeof *removed);
    assert_non_null(removed);
    for (int row = 0; row < 2; row++)
        removed[net.coupling->tables[0].row[row]] = true;
    MUST(ocsp_plan_from_set(&plan, net.coupling, removed, &test_error));
    net_prune(&net, &plan, &pruned);
    const struct ocsp_finding *loss = loss_of(&net, &pruned);
    assert_non_null(loss);
    assert_int_equal(loss->program, OCSP_ALEXEYAB);
    assert_int_equal(loss->layer, 3);
    assert_string_equal(loss->key, "from");
    free(removed);
    ocsp_plan_clear(&plan);
    net_clear(&net);
    net_clear(&pruned);
}

static void every_program_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a < OCSP_PROGRAMS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(ocsp_program_name(a), ocsp_program_name(b));
    assert_string_equal(ocsp_program_name(OCSP_OPENCV), "OpenCV 4 DNN");
}

static void pruned_random_nets_are_as_portable(void **state)
{
    struct random r = {11};
    (void)state;

    for (int n = 0; n < 150; n++) {
        struct net net, pruned;
        struct ocsp_plan plan;
        random_net(&net, &r, RANDOM_ANYTHING);
        net_random_weights(&net, &r);
        random_plan(&net, &r, n % 4 == 0, &plan);
        net_prune(&net, &plan, &pruned);
        const struct ocsp_finding *loss = loss_of(&net, &pruned);
        if (loss) {
            print_error("%s, layer %d: %s\n", ocsp_program_name(loss->program),
                        loss->layer, loss->text);
            fail();
        }
        ocsp_plan_clear(&plan);
        net_clear(&net);
        net_clear(&pruned);
    }
}

static void damaged_cfgs_are_linted(void **state)
{
    static const char bytes[] = "0123456789-,=#; []\nxpsg\r\xff";
    struct random r = {3};
    int linted = 0;
    (void)state;

    for (int n = 0; n < 3000; n++) {
        char text[] =
            "[net]\n" SIZES "policy=steps\n" CONV("") CONV("groups=2\n") ADD("-2") CONV(
                "padding=1\n") "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n"
                               "[route]\nlayers=-1,0\n" HEAD("") "[crop]\n[softmax]\n";
        struct ocsp_cfg *cfg;
        struct ocsp_graph *graph;
        struct ocsp_lint lint;
        for (int k = random_below(&r, 4); k >= 0; k--)
            text[random_below(&r, (int)sizeof text - 1)] =
                bytes[random_below(&r, (int)sizeof bytes - 1)];
        if (ocsp_cfg_parse(&cfg, "test.cfg", text, sizeof text - 1, &test_error))
            continue;
        if (ocsp_graph_new(&graph, cfg, &test_error) == OCSP_OK) {
            MUST(ocsp_lint_run(cfg, graph, &lint, &test_error));
            assert_null(ocsp_lint_first_loss(&lint, &lint));
            for (int f = 0; f < lint.n_findings; f++) {
                char line[256];
                ocsp_finding_text(&lint.findings[f], line, sizeof line);
                assert_non_null(strstr(line, lint.findings[f].text));
            }
            ocsp_lint_clear(&lint);
            ocsp_graph_free(graph);
            linted++;
        }
        ocsp_cfg_free(cfg);
    }
    print_message("# %d of 3000 linted\n", linted);
    assert_true(linted > 500);
}

/* Ours are written for both hosts and OpenCV. */
static void our_cfgs_are_accepted(void **state)
{
    glob_t found;
    (void)state;

    assert_int_equal(glob("cfg/*.cfg", 0, NULL, &found), 0);
    assert_int_equal(glob("cfg/*/*.cfg", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct net net;
        net_load(&net, found.gl_pathv[i]);
        lint_must_say(&net, OCSP_DEBIAN, "");
        lint_must_say(&net, OCSP_ALEXEYAB, "");
        lint_must_say(&net, OCSP_OPENCV, "");
        net_clear(&net);
    }
    globfree(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_accept_a_small_yolo),
        cmocka_unit_test(findings_name_layer_and_line),
        cmocka_unit_test(a_loss_is_a_finding_that_was_not_there),
        cmocka_unit_test(pruning_can_lose_a_host),
        cmocka_unit_test(every_program_has_a_name_of_its_own),
        cmocka_unit_test(pruned_random_nets_are_as_portable),
        cmocka_unit_test(damaged_cfgs_are_linted),
        cmocka_unit_test(our_cfgs_are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
