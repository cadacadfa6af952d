/* The hook in a host's training loop: the penalty at work, and the surgery at t*. */
#include "rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "network.h"
#include "prune/check.h"
#include "prune/rewrite.h"

#define HEAD                                                                             \
    "[net]\nbatch=8\nsubdivisions=2\nwidth=12\nheight=12\nchannels=3\n"                  \
    "learning_rate=.04\nmomentum=.9\ndecay=.001\n"
#define CONV(filters, size, more)                                                        \
    "[convolutional]\nfilters=" filters "\nsize=" size "\nstride=1\npad=1\n" more
#define BN "batch_normalize=1\nactivation=leaky\n"
/* A residual block, depthwise and grouped convolutions, a concatenation, one layer with
 * its own learning rate, and connected layers. `extra`: between the last convolution
 * and the connected layers; /usr/bin/darknet cannot run [batchnorm]. */
#define BODY(extra)                                                                      \
    CONV("8", "3", BN)                                                                   \
    CONV("8", "3", BN)                                                                   \
    CONV("8", "3", "batch_normalize=1\nactivation=linear\n")                             \
    "[shortcut]\nfrom=-3\nactivation=leaky\n" CONV("8", "3",                             \
                                                   "groups=8\n" BN) CONV("12", "1", BN)  \
        CONV("12", "3",                                                                  \
             "groups=3\nlearning_rate=.5\n" BN) "[route]\nlayers=-1,3\n[maxpool]\nsize=" \
                                                "2\nstride=2\n" CONV("10", "3",          \
                                                                     "activation="       \
                                                                     "leaky\n") extra    \
        "[connected]\noutput=16\nbatch_normalize=1\nactivation=leaky\n"                  \
        "[connected]\noutput=10\nactivation=linear\n[softmax]\n"
#define STEPS "max_batches=24\npolicy=steps\nsteps=5,13,20\nscales=.5,.5,.5\nburn_in=3\n"
#define POLY "max_batches=24\npolicy=poly\npower=2\n"
#define CONSTANT "max_batches=600\npolicy=constant\n"
#define BATCHNORM "[batchnorm]\n"
#define NET HEAD STEPS BODY(BATCHNORM)

/* Iterations of one epoch, epochs until t* and all iterations, with the schedules above
 * that end. */
enum { EPOCH = 3, T_STAR = 4 * EPOCH, END = 24 };

static void start_pruning_run(struct rig *rig, const char *cfg)
{
    struct ocsp_settings settings;

    rig_settings(&settings, .5, 2, 4, EPOCH);
    rig_start(rig, cfg, &settings);
}

/* Up to the iteration that ends in t*, but for the hook's step. */
static void run_to_surgery(struct rig *rig, struct rig_snapshot *before,
                           struct ocsp_plan *plan)
{
    for (int k = 0; k < T_STAR - 1; k++)
        rig_iterate(rig, k);
    rig_train(rig, T_STAR - 1);
    rig_snapshot(before, rig_net(rig), rig->dense.graph);
    rig_plan(rig, before, plan);
    assert_true(plan->n_removed > 10);
}

static void ignore(void *context, const struct ocsp_update *update)
{
    (void)context;
    (void)update;
}

/* The host alone, repaired, from `at` on. */
static const struct ocsp_host_events no_events = {NULL, ignore, ignore};

static void start_twin(struct rig *twin, const char *cfg, const struct rig_snapshot *at)
{
    rig_start_stock(twin, cfg, &no_events);
    rig_restore(at, rig_net(twin));
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

static struct counters count(struct rig *rig)
{
    const network *net = rig_net(rig);
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
        (double)get_current_batch(rig->loop.local),
        (double)get_current_rate(rig->loop.local),
#ifdef OCSP_HOST_ALEXEYAB
        *net->cur_iteration,
        net->num_boxes,
        net->train_images_num,
        (double)*net->total_bbox,
#else
        *net->t,
        net->gpu_index,
        rig->loop.nets[0] == rig->loop.local,
#endif
    }};
}

