/* The table ocsp_host over the host's own library, in the host's own precision. */
#include <string.h>

#include "adapter_training.h"

static void shows_arrays_of_each_layer(void **state)
{
    (void)state;
    network *net = host_parse(CLASSIFIER);
    struct ocsp_host_layer l;

    assert_int_equal(ocsp_host.layers(net), N_LAYERS);
    ocsp_host.layer(net, CONV, &l);
    assert_int_equal(l.n_biases, 6);
    assert_int_equal(l.n_weights, 6 * 3 * 9);
    assert_int_equal(l.outputs, 6 * 8 * 8);
    assert_non_null(l.memory.value.scales);
    assert_non_null(l.memory.momentum.scales);
    ocsp_host.layer(net, DROP, &l);
    assert_int_equal(l.n_biases, 0);
    assert_null(l.memory.value.weights);
    ocsp_host.layer(net, POINT, &l);
    assert_null(l.memory.value.scales);
    ocsp_host.layer(net, BN, &l);
    assert_int_equal(l.n_biases, 6);
    assert_int_equal(l.n_weights, 0);
    assert_true(ocsp_host.batchnorm_biases == (l.memory.value.biases != NULL));
    ocsp_host.layer(net, FULL, &l);
    assert_int_equal(l.n_biases, CLASSES);
    assert_int_equal(l.n_weights, 6 * CLASSES);
    assert_null(l.memory.average.weights);
    ocsp_host.free_net(net);
}

static void calls_events_in_order_around_the_hosts_update(void **state)
{
    (void)state;
    const int expected[] = {CONV, POINT, BN, FULL};
    network *net = host_parse(CLASSIFIER);
    struct record record = {.net = net, .bump = 3};
    struct ocsp_host_events events;

    randomize(net, 1);
    install_hooks(net, &events, &record);
    *net->seen = 6 * 4; /* past burn_in */
    host_update(net);
    assert_int_equal(record.n_before, 4);
    assert_int_equal(record.n_after, 4);
    assert_true(record.last);
    assert_memory_equal(record.layers, expected, sizeof expected);
    assert_float_equal(record.divisor, 6, 0);
    ocsp_host.free_net(net);
}

/* The engine rounds each product; a host whose compiler fuses them with sums does not. */
#if defined OCSP_ONEDNN && defined __FMA__
#define UPDATE_ROUNDING 2.5e-7f
#else
#define UPDATE_ROUNDING 0
#endif

static void update_is_the_hosts_own(void **state)
{
    (void)state;
    network *hooked = host_parse(CLASSIFIER), *stock = host_parse(CLASSIFIER);
    struct record record = {0};
    struct ocsp_host_events events;
    struct ocsp_host_layer l, m;

    randomize(hooked, 1);
    randomize(stock, 1);
    install_hooks(hooked, &events, &record);
    *hooked->seen = *stock->seen = 6 * 4;
    ocsp_host.layer(stock, BN, &l);
    const float scale = l.memory.value.scales[0], step = l.memory.momentum.scales[0];
#ifdef OCSP_HOST_ALEXEYAB
    for (int i = 0; i < stock->n; i++)
        stock->layers[i].train = 1;
#endif
    host_update(hooked);
    host_update(stock);
    if (!HOST_IS_ALEXEYAB) {
        /* the stock host does not train [batchnorm] */
        assert_float_equal(l.memory.value.scales[0], scale, 0);
        ocsp_host.layer(hooked, BN, &m);
        for (int i = 0; i < 6; i++) {
            l.memory.value.scales[i] = m.memory.value.scales[i];
            l.memory.momentum.scales[i] = m.memory.momentum.scales[i];
        }
    }
    /* layer 2 has learning_rate=.5, which A's CPU code heeds in convolutions */
    assert_float_equal(l.memory.value.scales[0], scale + .05f * .5f / 6 * step, 1e-6);
    assert_float_equal(l.memory.momentum.scales[0], .9f * step, 1e-6);
    expect_equal(hooked, stock, UPDATE_ROUNDING);
    assert_float_equal(record.rate[0], .05f * .5f, 1e-8);
    assert_float_equal(record.rate[1], .05f * .5f, 1e-8);
    ocsp_host.layer(hooked, CONV, &l);
    assert_float_equal(l.rate, 1, 0);
    ocsp_host.layer(hooked, POINT, &l);
    assert_float_equal(l.rate, .5f, 0);
    ocsp_host.free_net(stock);
    ocsp_host.free_net(hooked);
}

static void trains_connected_also_where_stock_does_not(void **state)
{
    (void)state;
    const char *cfg = NET "[convolutional]\nfilters=3\nsize=3\nactivation=leaky\n"
                          "[connected]\noutput=5\nactivation=linear\n[softmax]\n";

    for (int hooked = 0; hooked < 2; hooked++) {
        network *net = host_parse(cfg);
        struct record record = {0};
        struct ocsp_host_events events;
        struct ocsp_host_layer l;
        randomize(net, 1);
        if (hooked)
            install_hooks(net, &events, &record);
        ocsp_host.layer(net, 1, &l);
        const float was = l.memory.value.weights[0];
        train(net);
        assert_int_equal(l.memory.value.weights[0] == was, OCSP_HAS_UNTRAINED && !hooked);
        ocsp_host.free_net(net);
    }
}

