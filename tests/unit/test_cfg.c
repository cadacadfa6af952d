#include "net/cfg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"

static struct ocsp_cfg *parse(const char *text)
{
    struct ocsp_cfg *cfg;
    MUST(ocsp_cfg_parse(&cfg, "test.cfg", text, strlen(text), &test_error));
    return cfg;
}

static int int_of(const struct ocsp_cfg *cfg, int section, const char *key, int fallback)
{
    int value;
    MUST(ocsp_cfg_int(cfg, section, key, fallback, &value, &test_error));
    return value;
}

static void expect_render(const struct ocsp_cfg *cfg, const char *wanted)
{
    char *text;
    size_t size;
    MUST(ocsp_cfg_render(cfg, &text, &size, &test_error));
    assert_string_equal(text, wanted);
    assert_int_equal(size, strlen(wanted));
    free(text);
}

static void texts_are_read_as_the_hosts_read_them(void **state)
{
    struct ocsp_cfg *cfg = parse("# comment\n; another\n\n[net]\n"
                                 "  width = 3 2 \r\n"
                                 "height=\t6\t4 # tall\n"
                                 "width=99\n"
                                 "steps=1, 2,3\n"
                                 "empty=\n"
                                 "equals=a=b\n"
                                 " [ convolutional ]\t\n"
                                 "filters=+7;seven\n"
                                 "[conv]\n"
                                 "filters=-5");
    (void)state;

    assert_string_equal(ocsp_cfg_name(cfg), "test.cfg");
    assert_int_equal(ocsp_cfg_sections(cfg), 3);
    assert_string_equal(ocsp_cfg_section_name(cfg, 0), "net");
    assert_string_equal(ocsp_cfg_section_name(cfg, 1), "convolutional");
    assert_string_equal(ocsp_cfg_section_name(cfg, 2), "conv");
    assert_int_equal(ocsp_cfg_section_line(cfg, 0), 4);
    assert_int_equal(ocsp_cfg_section_line(cfg, 1), 11);
    assert_int_equal(int_of(cfg, 0, "width", 1), 32); /* the first of two */
    assert_int_equal(int_of(cfg, 0, "height", 1), 64);
    assert_int_equal(int_of(cfg, 1, "filters", 1), 7);
    assert_int_equal(int_of(cfg, 2, "filters", 1), -5);
    assert_int_equal(int_of(cfg, 2, "size", 17), 17);
    assert_string_equal(ocsp_cfg_string(cfg, 0, "steps", ""), "1,2,3");
    assert_string_equal(ocsp_cfg_string(cfg, 0, "empty", "no"), "");
    assert_string_equal(ocsp_cfg_string(cfg, 0, "equals", ""), "a=b");
    assert_null(ocsp_cfg_string(cfg, 1, "steps", NULL));
    assert_int_equal(ocsp_cfg_line(cfg, 0, "height"), 6);
    assert_int_equal(ocsp_cfg_line(cfg, 0, "width"), 5);
    assert_int_equal(ocsp_cfg_line(cfg, 1, "none"), 11);
    ocsp_cfg_free(cfg);
}

static void options_are_listed_in_their_order(void **state)
{
    struct ocsp_cfg *cfg = parse("[net]\n[a]\nx = 1\n\n# no\ny=2 # z\nx=3\n[b]\n");
    const char *key, *value;
    (void)state;

    assert_int_equal(ocsp_cfg_options(cfg, 0), 0);
    assert_int_equal(ocsp_cfg_options(cfg, 1), 3);
    assert_int_equal(ocsp_cfg_option(cfg, 1, 1, &key, &value), 6);
    assert_string_equal(key, "y");
    assert_string_equal(value, "2#z");
    assert_int_equal(ocsp_cfg_option(cfg, 1, 2, &key, &value), 7);
    assert_string_equal(key, "x");
    assert_string_equal(value, "3");
    ocsp_cfg_free(cfg);
}

static void only_the_digits_of_changed_numbers_change(void **state)
{
    struct ocsp_cfg *cfg = parse("[net]\r\n\twidth = 3 2 # w\r\nheight=64;h\r\n"
                                 "width=32\r\n[c]\r\nfilters=5");
    (void)state;

    expect_render(cfg, "[net]\r\n\twidth = 3 2 # w\r\nheight=64;h\r\nwidth=32\r\n"
                       "[c]\r\nfilters=5");
    int_of(cfg, 0, "width", 0);
    ocsp_cfg_set_int(cfg, 0, "width", 1234567);
    ocsp_cfg_set_int(cfg, 0, "height", -2147483647);
    ocsp_cfg_set_int(cfg, 1, "filters", 0);
    expect_render(cfg, "[net]\r\n\twidth = 1234567 # w\r\nheight=-2147483647;h\r\n"
                       "width=1234567\r\n[c]\r\nfilters=0");
    ocsp_cfg_set_int(cfg, 0, "width", 8); /* the last change counts */
    expect_render(cfg, "[net]\r\n\twidth = 8 # w\r\nheight=-2147483647;h\r\nwidth=8\r\n"
                       "[c]\r\nfilters=0");
    size_t size;
    assert_non_null(strstr(ocsp_cfg_text(cfg, &size), "3 2")); /* as read */
    ocsp_cfg_free(cfg);
}

