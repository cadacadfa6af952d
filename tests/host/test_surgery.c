/* The surgery at t* in a host's training loop: what goes on, what it checks, and what it
 * leaves on disk. */
#include "training_loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "network.h"
#include "prune/check.h"
#include "prune/compensate.h"
#include "prune/rewrite.h"

#define STEPS "max_batches=24\npolicy=steps\nsteps=5,14,20\nscales=.5,.5,.5\nburn_in=3\n"
#define POLY "max_batches=24\npolicy=poly\npower=2\n"
#define NET LOOP_HEAD STEPS LOOP_BODY(LOOP_BATCHNORM)

/* Iterations of one epoch, until t*, and of the whole schedules above. */
enum { EPOCH = 3, T_STAR = 4 * EPOCH, END = 24 };

static void start_run(struct training_loop *loop, const char *cfg, bool compensate)
{
    struct ocsp_settings settings;

    loop_settings(&settings, .65, 2, 4, EPOCH);
    settings.compensate = compensate;
    loop_start(loop, cfg, &settings);
}

static void start_pruning_run(struct training_loop *loop, const char *cfg)
{
    start_run(loop, cfg, true);
}

/* Up to the iteration that ends in t*, but for the hook's step. */
static void run_to_surgery(struct training_loop *loop, struct net_snapshot *before,
                           struct ocsp_plan *plan)
{
    for (int k = 0; k < T_STAR - 1; k++)
        loop_iterate(loop, k);
    loop_train(loop, T_STAR - 1);
    net_snapshot(before, loop_net(loop), loop->dense.graph);
    loop_plan(loop, before, plan);
    assert_true(plan->n_removed > 10);
}

static json_t *summary(void)
{
    json_error_t where;
    json_t *root = json_load_file(in_folder("net_ocsp.json"), 0, &where);

    assert_non_null(root);
    return root;
}

/* --- continuity ------------------------------------------------------------------- */

enum { N_COUNTERS = 20 };
struct counters {
    double value[N_COUNTERS];
};

static struct counters count(struct training_loop *loop)
{
    const network *net = loop_net(loop);
    struct ocsp_progress p;

    ocsp_host.progress(net, &p);
    return (struct counters){{
        (double)p.iteration,
        (double)p.max_batches,
        (double)p.seen,
        p.batch,
        p.images_per_iteration,
        (double)p.learning_rate,
        (double)*net->seen,
        (double)net->epoch,
        net->batch,
        net->subdivisions,
        (double)net->learning_rate,
        net->max_batches,
        net->w,
        net->h,
        (double)get_current_batch(loop->variables.local),
        (double)get_current_rate(loop->variables.local),
#ifdef OCSP_HOST_ALEXEYAB
        *net->cur_iteration,
        net->num_boxes,
        net->train_images_num,
        loop->variables.nets[0].layers == loop->variables.local.layers,
#else
        *net->t,
        net->gpu_index,
        loop->variables.nets[0] == loop->variables.local,
#endif
    }};
}

