/* What the unit tests share: nets from text, seeded random numbers, scratch files.
 *
 *     struct net net;
 *     net_parse(&net, "[net]\n…");           cfg, graph and coupling, or the test fails
 *     net_random_weights(&net, &random);
 *     net_clear(&net);
 *
 * Every function makes the running test fail where it cannot do its work. */
#ifndef OCSP_TESTS_HELPERS_H
#define OCSP_TESTS_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the five above */
#include <cmocka.h>

#include "layers/graph.h"
#include "layers/weights.h"
#include "net/cfg.h"
#include "net/error.h"
#include "prune/coupling.h"
#include "prune/plan.h"
#include "prune/square_sums.h"

/* Filled by the calls that the two macros wrap. */
extern struct ocsp_error test_error;

/* MUST(f(…, &test_error)): the call succeeds. */
#define MUST(call) must_succeed((call), __FILE__, __LINE__)
void must_succeed(enum ocsp_status status, const char *file, int line);
/* The call fails with this status and exactly this message. */
#define REFUSES(call, status, text)                                                      \
    must_refuse((call), (status), (text), __FILE__, __LINE__)
void must_refuse(enum ocsp_status got, enum ocsp_status status, const char *text,
                 const char *file, int line);

/* splitmix64 */
struct random {
    uint64_t state;
};
uint64_t random_next(struct random *r);
int random_below(struct random *r, int n); /* 0 … n − 1 */
double random_uniform(struct random *r);   /* [0, 1) */
double random_normal(struct random *r);

struct net {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
    struct ocsp_weights *weights; /* NULL until asked for */
    struct ocsp_sums sums;        /* likewise */
};

void net_parse(struct net *net, const char *text);
void net_load(struct net *net, const char *cfg_path);
/* Filters of variance 1/fan-in, BN scales around 1, variances around 1. */
void net_random_weights(struct net *net, struct random *r);
void net_load_weights(struct net *net, const char *path);
/* Of the weights as they are now; the next call's take their place. */
const struct ocsp_sums *net_sums(struct net *net);
void net_clear(struct net *net);

/* The pair without what the plan removes; checks the counts of the new cfg. */
void net_prune(const struct net *net, const struct ocsp_plan *plan, struct net *pruned);
/* Filters and BN scales of the channels that the plan removes become 0, their biases
 * stay: such a channel emits a constant. */
void empty_channels(const struct ocsp_coupling *coupling, const struct ocsp_plan *plan,
                    const struct ocsp_params *params);
/* Everything that makes a removed channel becomes 0; who reads it still has weights for
 * it. */
void zero_channels(const struct net *net, const struct ocsp_plan *plan);
/* The member's group, or −1. */
int net_group_of_row(const struct net *net, int layer, int row);

/* n uniform numbers of [−1, 1). malloc'ed. */
float *random_image(struct random *r, size_t n);
/* The file as floats, of which there must be n. */
float *floats_of_file(const char *path, size_t n);
bool file_exists(const char *path);

/* cmocka setup and teardown: a new folder, its path in test_folder. */
extern char test_folder[64];
int make_test_folder(void **state);
/* In memory where there is such a folder: for thousands of files. */
int make_quick_test_folder(void **state);
int remove_test_folder(void **state);
/* test_folder/name, in a buffer that the next call but three reuses. */
const char *in_folder(const char *name);
int files_in_folder(void); /* how many test_folder has */
/* Writes test_folder/name and returns its path. */
const char *write_in_folder(const char *name, const void *data, size_t size);

/* Writes the net to test_folder/name.cfg and name.weights. */
void net_write(const struct net *net, const char *name);

/* |a − b| ≤ tolerance · max(|a|, |b|) */
#define assert_close(a, b, tolerance)                                                    \
    must_be_close((a), (b), (tolerance), __FILE__, __LINE__)
void must_be_close(double a, double b, double tolerance, const char *file, int line);

#endif
