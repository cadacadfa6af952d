/* train/device.h against the CPU's functions. The kernels run on the CPU by
 * tests/cuda_on_cpu, or on a GPU: `make device-test`. */
#include "train/device.h"

#include <cuda_runtime_api.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "layers/arrays.h"
#include "prune/penalty.h"
#include "random_net.h"

#define NET "[net]\nwidth=40\nheight=40\nchannels=3\n"
#define CONV(filters, size, more)                                                        \
    "[convolutional]\nfilters=" #filters "\nsize=" #size "\npad=1\nactivation="          \
    "relu\n" more

/* What random nets are too small for: rows and columns of several chunks, columns that
 * end within one, kernels larger than a chunk, many tiles of rows. */
static const char large[] =
    NET CONV(70, 3, "batch_normalize=1\n") CONV(45, 3, "batch_normalize=1\n") CONV(
        66, 1, "") CONV(66, 5, "groups=6\n") CONV(66, 3, "groups=66\nbatch_normalize=1\n")
        CONV(20, 19, "") CONV(130, 1, "batch_normalize=1\n") CONV(
            8, 1,
            "") "[maxpool]\nsize=2\nstride=2\n[connected]\noutput=33\nactivation=relu\n"
                "[connected]\noutput=5\nactivation=linear\n[softmax]\n";

/* A net with its parameters and momentum on the device. */
struct device_net {
    struct net net;
    struct ocsp_weights *momentum;
    struct ocsp_host_layer *layers;
    struct ocsp_device *device;
    cudaStream_t stream;
};

static float *copy_to_device(const float *from, size_t n)
{
    float *to;

    if (!from || n == 0)
        return NULL;
    assert_int_equal(cudaMalloc((void **)&to, n * sizeof *to), cudaSuccess);
    assert_int_equal(cudaMemcpy(to, from, n * sizeof *to, cudaMemcpyHostToDevice),
                     cudaSuccess);
    return to;
}

static struct ocsp_params params_to_device(const struct ocsp_layer *l,
                                           const struct ocsp_params *from,
                                           bool statistics)
{
    const size_t n = (size_t)l->n_biases, s = (size_t)l->n_scales;

    return (struct ocsp_params){
        .biases = copy_to_device(from->biases, n),
        .scales = copy_to_device(from->scales, s),
        .mean = statistics ? copy_to_device(from->mean, s) : NULL,
        .variance = statistics ? copy_to_device(from->variance, s) : NULL,
        .weights = copy_to_device(from->weights, l->tables[0].length)};
}

static void device_net_attach(struct device_net *device_net)
{
    struct net *net = &device_net->net;

    device_net->layers = calloc((size_t)net->graph->n_layers, sizeof *device_net->layers);
    assert_non_null(device_net->layers);
    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_layer *l = &net->graph->layers[i];
        struct ocsp_host_arrays *device = &device_net->layers[i].device;
        device->value = params_to_device(l, &net->weights->layers[i], true);
        device->momentum = params_to_device(l, &device_net->momentum->layers[i], false);
        device_net->layers[i].rate = 1 + .25F * (float)(i % 3);
    }
    assert_int_equal(
        cudaStreamCreateWithFlags(&device_net->stream, cudaStreamNonBlocking),
        cudaSuccess);
    MUST(ocsp_device_new(&device_net->device, net->graph, net->coupling,
                         device_net->layers, net_sums(net), &test_error));
}

/* The net is there; it gets random parameters and momentum. */
static void device_net_fill(struct device_net *device_net, struct random *r)
{
    struct net *net = &device_net->net;
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];

    if (!net->weights)
        net_random_weights(net, r);
    MUST(ocsp_weights_new(&device_net->momentum, net->graph, true, &test_error));
    for (int i = 0; i < net->graph->n_layers; i++) {
        const int n = ocsp_arrays_of(&net->graph->layers[i],
                                     &device_net->momentum->layers[i], arrays);
        for (int k = 0; k < n; k++)
            for (size_t j = 0; j < arrays[k].length; j++)
                arrays[k].data[j] = (float)random_normal(r);
    }
    device_net_attach(device_net);
}