/* Slices of what was there; of its compensated copy where the run compensates. */
static void check_transplant(struct training_loop *loop,
                             const struct net_snapshot *before,
                             const struct ocsp_plan *plan)
{
    struct net pruned;
    struct net_snapshot after;
    char *text;
    size_t size, file_size;
    double folded = 0;

    net_load(&pruned, in_folder("net_pruned.cfg"));
    MUST(ocsp_rewrite_cfg(loop->dense.coupling, plan, &text, &size, &test_error));
    const char *file = ocsp_cfg_text(pruned.cfg, &file_size);
    assert_int_equal(size, file_size);
    assert_memory_equal(text, file, size);
    free(text);
    net_snapshot(&after, loop_net(loop), pruned.graph);
    for (int i = 0; i < pruned.graph->n_layers; i++)
        folded = fmax(folded, kept_difference(loop->dense.coupling, plan, i,
                                              &before->value->layers[i],
                                              &after.value->layers[i], PER_ARRAY));
    assert_true(loop->settings.compensate == (folded > .01));
    if (loop->settings.compensate)
        MUST(ocsp_compensate(loop->dense.coupling, plan, before->value->layers,
                             &test_error));
    for (int i = 0; i < pruned.graph->n_layers; i++) {
        const struct ocsp_params *momentum = &before->momentum->layers[i];
        /* or their equality would show nothing */
        for (int r = 0; r < loop->dense.graph->layers[i].n_biases; r++)
            assert_true(momentum->weights ? momentum->weights[r] != 0
                                          : momentum->scales[r] != 0);
        assert_true(kept_difference(loop->dense.coupling, plan, i,
                                    &before->value->layers[i], &after.value->layers[i],
                                    PER_ARRAY) == 0);
        assert_true(kept_difference(loop->dense.coupling, plan, i, momentum,
                                    &after.momentum->layers[i], PER_ARRAY) == 0);
    }
    net_snapshot_clear(&after);
    net_clear(&pruned);
}

static void check_continuity(const char *cfg, bool compensate)
{
    struct ocsp_settings dense;
    struct counters expected[END];
    struct net_snapshot before;
    struct ocsp_plan plan;
    struct training_loop loop;

    loop_settings(&dense, 0, 2, 4, EPOCH);
    loop_start(&loop, cfg, &dense);
    for (int k = 0; k < END; k++) {
        loop_iterate(&loop, k);
        expected[k] = count(&loop);
    }
    loop_stop(&loop);
    assert_false(file_exists(in_folder("net_pruned.cfg")));
    /* the rate differs around t*, or its equality would show nothing */
    assert_true(expected[T_STAR - 1].value[5] != expected[T_STAR + 1].value[5]);

    start_run(&loop, cfg, compensate);
    for (int k = 0; k < END; k++) {
        if (k == T_STAR - 1) {
            loop_train(&loop, k);
            net_snapshot(&before, loop_net(&loop), loop.dense.graph);
            loop_plan(&loop, &before, &plan);
            assert_string_equal(loop.base, "net");
            loop_step(&loop);
            assert_string_equal(loop.base, "net_pruned");
            check_transplant(&loop, &before, &plan);
        } else {
            loop_iterate(&loop, k);
        }
        const struct counters now = count(&loop);
        for (int c = 0; c < N_COUNTERS; c++)
            if (now.value[c] != expected[k].value[c])
                fail_msg("after iteration %d counter %d is %.9g, not %.9g", k, c,
                         now.value[c], expected[k].value[c]);
    }
    assert_true(file_exists(in_folder("net_pruned_final.weights")));
    net_snapshot_clear(&before);
    ocsp_plan_clear(&plan);
    loop_stop(&loop);
    assert_int_equal(remove(in_folder("net_pruned.cfg")), 0);
}

static void goes_on_as_if_nothing_had_happened(void **state)
{
    (void)state;
    check_continuity(NET, true);
    check_continuity(LOOP_HEAD POLY LOOP_BODY(LOOP_BATCHNORM), false);
}

#if OCSP_HAS_EMA

static void copy(float *to, const float *from, size_t n)
{
    if (to)
        memcpy(to, from, n * sizeof *to);
}

