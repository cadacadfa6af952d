/* Draws each training image once before any comes again, in an order
 * that every pass shuffles anew. The hosts' own draw leaves a share of 1/e, 37 %, of the
 * images out of each pass, and shows others twice and more. */
#ifndef OCSP_TRAIN_IMAGE_ORDER_H
#define OCSP_TRAIN_IMAGE_ORDER_H

#include <stdint.h>

struct ocsp_image_order {
    uint64_t seed;
    uint64_t next; /* images drawn before, over all passes */
    /* the pass that was shuffled last */
    int *permutation; /* [n] */
    int n;
    uint64_t pass, order_seed;
};

/* What is drawn from now on follows from `seed` and `next` alone. */
void ocsp_image_order_set(struct ocsp_image_order *order, uint64_t seed, uint64_t next);
/* Puts n of the m > 0 paths into `drawn`, borrowed. Ends the program where memory does,
 * as the hosts' loaders do. */
void ocsp_image_order_draw(struct ocsp_image_order *order, char **paths, int n, int m,
                           char **drawn);
void ocsp_image_order_clear(struct ocsp_image_order *order);

#endif
