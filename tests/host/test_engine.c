/* The engine against the same network hooked without it, whose gradients test_gradients.c
 * proves: loss, outputs, all updates and statistics, the parameters after an update, and
 * inference. Nets are random, of all kinds of layers, the engine's and the host's. */
#include <malloc.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "random_cfg.h"

#include "engine/engine.h"
#include "host_calls.h"
#include "hosts/by_value/repair.h"
#include "hosts/host.h"
#include "network.h"

enum { NETS = 60, PASSES = 2 };
static const double TOLERANCE = 1e-4;

static void ignore(void *context, const struct ocsp_update *update)
{
    (void)context;
    (void)update;
}
static const struct ocsp_host_events no_events = {NULL, ignore, ignore};

static void fill(float *x, size_t n, double center, double spread, struct random *r)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)(center + spread * (2 * random_uniform(r) - 1));
}

/* Of all parameters and images: another draw, other numbers. */
static uint64_t seed_of_draw = 1;

static void randomize(const network *net)
{
    struct random r = {11 * seed_of_draw};

    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        const size_t n = (size_t)l.n_biases;
        const double fan_in = n > 0 ? (double)l.n_weights / (double)n : 1;
        fill(l.memory.value.weights, l.n_weights, 0, 1.7 / sqrt(fan_in + 1), &r);
        fill(l.memory.value.biases, n, 0, .5, &r);
        fill(l.memory.value.scales, n, 1, .5, &r);
        fill(l.memory.value.mean, n, 0, .1, &r);
        fill(l.memory.value.variance, n, 1, .5, &r);
    }
}

/* All that a run has to agree in, array after array. */
struct record {
    float *data;
    size_t n, capacity;
    size_t ends[16 * RANDOM_CFG_LAYERS];
    bool gradient[16 * RANDOM_CFG_LAYERS];
    int arrays;
    bool noting_gradients;
};

static void note(struct record *record, const float *x, size_t n)
{
    if (!x || n == 0)
        return;
    if (record->n + n > record->capacity) {
        record->capacity = 2 * (record->n + n);
        record->data = realloc(record->data, record->capacity * sizeof *x);
        assert_non_null(record->data);
    }
    memcpy(record->data + record->n, x, n * sizeof *x);
    record->n += n;
    record->gradient[record->arrays] = record->noting_gradients;
    record->ends[record->arrays++] = record->n;
}

static void note_parameters(struct record *record, const network *net, bool updates)
{
    record->noting_gradients = updates;
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        const struct ocsp_params *p = updates ? &l.memory.momentum : &l.memory.value;
        const size_t n = (size_t)l.n_biases;
        note(record, p->weights, l.n_weights);
        note(record, p->biases, n);
        note(record, p->scales, n);
        note(record, p->mean, n);
        note(record, p->variance, n);
    }
    record->noting_gradients = false;
}

static size_t outputs(const network *net, const float **out)
{
    int i = net->n - 1;

    while (net->layers[i].type == COST)
        i--;
    *out = net->layers[i].output;
    return (size_t)(net->layers[i].outputs * net->batch);
}

static void note_pass(struct record *record, network *net)
{
    struct random r = {5 * seed_of_draw};
    const size_t inputs = (size_t)(net->batch * net->layers[0].inputs);
    const int truths = host_truths(net);
    float *images = random_image(&r, inputs);
    float *truth = calloc((size_t)(net->batch * truths), sizeof *truth);
    const float *out;

    for (int b = 0; b < net->batch; b++)
        truth[b * truths + random_below(&r, truths)] = 1;
    srand(3); /* dropout */
    for (int k = 0; k < PASSES; k++) {
        const float loss = host_pass(net, images, truth, true);
        note(record, &loss, 1);
    }
    const size_t n = outputs(net, &out);
    note(record, out, n);
    free(images);
    free(truth);
}

static void note_inference(struct record *record, network *net)
{
    struct random r = {9 * seed_of_draw};
    float *images = random_image(&r, (size_t)(net->batch * net->layers[0].inputs));
    float *out;
    size_t n;

    ocsp_host.infer(net, true, images, &out, &n);
    note(record, out, n);
    free(images);
}

static int taken;

static network *install_hooks(const char *cfg, bool engine)
{
    network *net = host_parse(cfg);

    randomize(net);
    const struct ocsp_engine *const with = engine ? &ocsp_engine_onednn : NULL;
    MUST(ocsp_host.install(net, &(struct ocsp_host_hooks){&no_events, with, false},
                           &test_error));
    taken = ocsp_engine_layers(with);
    return net;
}

static struct record run(const char *cfg, bool engine)
{
    struct record record = {0};
    network *net = install_hooks(cfg, engine);

    note_pass(&record, net);
    note_parameters(&record, net, true);
    host_update(net);
    note_parameters(&record, net, true);
    note_parameters(&record, net, false);
    note_inference(&record, net);
    ocsp_host.free_net(net);
    return record;
}

