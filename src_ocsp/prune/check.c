#include "prune/check.h"

#include <math.h>
#include <string.h>

void ocsp_check_mask(const struct ocsp_coupling *coupling, const struct ocsp_plan *plan,
                     const struct ocsp_params *params)
{
    for (int i = 0; i < coupling->n_tables; i++) {
        const struct ocsp_coupled_table *l = &coupling->tables[i];
        float *w = ocsp_params_table(&params[l->layer], l->index);
        if (!w || l->cols == 0 || l->depthwise)
            continue;
        for (int r = 0; r < l->rows; r++) {
            const int *col = l->col + ocsp_column(l, r, 0);
            for (int j = 0; j < l->cols / l->conv_groups; j++, w += l->block)
                if (col[j] >= 0 && plan->removed[col[j]])
                    memset(w, 0, (size_t)l->block * sizeof *w);
        }
    }
}

double ocsp_check_difference(const float *a, const float *b, size_t n)
{
    double largest = 0, difference = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(a[i]) || isnan(b[i]))
            return NAN;
        largest = fmax(largest, fabs((double)a[i]));
        difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
    }
    return largest > 0 ? difference / largest : difference;
}
