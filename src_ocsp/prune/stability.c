#include "prune/stability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SETS (OCSP_STABILITY_LAG + 1)

enum ocsp_status ocsp_stability_init(struct ocsp_stability *s,
                                     const struct ocsp_coupling *coupling,
                                     struct ocsp_error *err)
{
    *s = (struct ocsp_stability){
        .coupling = coupling, .j = NAN, .mean = NAN, .earlier = {NAN, NAN}};
    for (int k = 0; k < OCSP_STABILITY_MEAN; k++)
        s->last[k] = NAN;
    for (int k = 0; k < SETS; k++) {
        s->sets[k] = calloc((size_t)coupling->n_channels + 1, sizeof *s->sets[k]);
        if (!s->sets[k]) {
            ocsp_stability_clear(s);
            return ocsp_fail_memory(err);
        }
    }
    return OCSP_OK;
}

void ocsp_stability_clear(struct ocsp_stability *s)
{
    for (int k = 0; k < SETS; k++) {
        free(s->sets[k]);
        s->sets[k] = NULL;
    }
}

double ocsp_jaccard(const struct ocsp_coupling *coupling, const bool *a, const bool *b)
{
    double sum = 0;

    for (int g = 0; g < coupling->n_groups; g++) {
        const struct ocsp_group *group = &coupling->groups[g];
        int both = 0, either = 0;
        for (int c = group->first; c < group->first + group->channels; c++) {
            both += !a[c] && !b[c];
            either += !a[c] || !b[c];
        }
        /* a group always keeps a channel, so `either` is never 0 */
        sum += (double)both / either;
    }
    return coupling->n_groups > 0 ? sum / coupling->n_groups : 1;
}

void ocsp_stability_add(struct ocsp_stability *s, const bool *removed)
{
    const size_t bytes = (size_t)s->coupling->n_channels * sizeof(bool);
    double sum = 0;
    int count = 0;

    memcpy(s->sets[s->n % SETS], removed, bytes);
    if (s->n >= OCSP_STABILITY_LAG) {
        s->j = ocsp_jaccard(s->coupling, removed,
                            s->sets[(s->n - OCSP_STABILITY_LAG) % SETS]);
        for (int k = OCSP_STABILITY_MEAN - 1; k > 0; k--)
            s->last[k] = s->last[k - 1];
        s->last[0] = s->j;
        for (int k = 0; k < OCSP_STABILITY_MEAN; k++)
            if (!isnan(s->last[k])) {
                sum += s->last[k];
                count++;
            }
        s->earlier[1] = s->earlier[0];
        s->earlier[0] = s->mean;
        s->mean = sum / count;
    }
    s->n++;
}
