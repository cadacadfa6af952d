#include "layers/activation.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

static double linear(double x)
{
    return x;
}

static double relu(double x)
{
    return x > 0 ? x : 0;
}

static double relu6(double x)
{
    return fmin(relu(x), 6);
}

static double leaky(double x)
{
    return x > 0 ? x : 0.1 * x;
}

static double relie(double x)
{
    return x > 0 ? x : 0.01 * x;
}

static double ramp(double x)
{
    return relu(x) + 0.1 * x;
}

static double logistic(double x)
{
    return 1 / (1 + exp(-x));
}

static double loggy(double x)
{
    return 2 * logistic(x) - 1;
}

static double elu(double x)
{
    return x >= 0 ? x : expm1(x);
}

static double selu(double x)
{
    return 1.0507 * (x >= 0 ? x : 1.6732 * expm1(x));
}

static double swish(double x)
{
    return x * logistic(x);
}

/* x · tanh(softplus(x)); past 20 softplus is x, and its exponential would overflow */
static double mish(double x)
{
    return x * tanh(x > 20 ? x : log1p(exp(x)));
}

static double hard_mish(double x)
{
    return x > 0 ? x : x > -2 ? x * (x / 2 + 1) : 0;
}

/* the hosts' approximation of x · Φ(x), with their digits */
static double gelu(double x)
{
    return x / 2 * (1 + tanh(0.797885 * x + 0.035677 * x * x * x));
}

static double hardtan(double x)
{
    return fmax(-1, fmin(x, 1));
}

/* nearly flat outside [0, 1] */
static double lhtan(double x)
{
    return x < 0 ? 0.001 * x : x > 1 ? 1 + 0.001 * (x - 1) : x;
}

/* the logistic function in three pieces */
static double plse(double x)
{
    return x < -4 ? 0.01 * (x + 4) : x > 4 ? 1 + 0.01 * (x - 4) : x / 8 + 0.5;
}

/* flat over [2m, 2m + 1), rising over [2m + 1, 2m + 2) */
static double stair(double x)
{
    const double whole = floor(x), step = floor(x / 2);
    return whole == 2 * step ? step : step + x - whole;
}

double ocsp_activate(const char *name, double x)
{
    static const struct {
        const char *name;
        double (*function)(double x);
    } known[] = {
        {"linear", linear}, {"relu", relu},         {"relu6", relu6},
        {"leaky", leaky},   {"revleaky", leaky},    {"relie", relie},
        {"ramp", ramp},     {"logistic", logistic}, {"loggy", loggy},
        {"tanh", tanh},     {"elu", elu},           {"selu", selu},
        {"swish", swish},   {"mish", mish},         {"hard_mish", hard_mish},
        {"gelu", gelu},     {"hardtan", hardtan},   {"lhtan", lhtan},
        {"plse", plse},     {"stair", stair},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(name, known[i].name) == 0)
            return known[i].function(x);
    return relu(x);
}
