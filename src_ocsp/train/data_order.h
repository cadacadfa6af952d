/* Repeatable data: with -seed, what the host draws in an iteration depends on the seed
 * and the iteration's number alone, in whichever process it runs.
 *
 * The hosts load a batch ahead, in many threads that share rand() with the training. Here
 * one thread loads, training waits for it, and rand() is seeded anew at each iteration.
 * The calls take the address of the host's `pthread_t`. */
#ifndef OCSP_TRAIN_DATA_ORDER_H
#define OCSP_TRAIN_DATA_ORDER_H

#include <stdint.h>

#include "net/error.h"

/* Seeds rand() for what is drawn during iteration number `iteration`. */
void ocsp_data_order_seed(uint64_t seed, uint64_t iteration);

/* Waits until the loader has its batch, and leaves the host a thread to wait for. */
enum ocsp_status ocsp_data_order_wait(void *loader, struct ocsp_error *err);

#endif
