/* The penalty at work in a host's training loop, between t_sl-start and t*. */
#include "training_loop.h"

#include <math.h>
#include <stdlib.h>

#include "network.h"

#define NET LOOP_HEAD CONSTANT LOOP_BODY(LOOP_BATCHNORM)
#define CONSTANT "max_batches=600\npolicy=constant\n"
enum { EPOCH = 3 }; /* iterations */

/* ||w_c||² of every coupled channel, straight from its definition. */
static double *squares(const struct ocsp_coupling *coupling,
                       const struct ocsp_params *params)
{
    double *square = calloc((size_t)coupling->n_channels, sizeof *square);

    assert_non_null(square);
    for (int i = 0; i < coupling->graph->n_layers; i++) {
        const struct ocsp_coupled_table *l = &coupling->tables[i];
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

static void check_layer(struct penalty_step *s, const struct ocsp_coupled_table *l,
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

static void check_penalty_step(bool eq8, bool eq9)
{
    enum { STEP = 2 * EPOCH }; /* the first of the second sparse epoch */
    const double lambda = .02 + .01;
    struct ocsp_settings settings;
    struct net_snapshot before, stock, got;
    struct ocsp_plan plan;
    struct training_loop loop, twin;
    double error = 0, least = INFINITY;

    loop_settings(&settings, .65, 1, 10, EPOCH);
    settings.lambda0 = .02;
    settings.sigma = .01;
    settings.with_term[OCSP_GROUP_LASSO] = eq8;
    settings.with_term[OCSP_SHRINKING] = eq9;
    loop_start(&loop, NET, &settings);
    for (int k = 0; k < STEP; k++)
        loop_iterate(&loop, k);
    net_snapshot(&before, loop_net(&loop), loop.dense.graph);
    loop_plan(&loop, &before, &plan);
    loop_train(&loop, STEP);
    net_snapshot(&got, loop_net(&loop), loop.dense.graph);
    loop_start_twin(&twin, NET, &before);
    loop_train(&twin, STEP);
    net_snapshot(&stock, loop_net(&twin), loop.dense.graph);
    assert_true(twin.loss == loop.loss); /* the penalty is no part of what is printed */

    const network *net = loop_net(&twin);
    double *square = squares(loop.dense.coupling, before.value->layers);
    struct penalty_step s = {.plan = &plan,
                             .square = square,
                             .eq8 = eq8 ? lambda : 0,
                             .eq9 = eq9 ? lambda : 0,
                             .divisor = net->batch * net->subdivisions,
                             .momentum = (double)net->momentum};
    for (int i = 0; i < loop.dense.graph->n_layers; i++) {
        const struct ocsp_params stock_pair[] = {stock.value->layers[i],
                                                 stock.momentum->layers[i]};
        const struct ocsp_params got_pair[] = {got.value->layers[i],
                                               got.momentum->layers[i]};
        const int touched = s.touched;
        s.rate = (double)get_current_rate(twin.variables.local) *
                 (double)net->layers[i].learning_rate_scale;
        if (loop.dense.graph->layers[i].n_biases == 0)
            continue;
        check_layer(&s, &loop.dense.coupling->tables[i], &before.value->layers[i],
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
    net_snapshot_clear(&before);
    net_snapshot_clear(&stock);
    net_snapshot_clear(&got);
    loop_stop(&twin);
    loop_stop(&loop);
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
    struct net_snapshot before, after;
    struct ocsp_plan plan;
    struct training_loop loop;
    double selected = 0, kept = INFINITY, sums[2][2] = {{0}};

    loop_settings(&settings, .5, 1, 10, LONG);
    settings.lambda0 = .2;
    loop_start(&loop, NET, &settings);
    for (int k = 0; k < LONG; k++)
        loop_iterate(&loop, k);
    net_snapshot(&before, loop_net(&loop), loop.dense.graph);
    loop_plan(&loop, &before, &plan);
    for (int k = LONG; k < 2 * LONG - 1; k++)
        loop_iterate(&loop, k);
    loop_train(&loop, 2 * LONG - 1);
    net_snapshot(&after, loop_net(&loop), loop.dense.graph);
    double *was = squares(loop.dense.coupling, before.value->layers);
    double *is = squares(loop.dense.coupling, after.value->layers);
    for (int c = 0; c < loop.dense.coupling->n_channels; c++) {
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
    net_snapshot_clear(&before);
    net_snapshot_clear(&after);
    loop_stop(&loop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(penalty_is_what_the_equations_say),
        IN_FOLDER(penalty_shrinks_the_selected_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
