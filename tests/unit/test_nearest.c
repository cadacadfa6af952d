#include "net/nearest.h"

#include <string.h>

#include "helpers.h"

static void a_distance_counts_mistakes_of_a_typist(void **state)
{
    static const struct {
        const char *a, *b;
        int distance;
    } cases[] = {
        {"", "", 0},
        {"reduce", "reduce", 0},
        {"", "seed", 4},
        {"seed", "", 4},
        {"reduec", "reduce", 1}, /* two letters swapped */
        {"reuce", "reduce", 1},  /* one missing */
        {"redduce", "reduce", 1},
        {"reduse", "reduce", 1},
        {"erduec", "reduce", 2},
        {"ca", "abc", 3}, /* no letter is changed twice; Damerau's own distance is 2 */
        {"kitten", "sitting", 3},
        {"flaw", "lawn", 2},
    };
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        assert_int_equal(ocsp_nearest_distance(cases[k].a, cases[k].b),
                         cases[k].distance);
        assert_int_equal(ocsp_nearest_distance(cases[k].b, cases[k].a),
                         cases[k].distance);
    }
}

static void only_few_mistakes_are_near(void **state)
{
    (void)state;
    assert_true(ocsp_nearest_is_near("reduec", "reduce"));
    assert_true(ocsp_nearest_is_near("lamda", "lambda0"));
    assert_true(ocsp_nearest_is_near("ato", "auto"));
    assert_true(ocsp_nearest_is_near("tau", "tua"));
    assert_false(ocsp_nearest_is_near("o", "c"));
    assert_false(ocsp_nearest_is_near("", "o"));
    assert_false(ocsp_nearest_is_near("json", "seed"));
    assert_false(ocsp_nearest_is_near("plan", "prune"));
}

static void the_nearest_word_wins_and_the_first_of_two(void **state)
{
    struct ocsp_nearest nearest = ocsp_nearest_to("sl-sart");
    (void)state;

    assert_null(nearest.word);
    ocsp_nearest_offer(&nearest, "seed");
    assert_null(nearest.word);
    ocsp_nearest_offer(&nearest, "restart");
    assert_null(nearest.word);
    ocsp_nearest_offer(&nearest, "sl-stop");
    ocsp_nearest_offer(&nearest, "sl-start");
    assert_string_equal(nearest.word, "sl-start");
    assert_int_equal(nearest.distance, 1);
    ocsp_nearest_offer(&nearest, "sl-tart");
    assert_string_equal(nearest.word, "sl-start");
    ocsp_nearest_offer(&nearest, "sl-sart");
    assert_string_equal(nearest.word, "sl-sart");
    assert_int_equal(nearest.distance, 0);
}

static void long_words_are_far(void **state)
{
    static const char word[] = "a-word-of-more-than-forty-letters-that-nobody-types";
    (void)state;
    assert_int_equal(ocsp_nearest_distance(word, word), (int)strlen(word));
    assert_false(ocsp_nearest_is_near(word, "seed"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_distance_counts_mistakes_of_a_typist),
        cmocka_unit_test(only_few_mistakes_are_near),
        cmocka_unit_test(the_nearest_word_wins_and_the_first_of_two),
        cmocka_unit_test(long_words_are_far),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
