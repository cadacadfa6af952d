/* Random runs of the cycle against its definitions, and one of a golden net. */
#include <math.h>

#include "cycle_helpers.h"

/* The definitions, from the whole history: bit c of kept[t] says that c stays. */
struct model {
    unsigned kept[64];
    double norm[64]; /* of the selected, in units of sqrt(27) */
};

static int bits(unsigned set)
{
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return n;
}

static double model_j(const struct model *m, int first, int t)
{
    if (t - 2 < first)
        return NAN;
    return (double)bits(m->kept[t] & m->kept[t - 2]) / bits(m->kept[t] | m->kept[t - 2]);
}

static double model_mean(const struct model *m, int first, int t)
{
    double sum = 0;
    int n = 0;
    for (int k = t; k > t - 3 && k >= first + 2; k--, n++)
        sum += model_j(m, first, k);
    return n > 0 ? sum / n : NAN;
}

static void model_add(struct model *m, int t, const double strength[CHANNELS])
{
    m->kept[t] = 0;
    m->norm[t] = 0;
    for (int c = 0; c < CHANNELS; c++) {
        int weaker = 0;
        for (int other = 0; other < CHANNELS; other++)
            weaker += strength[other] < strength[c];
        if (weaker >= SELECTED)
            m->kept[t] |= 1u << c;
        else
            m->norm[t] += (double)(float)strength[c];
    }
}

/* Strengths that mostly keep their order; the weak half fades. */
static void drift(double strength[CHANNELS], struct random *r)
{
    if (random_below(r, 3) == 0) {
        const int a = random_below(r, CHANNELS), b = random_below(r, CHANNELS);
        const double kept = strength[a];
        strength[a] = strength[b];
        strength[b] = kept;
    }
    for (int c = 0; c < CHANNELS; c++)
        strength[c] *= strength[c] < 0.5 ? 0.6 : 1;
}

static void random_run(struct net *net, struct random *r)
{
    struct ocsp_settings s =
        cycle_settings(1 + random_below(r, 12), 15 + random_below(r, 20));
    struct ocsp_cycle cycle;
    struct model m;
    double strength[CHANNELS];
    int start = -1, end = -1;

    if (random_below(r, 2))
        s.sl_start = OCSP_AUTO;
    s.monitor = 1 + random_below(r, s.sl_start < 0 || s.sl_start > 3 ? 3 : s.sl_start);
    s.quiet = random_below(r, 2) ? 0 : 0.05;
    s.epsilon = random_below(r, 2) ? 1e-3 : 0.15;
    s.tau = random_below(r, 2) ? 1e-4 : 0.1;
    for (int c = 0; c < CHANNELS; c++)
        strength[c] = (c % 2 ? 1 : 0.3) + 0.01 * c;
    MUST(ocsp_cycle_init(&cycle, net->coupling, &s, &test_error));
    for (int t = 1; end < 0; t++) {
        enum ocsp_decision expected = OCSP_GO_ON;
        drift(strength, r);
        one_group_set_strengths(net, strength);
        model_add(&m, t, strength);
        const double mean = t < s.monitor ? NAN : model_mean(&m, s.monitor, t);
        const bool rose_no_more =
            t > 3 && mean - model_mean(&m, s.monitor, t - 2) <= s.tau;
        if (t >= s.sl_end || (start > 0 && mean >= 1 - s.epsilon &&
                              (s.quiet <= 0 || m.norm[t] <= s.quiet * m.norm[start])))
            expected = OCSP_PRUNE;
        else if (start < 0 && (s.sl_start > 0 ? t >= s.sl_start
                                              : rose_no_more || t >= (s.sl_end + 1) / 2))
            expected = OCSP_START_SPARSE;
        assert_int_equal(cycle_step(&cycle, net, t), expected);
        start = expected == OCSP_START_SPARSE ? t : start;
        end = expected == OCSP_PRUNE ? t : end;
        for (int c = 0; c < CHANNELS && t >= s.monitor; c++)
            assert_int_equal(cycle.plan.removed[c], !(m.kept[t] >> c & 1));
    }
    assert_int_equal(cycle.start_epoch, start);
    assert_int_equal(cycle.prune_epoch, end);
    ocsp_cycle_clear(&cycle);
}

static void random_runs_follow_the_definitions(void **state)
{
    struct random r = {7};
    struct net net;
    (void)state;
    one_group_parse(&net);
    for (int run = 0; run < 2000; run++)
        random_run(&net, &r);
    net_clear(&net);
}

static void a_golden_net_goes_through_the_whole_cycle(void **state)
{
    struct net net;
    struct ocsp_cycle cycle;
    const struct ocsp_settings s = cycle_settings(3, 30);
    struct random r = {3};
    enum ocsp_phase last = OCSP_DENSE;
    (void)state;
    net_load(&net, "tests/golden/vggmini.cfg");
    net_random_weights(&net, &r);
    MUST(ocsp_cycle_init(&cycle, net.coupling, &s, &test_error));
    for (int epoch = 1; cycle.phase != OCSP_PRUNED; epoch++) {
        assert_true(epoch < 30);
        cycle_step(&cycle, &net, epoch);
        assert_true(cycle.phase >= last);
        last = cycle.phase;
        if (cycle.phase == OCSP_SPARSE) /* as a strong penalty would */
            for (int i = 0; i < net.graph->n_layers; i++) {
                const struct ocsp_coupled_table *l = &net.coupling->tables[i];
                const struct ocsp_params *p = &net.weights->layers[i];
                for (int row = 0; row < l->rows; row++)
                    for (int k = 0; k < l->cols * l->block; k++)
                        if ((l->row[row] >= 0 && cycle.plan.removed[l->row[row]]) ||
                            (l->col[k / l->block] >= 0 &&
                             cycle.plan.removed[l->col[k / l->block]]))
                            p->weights[row * l->cols * l->block + k] *= 0.3f;
                for (int row = 0; row < l->rows && p->scales; row++)
                    if (l->row[row] >= 0 && cycle.plan.removed[l->row[row]])
                        p->scales[row] *= 0.3f;
            }
    }
    assert_int_equal(cycle.prune_cause, OCSP_PRUNE_BY_STABILITY_AND_QUIET);
    const double left = (double)cycle.plan.macs_after / (double)cycle.plan.macs_before;
    assert_true(left <= 0.5 && left > 0.45);
    ocsp_cycle_clear(&cycle);
    net_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_runs_follow_the_definitions),
        cmocka_unit_test(a_golden_net_goes_through_the_whole_cycle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
