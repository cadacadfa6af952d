/* Networks, with values of a seed, that the tests of the adapter train with hooks. */
#ifndef OCSP_TESTS_HOST_ADAPTER_TRAINING_H
#define OCSP_TESTS_HOST_ADAPTER_TRAINING_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "host_calls.h"
#include "hosts/by_value/repair.h"
#include "hosts/host.h"
#include "network.h"
#include "refusal.h"

#define NET                                                                              \
    "[net]\nbatch=6\nsubdivisions=2\nwidth=8\nheight=8\nchannels=3\nlearning_rate=.05\n" \
    "momentum=.9\ndecay=.001\npolicy=steps\nsteps=3,6\nscales=.5,.5\nmax_batches=50\n"   \
    "burn_in=2\n"
#define CLASSIFIER                                                                       \
    NET "[convolutional]\nbatch_normalize=1\nfilters=6\nsize=3\npad=1\nactivation="      \
        "leaky\n"                                                                        \
        "[dropout]\nprobability=.1\n"                                                    \
        "[convolutional]\nfilters=6\nsize=1\nactivation=linear\nlearning_rate=.5\n"      \
        "[batchnorm]\n[activation]\nactivation=leaky\n[avgpool]\n"                       \
        "[connected]\noutput=5\nactivation=linear\n[softmax]\n"
enum { N_LAYERS = 8, CONV = 0, DROP = 1, POINT = 2, BN = 3, FULL = 6, CLASSES = 5 };
#define RESIZABLE                                                                        \
    NET "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=3\npad=1\nactivation="      \
        "leaky\n"                                                                        \
        "[convolutional]\nbatch_normalize=1\nfilters=4\nsize=1\nactivation=leaky\n"      \
        "%s[shortcut]\nfrom=0\nactivation=linear\n[route]\nlayers=-1,0\n"                \
        "[maxpool]\nsize=2\nstride=2\n[upsample]\nstride=2\n"                            \
        "[convolutional]\nfilters=2\nsize=3\npad=1\nactivation=linear\n[cost]\n"

void fill(float *x, size_t n, float low, float high);

/* Equal values and momentum in every network that is filled with the same seed. */
void randomize(network *net, unsigned seed);

void expect_equal(network *a, network *b, float tolerance);

struct record {
    network *net;
    int n_before, n_after, layers[16];
    float divisor, rate[16], first[16], bump;
    bool last;
};

void before(void *context, const struct ocsp_update *update);

void install_hooks(network *net, struct ocsp_host_events *events, struct record *record);

/* One step of the host's own training, subdivisions and all. */
float train(network *net);

void clear_momentum(network *net);

#endif
