/* The engine's Winograd convolutions against the host, with several numbers of threads.
 */
#include <omp.h>
#include <stdlib.h>

#include "engine_record.h"

/* Maps and channels for which Winograd's convolutions are taken, where the
 * machine has them, with and without normalization, one of them added to a skip
 * connection. */
static void test_winograd_equals_the_host(void **unused)
{
    (void)unused;
    compare(NET(3, 16) CONV(64, 3, 1, "relu") CONV(64, 3, 1, "leaky")
                CONV(64, 3, 1, "linear") "[shortcut]\nfrom=-3\nactivation=relu\n" CONV(
                    50, 3, 1, "relu") "[convolutional]\nfilters=96\nsize=3\npad=1\n"
                                      "activation=leaky\n[avgpool]\n[softmax]\n",
            "winograd", 7);
}

static void equals_the_host_with_threads(const char *cfg, int layers, const int *counts,
                                         double tolerance)
{
    struct record host = run(cfg, false);

    for (; *counts; counts++) {
        omp_set_num_threads(*counts);
        struct record engine = run(cfg, true);
        assert_int_equal(layers_on_engine, layers);
        assert_true(difference(&host, &engine) <= tolerance);
        free(engine.data);
    }
    free(host.data);
}

/* With 1, 2 and 4 slices of the second layer's gradient, and with too many, where the
 * machine has Winograd's convolutions. */
static void test_winograd_in_slices(void **unused)
{
    static const int counts[] = {1, 8, 16, 63, 0};

    (void)unused;
    equals_the_host_with_threads(
        NET(2, 16) CONV(128, 3, 1, "relu") CONV(256, 3, 1, "leaky")
            CONV(64, 3, 1, "linear") "[avgpool]\n[softmax]\n",
        4, counts, TOLERANCE);
}

/* Of a batch whose maps are transformed in parts, too. The host adds up gradients of
 * 32,768 places one by one. */
static void test_winograd_in_parts_and_slices(void **unused)
{
    static const int counts[] = {63, 0};

    (void)unused;
    equals_the_host_with_threads(NET(8, 64) CONV(64, 3, 1, "linear")
                                     CONV(64, 3, 1, "linear") "[avgpool]\n[softmax]\n",
                                 3, counts, 10 * TOLERANCE);
}

static int threads_before;

static int note_threads(void **unused)
{
    (void)unused;
    threads_before = omp_get_max_threads();
    return 0;
}

static int restore_threads(void **unused)
{
    (void)unused;
    omp_set_num_threads(threads_before);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_winograd_equals_the_host),
        cmocka_unit_test_setup_teardown(test_winograd_in_slices, note_threads,
                                        restore_threads),
        cmocka_unit_test_setup_teardown(test_winograd_in_parts_and_slices, note_threads,
                                        restore_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