/* AlexeyAB's ema_alpha=: here filled with the momentum, to know it again. */
static void carries_the_average_over(void **state)
{
    (void)state;
    struct training_loop loop;
    struct net_snapshot before;
    struct ocsp_plan plan;
    struct ocsp_host_layer l;
    int with_average = 0;

    start_pruning_run(&loop, LOOP_HEAD STEPS "ema_alpha=.9\n" LOOP_BODY(LOOP_BATCHNORM));
    run_to_surgery(&loop, &before, &plan);
    for (int i = 0; i < loop.dense.graph->n_layers; i++) {
        const struct ocsp_params *momentum = &before.momentum->layers[i];
        ocsp_host.layer(loop_net(&loop), i, &l);
        copy(l.memory.average.weights, momentum->weights, l.n_weights);
        copy(l.memory.average.biases, momentum->biases, (size_t)l.n_biases);
        copy(l.memory.average.scales, momentum->scales, (size_t)l.n_biases);
    }
    loop_step(&loop);
    for (int i = 0; i < loop.dense.graph->n_layers; i++) {
        ocsp_host.layer(loop_net(&loop), i, &l);
        with_average += l.memory.average.weights != NULL;
        assert_true(kept_difference(loop.dense.coupling, &plan, i,
                                    &before.momentum->layers[i], &l.memory.average,
                                    PER_ARRAY) == 0);
    }
    assert_int_equal(with_average, 7);
    net_snapshot_clear(&before);
    ocsp_plan_clear(&plan);
    loop_stop(&loop);
}

#endif

/* The net that the surgery makes computes and learns what the masked dense net does, with
 * the same constants in its biases and means. */
static void next_iteration_is_that_of_the_masked_dense_net(void **state)
{
    (void)state;
    struct training_loop loop, twin;
    struct net_snapshot before, step, masked_step;
    struct ocsp_plan plan;
    struct net pruned;
    double value = 0, momentum = 0;

    start_pruning_run(&loop, NET);
    run_to_surgery(&loop, &before, &plan);
    loop_step(&loop);
    loop_train(&loop, T_STAR);
    net_load(&pruned, in_folder("net_pruned.cfg"));
    net_snapshot(&step, loop_net(&loop), pruned.graph);

    loop_start_twin(&twin, NET, &before);
    struct ocsp_params *views = net_views(loop_net(&twin));
    MUST(ocsp_compensate(twin.dense.coupling, &plan, views, &test_error));
    ocsp_check_mask(twin.dense.coupling, &plan, views);
    free(views);
    loop_train(&twin, T_STAR);
    net_snapshot(&masked_step, loop_net(&twin), twin.dense.graph);
    for (int i = 0; i < pruned.graph->n_layers; i++) {
        value = fmax(value, kept_difference(twin.dense.coupling, &plan, i,
                                            &masked_step.value->layers[i],
                                            &step.value->layers[i], PER_ARRAY));
        momentum = fmax(momentum, kept_difference(twin.dense.coupling, &plan, i,
                                                  &masked_step.momentum->layers[i],
                                                  &step.momentum->layers[i], PER_LAYER));
    }
    const double loss = fabs((double)loop.loss - (double)twin.loss) / (double)twin.loss;
    print_message("# loss %.7g, masked %.7g (%.1e), parameters after the step differ by "
                  "%.1e, momentum by %.1e of a layer's largest\n",
                  (double)loop.loss, (double)twin.loss, loss, value, momentum);
    assert_true(loss < 1e-5);
    assert_true(value < 1e-5);
    assert_true(momentum < 1e-4);
    loop_stop(&twin);

    loop_start_twin(&twin, NET, &before);
    loop_train(&twin, T_STAR);
    assert_true(fabs((double)loop.loss - (double)twin.loss) > 1e-3); /* not masked */
    net_snapshot_clear(&before);
    net_snapshot_clear(&step);
    net_snapshot_clear(&masked_step);
    ocsp_plan_clear(&plan);
    net_clear(&pruned);
    loop_stop(&twin);
    loop_stop(&loop);
}

