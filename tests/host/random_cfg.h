/* Random nets for the tests of room host/: convolutions of all kinds, pools, skip
 * connections, concatenations, layers that the engine leaves to the host, three heads. */
#ifndef OCSP_TESTS_HOST_RANDOM_CFG_H
#define OCSP_TESTS_HOST_RANDOM_CFG_H

#include "helpers.h"

enum { RANDOM_CFG_LAYERS = 40 };

/* A growing cfg, and the shapes of its layers. */
struct random_cfg {
    char text[1 << 14];
    int n, batch;
    struct {
        int c, h, w;
        bool joinable; /* other layers may read it */
    } at[RANDOM_CFG_LAYERS];
};

void random_cfg_make(struct random_cfg *d, struct random *r);

#endif
