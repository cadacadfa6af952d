/* What the fuzz targets share. A target is one file, fuzz_X.c, that defines
 * LLVMFuzzerTestOneInput: libFuzzer, AFL++ and replay.c can all drive it. It checks what
 * must hold of every input by HOLDS, and otherwise waits for the sanitizers. */
#ifndef OCSP_TESTS_FUZZ_H
#define OCSP_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/flags.h"
#include "layers/weights.h"
#include "prune/coupling.h"
#include "prune/plan.h"

/* The fuzzers' entry point: one input. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, which a fuzzer takes for a crash, where `condition` is false. */
#define HOLDS(condition) fuzz_holds((condition), #condition, __FILE__, __LINE__)
void fuzz_holds(bool condition, const char *text, const char *file, int line);

/* An error must be one line of text, and of the status returned. */
void fuzz_check_error(enum ocsp_status status, const struct ocsp_error *err);

/* Where reports go: /dev/null. */
FILE *fuzz_nowhere(void);

/* A piece of an input, not ended by '\0'. */
struct fuzz_part {
    const char *data;
    size_t size;
};

/* Cuts the input at each line "---" into `n` parts, the last with all the rest; missing
 * ones are empty. */
void fuzz_split(const uint8_t *data, size_t size, struct fuzz_part *parts, int n);

/* A file in memory with these bytes, and its path; the next call with the same `slot`, 0
 * to 3, replaces it. */
const char *fuzz_file(int slot, const void *data, size_t size);

/* A line of words as the flags of a command. Strings in `flags` last until the next call.
 */
enum ocsp_status fuzz_flags(struct ocsp_flags *flags, enum ocsp_verb verb,
                            const struct fuzz_part *line, struct ocsp_error *err);

struct fuzz_net {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
};

/* As far as it gets; to be cleared in any case. */
enum ocsp_status fuzz_net_parse(struct fuzz_net *net, const char *text, size_t size,
                                struct ocsp_error *err);
void fuzz_net_clear(struct fuzz_net *net);

/* Weights for the graph from as many bytes as there are, over and over; NULL where there
 * is no room for them within FUZZ_MAX_FLOATS. */
#define FUZZ_MAX_FLOATS ((size_t)1 << 20)
struct ocsp_weights *fuzz_weights(const struct ocsp_graph *graph,
                                  const struct fuzz_part *bytes);

/* Rewrites the pair by the plan, and checks that it is a net that counts what was
 * planned. `weights` may be NULL. */
void fuzz_rewrite(const struct fuzz_net *net, const struct ocsp_plan *plan,
                  const struct ocsp_weights *weights);

#endif
