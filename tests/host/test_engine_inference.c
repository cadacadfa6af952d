/* The engine's inference against the host's, and what memory it takes. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_record.h"

/* The network as the host infers it, and folded into the engine for good. */
static double difference_in_inference(const char *cfg)
{
    struct record host = {0}, engine = {0};
    network *net = install_hooks(cfg, false);

    note_inference(&host, net);
    ocsp_host.free_net(net);
    net = host_parse(cfg);
    randomize(net);
    MUST(ocsp_repair_batchnorm_buffers(net, &test_error));
    MUST(ocsp_engine_onednn.install(net, OCSP_ENGINE_INFERENCE, &test_error));
    layers_on_engine = ocsp_engine_onednn.count_layers();
    note_inference(&engine, net);
    note_inference(&engine, net);
    ocsp_engine_onednn.forget(net);
    ocsp_host.free_net(net);
    engine.n = host.n; /* the first of two */
    engine.arrays = 1;
    const double apart = difference(&host, &engine);
    assert_memory_equal(engine.data, engine.data + host.n, host.n * sizeof *host.data);
    free(host.data);
    free(engine.data);
    return apart;
}

static void test_inference_equals_the_host(void **unused)
{
    struct random_cfg d;

    (void)unused;
    assert_true(difference_in_inference(residual) < TOLERANCE);
    assert_true(layers_on_engine >= 14);
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct random r = {1000 + seed};
        random_cfg_make(&d, &r);
        assert_true(difference_in_inference(d.text) < TOLERANCE);
    }
}

static const char wide[] = NET(2, 16) CONV(64, 3, 1, "relu") CONV(512, 3, 1, "leaky")
    CONV(512, 3, 1, "leaky") CONV(130, 3, 1, "relu") "[avgpool]\n[cost]\ntype=sse\n";

static size_t bytes_of_weights(const network *net)
{
    size_t n = 0;

    for (int i = 0; i < net->n; i++)
        n += net->layers[i].weights ? (size_t)net->layers[i].nweights : 0;
    return n * sizeof(float);
}

/* kB of memory of this process, now ("VmRSS:") or at most since reset_peak ("VmHWM:"). */
static long memory_kb(const char *which)
{
    char line[256];
    long kb = -1;
    FILE *file = fopen("/proc/self/status", "r");

    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, which, strlen(which)) == 0)
            kb = atol(line + strlen(which));
    if (file)
        fclose(file);
    return kb;
}

static bool reset_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    const bool done = file && fputs("5", file) >= 0;

    return file && fclose(file) == 0 && done;
}

/* Where the library wants weights in a layout of its own, they exist in that one alone,
 * and hardly more of them in the middle of the conversion. */
static void test_inference_holds_weights_once(void **unused)
{
    struct record record = {0};
    network *net = host_parse(wide);

    (void)unused;
    randomize(net);
    MUST(ocsp_repair_batchnorm_buffers(net, &test_error));
    const size_t weights = bytes_of_weights(net);
    const bool measures = reset_peak();
    const long before = memory_kb("VmRSS:");
    MUST(ocsp_engine_onednn.install(net, OCSP_ENGINE_INFERENCE, &test_error));
    if (bytes_of_weights(net) > weights / 10)
        skip(); /* the library wants them as they are on this machine */
    if (measures)
        assert_true((memory_kb("VmHWM:") - before) * 1024 < (long)weights / 3);
    note_inference(&record, net);
    /* resizing plans anew */
    for (int side = 24; side >= 16; side -= 8) {
        host_silence(true);
        resize_network(net, side, side);
        host_silence(false);
        note_inference(&record, net);
    }
    ocsp_engine_onednn.uninstall(net);
    assert_int_equal(bytes_of_weights(net), weights);
    MUST(ocsp_engine_onednn.install(net, OCSP_ENGINE_INFERENCE, &test_error));
    note_inference(&record, net);
    ocsp_engine_onednn.forget(net);
    ocsp_host.free_net(net);
    const size_t n = record.ends[0];
    assert_int_equal(record.n, 4 * n); /* [avgpool]: one number per channel */
    assert_memory_equal(record.data, record.data + 2 * n, n * sizeof *record.data);
    assert_memory_equal(record.data, record.data + 3 * n, n * sizeof *record.data);
    free(record.data);
}

static void test_shared_weights_stay_with_the_host(void **unused)
{
    network *net = host_parse(wide);
    float *own = net->layers[2].weights;

    (void)unused;
    net->layers[2].weights = net->layers[1].weights;
    MUST(ocsp_engine_onednn.install(net, OCSP_ENGINE_INFERENCE, &test_error));
    assert_true(ocsp_engine_onednn.takes(0));
    assert_false(ocsp_engine_onednn.takes(1));
    assert_false(ocsp_engine_onednn.takes(2));
    net->layers[2].weights = own;
    ocsp_engine_onednn.forget(net);
    ocsp_host.free_net(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inference_equals_the_host),
        cmocka_unit_test(test_inference_holds_weights_once),
        cmocka_unit_test(test_shared_weights_stay_with_the_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
