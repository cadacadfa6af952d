#include "lint_expect.h"

#include <stdio.h>
#include <string.h>

void lint_parse(struct net *parsed, int program, const char *net, const char *layers)
{
    const bool scaled = program == OCSP_HANK_ONNX;
    char text[4096];

    snprintf(text, sizeof text,
             "[net]\n" SIZES "%s" CONV("") CONV("") "%s%s[route]\nlayers=-3\n%s", net,
             layers, scaled ? HEAD("scale_x_y=1.05\n") : HEAD(""),
             scaled ? HEAD("scale_x_y=1.05\n") : HEAD(""));
    net_parse(parsed, text);
}

/* What the program says: "section key=value: refused: text", a line each. */
static void describe(const struct ocsp_lint *lint, int program, char *text, size_t size)
{
    size_t n = 0;

    text[0] = '\0';
    for (int i = 0; i < lint->n_findings && n < size; i++) {
        const struct ocsp_finding *f = &lint->findings[i];
        if (f->program == program)
            n += (size_t)snprintf(text + n, size - n, "%s[%s]%s%s%s%s: %s: %s",
                                  n > 0 ? "\n" : "", f->section, *f->key ? " " : "",
                                  f->key, *f->value ? "=" : "", f->value,
                                  f->refused ? "refused" : "misread", f->text);
    }
}

void lint_must_say(const struct net *net, int program, const char *wanted)
{
    struct ocsp_lint lint;
    char text[2048];

    MUST(ocsp_lint_run(net->cfg, net->graph, &lint, &test_error));
    describe(&lint, program, text, sizeof text);
    if (strcmp(text, wanted) != 0) {
        print_error("%s says\n%s\nexpected\n%s\n", ocsp_program_name(program), text,
                    wanted);
        fail();
    }
    assert_true(ocsp_lint_accepts(&lint, program) == (*wanted == '\0'));
    ocsp_lint_clear(&lint);
}

void lint_expect_net(int program, const char *net, const char *layers, const char *wanted)
{
    struct net parsed;
    lint_parse(&parsed, program, net, layers);
    lint_must_say(&parsed, program, wanted);
    net_clear(&parsed);
}

void lint_expect(int program, const char *layers, const char *wanted)
{
    lint_expect_net(program, "", layers, wanted);
}

void lint_expect_text(int program, const char *text, const char *wanted)
{
    struct net parsed;
    net_parse(&parsed, text);
    lint_must_say(&parsed, program, wanted);
    net_clear(&parsed);
}