static void check_transplant(struct rig *rig, const struct rig_snapshot *before,
                             const struct ocsp_plan *plan)
{
    struct net pruned;
    struct rig_snapshot after;
    char *text;
    size_t size, file_size;

    net_load(&pruned, in_folder("net_pruned.cfg"));
    MUST(ocsp_rewrite_cfg(rig->dense.coupling, plan, &text, &size, &test_error));
    const char *file = ocsp_cfg_text(pruned.cfg, &file_size);
    assert_int_equal(size, file_size);
    assert_memory_equal(text, file, size);
    free(text);
    rig_snapshot(&after, rig_net(rig), pruned.graph);
    for (int i = 0; i < pruned.graph->n_layers; i++) {
        const struct ocsp_params *momentum = &before->momentum->layers[i];
        /* or their equality would show nothing */
        for (int r = 0; r < rig->dense.graph->layers[i].n_biases; r++)
            assert_true(momentum->weights ? momentum->weights[r] != 0
                                          : momentum->scales[r] != 0);
        assert_true(rig_kept_difference(rig->dense.coupling, plan, i,
                                        &before->value->layers[i],
                                        &after.value->layers[i]) == 0);
        assert_true(rig_kept_difference(rig->dense.coupling, plan, i, momentum,
                                        &after.momentum->layers[i]) == 0);
    }
    rig_snapshot_clear(&after);
    net_clear(&pruned);
}

static void check_continuity(const char *cfg)
{
    struct ocsp_settings dense;
    struct counters expected[END];
    struct rig_snapshot before;
    struct ocsp_plan plan;
    struct rig rig;

    rig_settings(&dense, 0, 2, 4, EPOCH);
    rig_start(&rig, cfg, &dense);
    for (int k = 0; k < END; k++) {
        rig_iterate(&rig, k);
        expected[k] = count(&rig);
    }
    rig_stop(&rig);
    assert_false(file_exists(in_folder("net_pruned.cfg")));
    /* the rate differs around t*, or its equality would show nothing */
    assert_true(expected[T_STAR - 1].value[5] != expected[T_STAR + 1].value[5]);

    start_pruning_run(&rig, cfg);
    for (int k = 0; k < END; k++) {
        if (k == T_STAR - 1) {
            rig_train(&rig, k);
            rig_snapshot(&before, rig_net(&rig), rig.dense.graph);
            rig_plan(&rig, &before, &plan);
            assert_string_equal(rig.base, "net");
            rig_step(&rig);
            assert_string_equal(rig.base, "net_pruned");
            check_transplant(&rig, &before, &plan);
        } else {
            rig_iterate(&rig, k);
        }
        const struct counters now = count(&rig);
        for (int c = 0; c < N_COUNTERS; c++)
            if (now.value[c] != expected[k].value[c])
                fail_msg("after iteration %d counter %d is %.9g, not %.9g", k, c,
                         now.value[c], expected[k].value[c]);
    }
    assert_true(file_exists(in_folder("net_pruned_final.weights")));
    rig_snapshot_clear(&before);
    ocsp_plan_clear(&plan);
    rig_stop(&rig);
    assert_int_equal(remove(in_folder("net_pruned.cfg")), 0);
}

static void goes_on_as_if_nothing_had_happened(void **state)
{
    (void)state;
    check_continuity(NET);
    check_continuity(HEAD POLY BODY(BATCHNORM));
}