static void free_params(const struct ocsp_params *p)
{
    float *const arrays[] = {p->biases, p->scales, p->mean, p->variance, p->weights};

    for (int k = 0; k < 5; k++)
        assert_int_equal(cudaFree(arrays[k]), cudaSuccess);
}

static void device_net_clear(struct device_net *device_net)
{
    ocsp_device_free(device_net->device);
    for (int i = 0; i < device_net->net.graph->n_layers; i++) {
        free_params(&device_net->layers[i].device.value);
        free_params(&device_net->layers[i].device.momentum);
    }
    assert_int_equal(cudaStreamDestroy(device_net->stream), cudaSuccess);
    free(device_net->layers);
    ocsp_weights_free(device_net->momentum);
    net_clear(&device_net->net);
}

/* Net n of all: the large one, the golden ones, then random ones. */
#define N_NETS 40

static void device_net_make(struct device_net *device_net, int n, struct random *r)
{
    memset(device_net, 0, sizeof *device_net);
    if (n == 0)
        net_parse(&device_net->net, large);
    else if (n <= 2)
        net_load(&device_net->net,
                 n == 1 ? "tests/golden/vggmini.cfg" : "tests/golden/resnet20.cfg");
    else
        random_net(&device_net->net, r, RANDOM_ANYTHING);
    device_net_fill(device_net, r);
}

static bool *random_flags(struct random *r, int n)
{
    bool *flags = calloc((size_t)n + 1, sizeof *flags);

    assert_non_null(flags);
    for (int k = 0; k < n; k++)
        flags[k] = random_below(r, 3) > 0;
    return flags;
}

static bool *all_true(int n)
{
    bool *flags = malloc((size_t)n + 1);

    assert_non_null(flags);
    memset(flags, true, (size_t)n + 1);
    return flags;
}

static void sums_are_the_cpus(void **state)
{
    struct random r = {3};
    (void)state;

    for (int n = 0; n < N_NETS; n++) {
        struct device_net device_net;
        struct ocsp_sums sums;
        device_net_make(&device_net, n, &r);
        const struct ocsp_coupling *coupling = device_net.net.coupling;
        const struct ocsp_sums *wanted = &device_net.net.sums;
        MUST(
            ocsp_sums_init(&sums, coupling, device_net.net.weights->layers, &test_error));
        ocsp_device_sums(device_net.device, &sums, device_net.stream);
        for (int i = 0; i < device_net.net.graph->n_layers; i++) {
            const struct ocsp_coupled_table *l = &coupling->tables[i];
            const struct ocsp_table_sums *is = &sums.tables[i], *was = &wanted->tables[i];
            for (int k = 0; is->row && k < l->rows; k++)
                assert_close(is->row[k], was->row[k], 1e-12);
            for (int k = 0; is->row && !l->depthwise && k < l->cols; k++)
                assert_close(is->col[k], was->col[k], 1e-12);
            for (int k = 0; is->scale && k < l->rows; k++)
                assert_close(is->scale[k], was->scale[k], 1e-12);
        }
        ocsp_sums_clear(&sums);
        device_net_clear(&device_net);
    }
}

/* The same on the CPU, in device_net->net.weights and device_net->momentum. */
static void step_on_cpu(struct device_net *device_net, const bool *selected,
                        const bool *updated, float scale, float pull)
{
    const struct ocsp_coupling *coupling = device_net->net.coupling;
    const size_t n = (size_t)coupling->n_channels + 1;
    double *square = calloc(n, sizeof *square);
    float *inverse = calloc(n, sizeof *inverse);

    assert_true(square && inverse);
    ocsp_penalty_squares(coupling, net_sums(&device_net->net), square);
    for (int c = 0; c < coupling->n_channels; c++)
        inverse[c] = selected[c] && square[c] > 0 ? (float)(1 / sqrt(square[c])) : 0;
    for (int i = 0; i < device_net->net.graph->n_layers; i++) {
        if (!updated[i])
            continue;
        ocsp_penalty_add_gradient(&coupling->tables[i],
                                  &device_net->net.weights->layers[i],
                                  &device_net->momentum->layers[i], inverse, scale);
        ocsp_penalty_shrink(&coupling->tables[i], &device_net->net.weights->layers[i],
                            selected, 1 - pull * device_net->layers[i].rate);
    }
    free(square);
    free(inverse);
}

