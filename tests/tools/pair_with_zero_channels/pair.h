/* What the files of pair_with_zero_channels share. */
#ifndef OCSP_TESTS_PAIR_H
#define OCSP_TESTS_PAIR_H

#include "layers/weights.h"
#include "prune/plan.h"

enum zeroed { NONE, OUT, BOTH };

struct net {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
    struct ocsp_plan plan;
};

extern struct ocsp_error error; /* of the last call of the library */

/* Ends the program with `error` unless the call has succeeded. */
void must(enum ocsp_status status);
/* At least one element, all zero; to be freed. */
void *allocate(size_t n, size_t size);

void random_seed(uint64_t seed);
uint32_t random_bits(void);
/* Uniform with this mean and deviation; nothing where there is no array. */
void fill(float *array, size_t n, double center, double spread);

/* Random channels that make up this share of the MACs, or as many as can go. */
void search_plan(struct net *net, double share);
/* The program's line on stdout. */
void report(const struct net *net);

/* Random weights of the net without, where asked for, those of removed channels. */
void make_weights(const struct net *net, enum zeroed zeroed, struct ocsp_weights **out);

#endif
