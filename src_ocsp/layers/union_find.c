#include "layers/union_find.h"

#include <stdlib.h>

bool ocsp_union_find_init(struct ocsp_union_find *u, int n)
{
    u->n = n;
    u->parent = malloc((size_t)n * sizeof *u->parent);
    u->frozen_by = malloc((size_t)n * sizeof *u->frozen_by);
    u->reason = calloc((size_t)n, sizeof *u->reason);
    if (!u->parent || !u->frozen_by || !u->reason)
        return false;
    for (int i = 0; i < n; i++) {
        u->parent[i] = i;
        u->frozen_by[i] = -1;
    }
    return true;
}

void ocsp_union_find_clear(struct ocsp_union_find *u)
{
    free(u->parent);
    free(u->frozen_by);
    free(u->reason);
    *u = (struct ocsp_union_find){0};
}

bool ocsp_union_find_is_frozen(const struct ocsp_union_find *u, int root)
{
    return u->frozen_by[root] >= 0;
}

int ocsp_union_find_root(struct ocsp_union_find *u, int element)
{
    while (u->parent[element] != element) {
        u->parent[element] = u->parent[u->parent[element]]; /* halve the path */
        element = u->parent[element];
    }
    return element;
}

void ocsp_union_find_join(struct ocsp_union_find *u, int a, int b)
{
    a = ocsp_union_find_root(u, a);
    b = ocsp_union_find_root(u, b);
    if (a == b)
        return;
    if (a > b) {
        const int swap = a;
        a = b;
        b = swap;
    }
    u->parent[b] = a;
    if (!ocsp_union_find_is_frozen(u, a)) {
        u->reason[a] = u->reason[b];
        u->frozen_by[a] = u->frozen_by[b];
    }
}

void ocsp_union_find_freeze(struct ocsp_union_find *u, int element, int layer,
                            const char *reason)
{
    element = ocsp_union_find_root(u, element);
    if (ocsp_union_find_is_frozen(u, element))
        return;
    u->reason[element] = reason;
    u->frozen_by[element] = layer;
}
