/* Sections of ocsp's own in a host: what they compute, files, other input sizes, steps of
 * training with and without the penalty, the surgery, going on in a new process. */
#include "training_loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosts/by_value/own_section.h"
#include "made_up_sections.h"
#include "network.h"
#include "parser.h"
#include "prune/penalty.h"

#define CONV(keys) "[convolutional]\n" keys "size=3\nstride=1\npad=1\n"
#define SCHEDULE "max_batches=24\npolicy=constant\n"
/* Channels of layers 0, 1 and 2 are one group, those of 3 and 4 another. */
#define NET                                                                              \
    LOOP_HEAD SCHEDULE CONV("filters=8\n" LOOP_BN)                                       \
        GAIN(".2") "[maxpool]\nsize=2\nstride=2\n" TWIN("6") CONV("filters=8\n" LOOP_BN) \
            GAIN("0") "[connected]\noutput=10\nactivation=linear\n[softmax]\n"

enum { GAIN_LAYER = 1, TWIN_LAYER = 3, EPOCH = 3, T_STAR = 4 * EPOCH, END = 24 };

static struct ocsp_host_layer view_of(const network *net, int i)
{
    struct ocsp_host_layer l;

    ocsp_host.layer(net, i, &l);
    return l;
}

/* --- what they compute ------------------------------------------------------------ */

static double gain_by_definition(const network *net, int b, int c, int place)
{
    const layer *l = &net->layers[GAIN_LAYER];
    const int plane = l->w * l->h;
    const double x =
        (double)net->layers[GAIN_LAYER - 1].output[(b * l->c + c) * plane + place];

    return (1 + .2 * fabs(x)) * (double)view_of(net, GAIN_LAYER).memory.value.weights[c] *
           x;
}

static double twin_by_definition(const network *net, int b, int f, int place)
{
    const layer *l = &net->layers[TWIN_LAYER];
    const struct ocsp_host_layer view = view_of(net, TWIN_LAYER);
    const struct ocsp_params *p = &view.memory.value;
    double sum = (double)p->biases[f];

    for (int c = 0; c < l->c; c++) {
        const int at = (b * l->c + c) * l->w * l->h + place;
        const double x = (double)net->layers[TWIN_LAYER - 1].output[at];
        sum += (double)p->weights[f * l->c + c] * x +
               (double)ocsp_params_table(p, 1)[f * l->c + c] * x * x;
    }
    return sum;
}

/* To the rounding of the largest sum. */
static void check_output(const network *net, int i,
                         double definition(const network *, int, int, int))
{
    const layer *l = &net->layers[i];
    const int plane = l->out_w * l->out_h;
    double largest = 0, difference = 0;

    assert_true(plane > 0);
    for (int k = 0; k < l->batch * l->outputs; k++) {
        const double wanted =
            definition(net, k / l->outputs, k / plane % l->out_c, k % plane);
        assert_true(isfinite(wanted));
        largest = fmax(largest, fabs(wanted));
        difference = fmax(difference, fabs((double)l->output[k] - wanted));
    }
    assert_true(largest > 0 && difference < 1e-5 * largest);
}

static void predict(network *net, uint64_t seed)
{
    struct random r = {seed};
    float *image = random_image(&r, (size_t)net->batch * (size_t)net->layers[0].inputs);

    host_predict(net, image);
    free(image);
}

static void start(struct training_loop *loop, double reduce)
{
    struct ocsp_settings settings;

    loop_settings(&settings, reduce, 2, 4, EPOCH);
    settings.lambda0 = .02;
    loop_start(loop, NET, &settings);
}

/* By the host alone, and in a hooked network: there the engine computes the layers around
 * them, where it is built in. */
static void outputs_are_the_definition(void **state)
{
    struct training_loop loop;
    (void)state;

    loop_settings(&loop.settings, .5, 2, 4, EPOCH);
    const struct ocsp_settings settings = loop.settings;
    loop_enter(&loop, NET, &settings);
    for (int hooked = 0; hooked < 2; hooked++) {
        if (hooked)
            loop_hook(&loop, OCSP_RESUME_AUTO);
        predict(loop_net(&loop), 5);
        check_output(loop_net(&loop), GAIN_LAYER, gain_by_definition);
        check_output(loop_net(&loop), TWIN_LAYER, twin_by_definition);
    }
    loop_stop(&loop);
}

