/* The surgery at t* in a host's training loop: what goes on, what it checks, and what it
 * leaves on disk. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "surgery_run.h"

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

/* With as few iterations as here Darknet's average is what the first of the second half
 * has left. */
#define AVERAGED LOOP_HEAD STEPS "ema_alpha=.9\n" LOOP_BODY(LOOP_BATCHNORM)
#define AVERAGED_LATER                                                                   \
    LOOP_HEAD "max_batches=48\npolicy=constant\nema_alpha=.9\n" LOOP_BODY(LOOP_BATCHNORM)

/* Views on the averages of the loop's network; to be freed. */
static struct ocsp_params *averages(struct training_loop *loop)
{
    const int n = ocsp_host.layers(loop_net(loop));
    struct ocsp_params *views = calloc((size_t)n, sizeof *views);
    struct ocsp_host_layer l;

    assert_non_null(views);
    for (int i = 0; i < n; i++) {
        ocsp_host.layer(loop_net(loop), i, &l);
        views[i] = l.memory.average;
    }
    return views;
}

/* Largest |a − wanted|, where a layer has an average; *n: how many have one. */
static double average_differs(struct training_loop *loop, const struct ocsp_graph *graph,
                              const struct ocsp_params *wanted, int *n)
{
    struct ocsp_params *views = averages(loop);
    double largest = 0;

    *n = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        *n += views[i].weights != NULL;
        for (size_t k = 0; views[i].weights && k < l->tables[0].length; k++)
            largest = fmax(largest, fabs((double)views[i].weights[k] -
                                         (double)wanted[i].weights[k]));
        for (int k = 0; views[i].biases && k < l->n_biases; k++)
            largest = fmax(
                largest, fabs((double)views[i].biases[k] - (double)wanted[i].biases[k]));
        for (int k = 0; views[i].scales && k < l->n_scales; k++)
            largest = fmax(
                largest, fabs((double)views[i].scales[k] - (double)wanted[i].scales[k]));
    }
    free(views);
    return largest;
}

/* wanted = decay · wanted + (1 − decay) · what the network has. */
static void average_by_hand(struct training_loop *loop, const struct ocsp_graph *graph,
                            struct ocsp_params *wanted, float decay)
{
    struct net_snapshot now;

    net_snapshot(&now, loop_net(loop), graph);
    for (int i = 0; i < graph->n_layers; i++)
        for (int role = 0; role < OCSP_ARRAY_BIASES_OF_SOME_HOSTS; role++) {
            float *w = *ocsp_params_array(&wanted[i], (enum ocsp_array_role)role);
            const float *v =
                *ocsp_params_array(&now.value->layers[i], (enum ocsp_array_role)role);
            const size_t n =
                ocsp_array_length(&graph->layers[i], (enum ocsp_array_role)role);
            for (size_t k = 0; w && v && k < n; k++)
                w[k] = decay * w[k] + (1 - decay) * v[k];
        }
    net_snapshot_clear(&now);
}

/* AlexeyAB's ema_alpha=: the average of the pruned net begins with its parameters,
 * compensated slices, and goes on although Darknet's own has ended. */
static void the_average_begins_anew(void **state)
{
    (void)state;
    static const float decays[] = {2.f / 11, 3.f / 12, 4.f / 13}; /* (1 + n) / (10 + n) */
    struct training_loop loop;
    struct net_snapshot before, after;
    struct ocsp_plan plan;
    struct net pruned;
    int with_average;

    start_pruning_run(&loop, AVERAGED);
    run_to_surgery(&loop, &before, &plan);
    struct ocsp_params *dense = averages(&loop);
    assert_true(dense[0].weights[0] != 0);
    dense[0].weights[0] = 7; /* what the surgery must not take over */
    free(dense);
    loop_step(&loop);
    net_load(&pruned, in_folder("net_pruned.cfg"));
    net_snapshot(&after, loop_net(&loop), pruned.graph);
    assert_true(
        average_differs(&loop, pruned.graph, after.value->layers, &with_average) == 0);
    assert_int_equal(with_average, 7);
    for (int k = 0; k < 3; k++) {
        loop_train(&loop, T_STAR + k);
        loop_step(&loop);
        average_by_hand(&loop, pruned.graph, after.value->layers, decays[k]);
    }
    assert_true(average_differs(&loop, pruned.graph, after.value->layers, &with_average) <
                1e-6);
    average_by_hand(&loop, pruned.graph, after.value->layers, 0);
    assert_true(average_differs(&loop, pruned.graph, after.value->layers, &with_average) >
                1e-3); /* or it would follow the parameters */
    net_snapshot_clear(&before);
    net_snapshot_clear(&after);
    ocsp_plan_clear(&plan);
    net_clear(&pruned);
    loop_stop(&loop);
}

/* Before Darknet begins to average, nothing is there that could go on. */
static void an_average_that_has_not_begun_stays_so(void **state)
{
    (void)state;
    struct training_loop loop;
    struct net_snapshot before, after;
    struct ocsp_plan plan;
    struct net pruned;
    int with_average;

    start_pruning_run(&loop, AVERAGED_LATER);
    run_to_surgery(&loop, &before, &plan);
    loop_step(&loop);
    net_load(&pruned, in_folder("net_pruned.cfg"));
    for (int k = 0; k < 2; k++) {
        loop_train(&loop, T_STAR + k);
        loop_step(&loop);
    }
    net_snapshot(&after, loop_net(&loop), pruned.graph);
    for (int i = 0; i < pruned.graph->n_layers; i++)
        for (int role = 0; role < OCSP_ARRAY_BIASES_OF_SOME_HOSTS; role++) {
            float *v =
                *ocsp_params_array(&after.value->layers[i], (enum ocsp_array_role)role);
            const size_t n =
                ocsp_array_length(&pruned.graph->layers[i], (enum ocsp_array_role)role);
            for (size_t k = 0; v && k < n; k++)
                v[k] = 0;
        }
    assert_true(
        average_differs(&loop, pruned.graph, after.value->layers, &with_average) == 0);
    net_snapshot_clear(&before);
    net_snapshot_clear(&after);
    ocsp_plan_clear(&plan);
    net_clear(&pruned);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(goes_on_as_if_nothing_had_happened),
#if OCSP_HAS_EMA
        IN_FOLDER(the_average_begins_anew),
        IN_FOLDER(an_average_that_has_not_begun_stays_so),
#endif
        IN_FOLDER(next_iteration_is_that_of_the_masked_dense_net),
        IN_FOLDER(emptied_channels_are_not_missed),
        IN_FOLDER(self_check_reports_a_tiny_difference),
        IN_FOLDER(failed_self_check_keeps_the_dense_net),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
