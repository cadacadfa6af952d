#include "prune/grouping.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The members of the group that one coupled channel belongs to: where it has slices, and
 * how many. Channels with equal lists belong to one group. */
struct member_list {
    int n;
    struct ocsp_member *members;
};

struct grouping {
    struct ocsp_coupling *coupling;
    struct member_list *lists; /* [n_channels] */
};

static bool add_member(struct member_list *list, const struct ocsp_member *member)
{
    struct ocsp_member *last = list->n > 0 ? &list->members[list->n - 1] : NULL;

    if (last && last->table == member->table && last->part == member->part &&
        last->side == member->side) {
        last->slices++;
        return true;
    }
    if ((list->n & (list->n - 1)) == 0) { /* full at powers of two */
        const size_t capacity = list->n > 0 ? 2 * (size_t)list->n : 1;
        struct ocsp_member *grown = realloc(list->members, capacity * sizeof *grown);
        if (!grown)
            return false;
        list->members = grown;
    }
    list->members[list->n++] = *member;
    return true;
}

/* Adds a slice, as `member` describes it, to each channel of a table's rows, or columns.
 */
static bool add_slices(struct grouping *g, const int *channel, int n,
                       const struct ocsp_member *member)
{
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0 && !add_member(&g->lists[channel[k]], member))
            return false;
    return true;
}

/* Rows without weights count where the cfg names their number, as of share_index= and
 * maxpool_depth=; [batchnorm] has BN scales alone. */
static bool collect_table(struct grouping *g, int table)
{
    const struct ocsp_coupled_table *c = &g->coupling->tables[table];
    const struct ocsp_layer *l = &g->coupling->graph->layers[c->layer];

    if (c->index >= l->n_tables)
        return true;
    const struct ocsp_table *t = &l->tables[c->index];
    const enum ocsp_part part = t->length > 0 ? OCSP_WEIGHTS : OCSP_NO_PARAMETERS;
    const struct ocsp_member out = {c->layer, table, part, OCSP_OUT, 1};
    const struct ocsp_member scale = {c->layer, table, OCSP_BN_SCALE, OCSP_OUT, 1};
    const struct ocsp_member in = {c->layer, table, part, OCSP_IN, 1};
    const bool has_rows = t->length > 0 || t->rows_key;
    const bool has_scales = c->index == 0 && l->n_scales > 0;

    return (!has_rows || add_slices(g, c->row, c->rows, &out)) &&
           (!has_scales || add_slices(g, c->row, c->rows, &scale)) &&
           (c->depthwise || add_slices(g, c->col, c->cols, &in));
}

static bool collect_members(struct grouping *g)
{
    const struct ocsp_coupling *c = g->coupling;

    for (int i = 0; i < c->graph->n_layers; i++)
        for (int k = i; k >= 0; k = c->tables[k].next)
            if (!collect_table(g, k))
                return false;
    return true;
}

static bool same_members(const struct member_list *a, const struct member_list *b)
{
    if (a->n != b->n)
        return false;
    for (int k = 0; k < a->n; k++)
        if (a->members[k].table != b->members[k].table ||
            a->members[k].part != b->members[k].part ||
            a->members[k].side != b->members[k].side ||
            a->members[k].slices != b->members[k].slices)
            return false;
    return true;
}

static uint32_t hash_members(const struct member_list *list)
{
    uint32_t h = 2166136261u; /* FNV-1a over the members */
    for (int k = 0; k < list->n; k++) {
        const struct ocsp_member *m = &list->members[k];
        const int values[] = {m->table, (int)m->part, (int)m->side, m->slices};
        for (int v = 0; v < 4; v++)
            h = (h ^ (uint32_t)values[v]) * 16777619u;
    }
    return h;
}

/* Sorts channels into groups, in order of their first channel: group [n_channels], and
 * returns their number, or −1 without memory. */
