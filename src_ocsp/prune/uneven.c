#include "prune/uneven.h"

static int kept(const int *channel, int n, const bool *removed)
{
    int count = 0;

    for (int k = 0; k < n; k++)
        count += channel[k] < 0 || !removed[channel[k]];
    return count;
}

const struct ocsp_uneven *ocsp_uneven_misread(const struct ocsp_coupling *coupling,
                                              const bool *removed)
{
    for (int k = 0; k < coupling->n_uneven; k++) {
        const struct ocsp_uneven *u = &coupling->uneven[k];
        const struct ocsp_coupled_layer *l = &coupling->layers[u->summand];
        const int sum = kept(u->sum, u->n, removed);
        if (kept(l->col, l->cols, removed) == sum &&
            kept(l->row, l->rows, removed) != sum)
            return u;
    }
    return NULL;
}

/* The later one of `last` (−1: none) and the removed ones of channel [n]. */
static int last_of(int last, const int *channel, int n, const bool *removed,
                   const double *score)
{
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0 && removed[channel[k]] &&
            (last < 0 || score[channel[k]] > score[last]))
            last = channel[k];
    return last;
}

int ocsp_uneven_last(const struct ocsp_coupling *coupling,
                     const struct ocsp_uneven *uneven, const bool *removed,
                     const double *score)
{
    const struct ocsp_coupled_layer *l = &coupling->layers[uneven->summand];

    return last_of(last_of(-1, l->col, l->cols, removed, score), uneven->sum, uneven->n,
                   removed, score);
}