/* The net that the surgery makes computes and learns what the masked dense net does. */
static void next_iteration_is_that_of_the_masked_dense_net(void **state)
{
    (void)state;
    struct rig rig, twin;
    struct rig_snapshot before, step, masked_step;
    struct ocsp_plan plan;
    struct net pruned;
    double value = 0, momentum = 0;

    start_pruning_run(&rig, NET);
    run_to_surgery(&rig, &before, &plan);
    rig_step(&rig);
    rig_train(&rig, T_STAR);
    net_load(&pruned, in_folder("net_pruned.cfg"));
    rig_snapshot(&step, rig_net(&rig), pruned.graph);

    start_twin(&twin, NET, &before);
    struct ocsp_params *views = rig_views(rig_net(&twin));
    ocsp_check_mask(twin.dense.coupling, &plan, views);
    free(views);
    rig_train(&twin, T_STAR);
    rig_snapshot(&masked_step, rig_net(&twin), twin.dense.graph);
    for (int i = 0; i < pruned.graph->n_layers; i++) {
        value = fmax(value, rig_kept_difference(twin.dense.coupling, &plan, i,
                                                &masked_step.value->layers[i],
                                                &step.value->layers[i]));
        momentum = fmax(momentum, rig_kept_difference(twin.dense.coupling, &plan, i,
                                                      &masked_step.momentum->layers[i],
                                                      &step.momentum->layers[i]));
    }
    const double loss = fabs((double)rig.loss - (double)twin.loss) / (double)twin.loss;
    print_message("# loss %.7g, masked %.7g (%.1e), parameters after the step differ by "
                  "%.1e, momentum by %.1e of a layer's largest\n",
                  (double)rig.loss, (double)twin.loss, loss, value, momentum);
    assert_true(loss < 1e-5);
    assert_true(value < 1e-5);
    assert_true(momentum < 1e-4);
    rig_snapshot_clear(&before);
    rig_snapshot_clear(&step);
    rig_snapshot_clear(&masked_step);
    ocsp_plan_clear(&plan);
    net_clear(&pruned);
    rig_stop(&twin);
    rig_stop(&rig);
}

/* --- the penalty -------------------------------------------------------------------- */

/* ||w_c||² of every coupled channel, straight from its definition. */
static double *squares(const struct ocsp_coupling *coupling,
                       const struct ocsp_params *params)
{
    double *square = calloc((size_t)coupling->n_channels, sizeof *square);

    assert_non_null(square);
    for (int i = 0; i < coupling->graph->n_layers; i++) {
        const struct ocsp_coupled_layer *l = &coupling->layers[i];
        const float *w = params[i].weights, *scales = params[i].scales;
        for (int r = 0; r < l->rows; r++) {
            const int row = l->row[r];
            if (scales && row >= 0)
                square[row] += (double)scales[r] * (double)scales[r];
            for (int j = 0; w && j < l->cols / l->conv_groups; j++) {
                const int column = l->depthwise ? -1 : l->col[ocsp_column(l, r, j)];
                for (int k = 0; k < l->block; k++, w++) {
                    if (row >= 0)
                        square[row] += (double)*w * (double)*w;
                    if (column >= 0)
                        square[column] += (double)*w * (double)*w;
                }
            }
        }
    }
    return square;
}

/* One optimizer step, with and without the penalty. */
struct penalty_step {
    const struct ocsp_plan *plan;
    const double *square;       /* before it */
    double eq8, eq9;            /* λ, or 0 where the equation is off */
    double rate;                /* of the layer at hand */
    double divisor, momentum;   /* the host's */
    double error, change, much; /* of the layer, in value: largest |w| too */
    int touched;
};

/* One parameter whose slices are those of channels a and b (−1: none, or frozen). */
static void check_parameter(struct penalty_step *s, int a, int b, float before,
                            const float stock[2], const float got[2])
{
    const bool in_a = a >= 0 && s->plan->removed[a], in_b = b >= 0 && s->plan->removed[b];
    const double pull =
        (in_a ? 1 / sqrt(s->square[a]) : 0) + (in_b ? 1 / sqrt(s->square[b]) : 0);

    if (!in_a && !in_b) {
        assert_true(got[0] == stock[0] && got[1] == stock[1]);
        return;
    }
    const double value = ((double)stock[0] - s->rate * s->eq8 * pull * (double)before) *
                         pow(1 - s->eq9 * s->rate, in_a + in_b);
    const double updates =
        (double)stock[1] - s->momentum * s->eq8 * s->divisor * pull * (double)before;
    s->much = fmax(s->much, fabs(value));
    s->change = fmax(s->change, fabs(value - (double)stock[0]));
    s->error = fmax(s->error, fabs(value - (double)got[0]));
    /* the host sums many images in float */
    if (fabs(updates - (double)got[1]) > 1e-6 * (1 + fabs(updates)))
        fail_msg("momentum %.9g, not %.9g", (double)got[1], updates);
    s->touched++;
}

