/* The sections and activations that a program knows. */
#include <stdio.h>

#include "lint_expect.h"

static void sections_are_known_or_not(void **state)
{
    static const char unknown[] = ": refused: it does not know this section";
    static const struct {
        const char *section;
        unsigned known; /* by these, without further findings */
    } cases[] = {
        {"avgpool", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK |
                        1u << OCSP_OPENCV | 1u << OCSP_DEEPSTREAM},
        {"dropout", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK |
                        1u << OCSP_OPENCV | 1u << OCSP_DEEPSTREAM},
        {"local_avgpool", 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK},
        {"activation", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB},
        {"l2norm", 1u << OCSP_DEBIAN},
        {"crop", 1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int c = 0; c < OCSP_PROGRAMS; c++) {
            char section[64], wanted[128];
            snprintf(section, sizeof section, "[%s]\n", cases[i].section);
            snprintf(wanted, sizeof wanted, "[%s]%s", cases[i].section, unknown);
            if (cases[i].known >> c & 1)
                lint_expect(c, section,
                            c == OCSP_DEEPSTREAM && i == 1
                                ? "[route]: misread: it does not count [dropout] "
                                  "before it"
                                : "");
            else if (c != OCSP_TKDNN || i > 0)
                lint_expect(c, section, wanted);
        }
    lint_expect(OCSP_TKDNN, "[avgpool]\n",
                "[avgpool]: misread: it does not pool the whole map");
    lint_expect(OCSP_DEBIAN, "[batchnorm]\n", "[batchnorm]: refused: it crashes on CPU");
    lint_expect(OCSP_DEBIAN, "[deconv]\nfilters=2\n",
                "[deconv]: refused: it crashes when it loads weights");
    lint_expect(OCSP_HANK, "[reorg]\nstride=2\n",
                "[reorg]: refused: it does not know this section");
    lint_expect(OCSP_HANK, "[reorg3d]\nstride=2\n", "");
    lint_expect(OCSP_DEEPSTREAM, "[batchnorm]\n",
                "[batchnorm] activation: refused: it must be given");
}

static void activations_are_known_or_not(void **state)
{
#define WITH(name)                                                                       \
    "[convolutional]\nfilters=4\nsize=1\nstride=1\npad=0\nactivation=" name "\n"
    static const char refused[] =
        "[convolutional] activation=%s: refused: it does not know this activation";
    static const struct {
        const char *name, *layer;
        unsigned known;
    } cases[] = {
        {"leaky", WITH("leaky"), ~0u},
        {"linear", WITH("linear"), ~0u},
        {"mish", WITH("mish"), ~(1u << OCSP_DEBIAN)},
        {"relu", WITH("relu"), ~(1u << OCSP_JKJUNG)},
        {"logistic", WITH("logistic"), ~(1u << OCSP_NCNN)},
        {"tanh", WITH("tanh"),
         1u << OCSP_DEBIAN | 1u << OCSP_ALEXEYAB | 1u << OCSP_HANK | 1u << OCSP_OPENCV |
             1u << OCSP_DEEPSTREAM},
        {"swish", WITH("swish"),
         1u << OCSP_ALEXEYAB | 1u << OCSP_HANK | 1u << OCSP_OPENCV |
             1u << OCSP_DEEPSTREAM},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int c = 0; c < OCSP_PROGRAMS; c++) {
            char wanted[128];
            snprintf(wanted, sizeof wanted, refused, cases[i].name);
            if (cases[i].known >> c & 1)
                lint_expect(c, cases[i].layer, "");
            else if (c != OCSP_DEBIAN)
                lint_expect(c, cases[i].layer, wanted);
        }
    lint_expect(OCSP_DEBIAN, WITH("mish"),
                "[convolutional] activation=mish: misread: unknown, it takes relu");
    lint_expect(OCSP_DEBIAN, WITH("leaky#x"),
                "[convolutional] activation=leaky#x: misread: unknown, it takes relu");
    lint_expect(OCSP_HANK, WITH("leaky#x"), "");
    lint_expect(
        OCSP_ALEXEYAB, WITH("relu6"),
        "[convolutional] activation=relu6: misread: its CPU code gives 0 for this "
        "activation here");
    lint_expect(OCSP_ALEXEYAB, "[connected]\noutput=2\nactivation=swish\n",
                "[connected] activation=swish: misread: its CPU code gives 0 for this "
                "activation here");
    lint_expect(OCSP_HANK, WITH("relu6"), "");
    lint_expect(
        OCSP_HANK, WITH("rleu"),
        "[convolutional] activation=rleu: refused: it does not know this activation");
    lint_expect(OCSP_OPENCV, "[maxpool]\nsize=2\nstride=2\nactivation=leaky\n",
                "[maxpool] activation=leaky: misread: Darknet has no activation here");
    for (int c = OCSP_JKJUNG; c <= OCSP_NCNN; c++)
        lint_expect(
            c, "[shortcut]\nfrom=-2\nactivation=leaky\n",
            "[shortcut] activation=leaky: refused: it does not know this activation "
            "here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_are_known_or_not),
        cmocka_unit_test(activations_are_known_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
