#include "prune/penalty.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "helpers.h"
#include "layers/layer_type.h"
#include "prune/rewrite.h"
#include "random_net.h"

#define LAMBDA 0.01

/* One weight's place: the layer's coupled channels that it belongs to, −1: none. */
struct place {
    int row, column;
};

/* Weight k of layer i is w[f][j][·][·]; filter f of conv group q reads input q·per + j.
 */
static struct place place_of(const struct net *net, int i, size_t k)
{
    const struct ocsp_layer *l = &net->graph->layers[i];
    const struct ocsp_coupled_table *c = &net->coupling->tables[i];
    const bool conv = ocsp_layer_is(l, "convolutional");
    const int block = conv ? l->size * l->size : l->tables[0].block;
    const int per = conv                            ? l->in_c / l->conv_groups
                    : ocsp_layer_is(l, "connected") ? l->inputs
                                                    : l->tables[0].cols;
    const int f = (int)(k / (size_t)(block * per)), j = (int)(k / (size_t)block) % per;
    const int group = conv ? f / (l->n_biases / l->conv_groups) : 0;
    struct place place = {c->row[f], c->col[group * per + j]};

    if (conv && l->conv_groups > 1 && l->conv_groups == l->in_c)
        place.column = -1; /* depthwise: one part, on the output side */
    return place;
}

/* ||w_c||² of every coupled channel, from the definition; a new array. */
static double *squares(const struct net *net)
{
    double *square = calloc((size_t)net->coupling->n_channels + 1, sizeof *square);

    assert_non_null(square);
    for (int i = 0; i < net->graph->n_layers; i++) {
        const struct ocsp_layer *l = &net->graph->layers[i];
        const struct ocsp_params *p = &net->weights->layers[i];
        for (size_t k = 0; k < l->tables[0].length; k++) {
            const struct place at = place_of(net, i, k);
            const double w = (double)p->weights[k];
            if (at.row >= 0)
                square[at.row] += w * w;
            if (at.column >= 0)
                square[at.column] += w * w;
        }
        for (int r = 0; r < l->n_scales; r++)
            if (net->coupling->tables[i].row[r] >= 0)
                square[net->coupling->tables[i].row[r]] +=
                    (double)p->scales[r] * (double)p->scales[r];
    }
    return square;
}

/* λ Σ over the selected channels of ||w_c||. */
static double penalty(const struct net *net, const bool *selected)
{
    double *square = squares(net), sum = 0;

    for (int c = 0; c < net->coupling->n_channels; c++)
        sum += selected[c] ? LAMBDA * sqrt(square[c]) : 0;
    free(square);
    return sum;
}

/* dL/dx by central differences; x is put back. */
static double slope(const struct net *net, const bool *selected, float *x)
{
    const float was = *x, step = 1e-2F;

    *x = was + step;
    const double above = penalty(net, selected), high = (double)*x;
    *x = was - step;
    const double below = penalty(net, selected), low = (double)*x;
    *x = was;
    return (above - below) / (high - low);
}

/* updates −= gradient for the whole net; returns new arrays. */
static struct ocsp_weights *gradient(struct net *net, const bool *selected)
{
    const int n = net->coupling->n_channels;
    double *square = calloc((size_t)n + 1, sizeof *square);
    float *inverse = calloc((size_t)n + 1, sizeof *inverse);
    struct ocsp_weights *updates;

    assert_true(square && inverse);
    MUST(ocsp_weights_new(&updates, net->graph, true, &test_error));
    ocsp_penalty_squares(net->coupling, net_sums(net), square);
    for (int c = 0; c < n; c++)
        inverse[c] = selected[c] && square[c] > 0 ? (float)(1 / sqrt(square[c])) : 0;
    for (int i = 0; i < net->graph->n_layers; i++)
        ocsp_penalty_add_gradient(&net->coupling->tables[i], &net->weights->layers[i],
                                  &updates->layers[i], inverse, (float)LAMBDA);
    free(square);
    free(inverse);
    return updates;
}

/* What random nets are too small for: rows of several tiles, which end within a kernel;
 * conv groups of several bands; a depthwise layer of some. */
static const char large[] =
    "[net]\nwidth=4\nheight=4\nchannels=3\n"
    "[convolutional]\nfilters=10\nsize=3\npad=1\nactivation=relu\n"
    "[convolutional]\nfilters=6\nsize=31\npad=1\nbatch_normalize=1\nactivation=relu\n"
    "[convolutional]\nfilters=140\nsize=3\npad=1\ngroups=2\nactivation=relu\n"
    "[convolutional]\nfilters=140\nsize=3\npad=1\ngroups=140\nactivation=relu\n"
    "[connected]\noutput=66\nactivation=relu\n[connected]\noutput=3\n[softmax]\n";