static void check_layer(struct penalty_step *s, const struct ocsp_coupled_layer *l,
                        const struct ocsp_params *before,
                        const struct ocsp_params stock[2],
                        const struct ocsp_params got[2])
{
    size_t at = 0;

    s->error = s->change = s->much = 0;
    for (int r = 0; r < l->rows; r++) {
        for (int j = 0; before->weights && j < l->cols / l->conv_groups; j++) {
            const int column = l->depthwise ? -1 : l->col[ocsp_column(l, r, j)];
            for (int k = 0; k < l->block; k++, at++)
                check_parameter(s, l->row[r], column, before->weights[at],
                                (float[]){stock[0].weights[at], stock[1].weights[at]},
                                (float[]){got[0].weights[at], got[1].weights[at]});
        }
        if (before->scales)
            check_parameter(s, l->row[r], -1, before->scales[r],
                            (float[]){stock[0].scales[r], stock[1].scales[r]},
                            (float[]){got[0].scales[r], got[1].scales[r]});
        if (before->biases) { /* no part of ||w_c|| */
            assert_true(got[0].biases[r] == stock[0].biases[r]);
            assert_true(got[1].biases[r] == stock[1].biases[r]);
        }
    }
}

#define PENALTY_NET HEAD CONSTANT BODY(BATCHNORM)

static void check_penalty_step(bool eq8, bool eq9)
{
    enum { STEP = 2 * EPOCH }; /* the first of the second sparse epoch */
    const double lambda = .02 + .01;
    struct ocsp_settings settings;
    struct rig_snapshot before, stock, got;
    struct ocsp_plan plan;
    struct rig rig, twin;
    double error = 0, least = INFINITY;

    rig_settings(&settings, .5, 1, 10, EPOCH);
    settings.lambda0 = .02;
    settings.sigma = .01;
    settings.eq8 = eq8;
    settings.eq9 = eq9;
    rig_start(&rig, PENALTY_NET, &settings);
    for (int k = 0; k < STEP; k++)
        rig_iterate(&rig, k);
    rig_snapshot(&before, rig_net(&rig), rig.dense.graph);
    rig_plan(&rig, &before, &plan);
    rig_train(&rig, STEP);
    rig_snapshot(&got, rig_net(&rig), rig.dense.graph);
    start_twin(&twin, PENALTY_NET, &before);
    rig_train(&twin, STEP);
    rig_snapshot(&stock, rig_net(&twin), rig.dense.graph);
    assert_true(twin.loss == rig.loss); /* the penalty is no part of what is printed */

    const network *net = rig_net(&twin);
    double *square = squares(rig.dense.coupling, before.value->layers);
    struct penalty_step s = {.plan = &plan,
                             .square = square,
                             .eq8 = eq8 ? lambda : 0,
                             .eq9 = eq9 ? lambda : 0,
                             .divisor = net->batch * net->subdivisions,
                             .momentum = (double)net->momentum};
    for (int i = 0; i < rig.dense.graph->n_layers; i++) {
        const struct ocsp_params stock_pair[] = {stock.value->layers[i],
                                                 stock.momentum->layers[i]};
        const struct ocsp_params got_pair[] = {got.value->layers[i],
                                               got.momentum->layers[i]};
        const int touched = s.touched;
        s.rate = (double)get_current_rate(twin.loop.local) *
                 (double)net->layers[i].learning_rate_scale;
        if (rig.dense.graph->layers[i].n_biases == 0)
            continue;
        check_layer(&s, &rig.dense.coupling->layers[i], &before.value->layers[i],
                    stock_pair, got_pair);
        assert_true(s.touched > touched); /* every layer loses something */
        error = fmax(error, s.error / s.much);
        least = fmin(least, s.change / s.much);
        assert_true(s.error <= 3e-7 * s.much);
    }
    print_message("# eq8 %s, eq9 %s: %d penalized parameters; error at most %.1e of a "
                  "layer's largest, change at least %.1e\n",
                  eq8 ? "on" : "off", eq9 ? "on" : "off", s.touched, error, least);
    if (eq8 || eq9)
        assert_true(least > 100 * error);
    else
        assert_true(error == 0);
    free(square);
    ocsp_plan_clear(&plan);
    rig_snapshot_clear(&before);
    rig_snapshot_clear(&stock);
    rig_snapshot_clear(&got);
    rig_stop(&twin);
    rig_stop(&rig);
}

