/* Stability indicator over the epochs' removed sets.
 *
 *     J^t = mean over groups of |K^t ∩ K^(t−w)| / |K^t ∪ K^(t−w)|
 *     Ĵ^t = mean of the last 3 J (of as many as there are)
 *
 * K: kept channels; w = 2 epochs.
 *
 * Fixed memory: the last w + 1 sets and a few numbers. Values are NaN until defined. */
#ifndef OCSP_PRUNE_STABILITY_H
#define OCSP_PRUNE_STABILITY_H

#include <stdbool.h>

#include "net/error.h"
#include "prune/coupling.h"

#define OCSP_STABILITY_LAG 2  /* w */
#define OCSP_STABILITY_MEAN 3 /* J in Ĵ */

struct ocsp_stability {
    const struct ocsp_coupling *coupling; /* borrowed */
    bool *sets[OCSP_STABILITY_LAG + 1];   /* removed sets, newest at n % (w + 1) */
    int n;                                /* sets seen */
    double last[OCSP_STABILITY_MEAN];     /* the last J, newest first */
    double j, mean;                       /* J^t, Ĵ^t */
    double earlier[2];                    /* Ĵ^(t−1), Ĵ^(t−2) */
};

enum ocsp_status ocsp_stability_init(struct ocsp_stability *s,
                                     const struct ocsp_coupling *coupling,
                                     struct ocsp_error *err);
void ocsp_stability_clear(struct ocsp_stability *s);
/* One epoch's set: removed [n_channels], copied. */
void ocsp_stability_add(struct ocsp_stability *s, const bool *removed);
/* Jaccard index of the kept channels of two removed sets, mean over groups. */
double ocsp_jaccard(const struct ocsp_coupling *coupling, const bool *a, const bool *b);

#endif
