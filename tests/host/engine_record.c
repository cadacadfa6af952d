#include "engine_record.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void ignore(void *context, const struct ocsp_update *update)
{
    (void)context;
    (void)update;
}

const struct ocsp_host_events no_events = {NULL, ignore, ignore};

static void fill(float *x, size_t n, double center, double spread, struct random *r)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = (float)(center + spread * (2 * random_uniform(r) - 1));
}

/* Of all parameters and images: another draw, other numbers. */
static uint64_t seed_of_draw = 1;

void randomize(const network *net)
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

void note_parameters(struct record *record, const network *net, bool updates)
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

size_t outputs(const network *net, const float **out)
{
    int i = net->n - 1;

    while (net->layers[i].type == COST)
        i--;
    *out = net->layers[i].output;
    return (size_t)(net->layers[i].outputs * net->batch);
}

void note_pass(struct record *record, network *net)
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

void note_inference(struct record *record, network *net)
{
    struct random r = {9 * seed_of_draw};
    float *images = random_image(&r, (size_t)(net->batch * net->layers[0].inputs));
    float *out;
    size_t n;

    ocsp_host.infer(net, true, images, &out, &n);
    note(record, out, n);
    free(images);
}

int layers_on_engine;

network *install_hooks(const char *cfg, bool engine)
{
    network *net = host_parse(cfg);

    randomize(net);
    const struct ocsp_engine *const with = engine ? &ocsp_engine_onednn : NULL;
    MUST(ocsp_host.install(net, &(struct ocsp_host_hooks){&no_events, with, false},
                           &test_error));
    layers_on_engine = ocsp_engine_layers(with);
    return net;
}

struct record run(const char *cfg, bool engine)
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

double difference(const struct record *a, const struct record *b)
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
    assert_int_equal(layers_on_engine, 0);
    struct record engine = run(cfg, true);
    const double apart = difference(&host, &engine);

    free(host.data);
    free(engine.data);
    return apart;
}

void compare(const char *cfg, const char *name, int least_on_engine)
{
    double apart = INFINITY;

    for (seed_of_draw = 1; apart > TOLERANCE && seed_of_draw <= 3; seed_of_draw++)
        apart = difference_of_runs(cfg);
    if (apart > TOLERANCE || layers_on_engine < least_on_engine ||
        getenv("OCSP_TEST_VERBOSE"))
        printf("%s: %d layers taken, difference %.1e, draw %d\n", name, layers_on_engine,
               apart, (int)seed_of_draw - 1);
    if (apart > TOLERANCE)
        printf("%s", cfg);
    seed_of_draw = 1;
    assert_true(layers_on_engine >= least_on_engine);
    assert_true(apart <= TOLERANCE);
}

const char residual[] = NET(4, 16) CONV(16, 3, 1, "relu") CONV(16, 3, 1, "relu") CONV(
    16, 3, 1, "linear") "[shortcut]\nfrom=-3\nactivation=relu\n" CONV(32, 3, 2, "relu")
    CONV(32, 3, 1, "linear") "[route]\nlayers=-3\n"
                             "[maxpool]\nsize=1\nstride=2\n" CONV(32, 1, 1,
                                                                  "linear") //
    "[shortcut]\nfrom=-4\nactivation=relu\n" CONV(27, 3, 1, "leaky")
        CONV(32, 3, 1, "linear") "[shortcut]\nfrom=-3\nactivation=leaky\n"
                                 "[avgpool]\n[connected]\noutput=10\nactivation=linear\n"
                                 "[softmax]\n";
