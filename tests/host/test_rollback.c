/* Numbers that are none: found in the iteration that makes them, and -on-nan rollback. */
#include "training_loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NET                                                                              \
    LOOP_HEAD "max_batches=24\npolicy=steps\nsteps=5,14,20\nscales=.5,.5,.5\nburn_in="   \
              "3\n" LOOP_BODY(LOOP_BATCHNORM)

/* t_sl-start and t* in iterations; a generation is written after each epoch. */
enum { EPOCH = 2, START = 2 * EPOCH, T_STAR = 4 * EPOCH, END = 6 * EPOCH };

static void start(struct training_loop *loop, bool rollback)
{
    struct ocsp_settings settings;

    loop_settings(&settings, .65, 2, 4, EPOCH);
    loop_enter(loop, NET, &settings);
    loop->rollback = rollback;
    loop_hook(loop, OCSP_RESTART);
}

static void train(struct training_loop *loop, int from, int to)
{
    for (int k = from; k < to; k++)
        loop_iterate(loop, k);
}

/* The network in the loop, dense or pruned. */
static void take(struct training_loop *loop, struct net_snapshot *snapshot,
                 struct net *net)
{
    net_load(net,
             strcmp(loop->base, "net") == 0 ? loop->cfg : in_folder("net_pruned.cfg"));
    net_snapshot(snapshot, loop_net(loop), net->graph);
}

static void expect_same(struct training_loop *loop, const struct net_snapshot *wanted)
{
    struct net_snapshot now;
    struct net net;

    take(loop, &now, &net);
    assert_int_equal(now.seen, wanted->seen);
    assert_int_equal(now.iteration, wanted->iteration);
    for (int i = 0; i < net.graph->n_layers; i++)
        assert_true(layer_difference(net.graph, i, &wanted->value->layers[i],
                                     &now.value->layers[i]) == 0 &&
                    layer_difference(net.graph, i, &wanted->momentum->layers[i],
                                     &now.momentum->layers[i]) == 0);
    net_snapshot_clear(&now);
    net_clear(&net);
}

/* What the next step will make of iteration k: a parameter or the loss is `value`. */
static void spoil(struct training_loop *loop, int k, bool loss, float value)
{
    struct ocsp_params *views = net_views(loop_net(loop));

    loop_train(loop, k);
    if (loss)
        loop->loss = value;
    else
        views[1].weights[7] = value;
    free(views);
}

/* The run that nothing happens to, as it ends. */
static void train_undisturbed(struct net_snapshot *end, struct net *net)
{
    struct training_loop loop;

    start(&loop, false);
    train(&loop, 0, END);
    take(&loop, end, net);
    loop_stop(&loop);
}

static void it_goes_back_to_the_last_generation(void **state)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY, -NAN};
    struct net_snapshot end, generation;
    struct net pruned, net;
    int n = 0;
    (void)state;

    train_undisturbed(&end, &pruned);
    for (int at = EPOCH; at < END; at += EPOCH)
        for (int later = 0; later < EPOCH; later++) {
            struct training_loop loop;
            start(&loop, true);
            train(&loop, 0, at);
            take(&loop, &generation, &net);
            train(&loop, at, at + later);
            spoil(&loop, at + later, n % 2, bad[n / 2 % 4]);
            loop_step(&loop);
            expect_same(&loop, &generation);
            train(&loop, at, END);
            expect_same(&loop, &end);
            net_snapshot_clear(&generation);
            net_clear(&net);
            loop_stop(&loop);
            n++;
        }
    net_snapshot_clear(&end);
    net_clear(&pruned);
}

static void it_gives_up_at_the_fourth_time(void **state)
{
    struct training_loop loop;
    (void)state;

    start(&loop, true);
    train(&loop, 0, START);
    for (int k = 0; k < 3; k++) {
        spoil(&loop, START, true, NAN);
        loop_step(&loop);
    }
    spoil(&loop, START, true, NAN);
    loop_expect_failure();
    if (!setjmp(loop_failure)) {
        loop_step(&loop);
        fail();
    }
    assert_string_equal(test_error.text,
                        "the loss of iteration 5 is nan, for the fourth time from "
                        "generation 2 on: lower the learning rate");
    loop_stop(&loop);
}

static void there_may_be_nothing_to_go_back_to(void **state)
{
    struct training_loop loop;
    (void)state;

    start(&loop, true);
    spoil(&loop, 0, true, INFINITY);
    loop_expect_failure();
    if (!setjmp(loop_failure)) {
        loop_step(&loop);
        fail();
    }
    assert_string_equal(test_error.text,
                        "the loss of iteration 1 is inf, before the first generation "
                        "was written: lower the learning rate");
    loop_stop(&loop);
}

static void without_the_flag_it_stops_at_once(void **state)
{
    char text[300];
    struct training_loop loop;
    (void)state;

    start(&loop, false);
    train(&loop, 0, START + 1);
    spoil(&loop, START + 1, false, NAN);
    loop_expect_failure();
    if (!setjmp(loop_failure)) {
        loop_step(&loop);
        fail();
    }
    snprintf(text, sizeof text,
             "%s:%d: layer 1 [convolutional]: its parameters are infinite or not numbers "
             "after iteration 6: training has diverged; lower the learning rate, or "
             "return to the last generation by -on-nan rollback",
             loop.cfg, loop.dense.graph->layers[1].line);
    assert_string_equal(test_error.text, text);
    loop_stop(&loop);
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