/* A twin net whose layers the host alone computes, and a hooked one. */
static void the_net_computes_the_same_with_the_engine(void **state)
{
    struct training_loop loop;
    (void)state;

    start(&loop, .5);
    network *hooked = loop_net(&loop);
    char *file = strdup(in_folder("own.weights"));
    host_silence(true);
    save_weights(loop.variables.local, file);
    network *plain = host_parse(NET);
    load_weights(plain, file);
    host_silence(false);
    predict(hooked, 5);
    predict(plain, 5);
    const layer *a = &hooked->layers[hooked->n - 2], *b = &plain->layers[plain->n - 2];
    for (int k = 0; k < a->batch * a->outputs; k++)
        assert_true(fabsf(a->output[k] - b->output[k]) < 1e-4f);
    ocsp_host.free_net(plain);
    free(file);
    loop_stop(&loop);
}

/* --- files ------------------------------------------------------------------------ */

static void check_arrays(const struct ocsp_params *a, const struct ocsp_params *b,
                         const struct ocsp_layer *l)
{
    struct ocsp_params x = *a, y = *b;

    for (int role = 0; role < OCSP_ARRAY_BIASES_OF_SOME_HOSTS; role++) {
        const size_t n = ocsp_array_length(l, (enum ocsp_array_role)role);
        if (n > 0)
            assert_memory_equal(*ocsp_params_array(&x, (enum ocsp_array_role)role),
                                *ocsp_params_array(&y, (enum ocsp_array_role)role),
                                n * sizeof(float));
    }
}

/* The host writes what our reader expects, and reads what it wrote. */
static void files_have_the_types_order(void **state)
{
    struct training_loop loop;
    struct ocsp_weights *read;
    (void)state;

    start(&loop, .5);
    const struct ocsp_graph *graph = loop.dense.graph;
    char *file = strdup(in_folder("own.weights"));
    host_silence(true);
    save_weights(loop.variables.local, file);
    network *again = host_parse(NET);
    load_weights(again, file);
    host_silence(false);
    MUST(ocsp_weights_load(&read, file, graph, &test_error));
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_host_layer was = view_of(loop_net(&loop), i),
                                     is = view_of(again, i);
        check_arrays(&read->layers[i], &was.memory.value, &graph->layers[i]);
        check_arrays(&is.memory.value, &was.memory.value, &graph->layers[i]);
    }
    /* B comes first */
    assert_ptr_equal(read->layers[TWIN_LAYER].biases,
                     ocsp_params_table(&read->layers[TWIN_LAYER], 1) + 6 * 8);
    ocsp_weights_free(read);
    ocsp_host.free_net(again);
    free(file);
    loop_stop(&loop);
}

/* --- other input sizes ------------------------------------------------------------ */

static void other_input_sizes_are_computed_rightly(void **state)
{
    static const int sizes[] = {20, 8, 12};
    network *net = host_parse(LOOP_HEAD CONV("filters=8\n" LOOP_BN) GAIN(
        ".2") "[maxpool]\nsize=2\nstride=2\n" TWIN("6") "[avgpool]\n[cost]\n");
    struct random r = {3};
    (void)state;

    for (size_t k = 0; k < view_of(net, TWIN_LAYER).n_weights; k++)
        net->layers[TWIN_LAYER].weights[k] = (float)random_normal(&r);
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        host_silence(true);
        resize_network(net, sizes[k], sizes[k]);
        host_silence(false);
        assert_int_equal(net->layers[GAIN_LAYER].outputs, 8 * sizes[k] * sizes[k]);
        assert_int_equal(net->layers[TWIN_LAYER].out_w, sizes[k] / 2);
        predict(net, k);
        check_output(net, GAIN_LAYER, gain_by_definition);
        check_output(net, TWIN_LAYER, twin_by_definition);
    }
    ocsp_host.free_net(net);
}

/* --- training --------------------------------------------------------------------- */

struct step_of_array {
    float *before, *updates, *after;
    size_t n;
};

static struct step_of_array remember(const float *value, size_t n)
{
    struct step_of_array s = {.before = malloc(n * sizeof(float)), .n = n};

    memcpy(s.before, value, n * sizeof(float));
    return s;
}

/* The host's rule, for an array whose updates hold the gradient of a step. */
static void check_sgd(const float *before, const float *gradient, const float *value,
                      const float *updates, size_t n, const network *net, double decay)
{
    const double images = net->batch * net->subdivisions;
    const double rate = (double)net->learning_rate, momentum = (double)net->momentum;

    for (size_t k = 0; k < n; k++) {
        const double u = (double)gradient[k] - decay * images * (double)before[k];
        assert_close((double)value[k], (double)before[k] + rate / images * u, 1e-5);
        assert_close((double)updates[k], momentum * u, 1e-5);
    }
}

