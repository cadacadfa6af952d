/* Random nets for the tests of room host/: convolutions of all kinds, pools, skip
 * connections, concatenations, layers that the engine leaves to the host, three heads. */
#ifndef OCSP_TESTS_DRAFT_H
#define OCSP_TESTS_DRAFT_H

#include "helpers.h"

enum { DRAFT_LAYERS = 40 };

/* A growing cfg, and the shapes of its layers. */
struct draft {
    char text[1 << 14];
    int n, batch;
    struct {
        int c, h, w;
        bool joinable; /* other layers may read it */
    } at[DRAFT_LAYERS];
};

void draft_net(struct draft *d, struct random *r);

#endif