static void another_number_of_the_same_key_stays(void **state)
{
    struct ocsp_cfg *cfg = parse("[c]\nfilters=16\nfilters=8\nfilters=16 # again\n");
    (void)state;

    int_of(cfg, 0, "filters", 0);
    ocsp_cfg_set_int(cfg, 0, "filters", 5);
    expect_render(cfg, "[c]\nfilters=5\nfilters=8\nfilters=5 # again\n");
    ocsp_cfg_free(cfg);
}

static void malformed_texts_are_refused_with_file_and_line(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "test.cfg: no [section] in this file"},
        {"# nothing\n\n", "test.cfg: no [section] in this file"},
        {"width=3\n[net]\n", "test.cfg:1: 'width=3' stands before the first [section]"},
        {"[net]\n\nhello there\n",
         "test.cfg:3: 'hello there' is neither a [section] nor key=value"},
        {"[net]\n[conv\n", "test.cfg:2: '[conv' does not end with ']'"},
        {"[", "test.cfg:1: '[' does not end with ']'"},
        {"[net] # x\n", "test.cfg:1: '[net] # x' goes on behind its ']': what follows "
                        "needs a line of its own"},
        {"[net]\n \t=4\r\n", "test.cfg:2: '=4' has no key in front of its '='"},
        {"\xef\xbb\xbf[net]\n", "test.cfg:1: a byte order mark, which Darknet takes for "
                                "text: save the file without it"},
        {"[net]\n\x7f\xc2\x9b\xc3\xbc\xff\xe2\x82\n",
         "test.cfg:2: '\?\?\?\xc3\xbc\?\?\?' is neither a [section] nor key=value"},
        {"[net]\n\x01\x02z\n", "test.cfg:2: '??z' is neither a [section] nor key=value"},
    };
    struct ocsp_cfg *cfg = NULL;
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        REFUSES(ocsp_cfg_parse(&cfg, "test.cfg", cases[k].text, strlen(cases[k].text),
                               &test_error),
                OCSP_E_FORMAT, cases[k].message);
    REFUSES(ocsp_cfg_parse(&cfg, "test.cfg", "[net]\nw=\0\n", 9, &test_error),
            OCSP_E_FORMAT, "test.cfg:2: a zero byte: this is not a text file");
    REFUSES(ocsp_cfg_load(&cfg, "/none/x.cfg", &test_error), OCSP_E_IO,
            "/none/x.cfg: cannot open: No such file or directory");
    assert_null(cfg);
}

static void texts_beyond_all_measure_are_refused(void **state)
{
    const size_t size = ((size_t)1 << 20) + 1;
    char *text = calloc(1, size + 1);
    struct ocsp_cfg *cfg = NULL;
    (void)state;

    assert_non_null(text);
    memset(text, '\n', size);
    REFUSES(ocsp_cfg_parse(&cfg, "test.cfg", text, size, &test_error), OCSP_E_RANGE,
            "test.cfg: larger than 1 MiB");
    REFUSES(ocsp_cfg_parse(&cfg, "test.cfg", text, 16384, &test_error), OCSP_E_RANGE,
            "test.cfg:16384: more than 16384 lines");
    strcpy(text, "[net]\n[a]\n");
    for (int k = 0; k <= 1000; k++)
        strcpy(text + 10 + 4 * k, "k=1\n");
    REFUSES(ocsp_cfg_parse(&cfg, "test.cfg", text, 10 + 4 * 1001, &test_error),
            OCSP_E_RANGE, "test.cfg:1003: more than 1000 keys in section [a]");
    assert_null(cfg);
    free(text);
}