static void expect_same(const struct device_net *device_net, const float *on_device,
                        const float *wanted, size_t n)
{
    float *is = malloc((n + 1) * sizeof *is);

    assert_non_null(is);
    ocsp_device_pull(is, on_device, n, device_net->stream);
    for (size_t k = 0; k < n; k++)
        must_be_close((double)is[k], (double)wanted[k], 1e-5, __FILE__, __LINE__);
    free(is);
}

static void expect_same_arrays(const struct device_net *device_net)
{
    for (int i = 0; i < device_net->net.graph->n_layers; i++) {
        struct ocsp_array is[OCSP_MAX_ARRAYS], wanted[OCSP_MAX_ARRAYS];
        const struct ocsp_layer *l = &device_net->net.graph->layers[i];
        const struct ocsp_host_arrays *device = &device_net->layers[i].device;
        int n = ocsp_arrays_of(l, &device->value, is);
        ocsp_arrays_of(l, &device_net->net.weights->layers[i], wanted);
        for (int k = 0; k < n; k++)
            expect_same(device_net, is[k].data, wanted[k].data, is[k].length);
        struct ocsp_params momentum = device_net->momentum->layers[i];
        momentum.mean = momentum.variance = NULL;
        n = ocsp_arrays_of(l, &device->momentum, is);
        ocsp_arrays_of(l, &momentum, wanted);
        for (int k = 0; k < n; k++)
            expect_same(device_net, is[k].data, wanted[k].data, is[k].length);
    }
}

static void steps_are_the_cpus(void **state)
{
    struct random r = {4};
    (void)state;

    for (int n = 0; n < N_NETS; n++) {
        struct device_net device_net;
        device_net_make(&device_net, n, &r);
        bool *selected = random_flags(&r, device_net.net.coupling->n_channels);
        for (int step = 0; step < 3; step++) {
            bool *updated = random_flags(&r, device_net.net.graph->n_layers);
            ocsp_device_select(device_net.device, selected, device_net.stream);
            ocsp_device_update(device_net.device, updated, device_net.stream);
            ocsp_device_add_gradient(device_net.device, .75F, device_net.stream);
            ocsp_device_shrink(device_net.device, .125F, device_net.stream);
            step_on_cpu(&device_net, selected, updated, .75F, .125F);
            expect_same_arrays(&device_net);
            free(updated);
        }
        assert_true(ocsp_device_milliseconds(device_net.device) > 0);
        free(selected);
        device_net_clear(&device_net);
    }
}

/* A rate at which nothing is left must not turn weights around. */
static void shrinking_ends_at_nothing(void **state)
{
    struct random r = {5};
    struct device_net device_net;
    (void)state;

    device_net_make(&device_net, 0, &r);
    bool *all = all_true(device_net.net.coupling->n_channels);
    bool *updated = all_true(device_net.net.graph->n_layers);
    ocsp_device_select(device_net.device, all, device_net.stream);
    ocsp_device_update(device_net.device, updated, device_net.stream);
    ocsp_device_shrink(device_net.device, 3, device_net.stream);
    ocsp_device_add_gradient(device_net.device, 1, device_net.stream); /* norms of 0 */
    memset(device_net.net.weights->layers[0].weights, 0,
           device_net.net.graph->layers[0].tables[0].length * sizeof(float));
    expect_same(&device_net, device_net.layers[0].device.value.weights,
                device_net.net.weights->layers[0].weights,
                device_net.net.graph->layers[0].tables[0].length);
    expect_same(&device_net, device_net.layers[0].device.momentum.weights,
                device_net.momentum->layers[0].weights,
                device_net.net.graph->layers[0].tables[0].length);
    free(all);
    free(updated);
    device_net_clear(&device_net);
}

