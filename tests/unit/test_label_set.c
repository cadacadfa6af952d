#include "net/label_set.h"

#include <stdio.h>
#include <string.h>

#include "helpers.h"

enum { MOST = 64, LONGEST = 24 };

/* Compares with strstr, label by label. */
static void check(char *const *label, int n, const char *text)
{
    struct ocsp_label_set *set;
    int expected[MOST], found[MOST], n_expected = 0;

    MUST(ocsp_label_set_new(&set, label, n, &test_error));
    for (int i = 0; i < n; i++)
        if (strstr(text, label[i]))
            expected[n_expected++] = i;
    assert_int_equal(ocsp_label_set_find(set, text, found, MOST), n_expected);
    for (int i = 0; i < n_expected; i++)
        assert_int_equal(found[i], expected[i]);
    assert_int_equal(ocsp_label_set_first(set, text), n_expected ? expected[0] : -1);
    assert_int_equal(ocsp_label_set_find(set, text, found, 2),
                     n_expected < 2 ? n_expected : 2);
    assert_int_equal(ocsp_label_set_find(set, text, found, 0), 0);
    ocsp_label_set_free(set);
}

static void finds_what_strstr_finds(void **state)
{
    static char *const labels[] = {
        "cat",  "catalog",           "dog",    "hotdog", "dog",   "/",        ".png",
        "cat ", "red circle",        "circle", "n01",    "n014",  "n0144076", "",
        "a",    "\xc3\xa9t\xc3\xa9", "\xff",   "png",    "data/", "\t"};
    static const char *const texts[] = {"",
                                        "/data/cat/7_dog.png",
                                        "catalog",
                                        "hotdo",
                                        "ca t",
                                        "cat",
                                        "00054_circle.png",
                                        "x/red circle/",
                                        "n0144.png",
                                        "n01440764",
                                        "\xc3\xa9t",
                                        "\xc3\xa9t\xc3\xa9",
                                        "\xff\xff",
                                        "data",
                                        "DOG.PNG",
                                        "cacacat",
                                        "ddogg",
                                        "a\tb",
                                        "catcatcat "};
    (void)state;

    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        check(labels, sizeof labels / sizeof *labels, texts[t]);
        for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
            check(&labels[i], 1, texts[t]);
        check(labels, 0, texts[t]);
    }
}

/* Of few letters, so that labels are parts of each other and of the text. */
static void random_word(struct random *r, char *word, int longest)
{
    const int n = random_below(r, longest);

    for (int i = 0; i < n; i++)
        word[i] = "ab\x80"[random_below(r, 3)];
    word[n] = '\0';
}

static void random_labels_are_found(void **state)
{
    static char words[MOST][LONGEST];
    char *labels[MOST], text[4 * LONGEST];
    struct random r = {7};
    (void)state;

    for (int i = 0; i < MOST; i++)
        labels[i] = words[i];
    for (int round = 0; round < 3000; round++) {
        const int n = random_below(&r, MOST + 1);
        for (int i = 0; i < n; i++)
            random_word(&r, words[i], 1 + random_below(&r, LONGEST));
        random_word(&r, text, 4 * LONGEST);
        check(labels, n, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(finds_what_strstr_finds),
                                       cmocka_unit_test(random_labels_are_found)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