/* No convolution here pads its map. */
#define UNPADDED                                                                         \
    LOOP_HEAD STEPS LOOP_CONV("8", "1", LOOP_BN) LOOP_CONV("8", "1", LOOP_BN) LOOP_CONV( \
        "8", "1",                                                                        \
        "batch_normalize=1\nactivation=linear\n") "[shortcut]\nfrom=-3\nactivation="     \
                                                  "leaky\n" LOOP_CONV("8", "1",          \
                                                                      "groups="          \
                                                                      "8\n" LOOP_BN)     \
                                                      LOOP_CONV(                         \
                                                          "12", "1",                     \
                                                          "groups=2\nactivation="        \
                                                          "leaky\n") "[route]\nlayers=-" \
                                                                     "1,3\n[maxpool]"    \
                                                                     "\nsize=2\nstride=" \
                                                                     "2"                 \
                                                                     "\n" LOOP_CLASSIFIER

/* max |difference| between the dense net before t*, nothing masked, and the pruned net.
 * The channels that go are empty but for their biases. */
static double difference_at_surgery(bool compensate)
{
    struct training_loop loop;
    struct net_snapshot before;
    struct ocsp_plan plan, again;
    struct random random = {12};
    float *output;
    size_t length;

    start_run(&loop, UNPADDED, compensate);
    run_to_surgery(&loop, &before, &plan);
    struct ocsp_params *views = net_views(loop_net(&loop));
    empty_channels(loop.dense.coupling, &plan, views);
    free(views);
    net_snapshot_clear(&before);
    net_snapshot(&before, loop_net(&loop), loop.dense.graph);
    loop_plan(&loop, &before, &again); /* what the hook is about to find */
    assert_int_equal(again.n_removed, plan.n_removed);
    assert_memory_equal(again.removed, plan.removed,
                        (size_t)loop.dense.coupling->n_channels);

    const size_t n = (size_t)loop_net(&loop)->batch * 3 * 12 * 12;
    float *images = random_image(&random, n);
    ocsp_host.infer(loop_net(&loop), true, images, &output, &length);
    float *dense = malloc(length * sizeof *dense);
    assert_non_null(dense);
    memcpy(dense, output, length * sizeof *dense);
    loop_step(&loop);
    assert_string_equal(loop.base, "net_pruned");
    ocsp_host.infer(loop_net(&loop), true, images, &output, &length);
    const double difference = ocsp_check_difference(dense, output, length);
    free(images);
    free(dense);
    net_snapshot_clear(&before);
    ocsp_plan_clear(&plan);
    ocsp_plan_clear(&again);
    loop_stop(&loop);
    return difference;
}

static void emptied_channels_are_not_missed(void **state)
{
    (void)state;
    const double with = difference_at_surgery(true);
    const double without = difference_at_surgery(false);

    print_message("# outputs change by %.1e, without compensation by %.1e\n", with,
                  without);
    assert_true(with < 1e-5);
    assert_true(without > .01);
}

/* --- the self-check ------------------------------------------------------------------
 */

static float spoil; /* added to one weight of the next transplant */

void __real_ocsp_rewrite_params(const struct ocsp_coupling *coupling,
                                const struct ocsp_plan *plan,
                                const struct ocsp_params *from,
                                const struct ocsp_params *to);
void __wrap_ocsp_rewrite_params(const struct ocsp_coupling *coupling,
                                const struct ocsp_plan *plan,
                                const struct ocsp_params *from,
                                const struct ocsp_params *to);

void __wrap_ocsp_rewrite_params(const struct ocsp_coupling *coupling,
                                const struct ocsp_plan *plan,
                                const struct ocsp_params *from,
                                const struct ocsp_params *to)
{
    __real_ocsp_rewrite_params(coupling, plan, from, to);
    if (to[0].weights) /* Adam's moments may be none */
        to[0].weights[0] += spoil;
    spoil = 0;
}

