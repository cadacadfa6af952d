#include "view/speed_statistics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double *sorted(const double *x, int n)
{
    double *copy = malloc((size_t)n * sizeof *copy);

    if (!copy)
        return NULL;
    memcpy(copy, x, (size_t)n * sizeof *copy);
    qsort(copy, (size_t)n, sizeof *copy, compare);
    return copy;
}

/* Between the two ordered numbers that are next to share q. */
static double quantile(const double *ordered, int n, double q)
{
    const double at = q * (n - 1);
    const int below = (int)at, above = below + 1 < n ? below + 1 : below;

    return ordered[below] + (at - below) * (ordered[above] - ordered[below]);
}

double ocsp_median_of(double *x, int n)
{
    qsort(x, (size_t)n, sizeof *x, compare);
    return quantile(x, n, 0.5);
}

enum ocsp_status ocsp_spread_of(const double *x, int n, struct ocsp_spread *out,
                                struct ocsp_error *err)
{
    double *ordered = sorted(x, n);

    if (!ordered)
        return ocsp_fail_memory(err);
    *out = (struct ocsp_spread){quantile(ordered, n, 0.25), quantile(ordered, n, 0.5),
                                quantile(ordered, n, 0.75)};
    free(ordered);
    return OCSP_OK;
}

/* The probability that at most k of n numbers lie below their distribution's median. */
static double binomial(int n, int k)
{
    double term = pow(0.5, n), sum = 0;

    for (int i = 0; i <= k; i++) {
        sum += term;
        term *= (double)(n - i) / (i + 1);
    }
    return sum;
}

enum ocsp_status ocsp_interval_of(const double *x, int n, struct ocsp_interval *out,
                                  struct ocsp_error *err)
{
    double *ordered = sorted(x, n);
    int k = 0;

    if (!ordered)
        return ocsp_fail_memory(err);
    while (2 * (k + 1) < n && 1 - 2 * binomial(n, k + 1) >= OCSP_SPEED_CONFIDENCE)
        k++;
    *out = (struct ocsp_interval){ordered[k], ordered[n - 1 - k], 1 - 2 * binomial(n, k)};
    free(ordered);
    return OCSP_OK;
}

static enum ocsp_speed_verdict verdict_on(const struct ocsp_interval *interval)
{
    if (interval->low > 1 + OCSP_SPEED_RESOLUTION)
        return OCSP_SPEED_GAIN;
    return interval->high < 1 - OCSP_SPEED_RESOLUTION ? OCSP_SPEED_LOSS
                                                      : OCSP_SPEED_NO_GAIN;
}

enum ocsp_status ocsp_speed_gain_of(const double *first, const double *other, int rounds,
                                    double first_macs, double other_macs,
                                    struct ocsp_speed_gain *out, struct ocsp_error *err)
{
    struct ocsp_spread spread;
    struct ocsp_interval interval;
    double *ratios = malloc((size_t)rounds * sizeof *ratios);
    enum ocsp_status status = ratios ? OCSP_OK : ocsp_fail_memory(err);

    for (int k = 0; k < rounds && !status; k++)
        ratios[k] = first[k] / other[k];
    if (!status)
        status = ocsp_spread_of(ratios, rounds, &spread, err);
    if (!status)
        status = ocsp_interval_of(ratios, rounds, &interval, err);
    free(ratios);
    if (status)
        return status;
    const double theory = other_macs > 0 ? first_macs / other_macs : 0;
    *out = (struct ocsp_speed_gain){.times = spread.median,
                                    .interval = interval,
                                    .verdict = verdict_on(&interval),
                                    .theory = theory,
                                    .share = theory > 0 ? spread.median / theory : 0};
    return OCSP_OK;
}

const char *ocsp_speed_verdict_name(enum ocsp_speed_verdict verdict)
{
    static const char *const names[] = {[OCSP_SPEED_GAIN] = "gain",
                                        [OCSP_SPEED_NO_GAIN] = "none",
                                        [OCSP_SPEED_LOSS] = "loss"};

    return names[verdict];
}
