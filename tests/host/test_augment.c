/* Pad and crop, against the padded image itself. */
#include "train/augment.h"

#include <stdlib.h>
#include <string.h>

#include "helpers.h"

enum { N = 400, C = 2, H = 5, W = 7 };

static float pixel(int b, int c, int y, int x)
{
    return 1 + (float)(x + W * (y + H * (c + C * b)));
}

static void fill(float images[N][C * H * W], float *rows[N])
{
    for (int b = 0; b < N; b++) {
        rows[b] = images[b];
        for (int i = 0; i < C * H * W; i++)
            images[b][i] = pixel(b, i / (H * W), i / W % H, i % W);
    }
}

/* What the crop at (dy, dx) of the padded image has there. */
static float cropped(int b, int c, int y, int x, int dy, int dx)
{
    const int from_y = y + dy, from_x = x + dx;

    return from_y < 0 || from_y >= H || from_x < 0 || from_x >= W
               ? 0
               : pixel(b, c, from_y, from_x);
}

static bool is_crop(const float *image, int b, int dy, int dx)
{
    for (int i = 0; i < C * H * W; i++)
        if (image[i] != cropped(b, i / (H * W), i / W % H, i % W, dy, dx))
            return false;
    return true;
}

static void each_image_is_one_of_the_crops(void **state)
{
    enum { PAD = 2, SIDE = 2 * PAD + 1 };
    static float images[N][C * H * W];
    float *rows[N];
    int counts[SIDE][SIDE] = {{0}};
    uint64_t random = 3;
    const struct ocsp_images loaded = {rows, N, C, H, W};
    (void)state;

    fill(images, rows);
    ocsp_augment_pad_crop(&loaded, PAD, &random);
    for (int b = 0; b < N; b++) {
        int found = 0;
        for (int k = 0; k < SIDE * SIDE; k++)
            if (is_crop(images[b], b, k / SIDE - PAD, k % SIDE - PAD)) {
                counts[k / SIDE][k % SIDE]++;
                found++;
            }
        assert_int_equal(found, 1);
    }
    /* 16 of each are to be expected */
    for (int k = 0; k < SIDE * SIDE; k++)
        assert_in_range(counts[k / SIDE][k % SIDE], 4, 36);
}

static void a_seed_gives_the_same_crops(void **state)
{
    static float images[2][N][C * H * W];
    float *rows[N];
    const struct ocsp_images loaded = {rows, N, C, H, W};
    (void)state;

    for (int k = 0; k < 2; k++) {
        uint64_t random = 11;
        fill(images[k], rows);
        ocsp_augment_pad_crop(&loaded, 4, &random);
    }
    assert_memory_equal(images[0], images[1], sizeof images[0]);
}

static void pads_larger_than_the_image_are_no_harm(void **state)
{
    static float images[N][C * H * W];
    float *rows[N];
    uint64_t random = 5;
    const struct ocsp_images loaded = {rows, N, C, H, W};
    (void)state;

    fill(images, rows);
    ocsp_augment_pad_crop(&loaded, 100, &random);
    for (int b = 0; b < N; b++)
        for (int i = 0; i < C * H * W; i++)
            assert_true(images[b][i] == 0 || (images[b][i] >= pixel(b, 0, 0, 0) &&
                                              images[b][i] < pixel(b + 1, 0, 0, 0)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_image_is_one_of_the_crops),
        cmocka_unit_test(a_seed_gives_the_same_crops),
        cmocka_unit_test(pads_larger_than_the_image_are_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