/* Layers without momentum are those that a cfg freezes. */
static void frozen_layers_stay(void **state)
{
    struct random r = {6};
    struct device_net device_net;
    (void)state;

    device_net_make(&device_net, 0, &r);
    ocsp_device_free(device_net.device);
    const struct ocsp_host_arrays whole = device_net.layers[2].device;
    device_net.layers[2].device.momentum = (struct ocsp_params){0};
    MUST(ocsp_device_new(&device_net.device, device_net.net.graph,
                         device_net.net.coupling, device_net.layers,
                         net_sums(&device_net.net), &test_error));
    bool *all = all_true(device_net.net.coupling->n_channels);
    bool *updated = all_true(device_net.net.graph->n_layers);
    ocsp_device_select(device_net.device, all, device_net.stream);
    ocsp_device_update(device_net.device, updated, device_net.stream);
    ocsp_device_add_gradient(device_net.device, 1, device_net.stream);
    ocsp_device_shrink(device_net.device, .5F, device_net.stream);
    device_net.layers[2].device = whole;
    updated[2] = false;
    step_on_cpu(&device_net, all, updated, 1, .5F);
    expect_same_arrays(&device_net);
    free(all);
    free(updated);
    device_net_clear(&device_net);
}

static void bad_numbers_are_found(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    struct random r = {7};
    (void)state;

    for (int n = 0; n < N_NETS; n++) {
        struct device_net device_net;
        device_net_make(&device_net, n, &r);
        assert_int_equal(ocsp_device_find_bad(device_net.device, device_net.stream), -1);
        int lowest = device_net.net.graph->n_layers;
        for (int tries = 0; tries < 6; tries++) {
            struct ocsp_array arrays[OCSP_MAX_ARRAYS];
            const int i = random_below(&r, device_net.net.graph->n_layers);
            const int count = ocsp_arrays_of(&device_net.net.graph->layers[i],
                                             &device_net.layers[i].device.value, arrays);
            if (count == 0)
                continue;
            const struct ocsp_array *a = &arrays[random_below(&r, count)];
            ocsp_device_push(a->data + random_below(&r, (int)a->length), &bad[tries % 3],
                             1, device_net.stream);
            lowest = i < lowest ? i : lowest;
            assert_int_equal(ocsp_device_find_bad(device_net.device, device_net.stream),
                             lowest);
        }
        device_net_clear(&device_net);
    }
}

/* After t* nothing is left but to look for bad numbers. */
static void a_device_needs_no_coupling(void **state)
{
    struct random r = {8};
    struct device_net device_net;
    const float nan = NAN;
    (void)state;

    device_net_make(&device_net, 2, &r);
    ocsp_device_free(device_net.device);
    MUST(ocsp_device_new(&device_net.device, device_net.net.graph, NULL,
                         device_net.layers, NULL, &test_error));
    assert_int_equal(ocsp_device_find_bad(device_net.device, device_net.stream), -1);
    ocsp_device_push(device_net.layers[1].device.value.biases, &nan, 1,
                     device_net.stream);
    assert_int_equal(ocsp_device_find_bad(device_net.device, device_net.stream), 1);
    device_net_clear(&device_net);
}

int main(void)
{
    int devices;

    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0)
        return 77; /* skipped */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_the_cpus),
        cmocka_unit_test(steps_are_the_cpus),
        cmocka_unit_test(shrinking_ends_at_nothing),
        cmocka_unit_test(frozen_layers_stay),
        cmocka_unit_test(bad_numbers_are_found),
        cmocka_unit_test(a_device_needs_no_coupling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
