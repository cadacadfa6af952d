/* A network's inference, as simple as it can be written, in double precision: the yard
 * stick for surgery. Written after the hosts' semantics, not after their code. */
#ifndef OCSP_TESTS_REFERENCE_FORWARD_H
#define OCSP_TESTS_REFERENCE_FORWARD_H

#include "layers/graph.h"
#include "layers/weights.h"

enum reference_epsilon {
    EPSILON_ALEXEYAB, /* (x − mean) / √(variance + 1e-5), as in PyTorch */
    EPSILON_DEBIAN    /* (x − mean) / (√variance + 1e-6) */
};

/* image [c, h, w]. Returns one array per layer, [c, h, w] each, to be freed with
 * reference_free. Fails the test where it meets a layer that it does not know. */
double **reference_forward(const struct ocsp_graph *graph,
                           const struct ocsp_params *params, const float *image,
                           enum reference_epsilon epsilon);
void reference_free(double **outputs, const struct ocsp_graph *graph);

/* max |a − b| / max |a| */
double reference_difference(const double *a, const double *b, size_t n);
/* The largest of these over all layers whose outputs are the network's, in a dense and a
 * pruned net: those that no plan may touch because nobody reads them, and what a head
 * reads. */
double reference_outputs_difference(const struct ocsp_graph *graph, double **a,
                                    double **b);

#endif
