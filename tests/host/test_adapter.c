/* The table ocsp_host over the host's own library, in the host's own precision. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "host_calls.h"
#include "hosts/by_value/repair.h"
#include "hosts/host.h"
#include "network.h"
#include "refusal.h"

#define NET                                                                              \
    "[net]\nbatch=6\nsubdivisions=2\nwidth=8\nheight=8\nchannels=3\nlearning_rate=.05\n" \
    "momentum=.9\ndecay=.001\npolicy=steps\nsteps=3,6\nscales=.5,.5\nmax_batches=50\n"   \
    "burn_in=2\n"
#define CLASSIFIER                                                                       \
    NET "[convolutional]\nbatch_normalize=1\nfilters=6\nsize=3\npad=1\nactivation="      \
        "leaky\n"                                                                        \
        "[dropout]\nprobability=.1\n"                                                    \
        "[convolutional]\nfilters=6\nsize=1\nactivation=linear\nlearning_rate=.5\n"      \
        "[batchnorm]\n[activation]\nactivation=leaky\n[avgpool]\n"                       \
        "[connected]\noutput=5\nactivation=linear\n[softmax]\n"
enum { N_LAYERS = 8, CONV = 0, DROP = 1, POINT = 2, BN = 3, FULL = 6, CLASSES = 5 };
#define RESIZABLE                                                                        \
    NET "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\nactivation="      \
        "leaky\n"                                                                        \
        "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=1\nactivation=leaky\n"      \
        "%s[shortcut]\nfrom=0\nactivation=linear\n[route]\nlayers=-1,0\n"                \
        "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n"                            \
        "[convolutional]\nfilters=2\nsize=3\npad=1\nactivation=linear\n[cost]\n"

static void fill(float *x, size_t n, float low, float high)
{
    for (size_t i = 0; x && i < n; i++)
        x[i] = low + (high - low) * (float)rand() / (float)RAND_MAX;
}

/* Equal values and momentum in every network that is filled with the same seed. */
static void randomize(network *net, unsigned seed)
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

static void expect_equal(network *a, network *b, float tolerance)
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

struct record {
    network *net;
    int n_before, n_after, layers[16];
    float divisor, rate[16], first[16], bump;
    bool last;
};

static void before(void *context, const struct ocsp_update *update)
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

static void install_hooks(network *net, struct ocsp_host_events *events,
                          struct record *record)
{
    struct ocsp_error err;

    const struct ocsp_host_hooks hooks = {events, ocsp_engine_built_in(), false};

    *events = (struct ocsp_host_events){record, before, after};
    if (ocsp_host.install(net, &hooks, &err))
        fail_msg("%s", err.text);
}

/* One step of the host's own training, subdivisions and all. */
static float train(network *net)
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