static void self_check_reports_a_tiny_difference(void **state)
{
    (void)state;
    struct net_snapshot before;
    struct ocsp_plan plan;
    struct training_loop loop;
    const char *cfg, *weights;
    int epoch, iteration, removed;
    double difference, tolerance;

    start_pruning_run(&loop, NET);
    run_to_surgery(&loop, &before, &plan);
    loop_step(&loop);
    json_t *root = summary();
    assert_int_equal(json_unpack(root, "{s:{s:i, s:i, s:i, s:s, s:s, s:{s:F, s:F}}}",
                                 "surgery", "epoch", &epoch, "iteration", &iteration,
                                 "removed_channels", &removed, "cfg", &cfg, "weights",
                                 &weights, "self_check", "difference", &difference,
                                 "tolerance", &tolerance),
                     0);
    assert_int_equal(epoch, 4);
    assert_int_equal(iteration, T_STAR);
    assert_int_equal(removed, plan.n_removed);
    assert_string_equal(cfg, in_folder("net_pruned.cfg"));
    assert_string_equal(weights, in_folder("net_pruned_last.weights"));
    assert_true(file_exists(weights));
    print_message("# self-check: %.1e, tolerance %g\n", difference, tolerance);
    assert_true(difference < 1e-5 && difference < tolerance);
    json_decref(root);
    net_snapshot_clear(&before);
    ocsp_plan_clear(&plan);
    loop_stop(&loop);
}

static void failed_self_check_keeps_the_dense_net(void **state)
{
    (void)state;
    struct net_snapshot before, after;
    struct ocsp_plan plan;
    struct training_loop loop, twin;

    start_pruning_run(&loop, NET);
    run_to_surgery(&loop, &before, &plan);
    const layer *layers = loop_net(&loop)->layers;
    spoil = .05f;
    loop_expect_failure();
    if (!setjmp(loop_failure)) {
        loop_step(&loop);
        fail_msg("a spoilt net was accepted");
    }
    print_message("# %s\n", test_error.text);
    assert_non_null(strstr(test_error.text, "self-check failed: the pruned net differs"));
    assert_true(spoil == 0);
    assert_false(file_exists(in_folder("net_pruned.cfg")));
    assert_false(file_exists(in_folder("net_pruned_last.weights")));
    assert_false(file_exists(in_folder("net_pruned_final.weights")));
    assert_true(file_exists(in_folder("net_dense_last.weights")));
    assert_string_equal(loop.base, "net");
    assert_ptr_equal(loop_net(&loop)->layers, layers);
    net_snapshot(&after, loop_net(&loop), loop.dense.graph);
    for (int i = 0; i < loop.dense.graph->n_layers; i++) {
        assert_true(layer_difference(loop.dense.graph, i, &before.value->layers[i],
                                     &after.value->layers[i]) == 0);
        assert_true(layer_difference(loop.dense.graph, i, &before.momentum->layers[i],
                                     &after.momentum->layers[i]) == 0);
    }
    net_snapshot_clear(&after);

    loop_train(&loop, T_STAR); /* it can still train */
    net_snapshot(&after, loop_net(&loop), loop.dense.graph);
    loop_start_twin(&twin, NET, &before);
    net_snapshot_clear(&before);
    loop_train(&twin, T_STAR);
    net_snapshot(&before, loop_net(&twin), loop.dense.graph);
    assert_true(loop.loss == twin.loss);
    for (int i = 0; i < loop.dense.graph->n_layers; i++)
        assert_true(layer_difference(loop.dense.graph, i, &before.value->layers[i],
                                     &after.value->layers[i]) == 0);
    net_snapshot_clear(&before);
    net_snapshot_clear(&after);
    ocsp_plan_clear(&plan);
    loop_stop(&twin);
    loop_stop(&loop);
}

/* --- outside -------------------------------------------------------------------------
 */

enum { IMAGES = 4, CLASSES = 10, SIDE = 12 };

