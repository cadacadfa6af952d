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
struct rig {
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

static void rig_attach(struct rig *rig)
{
    struct net *net = &rig->net;

    rig->layers = calloc((size_t)net->graph->n_layers, sizeof *rig->layers);
    assert_non_null(rig->layers);
    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_layer *l = &net->graph->layers[i];
        struct ocsp_host_arrays *device = &rig->layers[i].device;
        device->value = params_to_device(l, &net->weights->layers[i], true);
        device->momentum = params_to_device(l, &rig->momentum->layers[i], false);
        rig->layers[i].rate = 1 + .25F * (float)(i % 3);
    }
    assert_int_equal(cudaStreamCreateWithFlags(&rig->stream, cudaStreamNonBlocking),
                     cudaSuccess);
    MUST(ocsp_device_new(&rig->device, net->graph, net->coupling, rig->layers,
                         net_sums(net), &test_error));
}

/* The net is there; it gets random parameters and momentum. */
static void rig_fill(struct rig *rig, struct random *r)
{
    struct net *net = &rig->net;
    struct ocsp_array arrays[OCSP_MAX_ARRAYS];

    if (!net->weights)
        net_random_weights(net, r);
    MUST(ocsp_weights_new(&rig->momentum, net->graph, true, &test_error));
    for (int i = 0; i < net->graph->n_layers; i++) {
        const int n =
            ocsp_arrays_of(&net->graph->layers[i], &rig->momentum->layers[i], arrays);
        for (int k = 0; k < n; k++)
            for (size_t j = 0; j < arrays[k].length; j++)
                arrays[k].data[j] = (float)random_normal(r);
    }
    rig_attach(rig);
}

static void free_params(const struct ocsp_params *p)
{
    float *const arrays[] = {p->biases, p->scales, p->mean, p->variance, p->weights};

    for (int k = 0; k < 5; k++)
        assert_int_equal(cudaFree(arrays[k]), cudaSuccess);
}

static void rig_clear(struct rig *rig)
{
    ocsp_device_free(rig->device);
    for (int i = 0; i < rig->net.graph->n_layers; i++) {
        free_params(&rig->layers[i].device.value);
        free_params(&rig->layers[i].device.momentum);
    }
    assert_int_equal(cudaStreamDestroy(rig->stream), cudaSuccess);
    free(rig->layers);
    ocsp_weights_free(rig->momentum);
    net_clear(&rig->net);
}

/* Net n of all: the large one, the golden ones, then random ones. */
#define N_NETS 40

static void rig_make(struct rig *rig, int n, struct random *r)
{
    memset(rig, 0, sizeof *rig);
    if (n == 0)
        net_parse(&rig->net, large);
    else if (n <= 2)
        net_load(&rig->net,
                 n == 1 ? "tests/golden/vggmini.cfg" : "tests/golden/resnet20.cfg");
    else
        random_net(&rig->net, r, RANDOM_ANYTHING);
    rig_fill(rig, r);
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
        struct rig rig;
        struct ocsp_sums sums;
        rig_make(&rig, n, &r);
        const struct ocsp_coupling *coupling = rig.net.coupling;
        const struct ocsp_sums *wanted = &rig.net.sums;
        MUST(ocsp_sums_init(&sums, coupling, rig.net.weights->layers, &test_error));
        ocsp_device_sums(rig.device, &sums, rig.stream);
        for (int i = 0; i < rig.net.graph->n_layers; i++) {
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
        rig_clear(&rig);
    }
}

/* The same on the CPU, in rig->net.weights and rig->momentum. */
static void step_on_cpu(struct rig *rig, const bool *selected, const bool *updated,
                        float scale, float pull)
{
    const struct ocsp_coupling *coupling = rig->net.coupling;
    const size_t n = (size_t)coupling->n_channels + 1;
    double *square = calloc(n, sizeof *square);
    float *inverse = calloc(n, sizeof *inverse);

    assert_true(square && inverse);
    ocsp_penalty_squares(coupling, net_sums(&rig->net), square);
    for (int c = 0; c < coupling->n_channels; c++)
        inverse[c] = selected[c] && square[c] > 0 ? (float)(1 / sqrt(square[c])) : 0;
    for (int i = 0; i < rig->net.graph->n_layers; i++) {
        if (!updated[i])
            continue;
        ocsp_penalty_add_gradient(&coupling->tables[i], &rig->net.weights->layers[i],
                                  &rig->momentum->layers[i], inverse, scale);
        ocsp_penalty_shrink(&coupling->tables[i], &rig->net.weights->layers[i], selected,
                            1 - pull * rig->layers[i].rate);
    }
    free(square);
    free(inverse);
}

static void expect_same(const struct rig *rig, const float *on_device,
                        const float *wanted, size_t n)
{
    float *is = malloc((n + 1) * sizeof *is);

    assert_non_null(is);
    ocsp_device_pull(is, on_device, n, rig->stream);
    for (size_t k = 0; k < n; k++)
        must_be_close((double)is[k], (double)wanted[k], 1e-5, __FILE__, __LINE__);
    free(is);
}

static void expect_same_arrays(const struct rig *rig)
{
    for (int i = 0; i < rig->net.graph->n_layers; i++) {
        struct ocsp_array is[OCSP_MAX_ARRAYS], wanted[OCSP_MAX_ARRAYS];
        const struct ocsp_layer *l = &rig->net.graph->layers[i];
        const struct ocsp_host_arrays *device = &rig->layers[i].device;
        int n = ocsp_arrays_of(l, &device->value, is);
        ocsp_arrays_of(l, &rig->net.weights->layers[i], wanted);
        for (int k = 0; k < n; k++)
            expect_same(rig, is[k].data, wanted[k].data, is[k].length);
        struct ocsp_params momentum = rig->momentum->layers[i];
        momentum.mean = momentum.variance = NULL;
        n = ocsp_arrays_of(l, &device->momentum, is);
        ocsp_arrays_of(l, &momentum, wanted);
        for (int k = 0; k < n; k++)
            expect_same(rig, is[k].data, wanted[k].data, is[k].length);
    }
}