/* `darknet classifier train` without ocsp. */
static void the_hosts_own_loop_takes_a_step_of_sgd(void **state)
{
    network *net = host_parse(NET);
    struct random r = {11};
    const size_t inputs = (size_t)net->batch * (size_t)net->layers[0].inputs;
    float *image = random_image(&r, inputs), *truth = calloc(inputs, sizeof(float));
    const struct ocsp_host_layer l = view_of(net, TWIN_LAYER);
    const size_t n = l.n_weights;
    (void)state;

    net->learning_rate = .04f;
    for (size_t k = 0; k < n; k++)
        l.memory.value.weights[k] = (float)random_normal(&r);
    truth[3] = 1;
    host_pass(net, image, truth, true);
    struct step_of_array w = remember(l.memory.value.weights, n);
    struct step_of_array g = remember(l.memory.momentum.weights, n);
    struct step_of_array b = remember(l.memory.value.biases, 6);
    struct step_of_array bg = remember(l.memory.momentum.biases, 6);
    assert_true(g.before[0] != 0 && bg.before[0] != 0);
    host_update(net);
    check_sgd(w.before, g.before, l.memory.value.weights, l.memory.momentum.weights, n,
              net, (double)net->decay);
    check_sgd(b.before, bg.before, l.memory.value.biases, l.memory.momentum.biases, 6,
              net, 0);
    free(w.before);
    free(g.before);
    free(b.before);
    free(bg.before);
    free(image);
    free(truth);
    ocsp_host.free_net(net);
}

#define GAIN_NET                                                                         \
    LOOP_HEAD SCHEDULE CONV("filters=8\n" LOOP_BN) GAIN(".2") CONV(                      \
        "filters=8\n" LOOP_BN) "[connected]\noutput=10\nactivation=linear\n[softmax]\n"

/* Eq. (8) and (9) on the factors of the selected channels, and on no other. */
static void the_penalty_pulls_the_selected_factors(void **state)
{
    enum { STEP = 2 * EPOCH };
    const double lambda = .02 + .01;
    struct ocsp_settings settings;
    struct net_snapshot before, stock, got;
    struct ocsp_plan plan;
    struct training_loop loop, twin;
    double square[32];
    int touched = 0;
    (void)state;

    loop_settings(&settings, .5, 1, 7, EPOCH);
    settings.lambda0 = .02;
    settings.sigma = .01;
    loop_start(&loop, GAIN_NET, &settings);
    for (int k = 0; k < STEP; k++)
        loop_iterate(&loop, k);
    net_snapshot(&before, loop_net(&loop), loop.dense.graph);
    loop_plan(&loop, &before, &plan);
    loop_train(&loop, STEP);
    net_snapshot(&got, loop_net(&loop), loop.dense.graph);
    loop_start_twin(&twin, GAIN_NET, &before);
    loop_train(&twin, STEP);
    net_snapshot(&stock, loop_net(&twin), loop.dense.graph);
    const double rate = (double)get_current_rate(twin.variables.local);
    ocsp_weights_free(loop.dense.weights);
    loop.dense.weights = before.value;
    ocsp_penalty_squares(loop.dense.coupling, net_sums(&loop.dense), square);
    loop.dense.weights = NULL;
    for (int c = 0; c < 8; c++) {
        const int channel = loop.dense.coupling->tables[GAIN_LAYER].row[c];
        const double was = (double)before.value->layers[GAIN_LAYER].weights[c];
        const double without = (double)stock.value->layers[GAIN_LAYER].weights[c];
        const double is = (double)got.value->layers[GAIN_LAYER].weights[c];
        assert_true(channel >= 0);
        if (!plan.removed[channel]) {
            assert_true(is == without);
            continue;
        }
        const double wanted =
            (without - rate * lambda * was / sqrt(square[channel])) * (1 - lambda * rate);
        assert_true(fabs(wanted - without) > 1e-5);
        assert_close(is, wanted, 1e-6);
        touched++;
    }
    assert_true(touched > 0 && touched < 8);
    ocsp_plan_clear(&plan);
    net_snapshot_clear(&before);
    net_snapshot_clear(&stock);
    net_snapshot_clear(&got);
    loop_stop(&twin);
    loop_stop(&loop);
}

