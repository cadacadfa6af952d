#include "train/image_order.h"

#include <stdbool.h>
#include <stdlib.h>

#include "hosts/fatal.h"
#include "net/error.h"
#include "net/random_bits.h"

void ocsp_image_order_set(struct ocsp_image_order *order, uint64_t seed, uint64_t next)
{
    order->seed = seed;
    order->next = next;
}

static void make_room(struct ocsp_image_order *order, int m)
{
    struct ocsp_error err;

    ocsp_image_order_clear(order);
    order->permutation = malloc((size_t)m * sizeof *order->permutation);
    if (!order->permutation) {
        ocsp_fail_memory(&err);
        ocsp_fatal(&err);
    }
    order->n = m;
}

/* Fisher and Yates's shuffle of 0 … n − 1. */
static void shuffle(struct ocsp_image_order *order, uint64_t pass)
{
    uint64_t state = ocsp_random_bits_of(ocsp_random_bits_of(order->seed) + pass);

    for (int k = 0; k < order->n; k++) {
        const int from = (int)(ocsp_next_random_bits(&state) % ((uint64_t)k + 1));
        order->permutation[k] = k;
        order->permutation[k] = order->permutation[from];
        order->permutation[from] = k;
    }
    order->pass = pass;
    order->order_seed = order->seed;
}

void ocsp_image_order_draw(struct ocsp_image_order *order, char **paths, int n, int m,
                           char **drawn)
{
    for (int k = 0; k < n; k++) {
        const uint64_t pass = order->next / (uint64_t)m;
        const bool has_room = order->n == m;
        if (!has_room)
            make_room(order, m);
        if (!has_room || pass != order->pass || order->seed != order->order_seed)
            shuffle(order, pass);
        drawn[k] = paths[order->permutation[order->next++ % (uint64_t)m]];
    }
}

void ocsp_image_order_clear(struct ocsp_image_order *order)
{
    free(order->permutation);
    order->permutation = NULL;
    order->n = 0;
}