static void steps_are_the_cpus(void **state)
{
    struct random r = {4};
    (void)state;

    for (int n = 0; n < N_NETS; n++) {
        struct rig rig;
        rig_make(&rig, n, &r);
        bool *selected = random_flags(&r, rig.net.coupling->n_channels);
        for (int step = 0; step < 3; step++) {
            bool *updated = random_flags(&r, rig.net.graph->n_layers);
            ocsp_device_select(rig.device, selected, rig.stream);
            ocsp_device_update(rig.device, updated, rig.stream);
            ocsp_device_add_gradient(rig.device, .75F, rig.stream);
            ocsp_device_shrink(rig.device, .125F, rig.stream);
            step_on_cpu(&rig, selected, updated, .75F, .125F);
            expect_same_arrays(&rig);
            free(updated);
        }
        assert_true(ocsp_device_milliseconds(rig.device) > 0);
        free(selected);
        rig_clear(&rig);
    }
}

/* A rate at which nothing is left must not turn weights around. */
static void shrinking_ends_at_nothing(void **state)
{
    struct random r = {5};
    struct rig rig;
    (void)state;

    rig_make(&rig, 0, &r);
    bool *all = all_true(rig.net.coupling->n_channels);
    bool *updated = all_true(rig.net.graph->n_layers);
    ocsp_device_select(rig.device, all, rig.stream);
    ocsp_device_update(rig.device, updated, rig.stream);
    ocsp_device_shrink(rig.device, 3, rig.stream);
    ocsp_device_add_gradient(rig.device, 1, rig.stream); /* norms of 0 */
    memset(rig.net.weights->layers[0].weights, 0,
           rig.net.graph->layers[0].tables[0].length * sizeof(float));
    expect_same(&rig, rig.layers[0].device.value.weights,
                rig.net.weights->layers[0].weights,
                rig.net.graph->layers[0].tables[0].length);
    expect_same(&rig, rig.layers[0].device.momentum.weights,
                rig.momentum->layers[0].weights,
                rig.net.graph->layers[0].tables[0].length);
    free(all);
    free(updated);
    rig_clear(&rig);
}

/* Layers without momentum are those that a cfg freezes. */
static void frozen_layers_stay(void **state)
{
    struct random r = {6};
    struct rig rig;
    (void)state;

    rig_make(&rig, 0, &r);
    ocsp_device_free(rig.device);
    const struct ocsp_host_arrays whole = rig.layers[2].device;
    rig.layers[2].device.momentum = (struct ocsp_params){0};
    MUST(ocsp_device_new(&rig.device, rig.net.graph, rig.net.coupling, rig.layers,
                         net_sums(&rig.net), &test_error));
    bool *all = all_true(rig.net.coupling->n_channels);
    bool *updated = all_true(rig.net.graph->n_layers);
    ocsp_device_select(rig.device, all, rig.stream);
    ocsp_device_update(rig.device, updated, rig.stream);
    ocsp_device_add_gradient(rig.device, 1, rig.stream);
    ocsp_device_shrink(rig.device, .5F, rig.stream);
    rig.layers[2].device = whole;
    updated[2] = false;
    step_on_cpu(&rig, all, updated, 1, .5F);
    expect_same_arrays(&rig);
    free(all);
    free(updated);
    rig_clear(&rig);
}

static void bad_numbers_are_found(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    struct random r = {7};
    (void)state;

    for (int n = 0; n < N_NETS; n++) {
        struct rig rig;
        rig_make(&rig, n, &r);
        assert_int_equal(ocsp_device_find_bad(rig.device, rig.stream), -1);
        int lowest = rig.net.graph->n_layers;
        for (int tries = 0; tries < 6; tries++) {
            struct ocsp_array arrays[OCSP_MAX_ARRAYS];
            const int i = random_below(&r, rig.net.graph->n_layers);
            const int count = ocsp_arrays_of(&rig.net.graph->layers[i],
                                             &rig.layers[i].device.value, arrays);
            if (count == 0)
                continue;
            const struct ocsp_array *a = &arrays[random_below(&r, count)];
            ocsp_device_push(a->data + random_below(&r, (int)a->length), &bad[tries % 3],
                             1, rig.stream);
            lowest = i < lowest ? i : lowest;
            assert_int_equal(ocsp_device_find_bad(rig.device, rig.stream), lowest);
        }
        rig_clear(&rig);
    }
}

/* After t* nothing is left but to look for bad numbers. */
static void a_device_needs_no_coupling(void **state)
{
    struct random r = {8};
    struct rig rig;
    const float nan = NAN;
    (void)state;

    rig_make(&rig, 2, &r);
    ocsp_device_free(rig.device);
    MUST(
        ocsp_device_new(&rig.device, rig.net.graph, NULL, rig.layers, NULL, &test_error));
    assert_int_equal(ocsp_device_find_bad(rig.device, rig.stream), -1);
    ocsp_device_push(rig.layers[1].device.value.biases, &nan, 1, rig.stream);
    assert_int_equal(ocsp_device_find_bad(rig.device, rig.stream), 1);
    rig_clear(&rig);
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
