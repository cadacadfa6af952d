/* Statistics of timings that were taken in rounds, one time per net and round: nets are
 * compared round by round, because a machine's speed drifts between rounds. */
#ifndef OCSP_VIEW_SPEED_STATISTICS_H
#define OCSP_VIEW_SPEED_STATISTICS_H

#include "net/error.h"

/* Two copies of one net differ by so much: their memory lies elsewhere. A smaller gain is
 * none, however often it is measured. */
#define OCSP_SPEED_RESOLUTION 0.02
/* Of the interval, where there are enough rounds for it. */
#define OCSP_SPEED_CONFIDENCE 0.99
/* With fewer rounds not even the whole range is such an interval. */
#define OCSP_SPEED_ENOUGH_ROUNDS 8

/* The middle half of some numbers. */
struct ocsp_spread {
    double low, median, high;
};

/* The interval in which the true median lies with this probability, whatever the
 * distribution is: from one ordered number to another. */
struct ocsp_interval {
    double low, high, confidence;
};

enum ocsp_speed_verdict { OCSP_SPEED_GAIN, OCSP_SPEED_NO_GAIN, OCSP_SPEED_LOSS };

/* A net against another one. */
struct ocsp_speed_gain {
    double times; /* as fast: the median of the rounds' ratios */
    struct ocsp_interval interval;
    enum ocsp_speed_verdict verdict;
    double theory; /* ratio of the MACs; 0: one of the nets has none */
    double share;  /* of the theory; 0 where there is none */
};

/* Sorts n > 0 numbers; the mean of the middle two where n is even. */
double ocsp_median_of(double *x, int n);
/* n > 0 numbers in any order. */
enum ocsp_status ocsp_spread_of(const double *x, int n, struct ocsp_spread *out,
                                struct ocsp_error *err);
enum ocsp_status ocsp_interval_of(const double *x, int n, struct ocsp_interval *out,
                                  struct ocsp_error *err);
/* Seconds [rounds] of the first net and of another one, and their MACs. */
enum ocsp_status ocsp_speed_gain_of(const double *first, const double *other, int rounds,
                                    double first_macs, double other_macs,
                                    struct ocsp_speed_gain *out, struct ocsp_error *err);

/* "gain", "none" or "loss". */
const char *ocsp_speed_verdict_name(enum ocsp_speed_verdict verdict);

#endif