static void progress_foretells_each_step(void **state)
{
    (void)state;
    network *net = host_parse(CLASSIFIER);
    struct record record = {0};
    struct ocsp_host_events events;
    struct ocsp_progress progress;
    float first = 0, last = 0;

    randomize(net, 1);
    clear_momentum(net);
    install_hooks(net, &events, &record);
    for (int step = 0; step < 40; step++) {
        ocsp_host.progress(net, &progress);
        assert_int_equal(progress.iteration, step);
        assert_int_equal(progress.seen, 6 * step);
        assert_int_equal(progress.images_per_iteration, 6);
        assert_int_equal(progress.max_batches, 50);
        record.n_before = record.n_after = 0;
        const float loss = train(net);
        assert_int_equal(record.n_after, 4);
        assert_float_equal(record.rate[0], progress.learning_rate, 1e-9);
        if (step < 5)
            first += loss;
        if (step >= 35)
            last += loss;
    }
    assert_true(last < first);
    ocsp_host.free_net(net);
}

static void infers_as_the_stock_host(void **state)
{
    (void)state;
    network *net = host_parse(CLASSIFIER), *stock = host_parse(CLASSIFIER);
    struct record record = {0};
    struct ocsp_host_events events;
    struct ocsp_error err;
    float images[3 * 3 * 8 * 8], *output;
    size_t length;

    randomize(net, 1);
    randomize(stock, 1);
    install_hooks(net, &events, &record);
    assert_int_equal(ocsp_repair_batchnorm_buffers(stock, &err), OCSP_OK);
    fill(images, sizeof images / sizeof *images, -1, 1);
    ocsp_host.infer(net, true, images, &output, &length);
    assert_int_equal(length, 3 * CLASSES);
#ifdef OCSP_HOST_ALEXEYAB
    const float *expected = network_predict(*stock, images);
#else
    const float *expected = network_predict(stock, images);
#endif
    float sum = 0;
    for (size_t i = 0; i < length; i++) {
        /* the engine's sums are in another order */
        assert_float_equal(output[i], expected[i],
                           ocsp_engine_layers(ocsp_engine_built_in()) > 0 ? 1e-5 : 0);
        sum += output[i];
    }
    assert_float_equal(sum, 3, 1e-5);
    ocsp_host.free_net(stock);
    ocsp_host.free_net(net);
}

static int words_of(const char *command, const char *flag)
{
    const bool detector = strcmp(command, "detector") == 0;

    for (const struct ocsp_host_flag *f = ocsp_host.flags; f->name; f++)
        if (strcmp(f->name, flag) == 0 && (detector ? f->detector : f->classifier))
            return f->has_value ? 2 : 1;
    return 0;
}

static bool has_word(const char *const *list, const char *word)
{
    for (; list && *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static void says_what_its_commands_take(void **unused)
{
    (void)unused;
    assert_non_null(ocsp_host.run_classifier);
    assert_non_null(ocsp_host.run_detector);
    assert_int_equal(words_of("classifier", "-gpus"), 2);
    assert_int_equal(words_of("detector", "-clear"), 1);
    assert_int_equal(words_of("classifier", "-t"), 2);
    assert_int_equal(words_of("detector", "-t"), 0);
    assert_int_equal(words_of("classifier", "-map"), 0);
    assert_int_equal(words_of("detector", "-map"), HOST_IS_ALEXEYAB ? 1 : 0);
    assert_int_equal(words_of("classifier", "-mjpeg_port"), HOST_IS_ALEXEYAB ? 2 : 0);
    assert_int_equal(words_of("classifier", "-topk"), 0);
    assert_true((ocsp_host.measuring_flags != NULL) == HOST_IS_ALEXEYAB);
    if (HOST_IS_ALEXEYAB)
        assert_string_equal(ocsp_host.measuring_flags[0].name, "-topk");
    assert_true((ocsp_host.measure_map != NULL) == HOST_IS_ALEXEYAB);
    assert_true(has_word(ocsp_host.rules->policies, "steps"));
    assert_true(has_word(ocsp_host.rules->policies, "sgdr") == HOST_IS_ALEXEYAB);
    assert_true(has_word(ocsp_host.rules->unseeded_keys, "track") == HOST_IS_ALEXEYAB);
    assert_true(ocsp_host.windows_lines == HOST_IS_ALEXEYAB);
    assert_int_equal(ocsp_host.rules->classifier_channels, 3);
    assert_int_equal(ocsp_host.rules->detector_channels, HOST_IS_ALEXEYAB ? 0 : 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_arrays_of_each_layer),
        cmocka_unit_test(calls_events_in_order_around_the_hosts_update),
        cmocka_unit_test(update_is_the_hosts_own),
        cmocka_unit_test(trains_connected_also_where_stock_does_not),
        cmocka_unit_test(progress_foretells_each_step),
        cmocka_unit_test(infers_as_the_stock_host),
        cmocka_unit_test(says_what_its_commands_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
