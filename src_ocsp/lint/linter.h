/* Which programs besides the user's own host accept a cfg, and what the others refuse or
 * misread.
 *
 *     struct ocsp_lint lint;
 *     ocsp_lint_run(cfg, graph, &lint, &err);
 *     for (int f = 0; f < lint.n_findings; f++) …
 *     ocsp_lint_clear(&lint);
 *
 * "Accepts" means: loads the file and computes what Darknet computes from it. What counts
 * is inference on one image; keys that only training reads are no concern of a program
 * that ignores them. */
#ifndef OCSP_LINT_LINTER_H
#define OCSP_LINT_LINTER_H

#include "lint/programs.h"

/* What one program refuses (it stops, or crashes) or misreads (it goes on and computes
 * something else). */
struct ocsp_finding {
    int program;
    int layer; /* −1: [net], or the file as a whole */
    int line;
    const char *section, *key,
        *value;       /* borrowed; key "": the section; value "": absent */
    const char *text; /* static, or one of the list's own */
    bool refused;
    bool predicts_alone; /* it concerns inference, but not training */
};

struct ocsp_lint {
    int n_findings;
    struct ocsp_finding *findings; /* by program */
    int n_texts;
    char **texts; /* of findings whose text is not static; owned */
};

/* The cfg must outlive `out`, whose findings borrow from it. */
enum ocsp_status ocsp_lint_run(const struct ocsp_cfg *cfg, const struct ocsp_graph *graph,
                               struct ocsp_lint *out, struct ocsp_error *err);
/* The same for some programs alone: sums of OCSP_BIT. */
enum ocsp_status ocsp_lint_run_for(unsigned programs, const struct ocsp_graph *graph,
                                   struct ocsp_lint *out, struct ocsp_error *err);
void ocsp_lint_clear(struct ocsp_lint *lint);

/* "layer 3 [shortcut] (line 29), from=-2,-3: misread: it adds the first alone" */
void ocsp_finding_text(const struct ocsp_finding *finding, char *text, size_t size);

bool ocsp_lint_accepts(const struct ocsp_lint *lint, int program);

/* Pruning must not make a cfg less portable: the first finding of `after` that `before`
 * does not have (program, layer, key and text), or NULL. Both must be of the same
 * layers. */
const struct ocsp_finding *ocsp_lint_first_loss(const struct ocsp_lint *before,
                                                const struct ocsp_lint *after);

#endif
