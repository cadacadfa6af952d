/* Training with a GPU build of AlexeyAB's host, on the device: updates, the loss, random
 * numbers and several networks at once. */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "device_run.h"

#if OCSP_HAS_SCALED_RATE
/* All weights of layer `l`, and what its update makes of them. */
static void update_connected(const void *hooked, struct report *out)
{
    struct ocsp_error err;
    network *net =
        host_parse("[net]\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\n"
                   "channels=2\nmax_batches=100\nloss_scale=8\n" STEM CONNECTED_HEAD);
    const layer *l = &net->layers[1];
    const size_t n = (size_t)(l->inputs * l->outputs);
    const double rate = .1, momentum = .9, decay = .01, scale = 8, batch = 3;
    float *w = filled(n, -1, 1), *u = filled(n, -9, 9), *v = filled(n, 0, 0);

    if (*(const bool *)hooked && ocsp_repair_install(net, NULL, &err))
        abort();
    cuda_push_array(l->weights_gpu, w, n);
    cuda_push_array(l->weight_updates_gpu, u, n);
    l->update_gpu(*l, (int)batch, (float)rate, (float)momentum, (float)decay,
                  (float)scale);
    for (int pass = 0; pass < 2; pass++) {
        cuda_pull_array(pass ? l->weight_updates_gpu : l->weights_gpu, v, n);
        for (size_t i = 0; i < n; i++) {
            const double sum = u[i] - decay * batch * scale * w[i];
            const double right =
                pass ? momentum * sum : w[i] + rate / batch / scale * sum;
            out->number = fmax(out->number, fabs(v[i] - right));
        }
    }
    if (cudaDeviceSynchronize() != cudaSuccess)
        abort();
}

static void test_update_under_loss_scale(void **unused)
{
    struct report report;
    bool hooked = true;

    (void)unused;
    assert_true(in_child(update_connected, &hooked, &report));
    assert_true(report.number < 1e-5);
    hooked = false;
    assert_true(!in_child(update_connected, &hooked, &report) || report.number > 1e-2);
}

#endif

/* Two iterations with dont_update=1: what the second one's gradients are. */
static void keep_updates(const void *hooked, struct report *out)
{
    struct ocsp_error err;
    network *net = host_parse("[net]\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\n"
                              "channels=2\nmax_batches=100\n" CONV(
                                  "filters=4\nsize=3\ndont_update=1") SOFTMAX_HEAD);
    struct array arrays[N_ARRAYS];
    float once[4], twice[4];

    noise_state = SEED;
    const struct sample s = draw(net);
    if (*(const bool *)hooked && ocsp_repair_install(net, NULL, &err))
        abort();
    arrays_of(&net->layers[0], arrays);
    for (int k = 1; k <= 2; k++) {
        *net->seen += (uint64_t)net->batch;
        host_pass(net, s.images[0], s.truth[0], true);
        cuda_pull_array(arrays[1].update, k == 1 ? once : twice, 4);
    }
    /* it is the second iteration that may update: with one iteration's gradient, and with
     * what the last one of those before it has left */
    for (int i = 0; i < 4; i++)
        out->number = fmax(out->number, fabs((double)twice[i] / once[i] - 2));
    *net->seen -= (uint64_t)net->batch; /* a third one that may not */
    host_pass(net, s.images[0], s.truth[0], true);
    cuda_pull_array(arrays[1].update, twice, 4);
    for (int i = 0; i < 4; i++)
        out->number = fmax(out->number, fabs((double)twice[i] / once[i] - 1));
}

static void test_kept_updates(void **unused)
{
    struct report report;
    bool hooked = true;

    (void)unused;
    assert_true(in_child(keep_updates, &hooked, &report));
    assert_true(report.number < 1e-3);
    hooked = false;
    assert_true(in_child(keep_updates, &hooked, &report));
    assert_true(report.number > .5);
}

/* The loss of an image whose class has the probability 0. */
static void find_loss_without_probability(const void *hooked, struct report *out)
{
    struct ocsp_error err;
    network *net = host_parse("[net]\nbatch=1\nsubdivisions=1\nwidth=2\nheight=2\n"
                              "channels=1\nmax_batches=9\n[convolutional]\nfilters="
                              "2\nsize=2\nactivation=linear\n"
                              "[softmax]\n");
    float weights[8] = {[4] = 800}, image[4] = {1}, truth[2] = {1};

    if (*(const bool *)hooked && ocsp_repair_install(net, NULL, &err))
        abort();
    cuda_push_array(net->layers[0].weights_gpu, weights, 8);
    cudaDeviceSynchronize();
    out->number = host_pass(net, image, truth, true);
}

static void test_loss_is_finite(void **unused)
{
    struct report report;
    bool hooked = true;

    (void)unused;
    assert_true(in_child(find_loss_without_probability, &hooked, &report));
    assert_true(fabs(report.number - 149 * M_LN2) < 1e-3);
    hooked = false;
    assert_true(in_child(find_loss_without_probability, &hooked, &report));
    assert_true(isinf(report.number));
}

