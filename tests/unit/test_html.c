#include "view/html.h"

#include <stdlib.h>
#include <string.h>

#include "helpers.h"

#define BAD "\xEF\xBF\xBD" /* U+FFFD */

/* What the writer makes of it; freed by the next call. */
static const char *written(void (*write)(FILE *, const char *), const char *text)
{
    static char *last;
    size_t size;
    free(last);
    FILE *out = open_memstream(&last, &size);
    assert_non_null(out);
    write(out, text);
    assert_int_equal(fclose(out), 0);
    if (!text) { /* the last call: nothing stays */
        free(last);
        last = NULL;
    }
    return last;
}

static void write_uri(FILE *out, const char *text)
{
    ocsp_html_data_uri(out, "image/svg+xml", text);
}

static void write_twice(FILE *out, const char *text)
{
    ocsp_html(out, "<b title=\"%s\">%d%%</b>%s", text, -7, text);
}

static void is_text(const char *text, const char *html)
{
    assert_string_equal(written(ocsp_html_text, text), html);
}

static void what_is_special_becomes_an_entity(void **state)
{
    (void)state;
    is_text("a<b>&\"'c", "a&lt;b&gt;&amp;&quot;&#39;c");
    is_text("</script><!--", "&lt;/script&gt;&lt;!--");
    is_text("&amp;", "&amp;amp;");
    is_text("", "");
    is_text("two\nlines\tand a tab", "two\nlines\tand a tab");
    assert_null(written(ocsp_html_text, NULL));
}

static void whole_characters_stay(void **state)
{
    (void)state;
    is_text("ä λ → 名 😀", "ä λ → 名 😀");
    is_text("\xEF\xBF\xBF\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF\xF4\x8F\xBF\xBF");
    assert_null(written(ocsp_html_text, NULL));
}

static void other_bytes_are_replaced(void **state)
{
    (void)state;
    is_text("a\xFFz", "a" BAD "z");
    is_text("\x80", BAD);
    is_text("\xC3", BAD);                         /* cut off by the end */
    is_text("\xC3<", BAD "&lt;");                 /* or by what follows */
    is_text("\xE2\x82", BAD BAD);                 /* likewise, of three */
    is_text("\xC0\xBC", BAD BAD);                 /* '<', too long */
    is_text("\xE0\x80\xBC", BAD BAD BAD);         /* the same */
    is_text("\xED\xA0\x80", BAD BAD BAD);         /* a surrogate */
    is_text("\xF4\x90\x80\x80", BAD BAD BAD BAD); /* above U+10FFFF */
    is_text("a\x01\x1b[2J\x7f", "a" BAD BAD "[2J" BAD);
    assert_null(written(ocsp_html_text, NULL));
}

static void a_format_escapes_its_texts_alone(void **state)
{
    (void)state;
    assert_string_equal(written(write_twice, "\"<"),
                        "<b title=\"&quot;&lt;\">-7%</b>&quot;&lt;");
    assert_null(written(ocsp_html_text, NULL));
}

/* Quotes, '#', '%' and line ends would end or change a URI within an attribute. */
static void a_data_uri_holds_every_byte(void **state)
{
    (void)state;
    assert_string_equal(written(write_uri, "<a b=\"#1%\">'\n\xC3\xA4&"),
                        "data:image/svg+xml,%3Ca b=%22%231%25%22%3E%27%0A%C3%A4%26");
    assert_null(written(ocsp_html_text, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_special_becomes_an_entity),
        cmocka_unit_test(whole_characters_stay),
        cmocka_unit_test(other_bytes_are_replaced),
        cmocka_unit_test(a_format_escapes_its_texts_alone),
        cmocka_unit_test(a_data_uri_holds_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