static void any_net(struct net *net, struct random *r, int n)
{
    if (n == 0)
        net_parse(net, large);
    else
        random_net(net, r, RANDOM_ANYTHING);
    net_random_weights(net, r);
}

struct counts {
    int compared, both, pulled;
    double worst;
};

static void compare(struct counts *counts, double update, double wanted)
{
    const double error = fabs(-update - wanted) / LAMBDA;

    counts->compared++;
    counts->pulled += wanted != 0;
    counts->worst = fmax(counts->worst, error);
    assert_true(error < 1e-3);
}

static void compare_layer(const struct net *net, int i, const bool *selected,
                          const struct ocsp_params *updates, struct random *r,
                          struct counts *counts)
{
    const struct ocsp_layer *l = &net->graph->layers[i];
    const struct ocsp_params *p = &net->weights->layers[i];

    for (int n = 0; n < 6 && l->tables[0].length > 0; n++) {
        const size_t k = (size_t)random_below(r, (int)l->tables[0].length);
        const struct place at = place_of(net, i, k);
        counts->both +=
            at.row >= 0 && at.column >= 0 && selected[at.row] && selected[at.column];
        compare(counts, (double)updates->weights[k],
                slope(net, selected, &p->weights[k]));
    }
    for (int n = 0; n < 2 && l->n_scales > 0; n++) {
        const int k = random_below(r, l->n_scales);
        compare(counts, (double)updates->scales[k], slope(net, selected, &p->scales[k]));
    }
    /* biases and rolling statistics are left alone */
    for (int k = 0; k < l->n_biases; k++)
        assert_true(updates->biases[k] == 0);
    for (int k = 0; k < l->n_scales; k++)
        assert_true(updates->mean[k] == 0 && updates->variance[k] == 0);
}

static bool *random_selection(const struct net *net, struct random *r)
{
    bool *selected = calloc((size_t)net->coupling->n_channels + 1, sizeof *selected);
    assert_non_null(selected);
    for (int c = 0; c < net->coupling->n_channels; c++)
        selected[c] = random_below(r, 2) == 1;
    return selected;
}

static void the_gradient_equals_finite_differences(void **state)
{
    struct random r = {11};
    struct counts counts = {0};
    (void)state;

    for (int n = 0; n < 60; n++) {
        struct net net;
        any_net(&net, &r, n);
        bool *selected = random_selection(&net, &r);
        struct ocsp_weights *updates = gradient(&net, selected);
        for (int i = 0; i < net.graph->n_layers; i++)
            compare_layer(&net, i, selected, &updates->layers[i], &r, &counts);
        ocsp_weights_free(updates);
        free(selected);
        net_clear(&net);
    }
    print_message("# %d parameters, %d pulled, %d in a selected row and column, largest "
                  "error %.1e of lambda\n",
                  counts.compared, counts.pulled, counts.both, counts.worst);
    assert_true(counts.pulled > 500 && counts.both > 100);
}

static void norms_are_measured_again_and_again(void **state)
{
    struct random r = {13};
    (void)state;

    for (int n = 0; n < 20; n++) {
        struct net net;
        any_net(&net, &r, n);
        const struct ocsp_sums *sums = net_sums(&net);
        double *wanted = squares(&net), *is = squares(&net);
        for (int again = 0; again < 2; again++) {
            ocsp_penalty_squares(net.coupling, sums, is);
            for (int c = 0; c < net.coupling->n_channels; c++)
                assert_close(is[c], wanted[c], 1e-12);
            ocsp_sums_measure(&net.sums, net.coupling, net.weights->layers);
        }
        free(wanted);
        free(is);
        net_clear(&net);
    }
}

static void a_channel_of_norm_zero_is_not_pulled(void **state)
{
    struct net net;
    double square[4];
    (void)state;

    net_parse(&net, "[net]\nwidth=4\nheight=4\nchannels=1\n"
                    "[convolutional]\nfilters=4\nbatch_normalize=1\n"
                    "[convolutional]\nfilters=2\n");
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    net.weights->layers[0].weights[1] = 3; /* the others stay 0 */
    net.weights->layers[0].biases[0] = 5;
    ocsp_penalty_squares(net.coupling, net_sums(&net), square);
    const int c = net.coupling->tables[0].row[1];
    for (int k = 0; k < 4; k++)
        assert_true(square[k] == (k == c ? 9 : 0));
    const bool all[] = {true, true, true, true};
    struct ocsp_weights *updates = gradient(&net, all);
    for (int k = 0; k < 4; k++)
        assert_true(updates->layers[0].weights[k] ==
                    (k == 1 ? -(float)LAMBDA * 3 * (float)(1 / 3.0) : 0));
    for (int k = 0; k < 8; k++)
        assert_true(updates->layers[1].weights[k] == 0);
    ocsp_weights_free(updates);
    net_clear(&net);
}

