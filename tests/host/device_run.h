/* A network of AlexeyAB's GPU build on the device, for the tests of its gradients and
 * training. In single precision on a GPU; where CUDA is emulated, in double precision
 * (double_cuda.h), which sees more.
 *
 * Every network lives in a process of its own: a kernel that writes through a null
 * pointer spoils the device for the rest of its process. */
#ifndef OCSP_TESTS_HOST_DEVICE_RUN_H
#define OCSP_TESTS_HOST_DEVICE_RUN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <cuda.h>

#include "blas.h"
#include "convolutional_layer.h"
#include "dark_cuda.h"
#include "host_calls.h"
#include "hosts/alexeyab/features.h"
#include "hosts/alexeyab/repair_gpu_kernels.h"
#include "hosts/alexeyab/rules.h"
#include "hosts/by_value/repair.h"
#include "refusal.h"

enum { MINIBATCHES = 2, EXACT = sizeof(float) == sizeof(1.), SEED = 20240117 };

/* the first of two equal keys counts */
#define CONV(keys) "[convolutional]\n" keys "\npad=1\nstride=1\nactivation=tanh\n"
#define HEAD "[convolutional]\nfilters=4\nsize=6\nstride=1\npad=0\nactivation=linear\n"
#define SOFTMAX_HEAD HEAD "[softmax]\n"
#define STEM CONV("filters=4\nsize=3")
#define BN "batch_normalize=1"
#define POOLED_HEAD "[convolutional]\nfilters=4\nsize=3\nactivation=linear\n[softmax]\n"
#define CONNECTED_HEAD "[connected]\noutput=4\nactivation=linear\n[softmax]\n"

/* Of the numbers that filled(), draw() and randomize() take. */
extern unsigned long noise_state;

float *filled(size_t n, double low, double high);

struct sample {
    float *images[MINIBATCHES], *truth[MINIBATCHES];
};

/* Of the tree's four classes the last two belong to the first, and have no truth where
 * that is not the image's: what the host's loader does. */
extern const char classes[];

struct sample draw(const network *net);

/* A layer's arrays on the device. */
enum { N_ARRAYS = 3 };
struct array {
    float *value, *update;
    size_t n;
};

void arrays_of(const layer *l, struct array out[N_ARRAYS]);

/* `weak`: weights before a normalization so small that its epsilon counts. */
void randomize(const network *net, bool weak);

double run(network *net, const struct sample *s, bool backward);

struct run {
    char cfg[4096];
    unsigned long seed;
    double scale;
    bool hooked, weak;
};

/* What a child reports of a case. */
struct report {
    double number;
    char text[256];
};
typedef void child(const void *argument, struct report *out);

/* Runs `task` in a process of its own; false where that dies. */
bool in_child(child *task, const void *argument, struct report *out);

/* Whether there is a device to test on; prints that all is skipped where not. */
bool has_device(void);

#endif
