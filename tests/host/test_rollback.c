/* Numbers that are none: found in the iteration that makes them, and -on-nan rollback. */
#include "rig.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NET                                                                              \
    RIG_HEAD "max_batches=24\npolicy=steps\nsteps=5,14,20\nscales=.5,.5,.5\nburn_in="    \
             "3\n" RIG_BODY(RIG_BATCHNORM)

/* t_sl-start and t* in iterations; a generation is written after each epoch. */
enum { EPOCH = 2, START = 2 * EPOCH, T_STAR = 4 * EPOCH, END = 6 * EPOCH };

static void start(struct rig *rig, bool rollback)
{
    struct ocsp_settings settings;

    rig_settings(&settings, .65, 2, 4, EPOCH);
    rig_enter(rig, NET, &settings);
    rig->rollback = rollback;
    rig_hook(rig, OCSP_RESTART);
}

static void train(struct rig *rig, int from, int to)
{
    for (int k = from; k < to; k++)
        rig_iterate(rig, k);
}

/* The network in the loop, dense or pruned. */
static void take(struct rig *rig, struct rig_snapshot *snapshot, struct net *net)
{
    net_load(net, strcmp(rig->base, "net") == 0 ? rig->cfg : in_folder("net_pruned.cfg"));
    rig_snapshot(snapshot, rig_net(rig), net->graph);
}

static void expect_same(struct rig *rig, const struct rig_snapshot *wanted)
{
    struct rig_snapshot now;
    struct net net;

    take(rig, &now, &net);
    assert_int_equal(now.seen, wanted->seen);
    assert_int_equal(now.iteration, wanted->iteration);
    for (int i = 0; i < net.graph->n_layers; i++)
        assert_true(rig_layer_difference(net.graph, i, &wanted->value->layers[i],
                                         &now.value->layers[i]) == 0 &&
                    rig_layer_difference(net.graph, i, &wanted->momentum->layers[i],
                                         &now.momentum->layers[i]) == 0);
    rig_snapshot_clear(&now);
    net_clear(&net);
}

/* What the next step will make of iteration k: a parameter or the loss is `value`. */
static void spoil(struct rig *rig, int k, bool loss, float value)
{
    struct ocsp_params *views = rig_views(rig_net(rig));

    rig_train(rig, k);
    if (loss)
        rig->loss = value;
    else
        views[1].weights[7] = value;
    free(views);
}

/* The run that nothing happens to, as it ends. */
static void train_undisturbed(struct rig_snapshot *end, struct net *net)
{
    struct rig rig;

    start(&rig, false);
    train(&rig, 0, END);
    take(&rig, end, net);
    rig_stop(&rig);
}

static void it_goes_back_to_the_last_generation(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, -NAN};
    struct rig_snapshot end, generation;
    struct net pruned, net;
    int n = 0;
    (void)state;

    train_undisturbed(&end, &pruned);
    for (int at = EPOCH; at < END; at += EPOCH)
        for (int later = 0; later < EPOCH; later++) {
            struct rig rig;
            start(&rig, true);
            train(&rig, 0, at);
            take(&rig, &generation, &net);
            train(&rig, at, at + later);
            spoil(&rig, at + later, n % 2, bad[n / 2 % 4]);
            rig_step(&rig);
            expect_same(&rig, &generation);
            train(&rig, at, END);
            expect_same(&rig, &end);
            rig_snapshot_clear(&generation);
            net_clear(&net);
            rig_stop(&rig);
            n++;
        }
    rig_snapshot_clear(&end);
    net_clear(&pruned);
}

static void it_gives_up_at_the_fourth_time(void **state)
{
    struct rig rig;
    (void)state;

    start(&rig, true);
    train(&rig, 0, START);
    for (int k = 0; k < 3; k++) {
        spoil(&rig, START, true, NAN);
        rig_step(&rig);
    }
    spoil(&rig, START, true, NAN);
    rig_expect_failure();
    if (!setjmp(rig_failure)) {
        rig_step(&rig);
        fail();
    }
    assert_string_equal(test_error.text,
                        "the loss of iteration 5 is nan, for the fourth time from "
                        "generation 2 on: lower the learning rate");
    rig_stop(&rig);
}

static void there_may_be_nothing_to_go_back_to(void **state)
{
    struct rig rig;
    (void)state;

    start(&rig, true);
    spoil(&rig, 0, true, INFINITY);
    rig_expect_failure();
    if (!setjmp(rig_failure)) {
        rig_step(&rig);
        fail();
    }
    assert_string_equal(test_error.text,
                        "the loss of iteration 1 is inf, before the first generation "
                        "was written: lower the learning rate");
    rig_stop(&rig);
}

static void without_the_flag_it_stops_at_once(void **state)
{
    char text[300];
    struct rig rig;
    (void)state;

    start(&rig, false);
    train(&rig, 0, START + 1);
    spoil(&rig, START + 1, false, NAN);
    rig_expect_failure();
    if (!setjmp(rig_failure)) {
        rig_step(&rig);
        fail();
    }
    snprintf(text, sizeof text,
             "%s:%d: layer 1 [convolutional]: its parameters are infinite or not numbers "
             "after iteration 6: training has diverged; lower the learning rate, or "
             "return to the last generation by -on-nan rollback",
             rig.cfg, rig.dense.graph->layers[1].line);
    assert_string_equal(test_error.text, text);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(it_goes_back_to_the_last_generation),
        IN_FOLDER(it_gives_up_at_the_fourth_time),
        IN_FOLDER(there_may_be_nothing_to_go_back_to),
        IN_FOLDER(without_the_flag_it_stops_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
