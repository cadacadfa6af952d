/* Another network, or another size, in the variables of the host's training loop. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "adapter_training.h"

static network *rebuild(network *old, const char *cfg)
{
    struct ocsp_error err;
    char *path = host_write(cfg);
    void *net = NULL;

    host_silence(true);
    const enum ocsp_status status = ocsp_host.rebuild(&net, old, path, &err);
    host_silence(false);
    unlink(path);
    free(path);
    if (status)
        fail_msg("%s", err.text);
    return net;
}

/* The two variables of the hosts' training loops, and the network that is trained. */
struct loop {
#ifdef OCSP_HOST_ALEXEYAB
    network nets[1], local;
#else
    network *nets[1], *local;
#endif
};

static void enter(struct loop *loop, network *net)
{
#ifdef OCSP_HOST_ALEXEYAB
    loop->nets[0] = loop->local = *net;
    loop->local.num_boxes = 90;
    loop->local.train_images_num = 1234;
    free(net);
#else
    loop->nets[0] = loop->local = net;
#endif
}

static void rebuilds_and_replaces_in_the_loop(void **state)
{
    (void)state;
    struct loop loop;
    struct record record = {0};
    struct ocsp_host_events events;
    struct ocsp_progress was, is;
    network *net = host_parse(CLASSIFIER);

    enter(&loop, net);
    net = ocsp_host.current(loop.nets, &loop.local, 0);
    randomize(net, 1);
    clear_momentum(net);
    install_hooks(net, &events, &record);
    for (int step = 0; step < 4; step++, record.n_before = record.n_after = 0)
        train(net);
    net->learning_rate = .125f;
    net->hierarchy = (tree *)&record;
    ocsp_host.progress(net, &was);

    network *new = rebuild(net, CLASSIFIER);
    randomize(new, 2);
    clear_momentum(new);
    install_hooks(new, &events, &record);
    ocsp_host.replace(loop.nets, &loop.local, 0, new);
    net = ocsp_host.current(loop.nets, &loop.local, 0);
    assert_ptr_equal(net->hierarchy, &record);
    ocsp_host.progress(net, &is);
    assert_int_equal(is.iteration, 4);
    assert_int_equal(is.seen, was.seen);
    assert_int_equal(is.max_batches, was.max_batches);
    assert_int_equal(is.images_per_iteration, was.images_per_iteration);
    assert_float_equal(is.learning_rate, was.learning_rate, 0);
    assert_float_equal(net->learning_rate, .125f, 0);
#ifdef OCSP_HOST_ALEXEYAB
    assert_ptr_equal(loop.nets[0].layers, loop.local.layers);
    assert_int_equal(net->num_boxes, 90);
    assert_int_equal(net->train_images_num, 1234);
#else
    assert_ptr_equal(loop.nets[0], loop.local);
    assert_int_equal(*net->t, 4);
#endif
    train(net);
    assert_int_equal(record.n_after, 4);
    ocsp_host.progress(net, &is);
    assert_int_equal(is.iteration, 5);
    net->hierarchy = NULL;
#ifdef OCSP_HOST_ALEXEYAB
    net = malloc(sizeof *net);
    *net = loop.local;
#endif
    ocsp_host.free_net(net);
}

static network *resizable(char *cfg, size_t size)
{
    /* only AlexeyAB's Darknet can resize [batchnorm] */
    snprintf(cfg, size, RESIZABLE, HOST_IS_ALEXEYAB ? "[batchnorm]\n" : "");
    return host_parse(cfg);
}

static void resizes_when_hooked(void **state)
{
    (void)state;
    char cfg[2048];
    network *net = resizable(cfg, sizeof cfg);
    struct record record = {0};
    struct ocsp_host_events events;

    randomize(net, 1);
    clear_momentum(net);
    install_hooks(net, &events, &record);
    train(net);
    for (int size = 16; size >= 12; size -= 4) {
        resize_network(net, size, size);
        ocsp_host.resized(net);
        record.n_before = record.n_after = 0;
        assert_true(isfinite(train(net)));
    }
    assert_true(record.n_after > 0);

    network *new = rebuild(net, cfg);
    assert_int_equal(new->w, 12);
    assert_int_equal(new->layers[0].outputs, net->layers[0].outputs);
    ocsp_host.free_net(net);
    randomize(new, 1);
    install_hooks(new, &events, &record);
    record.n_before = record.n_after = 0;
    assert_true(isfinite(train(new)));
    ocsp_host.free_net(new);
}

static void arms_twice_as_once(void **state)
{
    (void)state;
    network *once = host_parse(CLASSIFIER), *twice = host_parse(CLASSIFIER);
    struct record record = {0};
    struct ocsp_host_events events;

    for (int k = 0; k < 2; k++) {
        network *net = k ? twice : once;
        randomize(net, 1);
        install_hooks(net, &events, &record);
        if (k)
            install_hooks(net, &events, &record);
        srand(5);
        record.n_before = record.n_after = 0;
        train(net);
        assert_int_equal(record.n_after, 4);
    }
    expect_equal(once, twice, 0);
    ocsp_host.free_net(once);
    ocsp_host.free_net(twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuilds_and_replaces_in_the_loop),
        cmocka_unit_test(resizes_when_hooked),
        cmocka_unit_test(arms_twice_as_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
