/* A golden net of tests/golden with what the paper's released program says of it. */
#ifndef OCSP_TESTS_GOLDEN_CASE_H
#define OCSP_TESTS_GOLDEN_CASE_H

#include <jansson.h>

#include "helpers.h"

struct golden {
    struct net net; /* with its weights */
    json_t *json;
    json_t *groups; /* borrowed from json */
    float *image, *logits, *pruned_logits;
    int n_logits; /* of the layer before [softmax] */
};

extern const char *const golden_names[2];

void golden_load(struct golden *golden, const char *name);
void golden_clear(struct golden *golden);
/* Our group that the file's g-th describes: equal members. Fails where there is none. */
int golden_group(const struct golden *golden, size_t g);
/* Our coupled channel for channel k of the file's g-th group. */
int golden_channel(const struct golden *golden, size_t g, int k);
/* The plan that removes the file's `pruned` sets. */
void golden_plan(const struct golden *golden, struct ocsp_plan *plan);

#endif