static void shrinking_multiplies_the_selected_slices_alone(void **state)
{
    const float factor = 0.75F; /* exact in binary, as is its square */
    struct random r = {12};
    (void)state;

    for (int n = 0; n < 60; n++) {
        struct net net;
        struct ocsp_weights *w;
        any_net(&net, &r, n);
        bool *selected = random_selection(&net, &r);
        MUST(ocsp_weights_new(&w, net.graph, true, &test_error));
        const struct ocsp_plan nothing = {
            .removed = calloc((size_t)net.coupling->n_channels + 1, sizeof(bool))};
        ocsp_rewrite_params(net.coupling, &nothing, net.weights->layers, w->layers);
        for (int i = 0; i < net.graph->n_layers; i++) {
            const struct ocsp_layer *l = &net.graph->layers[i];
            const struct ocsp_params *was = &net.weights->layers[i], *is = &w->layers[i];
            ocsp_penalty_shrink(&net.coupling->tables[i], is, selected, factor);
            for (size_t k = 0; k < l->tables[0].length; k++) {
                const struct place at = place_of(&net, i, k);
                float wanted = was->weights[k];
                wanted *= at.row >= 0 && selected[at.row] ? factor : 1;
                wanted *= at.column >= 0 && selected[at.column] ? factor : 1;
                assert_close((double)is->weights[k], (double)wanted, 1e-6);
                assert_true((is->weights[k] == was->weights[k]) ==
                            (wanted == was->weights[k]));
            }
            for (int k = 0; k < l->n_scales; k++) {
                const int c = net.coupling->tables[i].row[k];
                assert_true(is->scales[k] ==
                            was->scales[k] * (c >= 0 && selected[c] ? factor : 1));
                assert_true(is->mean[k] == was->mean[k]);
                assert_true(is->variance[k] == was->variance[k]);
            }
            for (int k = 0; k < l->n_biases; k++)
                assert_true(is->biases[k] == was->biases[k]);
        }
        free(nothing.removed);
        free(selected);
        ocsp_weights_free(w);
        net_clear(&net);
    }
}

/* Four filters, the third of them selected. */
static void each_term_acts_on_its_side_of_the_update(void **state)
{
    const bool selected[] = {false, false, true, false};
    const float inverse_norm[] = {0, 0, .5F, 0};
    struct net net;
    struct ocsp_weights *updates;
    (void)state;

    net_parse(&net, "[net]\nwidth=4\nheight=4\nchannels=1\n"
                    "[convolutional]\nfilters=4\n[convolutional]\nfilters=2\n");
    MUST(ocsp_weights_new(&net.weights, net.graph, true, &test_error));
    MUST(ocsp_weights_new(&updates, net.graph, true, &test_error));
    float *w = net.weights->layers[0].weights, *u = updates->layers[0].weights;
    struct ocsp_penalty_step step = {.table = &net.coupling->tables[0],
                                     .params = &net.weights->layers[0],
                                     .updates = &updates->layers[0],
                                     .selected = selected,
                                     .inverse_norm = inverse_norm,
                                     .lambda = .25,
                                     .learning_rate = .5,
                                     .divisor = 8};
    for (int k = 0; k < 4; k++)
        w[k] = 2;
    assert_true(ocsp_group_lasso.needs_norms && !ocsp_group_lasso.after_update);
    ocsp_group_lasso.before_update(&step);
    for (int k = 0; k < 4; k++)
        assert_true(w[k] == 2 && u[k] == (k == 2 ? -.25F * 8 * .5F * 2 : 0));
    assert_true(!ocsp_shrinking.needs_norms && !ocsp_shrinking.before_update);
    ocsp_shrinking.after_update(&step);
    for (int k = 0; k < 4; k++)
        assert_true(w[k] == (k == 2 ? .875F * 2 : 2) && (u[k] != 0) == (k == 2));
    step.learning_rate = 5; /* no further than to 0 */
    ocsp_shrinking.after_update(&step);
    for (int k = 0; k < 4; k++)
        assert_true(w[k] == (k == 2 ? 0 : 2));
    ocsp_weights_free(updates);
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_gradient_equals_finite_differences),
        cmocka_unit_test(norms_are_measured_again_and_again),
        cmocka_unit_test(a_channel_of_norm_zero_is_not_pulled),
        cmocka_unit_test(shrinking_multiplies_the_selected_slices_alone),
        cmocka_unit_test(each_term_acts_on_its_side_of_the_update),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
