#include "train/deck.h"

#include <stdbool.h>
#include <stdlib.h>

#include "hosts/give_up.h"
#include "net/error.h"
#include "net/random_bits.h"

void ocsp_deck_place(struct ocsp_deck *deck, uint64_t seed, uint64_t next)
{
    deck->seed = seed;
    deck->next = next;
}

static void make_room(struct ocsp_deck *deck, int m)
{
    struct ocsp_error err;

    ocsp_deck_clear(deck);
    deck->order = malloc((size_t)m * sizeof *deck->order);
    if (!deck->order) {
        ocsp_fail_memory(&err);
        ocsp_give_up(&err);
    }
    deck->n = m;
}

/* Fisher and Yates's shuffle of 0 … n − 1. */
static void shuffle(struct ocsp_deck *deck, uint64_t pass)
{
    uint64_t state = ocsp_random_bits_of(ocsp_random_bits_of(deck->seed) + pass);

    for (int k = 0; k < deck->n; k++) {
        const int from = (int)(ocsp_next_random_bits(&state) % ((uint64_t)k + 1));
        deck->order[k] = k;
        deck->order[k] = deck->order[from];
        deck->order[from] = k;
    }
    deck->pass = pass;
    deck->order_seed = deck->seed;
}

void ocsp_deck_draw(struct ocsp_deck *deck, char **paths, int n, int m, char **drawn)
{
    for (int k = 0; k < n; k++) {
        const uint64_t pass = deck->next / (uint64_t)m;
        const bool has_room = deck->n == m;
        if (!has_room)
            make_room(deck, m);
        if (!has_room || pass != deck->pass || deck->seed != deck->order_seed)
            shuffle(deck, pass);
        drawn[k] = paths[deck->order[deck->next++ % (uint64_t)m]];
    }
}

void ocsp_deck_clear(struct ocsp_deck *deck)
{
    free(deck->order);
    deck->order = NULL;
    deck->n = 0;
}
