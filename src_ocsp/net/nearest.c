#include "net/nearest.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

#define MAX_LENGTH 40

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

int ocsp_nearest_distance(const char *a, const char *b)
{
    int d[MAX_LENGTH + 1][MAX_LENGTH + 1];
    const size_t length_a = strlen(a), length_b = strlen(b);

    if (length_a > MAX_LENGTH || length_b > MAX_LENGTH)
        return (int)(length_a > length_b ? length_a : length_b);
    const int n = (int)length_a, m = (int)length_b;
    for (int i = 0; i <= n; i++)
        for (int k = 0; k <= m; k++) {
            if (i == 0 || k == 0) {
                d[i][k] = max_int(i, k);
                continue;
            }
            d[i][k] = min_int(min_int(d[i - 1][k], d[i][k - 1]) + 1,
                              d[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
                d[i][k] = min_int(d[i][k], d[i - 2][k - 2] + 1);
        }
    return d[n][m];
}

/* One mistake in two letters, two in six, three in ten. */
bool ocsp_nearest_is_near(const char *typed, const char *word)
{
    const int length = max_int((int)strlen(typed), (int)strlen(word));

    return ocsp_nearest_distance(typed, word) <= (length + 2) / 4;
}

struct ocsp_nearest ocsp_nearest_to(const char *typed)
{
    return (struct ocsp_nearest){typed, NULL, INT_MAX};
}

void ocsp_nearest_offer(struct ocsp_nearest *nearest, const char *word)
{
    const int distance = ocsp_nearest_distance(nearest->typed, word);

    if (!ocsp_nearest_is_near(nearest->typed, word) || distance >= nearest->distance)
        return;
    nearest->word = word;
    nearest->distance = distance;
}
