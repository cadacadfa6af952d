#include "layers/activation.h"

#include <math.h>

#include "helpers.h"

/* Numbers computed elsewhere, where they can be by another formula than ours. */
static void activations_are_the_hosts(void **state)
{
    static const struct {
        const char *name;
        double x, y;
    } known[] = {
        {"linear", -3.0, -3.0},
        {"linear", 2.5, 2.5},
        {"relu", -3.0, 0.0},
        {"relu", 0.0, 0.0},
        {"relu", 2.5, 2.5},
        {"relu6", -3.0, 0.0},
        {"relu6", 2.5, 2.5},
        {"relu6", 6.5, 6.0},
        {"leaky", -3.0, -0.3},
        {"leaky", 2.5, 2.5},
        {"revleaky", -3.0, -0.3},
        {"revleaky", 2.5, 2.5},
        {"relie", -3.0, -0.03},
        {"relie", 2.5, 2.5},
        {"ramp", -3.0, -0.3},
        {"ramp", 2.5, 2.75},
        {"logistic", -3.0, 0.0474258731775668},
        {"logistic", 0.0, 0.5},
        {"logistic", 2.5, 0.9241418199787564},
        {"loggy", -3.0, -0.9051482536448664},
        {"loggy", 0.0, 0.0},
        {"loggy", 2.5, 0.8482836399575129},
        {"tanh", -3.0, -0.9950547536867306},
        {"tanh", 0.0, 0.0},
        {"tanh", 1.5, 0.9051482536448664},
        {"elu", -3.0, -0.950212931632136},
        {"elu", 0.0, 0.0},
        {"elu", 2.5, 2.5},
        {"selu", -3.0, -1.6705040184612794},
        {"selu", 2.5, 2.62675},
        {"swish", -3.0, -0.1422776195327004},
        {"swish", 0.0, 0.0},
        {"swish", 2.5, 2.310354549946891},
        {"mish", -3.0, -0.1456474612756242},
        {"mish", 0.0, 0.0},
        {"mish", 2.5, 2.4713923045578814},
        {"mish", 25.0, 25.0},
        {"hard_mish", -3.0, 0.0},
        {"hard_mish", -1.0, -0.5},
        {"hard_mish", -0.5, -0.375},
        {"hard_mish", 2.5, 2.5},
        {"gelu", -3.0, -0.0036374625774800995},
        {"gelu", 0.0, 0.0},
        {"gelu", 2.5, 2.484915575606317},
        {"hardtan", -3.0, -1.0},
        {"hardtan", 0.25, 0.25},
        {"hardtan", 2.5, 1.0},
        {"lhtan", -3.0, -0.003},
        {"lhtan", 0.25, 0.25},
        {"lhtan", 2.5, 1.0015},
        {"plse", -6.0, -0.02},
        {"plse", -3.0, 0.125},
        {"plse", 2.5, 0.8125},
        {"plse", 6.0, 1.02},
        {"stair", -3.25, -2.0},
        {"stair", -2.25, -1.25},
        {"stair", -0.25, -0.25},
        {"stair", 0.25, 0.0},
        {"stair", 1.25, 0.25},
        {"stair", 2.75, 1.0},
        {"stair", 3.5, 1.5},
        {"no such name", -3.0, 0.0},
        {"no such name", 2.5, 2.5},
    };
    (void)state;

    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        const double y = ocsp_activate(known[k].name, known[k].x);
        if (!(fabs(y - known[k].y) < 1e-12))
            fail_msg("%s(%g) is %.17g, not %.17g", known[k].name, known[k].x, y,
                     known[k].y);
    }
}

static void large_numbers_stay_numbers(void **state)
{
    static const char *const names[] = {"logistic", "loggy", "tanh", "elu",  "selu",
                                        "swish",    "mish",  "gelu", "plse", "stair"};
    (void)state;

    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        for (int sign = -1; sign <= 1; sign += 2)
            assert_true(isfinite(ocsp_activate(names[k], sign * 1e4)));
    assert_true(ocsp_activate("mish", 1e4) == 1e4);
    assert_true(ocsp_activate("swish", -1e4) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(activations_are_the_hosts),
        cmocka_unit_test(large_numbers_stay_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