/* --- the surgery, and a new process ----------------------------------------------- */

/* Rows and columns that stay; the hook itself has compared the outputs. */
static void the_surgery_takes_slices_of_all_tables(void **state)
{
    struct training_loop loop;
    struct net pruned;
    (void)state;

    start(&loop, .6);
    for (int k = 0; k < T_STAR; k++)
        loop_iterate(&loop, k);
    assert_string_equal(loop.base, "net_pruned");
    net_load(&pruned, in_folder("net_pruned.cfg"));
    const struct ocsp_layer *l = &pruned.graph->layers[TWIN_LAYER];
    assert_true(l->in_c < 8 && l->out_c < 6);
    const struct ocsp_host_layer twin = view_of(loop_net(&loop), TWIN_LAYER);
    const struct ocsp_host_layer gain = view_of(loop_net(&loop), GAIN_LAYER);
    assert_int_equal(twin.n_weights, 2 * l->in_c * l->out_c);
    assert_int_equal(twin.n_biases, l->out_c);
    assert_int_equal(gain.n_weights, pruned.graph->layers[GAIN_LAYER].out_c);
    /* momentum went along */
    assert_true(ocsp_params_table(&twin.memory.momentum, 1)[0] != 0);
    for (int k = T_STAR; k < END; k++)
        loop_iterate(&loop, k);
    /* what the host computes is what the definition says of the smaller layers */
    predict(loop_net(&loop), 5);
    check_output(loop_net(&loop), GAIN_LAYER, gain_by_definition);
    check_output(loop_net(&loop), TWIN_LAYER, twin_by_definition);
    net_clear(&pruned);
    loop_stop(&loop);
}

static void iterate(struct training_loop *loop, int from, int to)
{
    for (int k = from; k < to; k++)
        loop_iterate(loop, k);
}

/* Stopped before t*, and behind it. */
static void a_new_process_goes_on_to_the_same_end(void **state)
{
    static const int stops[] = {2 * EPOCH, T_STAR + EPOCH};
    struct ocsp_settings settings;
    struct net pruned;
    struct ocsp_weights *wanted, *got;
    (void)state;

    loop_settings(&settings, .6, 2, 4, EPOCH);
    settings.lambda0 = .02;
    for (size_t k = 0; k < sizeof stops / sizeof *stops + 1; k++) {
        struct training_loop loop;
        loop_start(&loop, NET, &settings);
        if (k > 0) {
            iterate(&loop, 0, stops[k - 1]);
            loop_stop(&loop);
            loop_enter(&loop, NET, &settings);
            loop_hook(&loop, OCSP_RESUME_MUST);
            iterate(&loop, stops[k - 1], END);
        } else {
            iterate(&loop, 0, END);
        }
        net_load(&pruned, in_folder("net_pruned.cfg"));
        MUST(ocsp_weights_load(&got, in_folder("net_pruned_final.weights"), pruned.graph,
                               &test_error));
        if (k == 0)
            wanted = got;
        for (int i = 0; i < pruned.graph->n_layers; i++)
            check_arrays(&got->layers[i], &wanted->layers[i], &pruned.graph->layers[i]);
        if (k > 0)
            ocsp_weights_free(got);
        net_clear(&pruned);
        loop_stop(&loop);
        remove_test_folder(NULL);
        make_test_folder(NULL);
    }
    ocsp_weights_free(wanted);
}

/* --- what is refused -------------------------------------------------------------- */

static void the_table_knows_what_is_computed(void **state)
{
    (void)state;
    assert_true(ocsp_own_section_exists("test_gain"));
    assert_true(ocsp_own_section_exists("test_twin"));
    assert_false(ocsp_own_section_exists("convolutional"));
    assert_false(ocsp_own_section_exists("no_such"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(outputs_are_the_definition),
        IN_FOLDER(the_net_computes_the_same_with_the_engine),
        IN_FOLDER(files_have_the_types_order),
        cmocka_unit_test(other_input_sizes_are_computed_rightly),
        cmocka_unit_test(the_hosts_own_loop_takes_a_step_of_sgd),
        IN_FOLDER(the_penalty_pulls_the_selected_factors),
        IN_FOLDER(the_surgery_takes_slices_of_all_tables),
        IN_FOLDER(a_new_process_goes_on_to_the_same_end),
        cmocka_unit_test(the_table_knows_what_is_computed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