static void penalty_is_what_the_equations_say(void **state)
{
    (void)state;
    check_penalty_step(true, true);
    check_penalty_step(true, false);
    check_penalty_step(false, true);
    check_penalty_step(false, false);
}

static void penalty_shrinks_the_selected_alone(void **state)
{
    (void)state;
    enum { LONG = 50 };
    struct ocsp_settings settings;
    struct rig_snapshot before, after;
    struct ocsp_plan plan;
    struct rig rig;
    double selected = 0, kept = INFINITY, sums[2][2] = {{0}};

    rig_settings(&settings, .5, 1, 10, LONG);
    settings.lambda0 = .03;
    rig_start(&rig, PENALTY_NET, &settings);
    for (int k = 0; k < LONG; k++)
        rig_iterate(&rig, k);
    rig_snapshot(&before, rig_net(&rig), rig.dense.graph);
    rig_plan(&rig, &before, &plan);
    for (int k = LONG; k < 2 * LONG - 1; k++)
        rig_iterate(&rig, k);
    rig_train(&rig, 2 * LONG - 1);
    rig_snapshot(&after, rig_net(&rig), rig.dense.graph);
    double *was = squares(rig.dense.coupling, before.value->layers);
    double *is = squares(rig.dense.coupling, after.value->layers);
    for (int c = 0; c < rig.dense.coupling->n_channels; c++) {
        const double ratio = sqrt(is[c] / was[c]);
        sums[plan.removed[c]][0] += sqrt(was[c]);
        sums[plan.removed[c]][1] += sqrt(is[c]);
        if (plan.removed[c])
            selected = fmax(selected, ratio);
        else
            kept = fmin(kept, ratio);
    }
    print_message("# after %d iterations: norms of the selected %.3f of before (at most "
                  "%.3f), of the kept %.3f (at least %.3f)\n",
                  LONG, sums[1][1] / sums[1][0], selected, sums[0][1] / sums[0][0], kept);
    assert_true(sums[1][1] < .5 * sums[1][0]);
    assert_true(sums[0][1] > .9 * sums[0][0]);
    assert_true(selected < kept);
    free(was);
    free(is);
    ocsp_plan_clear(&plan);
    rig_snapshot_clear(&before);
    rig_snapshot_clear(&after);
    rig_stop(&rig);
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
    to[0].weights[0] += spoil;
    spoil = 0;
}

static void self_check_reports_a_tiny_difference(void **state)
{
    (void)state;
    struct rig_snapshot before;
    struct ocsp_plan plan;
    struct rig rig;
    const char *cfg, *weights;
    int epoch, iteration, removed;
    double difference, tolerance;

    start_pruning_run(&rig, NET);
    run_to_surgery(&rig, &before, &plan);
    rig_step(&rig);
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
    rig_snapshot_clear(&before);
    ocsp_plan_clear(&plan);
    rig_stop(&rig);
}

