#include "hosts/by_value/counters.h"

#include <string.h>

#include "hosts/by_value/darknet_compat.h"

#define PUT(field)                                                                       \
    strcpy(out[count].name, #field);                                                     \
    out[count++].value = (double)*of->field;

int ocsp_counters(const void *net, struct ocsp_counter out[OCSP_MAX_COUNTERS])
{
    const network *of = net;
    int count = 0;

    OCSP_HOST_COUNTERS(PUT)
    return count;
}

#define TAKE(field)                                                                      \
    if (strcmp(in[k].name, #field) == 0)                                                 \
        *of->field = in[k].value;

void ocsp_counters_set(void *net, const struct ocsp_counter *in, int n)
{
    network *of = net;

    for (int k = 0; k < n; k++) {
        if (!isfinite(in[k].value)) /* a running mean that had gone astray */
            continue;
        OCSP_HOST_COUNTERS(TAKE)
    }
}
