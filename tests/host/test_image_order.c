/* The deck of training images: permutations, fair ones, repeatable from any place. */
#include "train/image_order.h"

#include <stdlib.h>
#include <string.h>

#include "helpers.h"

enum { M = 37, PASSES = 50 };
static char names[M][3];
static char *paths[M];

static void name_paths(void)
{
    for (int k = 0; k < M; k++) {
        names[k][0] = (char)('!' + k);
        paths[k] = names[k];
    }
}

static int index_of(const char *path)
{
    return path[0] - '!';
}

static void test_each_once_in_a_pass(void **unused)
{
    struct ocsp_image_order deck = {0};
    char *drawn[PASSES * M];
    int first[M] = {0}; /* how often an image was the first of its pass */

    (void)unused;
    name_paths();
    ocsp_image_order_set(&deck, 1, 0);
    for (int at = 0, n = 1; at < PASSES * M; at += n, n = n % 5 + 1) {
        if (at + n > PASSES * M)
            n = PASSES * M - at;
        ocsp_image_order_draw(&deck, paths, n, M, drawn + at);
    }
    for (int pass = 0; pass < PASSES; pass++) {
        bool seen[M] = {false};
        for (int k = 0; k < M; k++)
            seen[index_of(drawn[pass * M + k])] = true;
        for (int k = 0; k < M; k++)
            assert_true(seen[k]);
        first[index_of(drawn[pass * M])]++;
    }
    for (int k = 0; k < M; k++) /* 50 draws of 37: more than 9 of one has p < 1e-5 */
        assert_true(first[k] < 10);
    ocsp_image_order_clear(&deck);
}

static void test_all_places_are_as_likely(void **unused)
{
    enum { SEEDS = 4000, SMALL = 5 };
    struct ocsp_image_order deck = {0};
    int count[SMALL][SMALL] = {{0}};
    char *drawn[SMALL];

    (void)unused;
    name_paths();
    for (int seed = 0; seed < SEEDS; seed++) {
        ocsp_image_order_set(&deck, (uint64_t)seed, 0);
        ocsp_image_order_draw(&deck, paths, SMALL, SMALL, drawn);
        for (int k = 0; k < SMALL; k++)
            count[k][index_of(drawn[k])]++;
    }
    for (int k = 0; k < SMALL; k++)
        for (int i = 0; i < SMALL; i++) /* 5 standard deviations of 25 */
            assert_true(abs(count[k][i] - SEEDS / SMALL) < 127);
    ocsp_image_order_clear(&deck);
}

static void test_seed_and_place_say_all(void **unused)
{
    struct ocsp_image_order deck = {0}, later = {0};
    char *all[3 * M], *some[M];

    (void)unused;
    name_paths();
    ocsp_image_order_set(&deck, 7, 0);
    ocsp_image_order_draw(&deck, paths, 3 * M, M, all);
    for (int next = 0; next <= 2 * M; next++) {
        ocsp_image_order_set(&later, 7, (uint64_t)next);
        ocsp_image_order_draw(&later, paths, M, M, some);
        assert_memory_equal(some, all + next, sizeof some);
    }
    ocsp_image_order_set(&later, 8, 0);
    ocsp_image_order_draw(&later, paths, M, M, some);
    assert_memory_not_equal(some, all, sizeof some);
    ocsp_image_order_clear(&deck);
    ocsp_image_order_clear(&later);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_once_in_a_pass),
        cmocka_unit_test(test_all_places_are_as_likely),
        cmocka_unit_test(test_seed_and_place_say_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