static int find_groups(const struct grouping *g, int *group, int *first_of_group)
{
    const int n = g->coupling->n_channels;
    uint32_t size = 16;
    int *table, n_groups = 0;

    while (size < 2 * (uint32_t)n)
        size *= 2;
    table = malloc(size * sizeof *table);
    if (!table)
        return -1;
    memset(table, 0xff, size * sizeof *table);
    for (int c = 0; c < n; c++) {
        uint32_t slot = hash_members(&g->lists[c]) & (size - 1);
        while (table[slot] >= 0 &&
               !same_members(&g->lists[c], &g->lists[first_of_group[table[slot]]]))
            slot = (slot + 1) & (size - 1);
        if (table[slot] < 0) {
            first_of_group[n_groups] = c;
            table[slot] = n_groups++;
        }
        group[c] = table[slot];
    }
    free(table);
    return n_groups;
}

static void renumber(int *array, int n, const int *new_number)
{
    for (int k = 0; k < n; k++)
        if (array[k] >= 0)
            array[k] = new_number[array[k]];
}

static int count_parts(const struct member_list *list)
{
    int parts = 0;
    for (int k = 0; k < list->n; k++)
        parts += list->members[k].part != OCSP_NO_PARAMETERS;
    return parts;
}

/* Makes a group of each kind that has two channels or more, in the order of `first`: its
 * first channel before, and, from here on, the next number that the group gives to one of
 * its channels. A group of one channel cannot lose it: its channel is frozen, −1. */
static void list_groups(struct grouping *g, int found, const int *size, int *first)
{
    struct ocsp_coupling *c = g->coupling;

    c->n_channels = 0;
    for (int k = 0; k < found; k++) {
        struct member_list *list = &g->lists[first[k]];
        if (size[k] < 2) {
            first[k] = -1;
            continue;
        }
        c->groups[c->n_groups++] = (struct ocsp_group){.first = c->n_channels,
                                                       .channels = size[k],
                                                       .n_members = list->n,
                                                       .n_parts = count_parts(list),
                                                       .members = list->members};
        list->members = NULL;
        first[k] = c->n_channels;
        c->n_channels += size[k];
    }
}

static void renumber_all(struct ocsp_coupling *c, const int *new_number)
{
    for (int i = 0; i < c->n_tables; i++) {
        renumber(c->tables[i].row, c->tables[i].rows, new_number);
        renumber(c->tables[i].col, c->tables[i].cols, new_number);
    }
    for (int k = 0; k < c->n_uneven; k++)
        renumber(c->uneven[k].sum, c->uneven[k].n, new_number);
}

static bool note_groups_of_channels(struct ocsp_coupling *c)
{
    c->group_of = malloc(((size_t)c->n_channels + 1) * sizeof *c->group_of);
    for (int g = 0; g < c->n_groups && c->group_of; g++)
        for (int k = 0; k < c->groups[g].channels; k++)
            c->group_of[c->groups[g].first + k] = g;
    return c->group_of != NULL;
}

static bool make_groups(struct grouping *g)
{
    struct ocsp_coupling *c = g->coupling;
    const int n = c->n_channels;
    bool ok = false;
    int *group = malloc(((size_t)n + 1) * sizeof *group);
    int *first = malloc(((size_t)n + 1) * sizeof *first);
    int *size = calloc((size_t)n + 1, sizeof *size);
    int *new_number = malloc(((size_t)n + 1) * sizeof *new_number);
    const int found = group && first ? find_groups(g, group, first) : -1;

    if (found < 0 || !size || !new_number)
        goto out;
    c->groups = calloc((size_t)found + 1, sizeof *c->groups);
    if (!c->groups)
        goto out;
    for (int k = 0; k < n; k++)
        size[group[k]]++;
    list_groups(g, found, size, first);
    for (int k = 0; k < n; k++)
        new_number[k] = first[group[k]] < 0 ? -1 : first[group[k]]++;
    renumber_all(c, new_number);
    ok = note_groups_of_channels(c);
out:
    free(group);
    free(first);
    free(size);
    free(new_number);
    return ok;
}

bool ocsp_group_channels(struct ocsp_coupling *coupling)
{
    const int n = coupling->n_channels;
    struct grouping g = {.coupling = coupling,
                         .lists = calloc((size_t)n + 1, sizeof *g.lists)};
    const bool ok = g.lists && collect_members(&g) && make_groups(&g);

    for (int c = 0; c < n && g.lists; c++)
        free(g.lists[c].members);
    free(g.lists);
    return ok;
}