/* Random images as files, their paths in images.list, and as the net's input. */
static void write_images(float *input)
{
    struct random random = {3};
    char list[IMAGES * 128] = "";

    for (int n = 0; n < IMAGES; n++) {
        uint8_t file[16 + 3 * SIDE * SIDE];
        char name[16];
        const int header = sprintf((char *)file, "P6\n%d %d\n255\n", SIDE, SIDE);
        for (int p = 0; p < SIDE * SIDE; p++)
            for (int c = 0; c < 3; c++) {
                const int byte = random_below(&random, 256);
                file[header + 3 * p + c] = (uint8_t)byte;
                input[(3 * n + c) * SIDE * SIDE + p] = (float)byte / 255.f;
            }
        snprintf(name, sizeof name, "%d.ppm", n);
        strcat(list, write_in_folder(name, file, (size_t)header + 3 * SIDE * SIDE));
        strcat(list, "\n");
    }
    write_in_folder("images.list", list, strlen(list));
}

static void ask_stock_darknet(const char *program, float *output)
{
    char command[1024];

    write_in_folder("net.data", "classes=10\n", 11);
    snprintf(command, sizeof command,
             "'%s' classifier fout '%s' '%s' '%s' '%s' 2>/dev/null", program,
             in_folder("net.data"), in_folder("net_pruned.cfg"),
             in_folder("net_pruned_final.weights"), in_folder("images.list"));
    FILE *out = popen(command, "r");
    assert_non_null(out);
    for (int n = 0; n < IMAGES; n++) {
        char path[256], name[16];
        assert_int_equal(fscanf(out, "%255s", path), 1);
        snprintf(name, sizeof name, "%d.ppm", n);
        assert_string_equal(path, in_folder(name));
        for (int k = 0; k < CLASSES; k++)
            assert_int_equal(fscanf(out, "%f", &output[n * CLASSES + k]), 1);
    }
    assert_int_equal(pclose(out), 0);
}

static void stock_darknet_computes_the_same(void **state)
{
    (void)state;
    const char *program = getenv("STOCK_DARKNET");
    float input[IMAGES * 3 * SIDE * SIDE], theirs[IMAGES * CLASSES], *ours;
    size_t length;
    struct training_loop loop;

    if (HOST_IS_ALEXEYAB || !program || !file_exists(program))
        skip();
    start_pruning_run(&loop, LOOP_HEAD STEPS LOOP_BODY(""));
    for (int k = 0; k < END; k++)
        loop_iterate(&loop, k);
    write_images(input);
    ask_stock_darknet(program, theirs);
    ocsp_host.infer(loop_net(&loop), true, input, &ours, &length);
    assert_int_equal(length, IMAGES * CLASSES);
    const double difference = ocsp_check_difference(ours, theirs, length);
    float least = ours[0], most = ours[0];
    for (size_t k = 0; k < length; k++) {
        least = fminf(least, ours[k]);
        most = fmaxf(most, ours[k]);
    }
    print_message("# %s: outputs of %.3g to %.3g differ by %.1e of the largest\n",
                  program, (double)least, (double)most, difference);
    assert_true(most > 1.1f * least); /* or any net would agree */
    assert_true(difference < 1e-5);
    loop_stop(&loop);
}

/* The host parses `host_cfg`, the hook reads `cfg`. */
static void expect_refusal(const char *host_cfg, const char *cfg, const char *text)
{
    static struct training_loop loop; /* outlives the jump */
    struct ocsp_settings settings;

    loop_settings(&settings, .5, 2, 4, EPOCH);
    loop_expect_failure();
    if (!setjmp(loop_failure)) {
        loop_start_mismatched(&loop, host_cfg, cfg, &settings);
        fail_msg("accepted, expected: %s", text);
    }
    print_message("# %s\n", test_error.text);
    assert_int_equal(test_error.status, OCSP_E_UNSUPPORTED);
    if (!strstr(test_error.text, text))
        fail_msg("expected: %s", text);
    loop_stop(&loop);
}

