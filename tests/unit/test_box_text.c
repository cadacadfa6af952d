/* What is read of the text of a label file, and what is refused of it. */
#include "net/box_text.h"

#include <stdio.h>
#include <string.h>

#include "helpers.h"

#define MOST 8

/* Reads all boxes of a text; returns how many there are, or −1. */
static int read_all(const char *data, size_t size, struct ocsp_box box[MOST],
                    int line[MOST])
{
    struct ocsp_box_text text = {.path = "a.txt", .next = data, .end = data + size};
    bool found;
    int n = 0;

    for (;; n++) {
        struct ocsp_box next;
        if (ocsp_box_next(&text, &next, &found, &test_error))
            return -1;
        if (!found)
            return n;
        assert_true(n < MOST);
        box[n] = next;
        line[n] = text.line;
    }
}

static void boxes_are_read_with_their_lines(void **state)
{
    static const char *const texts[] = {
        "1 .5 0.25 1e-1 0x1p-2\n\n 12\t-1 2 3. +4 \n",
        "\n1 .5 0.25 1e-1 0x1p-2\n12 -1 2 3 4", /* no newline at its end */
        "1 .5 0.25 1e-1 0x1p-2\r\n\r\n12 -1 2 3 4\r\n",
        "1 .5 0.25 1e-1 0x1p-2\r\r12 -1 2 3 4\r",
        "\v1 .5 0.25 1e-1 0x1p-2\n\f\n+12 -1 2 3 4\f"};
    static const int lines[][2] = {{1, 3}, {2, 3}, {1, 3}, {1, 3}, {1, 3}};
    struct ocsp_box box[MOST];
    int line[MOST];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(read_all(texts[i], strlen(texts[i]), box, line), 2);
        assert_int_equal(line[0], lines[i][0]);
        assert_int_equal(line[1], lines[i][1]);
        assert_int_equal(box[0].id, 1);
        assert_true(box[0].x == .5f && box[0].y == .25f && box[0].w == .1f &&
                    box[0].h == .25f);
        assert_int_equal(box[1].id, 12);
        assert_true(box[1].x == -1 && box[1].y == 2 && box[1].w == 3 && box[1].h == 4);
    }
}

static void texts_without_a_box_have_none(void **state)
{
    static const char *const texts[] = {"", "\n", " \t\r\n\r\n", "\r"};
    struct ocsp_box box[MOST];
    int line[MOST];

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(read_all(texts[i], strlen(texts[i]), box, line), 0);
}

static void what_scanf_would_misread_is_refused(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"1.0 1 1 1 1", "a.txt:1: '1.0' is no class: its number is wanted, from 0 on"},
        {"0x1 1 1 1 1", "a.txt:1: '0x1' is no class: its number is wanted, from 0 on"},
        {"1 1 1 1 1\n\n- 1 1 1 1",
         "a.txt:3: '-' is no class: its number is wanted, from 0 on"},
        {"1 1 1 1 1\r\n1,1 1 1 1\r\n",
         "a.txt:2: '1,1' is no class: Darknet takes blanks between numbers, no commas"},
        {"1 0,5 1 1 1",
         "a.txt:1: '0,5' is no number: Darknet takes points and blanks, no commas"},
        {"1 1 1 1 1e", "a.txt:1: '1e' is no number: a line is a class, x, y, width and "
                       "height"},
        {"1 1 1 . 1", "a.txt:1: '.' is no number: a line is a class, x, y, width and "
                      "height"},
        {"1 1 1 1 infinity", "a.txt:1: 'infinity' is no finite number"},
        {"1 1 1 -nan 1", "a.txt:1: '-nan' is no finite number"},
        {"1 1 1 1 1e39", "a.txt:1: '1e39' is no finite number"},
        {"1 1 1 1\n1",
         "a.txt:1: 4 values, but Darknet reads five for each box: its class, "
         "x, y, width and height"},
        {"1 1 1 1 1 x", "a.txt:1: 6 values, but Darknet reads five for each box: its "
                        "class, x, y, width and height"},
        {"\xef\xbb\xbf"
         "1 1 1 1 1",
         "a.txt:1: a byte order mark, at which Darknet stops reading: save the file "
         "without it"},
        {"\x89PNG", "a.txt:1: this is not the text of a label file"},
        {"a123456789012345678901234567890123456789 1 1 1 1",
         "a.txt:1: 'a123456789012345678901234567890123456789' is no class: its number is "
         "wanted, from 0 on"},
        {"aa123456789012345678901234567890123456789 1 1 1 1",
         "a.txt:1: 'aa12345678901234567890123456789012345678' is no class: its number is "
         "wanted, from 0 on"}};
    struct ocsp_box box[MOST];
    int line[MOST];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(read_all(cases[i].text, strlen(cases[i].text), box, line), -1);
        assert_string_equal(test_error.text, cases[i].says);
        assert_int_equal(test_error.status, OCSP_E_FORMAT);
    }
}

static void zero_bytes_are_no_text(void **state)
{
    struct ocsp_box box[MOST];
    int line[MOST];

    (void)state;
    assert_int_equal(read_all("1 1 1 1 1\0", 10, box, line), -1);
    assert_int_equal(read_all("\0", 1, box, line), -1);
    assert_int_equal(read_all("1 1 1 1 1\n\0", 11, box, line), -1);
    assert_string_equal(test_error.text, "a.txt:2: this is not the text of a label file");
}

static void classes_alone_are_read(void **state)
{
    static const char text[] = "3 0\r\n\n 12\t1\n";
    static const long ids[] = {3, 0, 12, 1};
    static const int lines[] = {1, 1, 3, 3};
    struct ocsp_box_text tags = {
        .path = "a.txt", .next = text, .end = text + strlen(text)};
    bool found;
    long id;

    (void)state;
    for (int k = 0; k < 4; k++) {
        MUST(ocsp_tag_next(&tags, &id, &found, &test_error));
        assert_true(found);
        assert_int_equal(id, ids[k]);
        assert_int_equal(tags.line, lines[k]);
    }
    MUST(ocsp_tag_next(&tags, &id, &found, &test_error));
    assert_false(found);
    tags = (struct ocsp_box_text){.path = "a.txt", .next = "1\n2."};
    tags.end = tags.next + 4;
    MUST(ocsp_tag_next(&tags, &id, &found, &test_error));
    REFUSES(ocsp_tag_next(&tags, &id, &found, &test_error), OCSP_E_FORMAT,
            "a.txt:2: '2.' is no class: its number is wanted, from 0 on");
}

/* A message has room for what is wrong behind any name. */
static void long_names_are_cut(void **state)
{
    char name[4001], expected[600];
    struct ocsp_box_text text = {.path = name, .next = "x", .end = name};
    struct ocsp_box box;
    bool found;

    (void)state;
    memset(name, 'n', 4000);
    memcpy(name + 3990, "/abcde.txt", 11);
    text.end = text.next + 1;
    snprintf(expected, sizeof expected,
             "...%.500s:1: 'x' is no class: its number is wanted, from 0 on",
             name + 3500);
    REFUSES(ocsp_box_next(&text, &box, &found, &test_error), OCSP_E_FORMAT, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boxes_are_read_with_their_lines),
        cmocka_unit_test(texts_without_a_box_have_none),
        cmocka_unit_test(what_scanf_would_misread_is_refused),
        cmocka_unit_test(zero_bytes_are_no_text),
        cmocka_unit_test(classes_alone_are_read),
        cmocka_unit_test(long_names_are_cut)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
