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
        const struct ocsp_coupled_table *l = &coupling->tables[u->summand];
        const int sum = kept(u->sum, u->n, removed);
        if (kept(l->col, l->cols, removed) == sum &&
            kept(l->row, l->rows, removed) != sum)
            return u;
    }
    return NULL;
}

static bool holds(const struct ocsp_coupling *coupling, const int *channel, int n,
                  int group)
{
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0 && coupling->group_of[channel[k]] == group)
            return true;
    return false;
}

bool ocsp_uneven_concerns(const struct ocsp_coupling *coupling,
                          const struct ocsp_uneven *uneven, int group)
{
    const struct ocsp_coupled_table *l = &coupling->tables[uneven->summand];

    return holds(coupling, uneven->sum, uneven->n, group) ||
           holds(coupling, l->col, l->cols, group) ||
           holds(coupling, l->row, l->rows, group);
}

static int losing_group(const struct ocsp_coupling *coupling, const int *channel, int n,
                        const bool *removed)
{
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0 && removed[channel[k]])
            return coupling->group_of[channel[k]];
    return -1;
}

int ocsp_uneven_group(const struct ocsp_coupling *coupling,
                      const struct ocsp_uneven *uneven, const bool *removed)
{
    const struct ocsp_coupled_table *l = &coupling->tables[uneven->summand];
    const int g = losing_group(coupling, l->col, l->cols, removed);

    return g >= 0 ? g : losing_group(coupling, uneven->sum, uneven->n, removed);
}
