/* The table of section types, and two made-up ones that show what a type may be: [gain],
 * a factor for each channel, and [twin], a layer with two tables of weights. */
#include "helpers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/net_json.h"
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/macs.h"
#include "layers/section.h"
#include "lint/lint_section.h"
#include "prune/compensate.h"
#include "prune/penalty.h"
#include "two_tables.h"

/* --- [gain]: y = g[c] · x */

static enum ocsp_status read_gain(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const enum ocsp_status status = ocsp_add_table(s, l->in_c, 1, 1);

    if (status)
        return status;
    l->tables[0].col_axis = OCSP_NO_CHANNELS;
    return ocsp_same_output(s);
}

static void emit_gain(const struct ocsp_emission *e, int i)
{
    const float *gain = e->params[i].weights;
    const double *in = ocsp_emission_input(e, i);

    for (int k = 0; k < ocsp_emission_common(e, i); k++)
        e->value[i][k] = (double)gain[k] * in[k];
}

static const struct ocsp_layer_type gain = {
    .names = {"gain"},
    .read = read_gain,
    .couple = ocsp_couple_through,
    .emit = emit_gain,
    .is_ours = true,
};
OCSP_REGISTER_LAYER_TYPE(gain);

/* --- [twin] */

static const struct ocsp_layer_type twin = {
    .names = {"twin"},
    .read = read_two_tables,
    .couple = ocsp_couple_new,
    .file_order = two_tables_order,
    .n_file_order = 3,
    .is_ours = true,
};
OCSP_REGISTER_LAYER_TYPE(twin);

#define NET                                                                              \
    "[net]\nwidth=3\nheight=2\nchannels=2\n"                                             \
    "[convolutional]\nfilters=4\nactivation=linear\n"                                    \
    "[gain]\n"                                                                           \
    "[twin]\nfilters=3\n"                                                                \
    "[convolutional]\nfilters=5\nactivation=linear\n"

static void every_type_is_found_by_its_names_alone(void **state)
{
    const struct ocsp_layer_type *const *types;
    const int n = ocsp_layer_types(&types);
    (void)state;

    assert_true(n > 30);
    for (int i = 0; i < n; i++) {
        assert_non_null(types[i]->read);
        assert_non_null(types[i]->names[0]);
        for (int k = 0; k < OCSP_MAX_NAMES && types[i]->names[k]; k++)
            assert_ptr_equal(ocsp_layer_type_find(types[i]->names[k]), types[i]);
    }
    assert_null(ocsp_layer_type_find("gai"));
    assert_null(ocsp_layer_type_find(""));
}

static void a_type_that_no_darknet_knows_is_ours(void **state)
{
    const struct ocsp_layer_type *const *types;
    const int n = ocsp_layer_types(&types);
    (void)state;

    for (int i = 0; i < n; i++) {
        const struct ocsp_layer layer = {.type = types[i], .name = types[i]->names[0]};
        const bool known = ocsp_program_knows_section(OCSP_DEBIAN, &layer) ||
                           ocsp_program_knows_section(OCSP_ALEXEYAB, &layer) ||
                           ocsp_program_knows_section(OCSP_HANK, &layer);
        if (known == types[i]->is_ours)
            fail_msg("[%s]: is_ours is %d", layer.name, types[i]->is_ours);
    }
}

static void both_tables_are_counted(void **state)
{
    struct net net;
    (void)state;

    net_parse(&net, NET);
    const struct ocsp_layer *l = net.graph->layers;
    assert_int_equal(ocsp_layer_macs(&l[1]), 0);
    assert_int_equal(ocsp_layer_parameters(&l[1]), 4);
    assert_int_equal(ocsp_layer_macs(&l[2]), 2 * 6 * 3 * 4);
    assert_int_equal(ocsp_layer_parameters(&l[2]), 2 * 3 * 4 + 3);
    net_clear(&net);
}

/* Its members as "layer.table.side". */
static void list_members(const struct net *net, int group, char *text)
{
    const struct ocsp_group *g = &net->coupling->groups[group];

    *text = '\0';
    for (int k = 0; k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        sprintf(text + strlen(text), "%d.%d.%s ", m->layer,
                net->coupling->tables[m->table].index, m->side == OCSP_IN ? "in" : "out");
    }
}

static void tables_are_places_of_the_channels(void **state)
{
    struct net net;
    char text[128], *json;
    const struct ocsp_limits limits = {.max_prune = 1, .k = 1, .round_to = 1};
    (void)state;

    net_parse(&net, NET);
    list_members(&net, net_group_of_row(&net, 0, 0), text);
    assert_string_equal(text, "0.0.out 1.0.out 2.0.in 2.1.in ");
    list_members(&net, net_group_of_row(&net, 2, 0), text);
    assert_string_equal(text, "2.0.out 2.1.out 3.0.in ");
    MUST(ocsp_net_json(net.coupling, &limits, NULL, &json, &test_error));
    assert_non_null(strstr(json, "{\"layer\":2,\"part\":\"squares\",\"side\":\"in\"}"));
    free(json);
    net_clear(&net);
}

