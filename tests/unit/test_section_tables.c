/* The sections and activations that a program knows. */
#include <stdio.h>
#include <string.h>

#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"
#include "lint/lint_section.h"
#include "lint_expect.h"

/* Two made-up section types that change nothing: lint has an entry for one of them. */
static const struct ocsp_layer_type silent = {.names = {"silent", "mute"},
                                              .read = ocsp_same_output,
                                              .couple = ocsp_couple_by_element,
                                              .emit = ocsp_emit_through};
OCSP_REGISTER_LAYER_TYPE(silent);

static const struct ocsp_layer_type spoken = {.names = {"spoken", "said"},
                                              .read = ocsp_same_output,
                                              .couple = ocsp_couple_by_element,
                                              .emit = ocsp_emit_through};
OCSP_REGISTER_LAYER_TYPE(spoken);

static bool is_loud(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "volume", 1) > 9;
}

static const struct ocsp_lint_section spoken_section = {
    .name = "spoken",
    .support = {[OCSP_ALEXEYAB] = {"volume tone activation", "linear"},
                [OCSP_HANK] = {"volume"},
                [OCSP_NCNN] = {"tone"}},
    .know_no_alias = OCSP_BIT(OCSP_NCNN),
    .meanings = {{"volume", "1"}, {"tone", "0"}},
    .needed = {{OCSP_BIT(OCSP_NCNN), {"tone"}, true, "it must be given"}},
    .rules = {{OCSP_BIT(OCSP_ALEXEYAB), is_loud, "volume", true, "it is too loud"}},
};
OCSP_REGISTER_LINT_SECTION(spoken_section);

static void no_program_knows_a_type_without_an_entry(void **state)
{
    (void)state;
    for (int c = 0; c < OCSP_PROGRAMS; c++) {
        lint_expect(c, "[silent]\n", "[silent]: refused: it does not know this section");
        lint_expect(c, "[mute]\n", "[mute]: refused: it does not know this section");
    }
}

static void an_entry_says_what_a_program_makes_of_a_type(void **state)
{
    (void)state;
    lint_expect(OCSP_DEBIAN, "[spoken]\n",
                "[spoken]: refused: it does not know this section");
    lint_expect(OCSP_ALEXEYAB, "[spoken]\nvolume=2\ntone=1\n", "");
    lint_expect(OCSP_ALEXEYAB, "[said]\nvolume=2\n", "");
    lint_expect(OCSP_ALEXEYAB, "[spoken]\nvolume=10\n",
                "[spoken] volume=10: refused: it is too loud");
    lint_expect(OCSP_ALEXEYAB, "[spoken]\nactivation=leaky\n",
                "[spoken] activation=leaky: misread: its CPU code gives 0 for this "
                "activation here");
    lint_expect(OCSP_HANK, "[spoken]\nvolume=10\n", "");
    lint_expect(OCSP_HANK, "[said]\ntone=1\n",
                "[said] tone=1: refused: it does not know this key");
    lint_expect(OCSP_NCNN, "[spoken]\ntone=1\nvolume=1.0\n", "");
    lint_expect(OCSP_NCNN, "[spoken]\nvolume=2\n",
                "[spoken] volume=2: misread: ignored\n"
                "[spoken] tone: refused: it must be given");
    lint_expect(OCSP_NCNN, "[said]\ntone=1\n",
                "[said]: refused: it does not know this section");
}

/* A rule for programs that do not know the section would never be asked. */
static void must_be_asked(const struct ocsp_lint_section *s, unsigned programs)
{
    unsigned known = 0;

    for (int c = 0; c < OCSP_PROGRAMS; c++)
        known |= s->support[c].keys ? OCSP_BIT(c) : 0;
    assert_true((programs & known) != 0);
    assert_int_equal(programs >> OCSP_PROGRAMS, 0);
}

static void entries_are_of_layer_types_and_whole(void **state)
{
    const struct ocsp_lint_section *const *all;
    const int n = ocsp_lint_sections(&all);
    (void)state;

    assert_true(n > 30);
    for (int k = 0; k < n; k++) {
        const struct ocsp_lint_section *s = all[k];
        const struct ocsp_layer_type *type = ocsp_layer_type_find(s->name);
        if (strcmp(s->name, "net") != 0) {
            assert_non_null(type);
            assert_string_equal(type->names[0], s->name);
        }
        for (int other = 0; other < k; other++)
            assert_string_not_equal(all[other]->name, s->name);
        for (int i = 0; i < OCSP_MAX_NEEDED && s->needed[i].text; i++)
            must_be_asked(s, s->needed[i].programs);
        for (int i = 0; i < OCSP_MAX_RULES && s->rules[i].text; i++)
            must_be_asked(s, s->rules[i].programs);
    }
}

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
        cmocka_unit_test(no_program_knows_a_type_without_an_entry),
        cmocka_unit_test(an_entry_says_what_a_program_makes_of_a_type),
        cmocka_unit_test(entries_are_of_layer_types_and_whole),
        cmocka_unit_test(activations_are_known_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
