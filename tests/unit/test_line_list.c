#include "net/line_list.h"

#include <stdio.h>
#include <string.h>

#include "helpers.h"

static struct ocsp_line_list list;

static const char *file_of(const char *text)
{
    return write_in_folder("list", text, strlen(text));
}

/* `lines`, each with a '|' behind it. */
static void holds(const char *text, const char *unix_host, const char *lines)
{
    char got[200] = "";

    MUST(ocsp_line_list_read(&list, file_of(text), unix_host, &test_error));
    for (int i = 0; i < list.n; i++) {
        strcat(got, list.line[i]);
        strcat(got, "|");
    }
    assert_string_equal(got, lines);
    assert_string_equal(list.file, in_folder("list"));
    ocsp_line_list_clear(&list);
    assert_null(list.line);
}

static void every_line_counts(void **state)
{
    (void)state;
    holds("a", "Debian", "a|");
    holds("a\n", "Debian", "a|");
    holds("\n", "Debian", "|");
    holds("\n\n", "Debian", "||");
    holds("\na\n\n b \t\nc", "Debian", "|a|| b \t|c|");
    holds("#a\n;b\n", "Debian", "#a|;b|");
    holds("red circle\n\xc3\xa9t\xc3\xa9\n", "Debian", "red circle|\xc3\xa9t\xc3\xa9|");
    holds("a\r\n\r\nb\r\n", NULL, "a||b|");
    holds("a\nb\r\n", NULL, "a|b|");
}

static void refuses(const char *text, size_t size, const char *unix_host,
                    enum ocsp_status status, const char *message)
{
    char whole[300];

    snprintf(whole, sizeof whole, "%s%s", in_folder("list"), message);
    write_in_folder("list", text, size);
    REFUSES(ocsp_line_list_read(&list, in_folder("list"), unix_host, &test_error), status,
            whole);
}

static void what_is_no_list_is_refused(void **state)
{
    static const char cr[] =
        ":2: Debian's Darknet cannot read Windows line ends: remove the CRs";
    static const char inner[] =
        ":2: a CR that ends no line, which Darknet takes for a part of it: remove it";
    (void)state;

    refuses("", 0, NULL, OCSP_E_FORMAT, ": the file is empty");
    refuses("a\nb\r\n", 5, "Debian", OCSP_E_UNSUPPORTED, cr);
    refuses("a\nb\r", 4, "Debian", OCSP_E_UNSUPPORTED, cr);
    refuses("a\nb\r", 4, NULL, OCSP_E_FORMAT, inner);
    refuses("a\nb\rc\r\n", 7, NULL, OCSP_E_FORMAT, inner);
    refuses("a\nb\rc\n", 6, "Debian", OCSP_E_FORMAT, inner);
    refuses("a\nb\0c\n", 6, NULL, OCSP_E_FORMAT,
            ":2: a zero byte: this is not a text file");
    refuses("\xef\xbb\xbf"
            "a\n",
            5, NULL, OCSP_E_FORMAT,
            ":1: a byte order mark, which Darknet takes for text: save the file without "
            "it");
    REFUSES(ocsp_line_list_read(&list, "/none/such", NULL, &test_error), OCSP_E_IO,
            "/none/such: cannot open: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_line_counts),
                                       cmocka_unit_test(what_is_no_list_is_refused)};

    return cmocka_run_group_tests(tests, make_test_folder, remove_test_folder);
}