static void clear_momentum(network *net)
{
    for (int i = 0; i < net->n; i++) {
        struct ocsp_host_layer l;
        ocsp_host.layer(net, i, &l);
        fill(l.memory.momentum.weights, l.n_weights, 0, 0);
        fill(l.memory.momentum.biases, (size_t)l.n_biases, 0, 0);
        fill(l.memory.momentum.scales, (size_t)l.n_biases, 0, 0);
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

static void names_its_repairs(void **state)
{
    (void)state;
    network *net = host_parse(CLASSIFIER);
    struct record record = {0};
    struct ocsp_host_events events;
    int n = 0;

    install_hooks(net, &events, &record);
    for (const char *const *line = ocsp_repairs(); *line; line++, n++)
        assert_true(strlen(*line) < 90);
    assert_true(n >= 3);
    ocsp_host.free_net(net);
    assert_null(ocsp_repairs()[0]);
}

struct refusal {
    bool debian, alexeyab;
    const char *net, *body, *says;
};

#define FIRST "[convolutional]\nfilters=4\nsize=3\npad=1\nactivation=leaky\n"
static const struct refusal refusals[] = {
    {true, true, "", FIRST "[convolutional]\nfilters=4\nsize=1\npadding=1\n[cost]\n",
     ":14: layer 1 [convolutional]: Darknet on CPU computes a 1x1 convolution with "
     "padding"},
    {true, !OCSP_HAS_STRIDED_1X1, "",
     FIRST "[convolutional]\nfilters=4\nsize=1\nstride=2\n[cost]\n",
     "write [maxpool] size=1"},
    {false, true, "",
     FIRST "[convolutional]\nfilters=4\nsize=1\nstride_x=1\nstride_y=2\n[cost]\n",
     "write [maxpool] size=1"},
    {true, true, "", FIRST FIRST "stopbackward=9\n[cost]\n",
     "layer 1 [convolutional]: this Darknet takes any stopbackward= for 1"},
    {true, true, "adam=1\n", FIRST "[cost]\n", "adam=1"},
    {true, true, "", FIRST "[crop]\ncrop_width=4\ncrop_height=4\n[cost]\n",
     "layer 1 [crop]: [crop] passes no gradient"},
    {true, true, "",
     "[crop]\ncrop_width=8\ncrop_height=8\n" FIRST "[route]\nlayers=-1,-2\n[cost]\n",
     "layer 2 [route]: [crop] passes no gradient"},
    {false, true, "",
     "[crop]\ncrop_width=8\ncrop_height=8\n[convolutional]\nfilters=3\nsize=3\npad=1\n"
     "[shortcut]\nfrom=-1,0\n[cost]\n",
     "layer 2 [shortcut]: [crop] passes no gradient"},
    {false, true, "",
     "[crop]\ncrop_width=8\ncrop_height=8\n[convolutional]\nfilters=3\nsize=3\npad=1\n"
     "[sam]\nfrom=0\n[cost]\n",
     "layer 2 [sam]: [crop] passes no gradient"},
    {true, true, "", FIRST "[maxpool]\nsize=2\nstride=1\npadding=6\n[cost]\n",
     "holds no input"},
    {true, true, "", FIRST "[softmax]\nspatial=1\n", "spatial=1"},
    {true, false, "", FIRST "[cost]\ntype=wgan\n", "type=wgan"},
    {true, true, "subdivisions=6\n",
     FIRST "[connected]\noutput=3\nbatch_normalize=1\n[softmax]\n",
     "batch / subdivisions must be 2"},
    {true, true, "", "[convolutional]\nbinary=1\nfilters=4\nsize=3\n[cost]\n", "binary="},
    {false, true, "",
     FIRST "[shortcut]\nfrom=-1\nweights_type=per_feature\n"
           "weights_normalization=relu\n"
           "weights_normalizion=relu\n[cost]\n", /* its name until 2020 */
     "weights_type="},
    {false, true, "", FIRST "[activation]\nactivation=mish\n[cost]\n",
     "gradient of this activation"},
    {false, OCSP_HAS_RELU6, "",
     "[convolutional]\nfilters=4\nsize=3\nactivation=relu6\n[cost]\n",
     "gradient of this activation"},
    {false, true, "", FIRST "[dropout]\ndropblock=1\ndropblock_size_abs=3\n[cost]\n",
     "dropblock="},
    {false, OCSP_HAS_DONT_UPDATE, "",
     "[convolutional]\nfilters=4\nsize=3\ndont_update=1\n[cost]\n", "dont_update="},
    {false, OCSP_HAS_GRAD_CENTR, "", FIRST "clip=1\n[cost]\n", "clip="},
    {false, OCSP_HAS_REJECTION, "weights_reject_freq=10\n",
     FIRST FIRST "groups=2\n[cost]\n", "weights_reject_freq="},
    {false, OCSP_HAS_GRAD_CENTR, "", FIRST "grad_centr=1\n[cost]\n", "grad_centr="},
    {false, OCSP_HAS_ADVERSARIAL, "adversarial_lr=.1\n", FIRST "[cost]\n",
     "adversarial_lr="},
    {false, true, "",
     FIRST "[convolutional]\nfilters=4\nsize=3\npad=1\nantialiasing=1\n[cost]\n",
     "antialiasing="},
};

static void refuses_what_the_host_computes_wrongly(void **state)
{
    (void)state;
    struct ocsp_error err;
    char cfg[2048];

    for (size_t k = 0; k < sizeof refusals / sizeof *refusals; k++) {
        const struct refusal *r = &refusals[k];
        if (HOST_IS_ALEXEYAB ? !r->alexeyab : !r->debian)
            continue;
        snprintf(cfg, sizeof cfg, "[net]\n%sbatch=6\nwidth=8\nheight=8\nchannels=3\n%s",
                 r->net, r->body);
        if (refusal_of_text(cfg, ocsp_host.rules, &ocsp_host.build, &err) !=
            OCSP_E_UNSUPPORTED)
            fail_msg("accepted: %s", r->says);
        if (!strstr(err.text, r->says))
            fail_msg("not %s: %s", r->says, err.text);
        assert_ptr_equal(strstr(err.text, "x.cfg:"), err.text);
        ocsp_host.free_net(host_parse(cfg)); /* the host itself takes it */
    }
    assert_int_equal(refusal_of_text(CLASSIFIER, ocsp_host.rules, &ocsp_host.build, &err),
                     OCSP_OK);
}

/* Loss of a pass over one image whose logits are `logits`, and of class 0. */
static float loss_of(const char *head, bool hooked, const float logits[4])
{
    char cfg[256];
    float image[4] = {1}, truth[4] = {1};
    struct ocsp_error err;

    snprintf(cfg, sizeof cfg,
             "[net]\nbatch=1\nsubdivisions=1\nwidth=2\nheight=2\nchannels=1\n"
             "max_batches=9\n"
             "[convolutional]\nfilters=4\nsize=2\nactivation=linear\n[%s]\n",
             head);
    network *net = host_parse(cfg);
    for (int k = 0; k < 4; k++)
        net->layers[0].weights[4 * k] = logits[k];
    if (hooked)
        assert_int_equal(ocsp_repair_install(net, NULL, &err), OCSP_OK);
    const float loss = host_pass(net, image, truth, true);
    /* the gradient is that of the probabilities: truth − p */
    if (!isnan(logits[0]))
        assert_float_equal(net->layers[1].delta[0], 1 - net->layers[1].output[0], 1e-5);
    ocsp_host.free_net(net);
    return loss;
}

static void makes_the_loss_finite(void **unused)
{
    static const float wrong[] = {0, 200, 0, 0}, right[] = {200, 0, 0, 0};
    const float spoilt[] = {NAN, 0, 0, 0};

    (void)unused;
    assert_true(isinf(loss_of("softmax", false, wrong)));
    assert_float_equal(loss_of("softmax", true, wrong), 149 * M_LN2, 1e-4);
    assert_float_equal(loss_of("softmax", true, right), 0, 1e-6);
    assert_true(isnan(loss_of("softmax", true, spoilt)));
#ifndef OCSP_HOST_ALEXEYAB
    const float three_halves = 3 * M_LN2;
    assert_true(isnan(loss_of("logistic", false, right)));
    assert_float_equal(loss_of("logistic", true, right), three_halves, 1e-5);
    /* class 0: p = 1/2; class 1, of truth 0: p = 1; the others 1/2 */
    assert_true(isinf(loss_of("logistic", false, wrong)));
    assert_float_equal(loss_of("logistic", true, wrong), 27 * M_LN2, 1e-4);
    assert_true(isnan(loss_of("logistic", true, spoilt)));
#endif
}

/* As the host's GPU code: by statistics that training does not move. Stock code on CPU
 * writes a batch's through null pointers, where it has none. */
static void computes_frozen_layers_as_in_inference(void **unused)
{
    (void)unused;
#ifdef OCSP_HOST_ALEXEYAB
    enum { FROZEN = 4 };
    network *net = host_parse(
        NET FIRST "batch_normalize=1\n" FIRST "batch_normalize=1\nactivation=gelu\n"
                  "[maxpool]\nsize=2\nstride=2\n[batchnorm]\n" FIRST
                  "batch_normalize=1\nstopbackward=1\n[avgpool]\n[softmax]\n");
    struct record record = {0};
    struct ocsp_host_events events;
    struct ocsp_host_layer before, l;
    float expected[FROZEN][3 * 4 * 8 * 8];
    float images[3 * 3 * 8 * 8], truth[3 * 4] = {1, 0, 0, 0, 1, 0, 0, 0, 1};

    if (net->layers[0].mean) { /* older ones freeze no layer before */
        ocsp_host.free_net(net);
        return;
    }
    randomize(net, 7);
    fill(images, sizeof images / sizeof *images, -1, 1);
    install_hooks(net, &events, &record);
    host_pass(net, images, truth, false);
    for (int i = 0; i < FROZEN; i++)
        ocsp_host.read_output(net, i, expected[i]);
    ocsp_host.layer(net, 0, &before);
    const float mean = before.memory.value.mean[0];
    host_pass(net, images, truth, true);
    for (int i = 0; i < FROZEN; i++)
        for (int k = 0; k < net->layers[i].batch * net->layers[i].outputs; k++)
            assert_float_equal(net->layers[i].output[k], expected[i][k], 0);
    ocsp_host.layer(net, 0, &l);
    assert_true(l.memory.value.mean[0] == mean);
    assert_true(net->layers[FROZEN].mean != NULL);
    ocsp_host.free_net(net);
#endif
}

#ifdef OCSP_HOST_ALEXEYAB

/* One pass over one object, whose box's logits have the biases 0, but for one plane. */
static void pass_one_box(const char *head, int plane, float bias, bool hooked, int bad[3])
{
    char cfg[512];
    float image[64] = {0}, truth[200 * 5] = {.3f, .3f, .4f, .4f, 0};
    struct ocsp_error err;

    snprintf(cfg, sizeof cfg,
             "[net]\nbatch=1\nsubdivisions=1\nwidth=8\nheight=8\nchannels=1\n"
             "max_batches=9\n[convolutional]\nfilters=%d\nsize=1\nactivation=linear\n"
             "[%s]\nmask=0\nanchors=1,1\nclasses=1\nnum=1\niou_loss=ciou\n"
             "ignore_thresh=.7\ntruth_thresh=1\n",
             strcmp(head, "yolo") ? 10 : 6, head);
    network *net = host_parse(cfg);
    const layer *l = &net->layers[1];
    net->layers[0].biases[plane] = bias;
    if (hooked)
        assert_int_equal(ocsp_repair_install(net, NULL, &err), OCSP_OK);
    host_pass(net, image, truth, true);
    bad[0] = bad[1] = 0;
    for (int k = 0; k < l->outputs; k++) {
        bad[0] += !isfinite(l->output[k]);
        bad[1] += !isfinite(l->delta[k]);
    }
    bad[2] = !isfinite(l->cost[0]);
    if (hooked && plane > 3) /* the object is missed: its gradient is 1, with weight 1 */
        assert_float_equal(l->delta[plane * 64 + 2 * 8 + 2], 1, 1e-6);
    ocsp_host.free_net(net);
}

static void trains_boxes_of_extreme_logits(void **state)
{
    static const struct {
        const char *head;
        int plane;
        float bias;
    } cases[] = {{"yolo", 4, -200},
                 {"yolo", 2, -200},
                 {"yolo", 3, 200},
                 {"Gaussian_yolo", 8, -200}};
    int bad[3], stock = 0;
    (void)state;

    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        pass_one_box(cases[k].head, cases[k].plane, cases[k].bias, false, bad);
        stock += bad[0] + bad[1] + bad[2];
        pass_one_box(cases[k].head, cases[k].plane, cases[k].bias, true, bad);
        if (bad[0] || bad[1] || bad[2])
            fail_msg("[%s] plane %d: %d outputs, %d gradients, %d costs are no numbers",
                     cases[k].head, cases[k].plane, bad[0], bad[1], bad[2]);
    }
    print_message("# without the repair %d numbers are none\n", stock);
}

#endif

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
    assert_true(has_word(ocsp_host.policies, "steps"));
    assert_true(has_word(ocsp_host.policies, "sgdr") == HOST_IS_ALEXEYAB);
    assert_true(has_word(ocsp_host.unseeded_keys, "track") == HOST_IS_ALEXEYAB);
    assert_true(ocsp_host.windows_lines == HOST_IS_ALEXEYAB);
    assert_int_equal(ocsp_host.image_channels, HOST_IS_ALEXEYAB ? 0 : 3);
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
        cmocka_unit_test(rebuilds_and_replaces_in_the_loop),
        cmocka_unit_test(resizes_when_hooked),
        cmocka_unit_test(arms_twice_as_once),
        cmocka_unit_test(names_its_repairs),
        cmocka_unit_test(says_what_its_commands_take),
        cmocka_unit_test(makes_the_loss_finite),
        cmocka_unit_test(refuses_what_the_host_computes_wrongly),
        cmocka_unit_test(computes_frozen_layers_as_in_inference),
#ifdef OCSP_HOST_ALEXEYAB
        cmocka_unit_test(trains_boxes_of_extreme_logits),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
