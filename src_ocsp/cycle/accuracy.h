/* How good the network in training is on images that it is not trained on: the numbers of
 * a run, the best of them, and how often they are measured. */
#ifndef OCSP_CYCLE_ACCURACY_H
#define OCSP_CYCLE_ACCURACY_H

#include <stdbool.h>
#include <stddef.h>

#include "prune/plan_file.h"

enum ocsp_accuracy_measure { OCSP_NO_MEASURE, OCSP_MEASURE_TOP1, OCSP_MEASURE_MAP };

/* One measurement. Percent; NaN: not measured. */
struct ocsp_score {
    int epoch; /* finished epochs at that time; 0: there is no measurement */
    double top1, topk, map;
};

/* The best one, and the SHA-256 of its .weights file; "": there is no file. */
struct ocsp_best {
    struct ocsp_score score;
    char sha256[OCSP_SHA256_TEXT];
};

struct ocsp_accuracy {
    enum ocsp_accuracy_measure measure;
    int top;      /* the k of topk */
    int interval; /* epochs from one measurement to the next; 0: not known yet */
    struct ocsp_score last;
    struct ocsp_best best;           /* of the network in training: begins anew at t* */
    struct ocsp_best dense_best;     /* after t*: the dense network's */
    struct ocsp_score before, after; /* surgery */
};

/* "top1", "map", or NULL. */
const char *ocsp_accuracy_measure_name(enum ocsp_accuracy_measure measure);

/* A score in which nothing is measured. */
struct ocsp_score ocsp_score_none(void);
/* The number that decides which of two is better. */
double ocsp_score_main(const struct ocsp_score *score);

/* Takes a measurement in; true: it is better than the best so far, and the best now. */
bool ocsp_accuracy_add(struct ocsp_accuracy *accuracy, const struct ocsp_score *score);
/* The network was pruned, and its scores before and after that are these, either of them
 * perhaps none: the best begins anew with the second. */
void ocsp_accuracy_prune(struct ocsp_accuracy *accuracy, const struct ocsp_score *before,
                         const struct ocsp_score *after);

/* Whether the network is to be measured at the end of this epoch. */
bool ocsp_accuracy_is_due(const struct ocsp_accuracy *accuracy, int epoch);

#define OCSP_EVALUATION_SHARE 0.05
/* `interval`, doubled until a measurement that takes `cost` seconds is at most
 * OCSP_EVALUATION_SHARE of so many epochs' training, `epoch` seconds each. */
int ocsp_accuracy_interval(int interval, double cost, double epoch);

/* "top-1 63.70 %, top-5 96.10 %" or "mAP 51.20 %". */
void ocsp_accuracy_text(char *text, size_t size, const struct ocsp_accuracy *accuracy,
                        const struct ocsp_score *score);

#endif