static void values_that_are_no_whole_numbers_are_refused(void **state)
{
    static const struct {
        const char *value, *message;
        enum ocsp_status status;
    } cases[] = {
        {"3.5", "test.cfg:2: a=3.5 is not a whole number", OCSP_E_FORMAT},
        {"0x10", "test.cfg:2: a=0x10 is not a whole number", OCSP_E_FORMAT},
        {"", "test.cfg:2: a= is not a whole number", OCSP_E_FORMAT},
        {"-", "test.cfg:2: a=- is not a whole number", OCSP_E_FORMAT},
        {"7,8", "test.cfg:2: a=7,8 is not a whole number", OCSP_E_FORMAT},
        {"x7", "test.cfg:2: a=x7 is not a whole number", OCSP_E_FORMAT},
        {"2147483648", "test.cfg:2: a=2147483648 is not in the range of 32 bits",
         OCSP_E_RANGE},
        {"-2147483649", "test.cfg:2: a=-2147483649 is not in the range of 32 bits",
         OCSP_E_RANGE},
        {"99999999999999999999",
         "test.cfg:2: a=99999999999999999999 is not in the range of 32 bits",
         OCSP_E_RANGE},
    };
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        char text[64];
        int value = 42;
        snprintf(text, sizeof text, "[net]\na=%s\n", cases[k].value);
        struct ocsp_cfg *cfg = parse(text);
        REFUSES(ocsp_cfg_int(cfg, 0, "a", 1, &value, &test_error), cases[k].status,
                cases[k].message);
        assert_int_equal(value, 42);
        ocsp_cfg_free(cfg);
    }
}

static void long_lines_do_not_overrun_the_message(void **state)
{
    const size_t size = 200000;
    char *text = malloc(size + 1);
    struct ocsp_cfg *cfg = NULL;
    (void)state;

    assert_non_null(text);
    memset(text, 'k', size);
    text[size] = '\0';
    REFUSES(ocsp_cfg_parse(&cfg, "test.cfg", text, size, &test_error), OCSP_E_FORMAT,
            "test.cfg:1: 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk' is neither a "
            "[section] nor key=value");
    memcpy(text, "[net]\n", 6);
    text[size / 2] = '=';
    MUST(ocsp_cfg_parse(&cfg, "test.cfg", text, size, &test_error));
    expect_render(cfg, text);
    ocsp_cfg_free(cfg);
    free(text);
}

/* Any bytes give a cfg that renders to the same bytes, or an error. */
static void random_bytes_are_read_or_refused(void **state)
{
    static const char alphabet[] = "[]=# ;\r\n\t0123456789-+,ab\xff";
    struct random r = {5};
    int accepted = 0;
    (void)state;

    for (int n = 0; n < 20000; n++) {
        char text[64] = "[n]\n";
        const size_t from = n % 2 ? 4 : 0;
        const size_t size = from + (size_t)random_below(&r, 60);
        struct ocsp_cfg *cfg;
        char *rendered;
        size_t rendered_size;
        for (size_t k = from; k < size; k++)
            text[k] = alphabet[random_below(&r, (int)sizeof alphabet)];
        if (ocsp_cfg_parse(&cfg, "test.cfg", text, size, &test_error))
            continue;
        accepted++;
        MUST(ocsp_cfg_render(cfg, &rendered, &rendered_size, &test_error));
        assert_int_equal(rendered_size, size);
        assert_memory_equal(rendered, text, size);
        free(rendered);
        ocsp_cfg_free(cfg);
    }
    assert_true(accepted > 100 && accepted < 19900);
}

static void sections_end_behind_their_last_key(void **state)
{
    static const char text[] = "# top\n[net]\nwidth=8\n; size\nheight=8 \r\n\n# next\n"
                               " [avgpool] \n\n[softmax]\ngroups=1";
    static const char *const ends[] = {"\n# next\n", "\n[softmax]\n", ""};
    struct ocsp_cfg *cfg;
    (void)state;

    MUST(ocsp_cfg_parse(&cfg, "test.cfg", text, strlen(text), &test_error));
    assert_int_equal(ocsp_cfg_sections(cfg), 3);
    for (int i = 0; i < 3; i++) {
        const char *rest = text + ocsp_cfg_section_end(cfg, i);
        assert_int_equal(strncmp(rest, ends[i], strlen(ends[i])), 0);
    }
    assert_int_equal(ocsp_cfg_section_end(cfg, 2), strlen(text));
    ocsp_cfg_free(cfg);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_read_as_the_hosts_read_them),
        cmocka_unit_test(options_are_listed_in_their_order),
        cmocka_unit_test(only_the_digits_of_changed_numbers_change),
        cmocka_unit_test(another_number_of_the_same_key_stays),
        cmocka_unit_test(malformed_texts_are_refused_with_file_and_line),
        cmocka_unit_test(texts_beyond_all_measure_are_refused),
        cmocka_unit_test(values_that_are_no_whole_numbers_are_refused),
        cmocka_unit_test(long_lines_do_not_overrun_the_message),
        cmocka_unit_test(sections_end_behind_their_last_key),
        cmocka_unit_test(random_bytes_are_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