static void failed_self_check_keeps_the_dense_net(void **state)
{
    (void)state;
    struct rig_snapshot before, after;
    struct ocsp_plan plan;
    struct rig rig, twin;

    remove(in_folder("net_pruned.cfg"));
    remove(in_folder("net_pruned_last.weights"));
    remove(in_folder("net_pruned_final.weights"));
    start_pruning_run(&rig, NET);
    run_to_surgery(&rig, &before, &plan);
    const layer *layers = rig_net(&rig)->layers;
    spoil = .05f;
    rig_expect_failure();
    if (!setjmp(rig_failure)) {
        rig_step(&rig);
        fail_msg("a spoilt net was accepted");
    }
    print_message("# %s\n", test_error.text);
    assert_non_null(strstr(test_error.text, "self-check failed: the pruned net differs"));
    assert_int_equal(spoil != 0, 0);
    assert_false(file_exists(in_folder("net_pruned.cfg")));
    assert_false(file_exists(in_folder("net_pruned_last.weights")));
    assert_false(file_exists(in_folder("net_pruned_final.weights")));
    assert_true(file_exists(in_folder("net_dense_last.weights")));
    assert_string_equal(rig.base, "net");
    assert_ptr_equal(rig_net(&rig)->layers, layers);
    rig_snapshot(&after, rig_net(&rig), rig.dense.graph);
    for (int i = 0; i < rig.dense.graph->n_layers; i++) {
        assert_true(rig_layer_difference(rig.dense.graph, i, &before.value->layers[i],
                                         &after.value->layers[i]) == 0);
        assert_true(rig_layer_difference(rig.dense.graph, i, &before.momentum->layers[i],
                                         &after.momentum->layers[i]) == 0);
    }
    rig_snapshot_clear(&after);

    rig_train(&rig, T_STAR); /* it can still train */
    rig_snapshot(&after, rig_net(&rig), rig.dense.graph);
    start_twin(&twin, NET, &before);
    rig_snapshot_clear(&before);
    rig_train(&twin, T_STAR);
    rig_snapshot(&before, rig_net(&twin), rig.dense.graph);
    assert_true(rig.loss == twin.loss);
    for (int i = 0; i < rig.dense.graph->n_layers; i++)
        assert_true(rig_layer_difference(rig.dense.graph, i, &before.value->layers[i],
                                         &after.value->layers[i]) == 0);
    rig_snapshot_clear(&before);
    rig_snapshot_clear(&after);
    ocsp_plan_clear(&plan);
    rig_stop(&twin);
    rig_stop(&rig);
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
    struct rig rig;

    if (SHIM_ALEXEYAB || !program || !file_exists(program))
        skip();
    start_pruning_run(&rig, HEAD STEPS BODY(""));
    for (int k = 0; k < END; k++)
        rig_iterate(&rig, k);
    write_images(input);
    ask_stock_darknet(program, theirs);
    ocsp_host.infer(rig_net(&rig), input, &ours, &length);
    assert_int_equal(length, IMAGES * CLASSES);
    const double difference = ocsp_check_difference(ours, theirs, length);
    float least = ours[0], most = ours[0];
    for (size_t k = 0; k < length; k++) {
        least = fminf(least, ours[k]);
        most = fmaxf(most, ours[k]);
    }
    print_message("# %s: outputs of %.3g to %.3g differ by %.1e of the largest\n",
                  program, (double)least, (double)most, difference);
    assert_true(most > 2 * least); /* or any net would agree */
    assert_true(difference < 1e-5);
    rig_stop(&rig);
}

static void expect_refusal(const char *host_cfg, const char *cfg, const char *text)
{
    struct ocsp_settings settings;
    struct ocsp_hook_options options;
    struct rig rig;
    const char *path = write_in_folder("other.cfg", cfg, strlen(cfg));

    (void)options;
    rig_settings(&settings, .5, 2, 4, EPOCH);
    rig_expect_failure();
    if (!setjmp(rig_failure)) {
        rig_start_other(&rig, host_cfg, path, &settings);
        fail_msg("accepted, expected: %s", text);
    }
    if (!strstr(test_error.text, text))
        fail_msg("%s\nexpected: %s", test_error.text, text);
    rig_stop(&rig);
}

int main(void)
{
    return 0;
}
