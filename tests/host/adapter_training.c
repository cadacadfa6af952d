#include "adapter_training.h"

#include <stdlib.h>

void fill(float *x, size_t n, float low, float high)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = low + (high - low) * (float)rand() / (float)RAND_MAX;
}

void randomize(network *net, unsigned seed)
{
    srand(seed);
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        const size_t n = (size_t)l.n_biases;
        fill(l.memory.value.weights, l.n_weights, -.4f, .4f);
        fill(l.memory.value.biases, n, -.4f, .4f);
        fill(l.memory.value.scales, n, .5f, 1.5f);
        fill(l.memory.value.mean, n, -.5f, .5f);
        fill(l.memory.value.variance, n, .5f, 1.5f);
        fill(l.memory.momentum.weights, l.n_weights, -1, 1);
        fill(l.memory.momentum.biases, n, -1, 1);
        fill(l.memory.momentum.scales, n, -1, 1);
    }
}

void expect_equal(network *a, network *b, float tolerance)
{
    for (int i = 0; i < a->n; i++) {
        struct ocsp_host_layer x, y;
        ocsp_host.layer(a, i, &x);
        ocsp_host.layer(b, i, &y);
        const float *left[] = {x.memory.value.weights,   x.memory.value.biases,
                               x.memory.value.scales,    x.memory.momentum.weights,
                               x.memory.momentum.biases, x.memory.momentum.scales};
        const float *right[] = {y.memory.value.weights,   y.memory.value.biases,
                                y.memory.value.scales,    y.memory.momentum.weights,
                                y.memory.momentum.biases, y.memory.momentum.scales};
        for (int k = 0; k < 6; k++)
            for (size_t j = 0; left[k] && j < (k % 3 ? (size_t)x.n_biases : x.n_weights);
                 j++)
                assert_float_equal(left[k][j], right[k][j], tolerance);
    }
}

void before(void *context, const struct ocsp_update *update)
{
    struct record *r = context;
    struct ocsp_host_layer l;

    assert_int_equal(r->n_before, r->n_after);
    r->layers[r->n_before] = update->layer;
    assert_int_equal(update->first, r->n_before == 0);
    assert_true(update->loss_scale == 1);
    r->rate[r->n_before] = update->learning_rate;
    r->divisor = update->divisor;
    r->last = update->last;
    if (r->net) {
        ocsp_host.layer(r->net, update->layer, &l);
        float *updates = l.memory.momentum.weights ? l.memory.momentum.weights
                                                   : l.memory.momentum.scales;
        const float *values =
            l.memory.value.weights ? l.memory.value.weights : l.memory.value.scales;
        r->first[r->n_before] = values[0];
        updates[0] += r->bump;
    }
    r->n_before++;
}

static void after(void *context, const struct ocsp_update *update)
{
    struct record *r = context;
    struct ocsp_host_layer l;

    assert_int_equal(r->layers[r->n_after], update->layer);
    if (r->net) {
        ocsp_host.layer(r->net, update->layer, &l);
        const float *values =
            l.memory.value.weights ? l.memory.value.weights : l.memory.value.scales;
        assert_float_not_equal(values[0], r->first[r->n_after], 0);
    }
    r->n_after++;
}

void install_hooks(network *net, struct ocsp_host_events *events, struct record *record)
{
    struct ocsp_error err;

    const struct ocsp_host_hooks hooks = {events, ocsp_engine_built_in(), false};

    *events = (struct ocsp_host_events){record, before, after};
    if (ocsp_host.install(net, &hooks, &err))
        fail_msg("%s", err.text);
}

float train(network *net)
{
    const int rows = net->batch * net->subdivisions;
    const int truths = host_truths(net);
    data d = {0};

    d.X = (matrix){rows, net->layers[0].inputs, calloc((size_t)rows, sizeof(float *))};
    d.y = (matrix){rows, truths, calloc((size_t)rows, sizeof(float *))};
    for (int r = 0; r < rows; r++) {
        const int class = rand() % truths;
        d.X.vals[r] = malloc((size_t)d.X.cols * sizeof(float));
        d.y.vals[r] = calloc((size_t)truths, sizeof(float));
        fill(d.X.vals[r], (size_t)d.X.cols, -1, 1);
        d.X.vals[r][class] += 9;
        d.y.vals[r][class] = 1;
    }
#ifdef OCSP_HOST_ALEXEYAB
    const float loss = train_network(*net, d);
#else
    const float loss = train_network(net, d);
#endif
    for (int r = 0; r < rows; r++) {
        free(d.X.vals[r]);
        free(d.y.vals[r]);
    }
    free(d.X.vals);
    free(d.y.vals);
    return loss;
}

void clear_momentum(network *net)
{
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        fill(l.memory.momentum.weights, l.n_weights, 0, 0);
        fill(l.memory.momentum.biases, (size_t)l.n_biases, 0, 0);
        fill(l.memory.momentum.scales, (size_t)l.n_biases, 0, 0);
    }
}
