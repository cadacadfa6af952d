/* The self-check of a surgery: two networks read the same noise, and what their heads
 * read of it is compared. */
#ifndef OCSP_TRAIN_SELF_CHECK_H
#define OCSP_TRAIN_SELF_CHECK_H

#include <stddef.h>

#include "layers/graph.h"
#include "net/error.h"

/* The outputs of every layer under an OUTPUT section, or of the last layer where there is
 * none: behind a softmax differences would be hard to see. */
struct ocsp_readings {
    float *data; /* [n], layer after layer; malloc'ed */
    size_t n;
};

/* `net` of `graph` in inference mode, at the batch and size that it has now. */
enum ocsp_status ocsp_self_check_read(void *net, const struct ocsp_graph *graph,
                                      struct ocsp_readings *out, struct ocsp_error *err);

/* Largest difference, as a share of the largest number of `masked`; NaN where they cannot
 * be compared. */
double ocsp_self_check_compare(const struct ocsp_readings *masked,
                               const struct ocsp_readings *pruned);

/* n numbers in [0, 1), always the same, malloc'ed; NULL: no memory. */
float *ocsp_noise(size_t n);

#endif
