#include "cycle/norms.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { PER_DECADE = 20, LOWEST = -6, HIGHEST = 6 }; /* powers of 10 */
/* with the bins from 0 and to infinity */
enum { BINS = PER_DECADE * (HIGHEST - LOWEST) + 2 };

/* The lower edge of bin k; bin 0 has all that is below the lowest power of 10. */
static double edge(int k)
{
    if (k == 0)
        return 0;
    return k < BINS ? pow(10, LOWEST + (k - 1) / (double)PER_DECADE) : INFINITY;
}

static int bin_of(double norm)
{
    int low = 0, high = BINS; /* edge(low) <= norm < edge(high) */

    while (high - low > 1) {
        const int middle = (low + high) / 2;
        if (norm >= edge(middle))
            low = middle;
        else
            high = middle;
    }
    return low;
}

enum ocsp_status ocsp_norms_rows(const double *norm, const bool *selected, int n,
                                 int epoch, char **text, struct ocsp_error *err)
{
    int count[BINS][2] = {{0}};
    char *rows = NULL;
    size_t size;
    FILE *out = open_memstream(&rows, &size);

    if (!out)
        return ocsp_fail_memory(err);
    for (int c = 0; c < n; c++)
        count[bin_of(norm[c])][selected[c]]++;
    for (int k = 0; k < BINS; k++)
        if (count[k][0] + count[k][1] > 0)
            fprintf(out, "%d,%.6g,%.6g,%d,%d\n", epoch, edge(k), edge(k + 1), count[k][1],
                    count[k][0]);
    if (fclose(out)) {
        free(rows);
        return ocsp_fail_memory(err);
    }
    *text = rows;
    return OCSP_OK;
}