/* Removes the channel of layer 0's filter `first`, and that of layer 2's filter `second`;
 * −1: none. */
static void plan_to_remove(const struct net *net, int first, int second,
                           struct ocsp_plan *plan)
{
    bool removed[16] = {false};

    if (first >= 0)
        removed[net->coupling->tables[0].row[first]] = true;
    if (second >= 0)
        removed[net->coupling->tables[2].row[second]] = true;
    MUST(ocsp_plan_from_set(plan, net->coupling, removed, &test_error));
}

static void the_file_has_the_types_order_and_slices_fit(void **state)
{
    struct net net, pruned;
    struct ocsp_plan plan;
    struct random r = {20261130};
    char *data;
    size_t size;
    (void)state;

    net_parse(&net, NET);
    net_random_weights(&net, &r);
    const struct ocsp_params *p = &net.weights->layers[2];
    const float *squares = ocsp_params_table(p, 1);
    /* squares [12], biases [3], weights [12] */
    assert_ptr_equal(p->biases, squares + 12);
    assert_ptr_equal(p->weights, squares + 15);
    for (int k = 0; k < 12; k++)
        ocsp_params_table(p, 1)[k] = (float)(100 + k);
    plan_to_remove(&net, 1, 2, &plan);
    net_prune(&net, &plan, &pruned);
    int kept = 0;
    const float *got = ocsp_params_table(&pruned.weights->layers[2], 1);
    for (int f = 0; f < 3; f++)
        for (int c = 0; c < 4; c++)
            if (ocsp_plan_keeps(&plan, net.coupling->tables[2].row[f]) &&
                ocsp_plan_keeps(&plan, net.coupling->tables[0].row[c]))
                assert_true(got[kept++] == (float)(100 + 4 * f + c));
    assert_int_equal(kept, pruned.graph->layers[2].tables[1].length);
    assert_true(kept < 12);
    MUST(ocsp_weights_render(net.weights, net.graph, &data, &size, &test_error));
    assert_int_equal(size, 20 + 4 * ocsp_graph_parameters(net.graph));
    free(data);
    ocsp_plan_clear(&plan);
    net_clear(&net);
    net_clear(&pruned);
}

static double square_of(const float *w, int first, int step, int n)
{
    double sum = 0;

    for (int k = 0; k < n; k++)
        sum += (double)w[first + k * step] * (double)w[first + k * step];
    return sum;
}

static void norms_hold_the_slices_of_all_tables(void **state)
{
    struct net net;
    struct random r = {20261130};
    double square[16];
    (void)state;

    net_parse(&net, NET);
    net_random_weights(&net, &r);
    ocsp_penalty_squares(net.coupling, net_sums(&net), square);
    const struct ocsp_params *p = net.weights->layers;
    for (int c = 0; c < 4; c++) {
        const double wanted = square_of(p[0].weights, 2 * c, 1, 2) +
                              square_of(p[1].weights, c, 1, 1) +
                              square_of(p[2].weights, c, 4, 3) +
                              square_of(ocsp_params_table(&p[2], 1), c, 4, 3);
        const double got = square[net.coupling->tables[0].row[c]];
        assert_close(got, wanted, 1e-12);
    }
    net_clear(&net);
}

/* A removed channel emits its bias, times its gain; the convolution behind gets that. */
static void a_made_up_layer_passes_on_what_is_emitted(void **state)
{
    struct net net;
    struct ocsp_plan plan;
    struct random r = {20261130};
    (void)state;

    net_parse(&net, "[net]\nwidth=3\nheight=2\nchannels=2\n"
                    "[convolutional]\nfilters=4\nactivation=linear\n[gain]\n"
                    "[convolutional]\nfilters=1\nactivation=linear\n");
    net_random_weights(&net, &r);
    plan_to_remove(&net, 1, -1, &plan);
    const struct ocsp_params *p = net.weights->layers;
    const double wanted = (double)p[2].biases[0] + (double)p[0].biases[1] *
                                                       (double)p[1].weights[1] *
                                                       (double)p[2].weights[1];
    MUST(ocsp_compensate(net.coupling, &plan, p, &test_error));
    assert_close((double)p[2].biases[0], wanted, 1e-6);
    ocsp_plan_clear(&plan);
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_found_by_its_names_alone),
        cmocka_unit_test(a_type_that_no_darknet_knows_is_ours),
        cmocka_unit_test(both_tables_are_counted),
        cmocka_unit_test(tables_are_places_of_the_channels),
        cmocka_unit_test(the_file_has_the_types_order_and_slices_fit),
        cmocka_unit_test(norms_hold_the_slices_of_all_tables),
        cmocka_unit_test(a_made_up_layer_passes_on_what_is_emitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