/* What the repairs keep per network: overwritten deltas, undropped outputs, gelu's
 * inputs, random numbers. */
#define REPLICA                                                                          \
    CONV("filters=4\nsize=3\n" BN)                                                       \
    "[dropout]\nprobability=.4\n" CONV(                                                  \
        "filters=4\nsize=3\nactivation=gelu") "[shortcut]\nfrom=-2\nactivation=leaky\n[" \
                                              "connected]\noutput=4\n" BN                \
                                              "\nactivation=linear\n[softmax]\n"

struct replica {
    network *net;
    struct sample sample;
    pthread_t thread;
};

static void *train_replica(void *argument)
{
    struct replica *r = argument;

    cuda_set_device(r->net->gpu_index);
    for (int k = 0; k < 3; k++)
        run(r->net, &r->sample, true);
    return NULL;
}

/* Moves the first layer's updates, of which the others' deltas are part, to `out`. */
static void move_updates(const struct replica *r, float *out)
{
    struct array arrays[N_ARRAYS];

    cuda_set_device(r->net->gpu_index);
    arrays_of(&r->net->layers[0], arrays);
    cuda_pull_array(arrays[0].update, out, arrays[0].n);
    for (int i = 0; i < r->net->n; i++) {
        arrays_of(&r->net->layers[i], arrays);
        for (int k = 0; k < N_ARRAYS; k++)
            if (arrays[k].n)
                fill_ongpu((int)arrays[k].n, 0, arrays[k].update, 1);
    }
    cudaDeviceSynchronize();
}

/* As train_networks does it: each replica on its device, in its thread. */
static void train_replicas(const void *unused, struct report *out)
{
    struct ocsp_error err;
    struct replica replicas[2];
    float alone[2][256], together[2][256];
    int n = 0;

    (void)unused;
    if (cudaGetDeviceCount(&n) != cudaSuccess || n < 2) {
        snprintf(out->text, sizeof out->text, "less than two devices");
        return;
    }
    noise_state = SEED;
    for (int k = 0; k < 2; k++) {
        gpu_index = k;
        cuda_set_device(k);
        replicas[k].net = host_parse("[net]\nbatch=3\nsubdivisions=1\nwidth=6\nheight=6\n"
                                     "channels=2\nmax_batches=100\n" REPLICA);
        replicas[k].sample = draw(replicas[k].net);
        if (ocsp_repair_install(replicas[k].net, NULL, &err))
            abort();
        randomize(replicas[k].net, false);
    }
    for (int k = 0; k < 2; k++) {
        train_replica(&replicas[k]);
        move_updates(&replicas[k], alone[k]);
    }
    for (int k = 0; k < 2; k++)
        pthread_create(&replicas[k].thread, NULL, train_replica, &replicas[k]);
    for (int k = 0; k < 2; k++)
        pthread_join(replicas[k].thread, NULL);
    for (int k = 0; k < 2; k++) {
        move_updates(&replicas[k], together[k]);
        for (int i = 0; i < replicas[k].net->layers[0].nweights; i++)
            out->number =
                fmax(out->number, fabs((double)alone[k][i] - (double)together[k][i]));
        if (!(fabs((double)alone[k][0]) > 1e-4))
            abort();
        ocsp_repair_remove(replicas[k].net);
    }
}

static void test_replicas(void **unused)
{
    struct report report;

    (void)unused;
    assert_true(in_child(train_replicas, NULL, &report));
    if (*report.text)
        skip();
    assert_true(report.number < 1e-4);
}

static void draw_on_device(const void *unused, struct report *out)
{
    enum { N = 100000 };
    float *on_device = cuda_make_array(NULL, N), *x = filled(N, 0, 0),
          *y = filled(N, 0, 0);
    double mean = 0, square = 0, same = 0;

    (void)unused;
    for (int key = 0; key < 2; key++) {
        ocsp_gpu_draw(on_device, (uint64_t)key * N * 10, N, get_cuda_stream());
        cuda_pull_array(on_device, key ? y : x, N);
    }
    for (size_t i = 0; i < N; i++) {
        out->number += x[i] < 0 || x[i] >= 1;
        mean += (double)x[i] / N;
        square += (double)x[i] * (double)x[i] / N;
        same += x[i] == y[i];
    }
    /* uniform: mean 1/2 and mean square 1/3, to five deviations */
    if (fabs(mean - .5) > .005 || fabs(square - 1. / 3) > .005 || same > 5)
        out->number = INFINITY;
}

static void test_random_numbers(void **unused)
{
    struct report report;

    (void)unused;
    assert_true(in_child(draw_on_device, NULL, &report));
    assert_true(report.number == 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
#if OCSP_HAS_SCALED_RATE
        cmocka_unit_test(test_update_under_loss_scale),
#endif
#if OCSP_HAS_DONT_UPDATE
        cmocka_unit_test(test_kept_updates),
#endif
        cmocka_unit_test(test_loss_is_finite),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_replicas),
    };

    if (!has_device())
        return 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
