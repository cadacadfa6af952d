/* Sections of ocsp's own in a host: gradients of their parameters, and of those of the
 * layers before them, against central finite differences; in the hooked network and in
 * the host's own loop. Compiled in double precision (double.h). */
#include "helpers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host_calls.h"
#include "hosts/host.h"
#include "made_up_sections.h"

#define HEAD "[net]\nbatch=3\nsubdivisions=1\nwidth=5\nheight=4\nchannels=2\n"
#define CONV(keys) "[convolutional]\n" keys "\nsize=3\nstride=1\npad=1\nactivation=tanh\n"
#define TAIL "[connected]\noutput=4\nactivation=linear\n[softmax]\n"

static const char *const nets[] = {
    HEAD CONV("filters=4") GAIN(".3") CONV("filters=3") TAIL,
    HEAD CONV("filters=4") TWIN("3") CONV("filters=3") TAIL,
    HEAD CONV("filters=4\nbatch_normalize=1") GAIN(".3") TWIN("3") GAIN("0") TAIL,
    /* the first layer, and one whose output two layers read */
    HEAD GAIN(".5") TWIN("4")
        CONV("filters=4") "[shortcut]\nfrom=-2\nactivation=linear\n" GAIN(".1") TAIL,
    /* dropout works in the layer's own arrays */
    HEAD CONV("filters=4") GAIN(".3") "[dropout]\nprobability=.3\n" TWIN("3") TAIL,
};

enum { HOOKED, AS_IT_IS };

static void fill(float *x, size_t n, double low, double high, struct random *r)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = low + (high - low) * random_uniform(r);
}

struct batch {
    float *images, *truth;
};

static struct batch draw(const network *net, struct random *r)
{
    const size_t inputs = (size_t)(net->batch * net->layers[0].inputs);
    const int truths = host_truths(net);
    struct batch b = {malloc(inputs * sizeof(float)),
                      calloc((size_t)(net->batch * truths), sizeof(float))};

    fill(b.images, inputs, -1, 1, r);
    for (int k = 0; k < net->batch; k++)
        b.truth[k * truths + random_below(r, truths)] = 1;
    return b;
}

/* With the same random numbers of dropout each time. */
static double run(network *net, const struct batch *b, bool backward)
{
    srand(7);
    return host_pass(net, b->images, b->truth, backward);
}

static double numeric(network *net, const struct batch *b, float *value)
{
    const double nudge = 1e-5, kept = *value;

    *value = kept + nudge;
    const double above = run(net, b, false);
    *value = kept - nudge;
    const double below = run(net, b, false);
    *value = kept;
    return -(above - below) / (2 * nudge);
}

/* Of one array, relative to its largest gradient. */
static double error_of(network *net, const struct batch *b, float *value,
                       const float *updates, size_t n)
{
    double worst = 0, largest = 1e-4;

    for (size_t i = 0; value && updates && i < n; i++) {
        const double gradient = numeric(net, b, &value[i]);
        worst = fmax(worst, fabs(gradient - updates[i]));
        largest = fmax(largest, fabs(gradient));
    }
    return worst / largest;
}

static void ignore(void *context, const struct ocsp_update *update)
{
    (void)context;
    (void)update;
}

static const struct ocsp_host_events no_events = {NULL, ignore, ignore};

static void randomize(network *net, struct random *r)
{
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        fill(l.memory.value.weights, l.n_weights, -.5, .5, r);
        fill(l.memory.value.biases, (size_t)l.n_biases, -.5, .5, r);
        fill(l.memory.value.scales, (size_t)l.n_biases, .5, 1.5, r);
    }
}

/* The largest error of layers' gradients; `own`: of ocsp's own layers alone. */
static double measure(const char *cfg, int how, bool own)
{
    struct random r = {20261130};
    network *net = host_parse(cfg);
    struct batch b = draw(net, &r);
    double worst = 0;

    if (how == HOOKED)
        MUST(ocsp_host.install(net, &(struct ocsp_host_hooks){&no_events, NULL, false},
                               &test_error));
    randomize(net, &r);
    run(net, &b, true);
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        const struct ocsp_params *v = &l.memory.value, *u = &l.memory.momentum;
        const size_t n = (size_t)l.n_biases;
        if (own && (int)net->layers[i].type < 1000)
            continue;
        worst = fmax(worst, error_of(net, &b, v->weights, u->weights, l.n_weights));
        worst = fmax(worst, error_of(net, &b, v->biases, u->biases, n));
        worst = fmax(worst, error_of(net, &b, v->scales, u->scales, n));
    }
    free(b.images);
    free(b.truth);
    ocsp_host.free_net(net);
    return worst;
}

static void gradients_of_all_layers_are_right(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof nets / sizeof *nets; k++) {
        const double error = measure(nets[k], HOOKED, false);
        print_message("# net %zu, hooked: %.1e\n", k, error);
        assert_true(error < 1e-6);
    }
}

/* `darknet classifier train` without ocsp: the host's own mistakes stand beside ours. */
static void own_layers_are_right_in_the_hosts_own_loop(void **state)
{
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        const double error = measure(nets[k], AS_IT_IS, true);
        print_message("# net %zu, as it is: %.1e\n", k, error);
        assert_true(error < 1e-6);
    }
}

static void a_frozen_layer_has_no_gradients(void **state)
{
    network *net =
        host_parse(HEAD GAIN(".5") TWIN("4") CONV("filters=4\nstopbackward=1") TAIL);
    struct random r = {1};
    struct batch b = draw(net, &r);
    (void)state;

    randomize(net, &r);
    run(net, &b, true);
    for (int i = 0; i < 2; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        const float *updates = l.memory.momentum.weights;
        /* AlexeyAB's newer trees make no arrays there */
        assert_true((updates == NULL) == OCSP_HAS_UNTRAINED);
        for (size_t k = 0; updates && k < l.n_weights; k++)
            assert_true(updates[k] == 0);
    }
    free(b.images);
    free(b.truth);
    ocsp_host.free_net(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_of_all_layers_are_right),
        cmocka_unit_test(own_layers_are_right_in_the_hosts_own_loop),
        cmocka_unit_test(a_frozen_layer_has_no_gradients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
