/* What a network computes with the engine and without, to be compared. */
#ifndef OCSP_TESTS_HOST_ENGINE_RECORD_H
#define OCSP_TESTS_HOST_ENGINE_RECORD_H

#include "engine/engine.h"
#include "helpers.h"
#include "host_calls.h"
#include "hosts/by_value/repair.h"
#include "hosts/host.h"
#include "network.h"
#include "random_cfg.h"

enum { NETS = 60, PASSES = 2 };
static const double TOLERANCE = 1e-4;

/* For hooks that do nothing of their own. */
extern const struct ocsp_host_events no_events;

void randomize(const network *net);

/* All that a run has to agree in, array after array. */
struct record {
    float *data;
    size_t n, capacity;
    size_t ends[16 * RANDOM_CFG_LAYERS];
    bool gradient[16 * RANDOM_CFG_LAYERS];
    int arrays;
    bool noting_gradients;
};

void note_parameters(struct record *record, const network *net, bool updates);

size_t outputs(const network *net, const float **out);

void note_pass(struct record *record, network *net);

void note_inference(struct record *record, network *net);

/* Of the last network with hooks. */
extern int layers_on_engine;

network *install_hooks(const char *cfg, bool engine);

struct record run(const char *cfg, bool engine);

/* max |a − b| / max |a| of the worst array. A gradient far below all others is one that a
 * normalization behind it cancels: of rounding. */
double difference(const struct record *a, const struct record *b);

/* Rounding may put an element on the other side of a kink of relu, and another draw has
 * it elsewhere. */
void compare(const char *cfg, const char *name, int least_on_engine);

#define NET(batch, side)                                                                 \
    "[net]\nbatch=" #batch "\nsubdivisions=1\nwidth=" #side "\nheight=" #side            \
    "\nchannels=3\nlearning_rate=.01\npolicy=constant\nmax_batches=10\nmomentum=.9\n"    \
    "decay=.001\n"
#define CONV(filters, size, stride, activation)                                          \
    "[convolutional]\nbatch_normalize=1\nfilters=" #filters "\nsize=" #size              \
    "\nstride=" #stride "\npad=1\nactivation=" activation "\n"

extern const char residual[];

#endif
