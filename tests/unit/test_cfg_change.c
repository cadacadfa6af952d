#include "net/cfg_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"

static struct ocsp_cfg *parse(const char *text)
{
    struct ocsp_cfg *cfg;

    MUST(ocsp_cfg_parse(&cfg, "n.cfg", text, strlen(text), &test_error));
    return cfg;
}

/* All changes, as "SECTION:LINE:KEY:BEFORE:AFTER;"; "-" for what is not there. */
static void must_change(const char *before, const char *after, const char *expected)
{
    struct ocsp_cfg *a = parse(before), *b = parse(after);
    struct ocsp_cfg_change c = {0};
    char found[512] = "";

    while (ocsp_cfg_next_change(a, b, &c)) {
        const size_t n = strlen(found);
        snprintf(found + n, sizeof found - n, "%d:%d:%s:%s:%s;", c.section, c.line,
                 c.key ? c.key : "-", c.before ? c.before : "-", c.after ? c.after : "-");
    }
    assert_string_equal(found, expected);
    ocsp_cfg_free(a);
    ocsp_cfg_free(b);
}

static const char small[] = "[net]\nwidth=4\nheight=4\n[convolutional]\nfilters=3\n";

static void what_is_no_content_is_no_change(void **state)
{
    (void)state;
    must_change(small, small, "");
    must_change(small,
                "# mine\n\n[net]\n width = 4 # wide\nheight=4;high\n\n"
                "[convolutional]\r\n;\nfilters=\t3\r\n",
                "");
    must_change(small, "[net]\nheight=4\nwidth=4\n[convolutional]\nfilters=3\n", "");
    must_change(small, "[net]\nwidth=4\nheight=4\nwidth=9\n[convolutional]\nfilters=3\n",
                "");
    must_change("[net]\nlabel=\xc3\xa4\n", "[net]\nlabel=\xc3\xa4\n", "");
    must_change("[net]\nlabel=??\n", "[net]\nlabel=\xe4\xf6\n", "");
}

static void each_change_is_found_with_its_line(void **state)
{
    (void)state;
    must_change(small, "[net]\nwidth=5\nheight=4\n[convolutional]\nfilters=3\n",
                "0:2:width:4:5;");
    must_change(small, "[net]\nheight=4\n\n[convolutional]\nfilters=30\nsize=1\n",
                "0:1:width:4:-;1:5:filters:3:30;1:6:size:-:1;");
    must_change(small, "[net]\nwidth=\nheight=40\n[convolutional]\nfilters=3\n",
                "0:2:width:4:;0:3:height:4:40;");
    must_change("[net]\nlabel=?\n", "[net]\nlabel=a\n", "0:2:label:?:a;");
    must_change("[net]\nlabel=\xe4\n", "[net]\nlabel=?\n", "0:2:label:\xe4:?;");
    must_change("[net]\nwidth=4\nwidth=9\n", "[net]\nwidth=9\nwidth=4\n",
                "0:2:width:4:9;");
}

static void another_section_ends_the_comparison(void **state)
{
    (void)state;
    must_change(small, "[net]\nwidth=5\nheight=4\n[connected]\nfilters=4\n",
                "0:2:width:4:5;1:4:-:convolutional:connected;");
    must_change(small, "[net]\nwidth=4\nheight=4\n", "1:1:-:convolutional:-;");
    must_change(small,
                "[net]\nwidth=4\nheight=4\n[convolutional]\nfilters=3\n[softmax]\n",
                "2:6:-:-:softmax;");
}

static void the_content_is_all_that_counts(void **state)
{
    struct ocsp_cfg *cfg =
        parse("# mine\n[net]\n width = 4 # wide\n\n[softmax]\ngroups=1");
    char *text;
    (void)state;

    MUST(ocsp_cfg_content(cfg, &text, &test_error));
    assert_string_equal(text, "[net]\nwidth=4\n[softmax]\ngroups=1\n");
    ocsp_cfg_free(cfg);
    free(text);
    cfg = parse("[a]\nb=");
    MUST(ocsp_cfg_content(cfg, &text, &test_error));
    assert_string_equal(text, "[a]\nb=\n");
    ocsp_cfg_free(cfg);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_content_is_no_change),
        cmocka_unit_test(each_change_is_found_with_its_line),
        cmocka_unit_test(another_section_ends_the_comparison),
        cmocka_unit_test(the_content_is_all_that_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
