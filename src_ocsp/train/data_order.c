#include "train/data_order.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "net/random_bits.h"

void ocsp_data_order_seed(uint64_t seed, uint64_t iteration)
{
    srand((unsigned)ocsp_random_bits_of(ocsp_random_bits_of(seed) + iteration));
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
