/* Union-find over channel elements, each class with one reason to be frozen or none. */
#ifndef OCSP_LAYERS_UNION_FIND_H
#define OCSP_LAYERS_UNION_FIND_H

#include <stdbool.h>

struct ocsp_union_find {
    int n;
    int *parent;
    int *frozen_by;      /* of a root: layer that froze it, −1: free */
    const char **reason; /* of a root that is frozen: a sentence for the user */
};

/* `n` single elements; false: out of memory. Clear accepts a zeroed structure. */
bool ocsp_union_find_init(struct ocsp_union_find *u, int n);
void ocsp_union_find_clear(struct ocsp_union_find *u);

bool ocsp_union_find_is_frozen(const struct ocsp_union_find *u, int root);
int ocsp_union_find_root(struct ocsp_union_find *u, int element);
/* Joins two classes; the lower root stays root, the first reason found stays. */
void ocsp_union_find_join(struct ocsp_union_find *u, int a, int b);
void ocsp_union_find_freeze(struct ocsp_union_find *u, int element, int layer,
                            const char *reason);

#endif
