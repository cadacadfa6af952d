/* The engine against the same network hooked without it, whose gradients test_gradients.c
 * proves: loss, outputs, all updates and statistics, the parameters after an update, and
 * inference. Nets are random, of all kinds of layers, the engine's and the host's. */
#include <malloc.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine_record.h"

static void test_random_nets_equal_the_host(void **unused)
{
    struct random_cfg d;
    int all = 0;

    (void)unused;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct random r = {seed};
        char name[32];
        random_cfg_make(&d, &r);
        snprintf(name, sizeof name, "net %d", (int)seed);
        compare(d.text, name, 1);
        all += layers_on_engine;
    }
    assert_true(all > 3 * NETS);
}

static void test_residual_net_is_all_the_engines(void **unused)
{
    (void)unused;
    compare(residual, "residual", 14);
}

/* Rows and chunks that are no multiple of anything. */
static void test_odd_channels(void **unused)
{
    (void)unused;
    compare(NET(3, 29) CONV(13, 3, 1, "relu") CONV(46, 3, 2, "leaky")
                CONV(67, 1, 1, "linear") "[maxpool]\nsize=2\nstride=2\n" CONV(
                    131, 3, 1, "relu") "[avgpool]\n[softmax]\n",
            "odd channels", 6);
}

/* Each kind of layer, where it is not the first to write its source's delta. */
static void test_gradients_are_added(void **unused)
{
    (void)unused;
    compare(
        NET(4, 8) CONV(9, 3, 1, "leaky")                      // 0
        "[upsample]\nstride=2\n" CONV(9, 3, 2, "relu")        // 2
        "[route]\nlayers=0\n[batchnorm]\n"                    // 4
        "[route]\nlayers=0\n[maxpool]\nsize=3\nstride=1\n"    // 6
        "[route]\nlayers=0,2,4,6\n"                           // 7
        "[avgpool]\n[route]\nlayers=7\n[batchnorm]\n"         // 10
        "[route]\nlayers=7\n[upsample]\nstride=2\nscale=.5\n" // 12
        "[maxpool]\nsize=2\nstride=2\n" CONV(
            36, 1, 1, "linear") "[shortcut]\nfrom=7\nactivation=relu\n"
                                "[shortcut]\nfrom=10\nactivation=linear\n" //
                                "[connected]\noutput=10\nactivation=linear\n[softmax]\n",
        "many readers", 18);
}

static void test_threads_do_not_matter(void **unused)
{
    const int threads = omp_get_max_threads();

    (void)unused;
    omp_set_num_threads(1);
    struct record one = run(residual, true);
    omp_set_num_threads(2);
    struct record two = run(residual, true);
    omp_set_num_threads(3);
    struct record three = run(residual, true);
    omp_set_num_threads(threads);
    assert_true(difference(&one, &two) < 1e-5);
    assert_true(difference(&one, &three) < 1e-5);
    free(one.data);
    free(two.data);
    free(three.data);
}

/* What AlexeyAB's resizing may leave behind. */
static void spoil_deltas(const network *net)
{
    for (int i = 0; i < net->n; i++) {
        const layer *l = &net->layers[i];
        for (int k = 0; l->delta && k < l->batch * l->outputs; k++)
            l->delta[k] = NAN;
    }
}

static struct record run_resized(bool engine)
{
    static const char cfg[] = NET(2, 12) CONV(7, 3, 1, "relu") CONV(7, 3, 1, "linear") //
        "[shortcut]\nfrom=-2\nactivation=leaky\n"
        "[maxpool]\nsize=2\nstride=2\n" CONV(5, 3, 1,
                                             "relu") "[upsample]\nstride=2\n"
                                                     "[route]\nlayers=-1,-4\n"
                                                     "[avgpool]\n[cost]\ntype=sse\n";
    struct record record = {0};
    network *net = install_hooks(cfg, engine);

    note_pass(&record, net);
    for (int side = 20; side >= 8; side -= 12) {
        host_silence(true);
        resize_network(net, side, side);
        host_silence(false);
        spoil_deltas(net);
        ocsp_host.resized(net);
        note_pass(&record, net);
        note_parameters(&record, net, true);
    }
    /* also where the loop changes the number of images */
    set_batch_network(net, 1);
    note_inference(&record, net);
    ocsp_host.free_net(net);
    return record;
}

static void test_resized_network_is_planned_anew(void **unused)
{
    (void)unused;
    struct record host = run_resized(false), engine = run_resized(true);
    assert_true(difference(&host, &engine) < TOLERANCE);
    free(host.data);
    free(engine.data);
}

static void test_arming_again_and_switching_off(void **unused)
{
    struct record never = {0}, later = {0};
    network *net;

    (void)unused;
    net = install_hooks(residual, false);
    ocsp_pass_function *const forward = net->layers[1].forward;
    note_pass(&never, net);
    note_parameters(&never, net, true);
    ocsp_host.free_net(net);

    net = host_parse(residual);
    ocsp_update_function *const update = net->layers[1].update;
    MUST(ocsp_engine_onednn.install(net, OCSP_ENGINE_TRAINING, &test_error));
    assert_true(net->layers[1].update != update);
    ocsp_engine_onednn.uninstall(net);
    assert_true(net->layers[1].update == update);
    ocsp_host.free_net(net);

    net = install_hooks(residual, true);
    assert_true(net->layers[1].forward != forward);
    MUST(ocsp_host.install(
        net, &(struct ocsp_host_hooks){&no_events, &ocsp_engine_onednn, false},
        &test_error));
    assert_true(ocsp_engine_onednn.count_layers() > 0);
    MUST(ocsp_host.install(net, &(struct ocsp_host_hooks){&no_events, NULL, false},
                           &test_error));
    assert_int_equal(ocsp_engine_onednn.count_layers(), 0);
    assert_true(net->layers[1].forward == forward);
    note_pass(&later, net);
    note_parameters(&later, net, true);
    ocsp_host.free_net(net);
    assert_true(difference(&never, &later) == 0);
    free(never.data);
    free(later.data);
}

static void test_fifty_plans_leak_nothing(void **unused)
{
    struct random r = {77};
    size_t early = 0;

    (void)unused;
    for (int k = 0; k < 50; k++) {
        struct record record = {0};
        char cfg[4096];
        /* what the surgery does: a smaller net takes the place of the dense one */
        snprintf(cfg, sizeof cfg,
                 NET(2, 10) "[convolutional]\nfilters=%d\nsize=3\npad=1\n"
                            "batch_normalize=1\nactivation=relu\n[avgpool]\n[softmax]\n",
                 8 + random_below(&r, 2));
        network *net = install_hooks(k % 2 ? residual : cfg, true);
        note_pass(&record, net);
        ocsp_host.free_net(net);
        free(record.data);
        if (k == 9)
            early = mallinfo2().uordblks;
    }
    assert_true(mallinfo2().uordblks < early + (1 << 12));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_residual_net_is_all_the_engines),
        cmocka_unit_test(test_odd_channels),
        cmocka_unit_test(test_random_nets_equal_the_host),
        cmocka_unit_test(test_gradients_are_added),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_resized_network_is_planned_anew),
        cmocka_unit_test(test_arming_again_and_switching_off),
        cmocka_unit_test(test_fifty_plans_leak_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
