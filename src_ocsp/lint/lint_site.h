/* Where a rule is asked, and what rules ask of a section's keys. */
#ifndef OCSP_LINT_LINT_SITE_H
#define OCSP_LINT_LINT_SITE_H

#include "layers/graph.h"

struct ocsp_lint_site {
    const struct ocsp_cfg *cfg;
    const struct ocsp_graph *graph;
    const struct ocsp_layer *layer; /* NULL: [net] */
    int section;
    int program; /* enum ocsp_program_id */
    /* per layer: does the program know its output as a map (lint/known_maps.h)? NULL:
     * taken for granted */
    const bool *knows_map;
};

/* The value of the section's key; "" where it is absent. */
const char *ocsp_lint_text(const struct ocsp_lint_site *site, const char *key);
bool ocsp_lint_has(const struct ocsp_lint_site *site, const char *key);
/* As the hosts' atoi(), but small enough to be added and doubled. */
int ocsp_lint_number(const struct ocsp_lint_site *site, const char *key, int fallback);

/* The k-th layer in the `from` of this one. */
const struct ocsp_layer *ocsp_lint_from(const struct ocsp_lint_site *site, int k);
/* The layer before this one, or NULL. */
const struct ocsp_layer *ocsp_lint_before(const struct ocsp_lint_site *site);

/* Does the list, words with one blank between them, hold this word? `n` its length. */
bool ocsp_list_has(const char *list, const char *word, size_t n);
/* Does a list of numbers with commas between hold one that is 0, or one above 0? */
bool ocsp_list_holds_0(const char *list);
bool ocsp_list_holds_positive(const char *list);

#endif