static double largest_gradient(const struct record *record)
{
    double largest = 0;

    for (size_t i = 0, k = 0; k < (size_t)record->arrays; k++)
        for (; i < record->ends[k]; i++)
            if (record->gradient[k])
                largest = fmax(largest, fabs((double)record->data[i]));
    return largest;
}

/* max |a − b| / max |a| of the worst array. A gradient far below all others is one that a
 * normalization behind it cancels: of rounding. */
static double difference(const struct record *a, const struct record *b)
{
    const double least = 1e-2, least_gradient = least * largest_gradient(a);
    double worst = 0;

    assert_int_equal(a->n, b->n);
    assert_int_equal(a->arrays, b->arrays);
    for (size_t i = 0, k = 0; k < (size_t)a->arrays; k++) {
        double largest = a->gradient[k] ? least_gradient : least, apart = 0;
        for (; i < a->ends[k]; i++) {
            assert_true(isfinite(a->data[i]) && isfinite(b->data[i]));
            largest = fmax(largest, fabs((double)a->data[i]));
            apart = fmax(apart, fabs((double)a->data[i] - (double)b->data[i]));
        }
        worst = fmax(worst, apart / largest);
    }
    return worst;
}

static double difference_of_runs(const char *cfg)
{
    struct record host = run(cfg, false);
    assert_int_equal(taken, 0);
    struct record engine = run(cfg, true);
    const double apart = difference(&host, &engine);

    free(host.data);
    free(engine.data);
    return apart;
}

/* Rounding may put an element on the other side of a kink of relu, and another draw has
 * it elsewhere. */
static void compare(const char *cfg, const char *name, int least_taken)
{
    double apart = INFINITY;

    for (seed_of_draw = 1; apart > TOLERANCE && seed_of_draw <= 3; seed_of_draw++)
        apart = difference_of_runs(cfg);
    if (apart > TOLERANCE || taken < least_taken || getenv("OCSP_TEST_VERBOSE"))
        printf("%s: %d layers taken, difference %.1e, draw %d\n", name, taken, apart,
               (int)seed_of_draw - 1);
    if (apart > TOLERANCE)
        printf("%s", cfg);
    seed_of_draw = 1;
    assert_true(taken >= least_taken);
    assert_true(apart <= TOLERANCE);
}

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
        all += taken;
    }
    assert_true(all > 3 * NETS);
}

#define NET(batch, side)                                                                 \
    "[net]\nbatch=" #batch "\nsubdivisions=1\nwidth=" #side "\nheight=" #side            \
    "\nchannels=3\nlearning_rate=.01\npolicy=constant\nmax_batches=10\nmomentum=.9\n"    \
    "decay=.001\n"
#define CONV(filters, size, stride, activation)                                          \
    "[convolutional]\nbatch_normalize=1\nfilters=" #filters "\nsize=" #size              \
    "\nstride=" #stride "\npad=1\nactivation=" activation "\n"

static const char residual[] = NET(4, 16) CONV(16, 3, 1, "relu") CONV(16, 3, 1, "relu")
    CONV(16, 3, 1, "linear") "[shortcut]\nfrom=-3\nactivation=relu\n" CONV(32, 3, 2,
                                                                           "relu")
        CONV(32, 3, 1, "linear") "[route]\nlayers=-3\n"
                                 "[maxpool]\nsize=1\nstride=2\n" CONV(32, 1, 1,
                                                                      "linear") //
    "[shortcut]\nfrom=-4\nactivation=relu\n" CONV(27, 3, 1, "leaky")
        CONV(32, 3, 1, "linear") "[shortcut]\nfrom=-3\nactivation=leaky\n"
                                 "[avgpool]\n[connected]\noutput=10\nactivation=linear\n"
                                 "[softmax]\n";

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

/* Maps and channels for which Winograd's convolutions are taken, where the machine has
 * them, with and without normalization, one of them added to a skip connection. */
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
        assert_int_equal(taken, layers);
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
    taken = ocsp_engine_onednn.count_layers();
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
    assert_true(taken >= 14);
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
        cmocka_unit_test(test_residual_net_is_all_the_engines),
        cmocka_unit_test(test_odd_channels),
        cmocka_unit_test(test_random_nets_equal_the_host),
        cmocka_unit_test(test_gradients_are_added),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_resized_network_is_planned_anew),
        cmocka_unit_test(test_arming_again_and_switching_off),
        cmocka_unit_test(test_fifty_plans_leak_nothing),
        cmocka_unit_test(test_winograd_equals_the_host),
        cmocka_unit_test_setup_teardown(test_winograd_in_slices, note_threads,
                                        restore_threads),
        cmocka_unit_test_setup_teardown(test_winograd_in_parts_and_slices, note_threads,
                                        restore_threads),
        cmocka_unit_test(test_inference_equals_the_host),
        cmocka_unit_test(test_inference_holds_weights_once),
        cmocka_unit_test(test_shared_weights_stay_with_the_host),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