static void refuses_what_the_host_reads_otherwise(void **state)
{
    (void)state;
#define TWO_CONVS(a, b)                                                                  \
    LOOP_HEAD STEPS LOOP_CONV("8", "3", LOOP_BN) LOOP_CONV(a, b, LOOP_BN)
#define HALF_ROUTE                                                                       \
    TWO_CONVS("8", "3")                                                                  \
    "[route]\nlayers=-1\ngroups=2\ngroup_id=1\n[connected]\noutput=10\n[softmax]\n"
#define CONNECTED "[connected]\noutput=10\nactivation=linear\n[softmax]\n"
    if (!HOST_IS_ALEXEYAB)
        expect_refusal(HALF_ROUTE, HALF_ROUTE,
                       "layer 2 [route]: this Darknet does not read all of its keys: it "
                       "makes 1152 outputs");
    expect_refusal(
        TWO_CONVS("8", "3") CONNECTED, TWO_CONVS("6", "3") CONNECTED,
        "layer 1 [convolutional]: this Darknet does not read all of its keys: "
        "it makes 1152 outputs, 576 weights and 8 BN scales of it, the cfg says 864, 432 "
        "and 6");
    expect_refusal(TWO_CONVS("8", "3") CONNECTED, TWO_CONVS("8", "1") CONNECTED,
                   "layer 1 [convolutional]");
    expect_refusal(TWO_CONVS("8", "3") CONNECTED,
                   TWO_CONVS("8", "3") "[dropout]\n" CONNECTED,
                   "this Darknet made 4 layers of it, the cfg has 5");
}

/* AlexeyAB's Darknet would not say so, and compensation would be wrong there. */
static void factors_of_a_shortcut_are_refused_where_they_are_ignored(void **state)
{
    static const char *const keys[] = {"alpha", "beta"};
    (void)state;

    for (int k = 0; k < 2; k++) {
        char text[512], message[128];
        struct net net;
        snprintf(text, sizeof text, "%s[shortcut]\nfrom=0\n%s=.5\n",
                 LOOP_HEAD LOOP_CONV("8", "3", LOOP_BN) LOOP_CONV("8", "3", LOOP_BN),
                 keys[k]);
        net_parse(&net, text);
        snprintf(message, sizeof message,
                 "test.cfg:%d: layer 2 [shortcut]: AlexeyAB's Darknet ignores alpha= and "
                 "beta=",
                 ocsp_cfg_line(net.cfg, 3, keys[k]));
        if (HOST_IS_ALEXEYAB)
            REFUSES(ocsp_refusals_check(ocsp_host.rules, &ocsp_host.build, net.graph,
                                        true, &test_error),
                    OCSP_E_UNSUPPORTED, message);
        else
            MUST(ocsp_refusals_check(ocsp_host.rules, &ocsp_host.build, net.graph, true,
                                     &test_error));
        net_clear(&net);
    }
}

/* Without a leak: run it under AddressSanitizer. */
static void many_surgeries_in_one_process(void **state)
{
    (void)state;
    struct ocsp_settings settings;

    loop_settings(&settings, .5, 1, 2, 2);
    for (int n = 0; n < 20; n++) {
        struct training_loop loop;
        settings.budget.share = .3 + .015 * n;
        loop_start(&loop, NET, &settings);
        for (int k = 0; k < 6; k++)
            loop_iterate(&loop, 100 * n + k);
        assert_string_equal(loop.base, "net_pruned");
        loop_stop(&loop);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(goes_on_as_if_nothing_had_happened),
#if OCSP_HAS_EMA
        IN_FOLDER(carries_the_average_over),
#endif
        IN_FOLDER(next_iteration_is_that_of_the_masked_dense_net),
        IN_FOLDER(emptied_channels_are_not_missed),
        IN_FOLDER(self_check_reports_a_tiny_difference),
        IN_FOLDER(failed_self_check_keeps_the_dense_net),
        IN_FOLDER(stock_darknet_computes_the_same),
        IN_FOLDER(refuses_what_the_host_reads_otherwise),
        cmocka_unit_test(factors_of_a_shortcut_are_refused_where_they_are_ignored),
        IN_FOLDER(many_surgeries_in_one_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
