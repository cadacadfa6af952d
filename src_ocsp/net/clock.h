#ifndef OCSP_NET_CLOCK_H
#define OCSP_NET_CLOCK_H

#include <time.h>

/* Seconds since some moment in the past; setting the machine's clock does not change it.
 */
static inline double ocsp_seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
