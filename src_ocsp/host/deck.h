/* Draws training images as cards are drawn: each once before any comes again, in an order
 * that every pass shuffles anew. The hosts' own draw leaves a share of 1/e, 37 %, of the
 * images out of each pass, and shows others twice and more. */
#ifndef OCSP_HOST_DECK_H
#define OCSP_HOST_DECK_H

#include <stdbool.h>
#include <stdint.h>

struct ocsp_deck {
    uint64_t seed;
    uint64_t next; /* images drawn before, over all passes */
    uint64_t end;  /* of them; no more are drawn */
    /* the pass that `next` is in */
    int *order; /* [n] */
    int n;
    uint64_t pass, order_seed;
};

/* What is drawn from now on follows from `seed` and `next` alone. Only `limit` images are
 * drawn until the next call; 0: no limit. */
void ocsp_deck_place(struct ocsp_deck *deck, uint64_t seed, uint64_t next,
                     uint64_t limit);
/* Puts n of the m paths into `drawn`, borrowed; empty ones are passed over. false: the
 * limit is reached, or there is no memory or no path, and nothing was drawn. */
bool ocsp_deck_draw(struct ocsp_deck *deck, char **paths, int n, int m, char **drawn);
void ocsp_deck_clear(struct ocsp_deck *deck);

#endif
