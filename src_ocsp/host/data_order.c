#include "host/data_order.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* One step of SplitMix64 (Steele, Lea, Flood 2014): neighbours get unlike seeds. */
static uint64_t mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void ocsp_data_order_seed(long seed, int salt, uint64_t iteration)
{
    srand((unsigned)mix(mix(mix((uint64_t)seed) + (uint64_t)salt) + iteration));
}

static void *do_nothing(void *unused)
{
    return unused;
}

enum ocsp_status ocsp_data_order_wait(void *loader, struct ocsp_error *err)
{
    pthread_t *thread = loader;

    pthread_join(*thread, NULL);
    const int cause = pthread_create(thread, NULL, do_nothing, NULL);
    return cause ? ocsp_fail(err, OCSP_E_IO, NULL, 0, "cannot start a thread: %s",
                             strerror(cause))
                 : OCSP_OK;
}
