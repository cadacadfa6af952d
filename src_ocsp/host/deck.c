#include "host/deck.h"

#include <stdlib.h>

#include "host/mix.h"

void ocsp_deck_place(struct ocsp_deck *deck, uint64_t seed, uint64_t next, uint64_t limit)
{
    deck->seed = seed;
    deck->next = next;
    deck->end = limit > 0 ? next + limit : UINT64_MAX;
}

/* Fisher and Yates's shuffle of 0 … m − 1. */
static bool shuffle(struct ocsp_deck *deck, int m, uint64_t pass)
{
    uint64_t state = ocsp_mix(ocsp_mix(deck->seed) + pass);

    if (m != deck->n) {
        ocsp_deck_clear(deck);
        deck->order = malloc((size_t)m * sizeof *deck->order);
        if (!deck->order)
            return false;
        deck->n = m;
    }
    for (int k = 0; k < m; k++) {
        const int from = (int)(ocsp_draw(&state) % ((uint64_t)k + 1));
        deck->order[k] = k;
        deck->order[k] = deck->order[from];
        deck->order[from] = k;
    }
    deck->pass = pass;
    deck->order_seed = deck->seed;
    return true;
}

/* The index of the next image of m; −1 without memory. */
static int next_of(struct ocsp_deck *deck, int m)
{
    const uint64_t pass = deck->next / (uint64_t)m;

    if ((m != deck->n || pass != deck->pass || deck->seed != deck->order_seed) &&
        !shuffle(deck, m, pass))
        return -1;
    return deck->order[deck->next++ % (uint64_t)m];
}

static bool any_path(char **paths, int m)
{
    for (int k = 0; k < m; k++)
        if (*paths[k])
            return true;
    return false;
}

bool ocsp_deck_draw(struct ocsp_deck *deck, char **paths, int n, int m, char **drawn)
{
    if (m <= 0 || deck->end - deck->next < (uint64_t)n || !any_path(paths, m))
        return false;
    for (int k = 0; k < n;) {
        const int i = next_of(deck, m);
        if (i < 0)
            return false;
        if (*paths[i])
            drawn[k++] = paths[i];
    }
    return true;
}

void ocsp_deck_clear(struct ocsp_deck *deck)
{
    free(deck->order);
    deck->order = NULL;
    deck->n = 0;
}
