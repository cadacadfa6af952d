/* Draws training images as cards are drawn: each once before any comes again, in an order
 * that every pass shuffles anew. The hosts' own draw leaves a share of 1/e, 37 %, of the
 * images out of each pass, and shows others twice and more. */
#ifndef OCSP_TRAIN_DECK_H
#define OCSP_TRAIN_DECK_H

#include <stdint.h>

struct ocsp_deck {
    uint64_t seed;
    uint64_t next; /* images drawn before, over all passes */
    /* the pass that was shuffled last */
    int *order; /* [n] */
    int n;
    uint64_t pass, order_seed;
};

/* What is drawn from now on follows from `seed` and `next` alone. */
void ocsp_deck_place(struct ocsp_deck *deck, uint64_t seed, uint64_t next);
/* Puts n of the m > 0 paths into `drawn`, borrowed. Ends the program where memory does,
 * as the hosts' loaders do. */
void ocsp_deck_draw(struct ocsp_deck *deck, char **paths, int n, int m, char **drawn);
void ocsp_deck_clear(struct ocsp_deck *deck);

#endif
