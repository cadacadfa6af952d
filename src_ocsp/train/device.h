/* The live parameters of one network on a GPU: sums of squares, penalty and shrinking
 * where they lie, under the contracts of prune/square_sums.h and prune/penalty.h. One
 * read of the weights each; a few launches for the whole network; nothing waits for the
 * device but ocsp_device_sums and ocsp_device_find_bad, whose results come back.
 *
 * `stream` is the host's own, as a `void *` (a cudaStream_t): all work is queued there,
 * and its device must be the calling thread's (host.h, `stream`). */
#ifndef OCSP_TRAIN_DEVICE_H
#define OCSP_TRAIN_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "hosts/host.h"
#include "prune/coupling.h"
#include "prune/square_sums.h"

struct ocsp_device;

/* `layers` [n_layers]: their device arrays, on the calling thread's device; `sums`: what
 * was made for the same arrays. Nothing is selected yet. Without coupling and sums (NULL)
 * there is only ocsp_device_find_bad. */
enum ocsp_status ocsp_device_new(struct ocsp_device **out, const struct ocsp_graph *graph,
                                 const struct ocsp_coupling *coupling,
                                 const struct ocsp_host_layer *layers,
                                 const struct ocsp_sums *sums, struct ocsp_error *err);
void ocsp_device_free(struct ocsp_device *device);

/* The channels that the two below are for: selected [n_channels]. */
void ocsp_device_select(struct ocsp_device *device, const bool *selected, void *stream);
/* The layers that this step updates [n_layers]; the two below leave out the others. Costs
 * nothing where they are those of the step before. */
void ocsp_device_update(struct ocsp_device *device, const bool *updated, void *stream);
/* Eq. (8) on all layers: updates −= scale · w/||w_c||, the norms from the weights now. */
void ocsp_device_add_gradient(struct ocsp_device *device, float scale, void *stream);
/* Eq. (9) on all layers: w *= 1 − pull · (the layer's rate). */
void ocsp_device_shrink(struct ocsp_device *device, float pull, void *stream);

/* Fills `sums`, which has the arrays of the one it was made with. */
void ocsp_device_sums(struct ocsp_device *device, struct ocsp_sums *sums, void *stream);
/* The first layer with a number that is infinite or not a number, or −1. */
int ocsp_device_find_bad(struct ocsp_device *device, void *stream);

/* Milliseconds of device time that add_gradient and shrink took so far. */
double ocsp_device_milliseconds(struct ocsp_device *device);

/* n floats to and from the device; the first two wait until they are there. */
void ocsp_device_pull(float *to, const float *from, size_t n, void *stream);
void ocsp_device_push(float *to, const float *from, size_t n, void *stream);

#endif
