/* Looks at everything that a list names, by several threads, before a run.
 *
 *     static uint32_t look(void *context, int i) { return bits of what is found in i; }
 *
 *     const struct ocsp_walk walk = {"labels of a.list", list.n, look, &context, false};
 *     ocsp_list_walk(&walk, &found);
 *     if (found.count[LABEL_MISSING] > 0)
 *         say so of list.line[found.first[LABEL_MISSING]];
 *
 * A walk that takes longer shows a bar on a terminal, and one of more than a second says
 * in a line what it has cost. */
#ifndef OCSP_VIEW_LIST_WALK_H
#define OCSP_VIEW_LIST_WALK_H

#include <stdbool.h>
#include <stdint.h>

#define OCSP_WALK_KINDS 32 /* of what may be found: a bit each */

struct ocsp_walk {
    const char *what; /* is looked at: "train.list: labels" */
    int n;
    /* Looks at thing i of 0 … n − 1; several threads call it at once. Returns bit k where
     * it finds kind k. What is found must depend on i alone. */
    uint32_t (*look)(void *context, int i);
    void *context;
    bool quiet; /* no line about the cost: stdout is another's */
};

struct ocsp_walk_found {
    int count[OCSP_WALK_KINDS];
    int first[OCSP_WALK_KINDS]; /* the lowest i; nothing where count is 0 */
};

/* Cannot fail: without threads it does all itself. */
void ocsp_list_walk(const struct ocsp_walk *walk, struct ocsp_walk_found *found);

#endif
