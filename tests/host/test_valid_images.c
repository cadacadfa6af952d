/* Images of valid= for networks of fewer than three channels. */
#include "train/valid_images.h"

#include "helpers.h"

enum { W = 5, H = 2, N = 3, MAP = W * H };

/* Pixel i of channel `channel` of image k. */
static float pixel(int k, int channel, int i)
{
    return (float)(100 * k + 10 * channel + i + 1);
}

static void check(int channels)
{
    const struct ocsp_valid_images images = {.w = W, .h = H, .floats = 3 * MAP};
    float batch[N * 3 * MAP];

    for (int k = 0; k < N; k++)
        for (int i = 0; i < 3 * MAP; i++)
            batch[3 * MAP * k + i] = pixel(k, i / MAP, i % MAP);
    ocsp_valid_images_narrow(&images, batch, N, channels);
    for (int k = 0; k < N; k++)
        for (int i = 0; i < channels * MAP; i++)
            assert_float_equal(batch[channels * MAP * k + i], pixel(k, i / MAP, i % MAP),
                               0);
}

static void test_first_channels(void **unused)
{
    (void)unused;
    for (int channels = 1; channels <= 3; channels++)
        check(channels);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_first_channels)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
