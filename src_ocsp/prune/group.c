#include "prune/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/channels.h"
#include "layers/macs.h"
#include "layers/shortcut.h"

/* Where a coupled channel has slices: one key per (layer, part, side) with their number.
 * Two channels with equal lists belong to one group. */
struct places {
    int n;
    struct ocsp_member *member;
};

struct builder {
    struct ocsp_coupling *coupling;
    struct ocsp_channels channels;
    int *channel_of;       /* [elements] provisional channel of a root, or −1 */
    struct places *places; /* [n_channels] */
};

/* Provisional channel number of an element, −1 where its class is frozen. New classes are
 * numbered in the order of their first filter. */
static int channel_of(struct builder *b, int element)
{
    struct ocsp_union_find *u = &b->channels.classes;
    const int root = ocsp_union_find_root(u, element);

    if (ocsp_union_find_is_frozen(u, root))
        return -1;
    if (b->channel_of[root] < 0)
        b->channel_of[root] = b->coupling->n_channels++;
    return b->channel_of[root];
}

static bool fill_rows(struct builder *b, struct ocsp_coupled_table *c)
{
    const struct ocsp_table *t = &b->coupling->graph->layers[c->layer].tables[c->index];
    const struct ocsp_channel_list *out = &b->channels.out[c->layer];
    const bool known = t->row_axis == OCSP_OUTPUT_CHANNELS && out->n == t->rows;

    c->rows = t->rows;
    c->row = malloc((size_t)c->rows * sizeof *c->row);
    if (!c->row)
        return false;
    for (int r = 0; r < c->rows; r++)
        c->row[r] = known ? channel_of(b, out->id[r]) : -1;
    return true;
}

static bool fill_cols(struct builder *b, struct ocsp_coupled_table *c)
{
    const struct ocsp_table *t = &b->coupling->graph->layers[c->layer].tables[c->index];
    const struct ocsp_channel_list *in = ocsp_channels_input(&b->channels, c->layer);
    int filled = 0;

    c->cols = t->cols;
    c->col = malloc((size_t)c->cols * sizeof *c->col);
    if (!c->col)
        return false;
    for (int k = 0; k < c->cols; k++)
        c->col[k] = -1;
    for (int k = 0; k < in->n && t->col_axis != OCSP_NO_CHANNELS; k++) {
        const int width = t->col_axis == OCSP_INPUT_NUMBERS ? in->plane[k] : 1;
        for (int x = 0; x < width && filled < c->cols; x++)
            c->col[filled++] = channel_of(b, in->id[k]);
    }
    return true;
}

/* Numbers the tables: the first of each layer, then all others. */
static bool list_tables(struct builder *b)
{
    struct ocsp_coupling *c = b->coupling;
    const struct ocsp_layer *layers = c->graph->layers;
    const int n = c->graph->n_layers;

    c->n_tables = n;
    for (int i = 0; i < n; i++)
        c->n_tables += layers[i].n_tables > 1 ? layers[i].n_tables - 1 : 0;
    c->tables = calloc((unsigned)c->n_tables, sizeof *c->tables);
    for (int i = 0, next = n; i < n && c->tables; i++) {
        struct ocsp_coupled_table *t = &c->tables[i];
        *t = (struct ocsp_coupled_table){.layer = i,
                                         .next = -1,
                                         .conv_groups = layers[i].conv_groups,
                                         .depthwise = ocsp_is_depthwise(&layers[i]),
                                         .block = 1};
        for (int k = 1; k < layers[i].n_tables; k++, next++) {
            t->next = next;
            t = &c->tables[next];
            *t = (struct ocsp_coupled_table){
                .layer = i, .index = k, .next = -1, .conv_groups = 1, .block = 1};
        }
    }
    return c->tables != NULL;
}

static bool fill_table(struct builder *b, struct ocsp_coupled_table *c)
{
    const struct ocsp_layer *l = &b->coupling->graph->layers[c->layer];

    if (c->index >= l->n_tables)
        return true;
    const struct ocsp_table *t = &l->tables[c->index];
    c->block = t->block;
    return (t->rows == 0 || fill_rows(b, c)) && (t->cols == 0 || fill_cols(b, c));
}

/* In the order of layers: coupled channels are numbered as they are met. */
static bool fill_tables(struct builder *b)
{
    struct ocsp_coupling *c = b->coupling;

    for (int i = 0; i < c->graph->n_layers; i++)
        for (int k = i; k >= 0; k = c->tables[k].next)
            if (!fill_table(b, &c->tables[k]))
                return false;
    return true;
}

static bool find_uneven(struct builder *b)
{
    struct ocsp_coupling *c = b->coupling;

    c->uneven = calloc((size_t)c->graph->n_layers + 1, sizeof *c->uneven);
    if (!c->uneven)
        return false;
    for (int i = 0; i < c->graph->n_layers; i++) {
        const struct ocsp_channel_list *out = &b->channels.out[i];
        if (out->n != c->graph->layers[i].out_c ||
            !ocsp_shortcut_may_be_misread(c->graph, i))
            continue;
        struct ocsp_uneven *u = &c->uneven[c->n_uneven++];
        *u = (struct ocsp_uneven){i, c->graph->layers[i].from[0], out->n, NULL};
        u->sum = calloc((size_t)out->n + 1, sizeof *u->sum);
        if (!u->sum)
            return false;
        for (int k = 0; k < out->n; k++)
            u->sum[k] = channel_of(b, out->id[k]);
    }
    return true;
}

static bool add_place(struct places *p, const struct ocsp_member *place)
{
    struct ocsp_member *last = p->n > 0 ? &p->member[p->n - 1] : NULL;

    if (last && last->table == place->table && last->part == place->part &&
        last->side == place->side) {
        last->slices++;
        return true;
    }
    if ((p->n & (p->n - 1)) == 0) { /* full at powers of two */
        const size_t grown_n = p->n > 0 ? 2 * (size_t)p->n : 1;
        struct ocsp_member *grown = realloc(p->member, grown_n * sizeof *grown);
        if (!grown)
            return false;
        p->member = grown;
    }
    p->member[p->n++] = *place;
    return true;
}

/* Adds a slice at `place` to each channel of a table's rows, or columns. */
static bool add_slices(struct builder *b, const int *channel, int n,
                       const struct ocsp_member *place)
{
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0 && !add_place(&b->places[channel[k]], place))
            return false;
    return true;
}

/* Rows without weights count where the cfg names their number, as of share_index= and
 * maxpool_depth=; [batchnorm] has BN scales alone. */
static bool collect_table(struct builder *b, int table)
{
    const struct ocsp_coupled_table *c = &b->coupling->tables[table];
    const struct ocsp_layer *l = &b->coupling->graph->layers[c->layer];

    if (c->index >= l->n_tables)
        return true;
    const struct ocsp_table *t = &l->tables[c->index];
    const enum ocsp_part part = t->length > 0 ? OCSP_WEIGHTS : OCSP_NO_PARAMETERS;
    const struct ocsp_member out = {c->layer, table, part, OCSP_OUT, 1};
    const struct ocsp_member scale = {c->layer, table, OCSP_BN_SCALE, OCSP_OUT, 1};
    const struct ocsp_member in = {c->layer, table, part, OCSP_IN, 1};
    const bool has_rows = t->length > 0 || t->rows_key;
    const bool has_scales = c->index == 0 && l->n_scales > 0;

    return (!has_rows || add_slices(b, c->row, c->rows, &out)) &&
           (!has_scales || add_slices(b, c->row, c->rows, &scale)) &&
           (c->depthwise || add_slices(b, c->col, c->cols, &in));
}

static bool collect_places(struct builder *b)
{
    struct ocsp_coupling *c = b->coupling;

    b->places = calloc((size_t)c->n_channels + 1, sizeof *b->places);
    if (!b->places)
        return false;
    for (int i = 0; i < c->graph->n_layers; i++)
        for (int k = i; k >= 0; k = c->tables[k].next)
            if (!collect_table(b, k))
                return false;
    return true;
}

static bool same_places(const struct places *a, const struct places *b)
{
    if (a->n != b->n)
        return false;
    for (int k = 0; k < a->n; k++)
        if (a->member[k].table != b->member[k].table ||
            a->member[k].part != b->member[k].part ||
            a->member[k].side != b->member[k].side ||
            a->member[k].slices != b->member[k].slices)
            return false;
    return true;
}

static uint32_t hash_places(const struct places *p)
{
    uint32_t h = 2166136261u; /* FNV-1a over the members */
    for (int k = 0; k < p->n; k++) {
        const struct ocsp_member *m = &p->member[k];
        const int values[] = {m->table, (int)m->part, (int)m->side, m->slices};
        for (int v = 0; v < 4; v++)
            h = (h ^ (uint32_t)values[v]) * 16777619u;
    }
    return h;
}

/* Sorts channels into groups, in order of their first channel: group [n_channels], and
 * returns their number, or −1 without memory. */
static int find_groups(const struct builder *b, int *group, int *first_of_group)
{
    const int n = b->coupling->n_channels;
    uint32_t size = 16;
    int *table, n_groups = 0;

    while (size < 2 * (uint32_t)n)
        size *= 2;
    table = malloc(size * sizeof *table);
    if (!table)
        return -1;
    memset(table, 0xff, size * sizeof *table);
    for (int c = 0; c < n; c++) {
        uint32_t at = hash_places(&b->places[c]) & (size - 1);
        while (table[at] >= 0 &&
               !same_places(&b->places[c], &b->places[first_of_group[table[at]]]))
            at = (at + 1) & (size - 1);
        if (table[at] < 0) {
            first_of_group[n_groups] = c;
            table[at] = n_groups++;
        }
        group[c] = table[at];
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

static int count_parts(const struct places *p)
{
    int parts = 0;
    for (int k = 0; k < p->n; k++)
        parts += p->member[k].part != OCSP_NO_PARAMETERS;
    return parts;
}

/* Groups of one channel cannot lose it: they are no groups but frozen. */
static bool make_groups(struct builder *b)
{
    struct ocsp_coupling *c = b->coupling;
    const int n = c->n_channels;
    bool ok = false;
    int *group = malloc(((size_t)n + 1) * sizeof *group);
    int *first = malloc(((size_t)n + 1) * sizeof *first);
    int *size = calloc((size_t)n + 1, sizeof *size);
    int *new_number = malloc(((size_t)n + 1) * sizeof *new_number);
    const int found = group && first ? find_groups(b, group, first) : -1;

    if (found < 0 || !size || !new_number)
        goto out;
    for (int k = 0; k < n; k++)
        size[group[k]]++;
    c->groups = calloc((size_t)found + 1, sizeof *c->groups);
    if (!c->groups)
        goto out;
    c->n_channels = 0;
    for (int g = 0; g < found; g++) {
        struct places *p = &b->places[first[g]];
        if (size[g] < 2) {
            first[g] = -1;
            continue;
        }
        c->groups[c->n_groups] = (struct ocsp_group){.first = c->n_channels,
                                                     .channels = size[g],
                                                     .n_members = p->n,
                                                     .n_parts = count_parts(p),
                                                     .members = p->member};
        p->member = NULL;
        first[g] = c->n_channels; /* from here on: next number of the group */
        c->n_channels += size[g];
        c->n_groups++;
    }
    for (int k = 0; k < n; k++)
        new_number[k] = first[group[k]] < 0 ? -1 : first[group[k]]++;
    for (int i = 0; i < c->n_tables; i++) {
        renumber(c->tables[i].row, c->tables[i].rows, new_number);
        renumber(c->tables[i].col, c->tables[i].cols, new_number);
    }
    for (int k = 0; k < c->n_uneven; k++)
        renumber(c->uneven[k].sum, c->uneven[k].n, new_number);
    c->group_of = malloc(((size_t)c->n_channels + 1) * sizeof *c->group_of);
    if (!c->group_of)
        goto out;
    for (int g = 0; g < c->n_groups; g++)
        for (int k = 0; k < c->groups[g].channels; k++)
            c->group_of[c->groups[g].first + k] = g;
    ok = true;
out:
    free(group);
    free(first);
    free(size);
    free(new_number);
    return ok;
}

static bool describe_frozen(struct builder *b, int layer, int channels, int row)
{
    struct ocsp_coupling *c = b->coupling;
    struct ocsp_union_find *u = &b->channels.classes;
    const struct ocsp_channel_list *out = &b->channels.out[layer];
    const int root =
        out->n == c->tables[layer].rows ? ocsp_union_find_root(u, out->id[row]) : -1;
    const char *reason = root < 0 ? "its output is not a list of channels"
                         : ocsp_union_find_is_frozen(u, root)
                             ? u->reason[root]
                             : "a group of one channel cannot lose it";
    const int by = root < 0 ? layer : u->frozen_by[root];
    char text[256];

    if (by < 0 || by == layer || by >= c->graph->n_layers)
        snprintf(text, sizeof text, "%s", reason);
    else
        snprintf(text, sizeof text, "layer %d [%.60s]: %s", by, c->graph->layers[by].name,
                 reason);
    struct ocsp_frozen *f = &c->frozen[c->n_frozen];
    f->reason = strdup(text);
    f->layer = layer;
    f->channels = channels;
    c->n_frozen += f->reason != NULL;
    return f->reason != NULL;
}

static bool list_frozen(struct builder *b)
{
    struct ocsp_coupling *c = b->coupling;

    c->frozen = calloc((size_t)c->graph->n_layers, sizeof *c->frozen);
    if (!c->frozen)
        return false;
    for (int i = 0; i < c->graph->n_layers; i++) {
        const struct ocsp_coupled_table *t = &c->tables[i];
        int count = 0, first = 0;
        if (c->graph->layers[i].tables[0].row_axis != OCSP_OUTPUT_CHANNELS)
            continue;
        for (int r = t->rows - 1; r >= 0; r--)
            if (t->row[r] < 0) {
                count++;
                first = r;
            }
        if (count > 0 && !describe_frozen(b, i, count, first))
            return false;
    }
    return true;
}

enum ocsp_status ocsp_coupling_new(struct ocsp_coupling **out,
                                   const struct ocsp_graph *graph, struct ocsp_error *err)
{
    struct builder b = {.coupling = calloc(1, sizeof *b.coupling)};
    int n_places = 0;
    enum ocsp_status status;

    if (!b.coupling)
        return ocsp_fail_memory(err);
    b.coupling->graph = graph;
    status = ocsp_channels_init(&b.channels, graph, err);
    if (status)
        goto out;
    status = ocsp_fail_memory(err);
    b.channel_of = malloc((size_t)b.channels.classes.n * sizeof *b.channel_of);
    if (!list_tables(&b) || !b.channel_of)
        goto out;
    memset(b.channel_of, 0xff, (size_t)b.channels.classes.n * sizeof *b.channel_of);
    if (!fill_tables(&b) || !find_uneven(&b))
        goto out;
    n_places = b.coupling->n_channels;
    if (!collect_places(&b) || !make_groups(&b) || !list_frozen(&b))
        goto out;
    *out = b.coupling;
    b.coupling = NULL;
    status = OCSP_OK;
out:
    for (int c = 0; c < n_places && b.places; c++)
        free(b.places[c].member);
    free(b.places);
    free(b.channel_of);
    ocsp_channels_clear(&b.channels, graph->n_layers);
    ocsp_coupling_free(b.coupling);
    return status;
}

void ocsp_coupling_free(struct ocsp_coupling *coupling)
{
    if (!coupling)
        return;
    for (int i = 0; i < coupling->n_tables && coupling->tables; i++) {
        free(coupling->tables[i].row);
        free(coupling->tables[i].col);
    }
    for (int g = 0; g < coupling->n_groups; g++)
        free(coupling->groups[g].members);
    for (int f = 0; f < coupling->n_frozen; f++)
        free(coupling->frozen[f].reason);
    for (int k = 0; k < coupling->n_uneven; k++)
        free(coupling->uneven[k].sum);
    free(coupling->uneven);
    free(coupling->tables);
    free(coupling->groups);
    free(coupling->group_of);
    free(coupling->frozen);
    free(coupling);
}

enum ocsp_status ocsp_counts_init(struct ocsp_counts *counts,
                                  const struct ocsp_coupling *coupling,
                                  struct ocsp_error *err)
{
    const int n = coupling->n_tables;

    *counts = (struct ocsp_counts){.coupling = coupling};
    counts->rows = malloc((size_t)n * sizeof *counts->rows);
    counts->cols = malloc((size_t)n * sizeof *counts->cols);
    counts->conv_groups = malloc((size_t)n * sizeof *counts->conv_groups);
    if (!counts->rows || !counts->cols || !counts->conv_groups) {
        ocsp_counts_clear(counts);
        return ocsp_fail_memory(err);
    }
    for (int i = 0; i < n; i++) {
        counts->rows[i] = coupling->tables[i].rows;
        counts->cols[i] = coupling->tables[i].cols;
        counts->conv_groups[i] = coupling->tables[i].conv_groups;
    }
    counts->macs = ocsp_graph_macs(coupling->graph);
    counts->parameters = ocsp_graph_parameters(coupling->graph);
    return OCSP_OK;
}

void ocsp_counts_clear(struct ocsp_counts *counts)
{
    free(counts->rows);
    free(counts->cols);
    free(counts->conv_groups);
    *counts = (struct ocsp_counts){0};
}

static void recount(struct ocsp_counts *counts, int table, int rows, int cols, int groups)
{
    const struct ocsp_coupled_table *t = &counts->coupling->tables[table];
    const struct ocsp_layer *l = &counts->coupling->graph->layers[t->layer];
    const struct ocsp_table *of = &l->tables[t->index];
    int *r = &counts->rows[table], *c = &counts->cols[table];
    int *g = &counts->conv_groups[table];

    counts->macs -= ocsp_table_macs(of, *r, *c, *g);
    counts->parameters -= ocsp_table_parameters(l, t->index, *r, *c, *g);
    *r -= rows;
    *c -= cols;
    *g -= groups;
    counts->macs += ocsp_table_macs(of, *r, *c, *g);
    counts->parameters += ocsp_table_parameters(l, t->index, *r, *c, *g);
}

void ocsp_counts_remove(struct ocsp_counts *counts, int group, int n)
{
    const struct ocsp_group *g = &counts->coupling->groups[group];

    for (int k = 0; k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        const struct ocsp_coupled_table *t = &counts->coupling->tables[m->table];
        if (m->part == OCSP_BN_SCALE && t->cols > 0)
            continue; /* counted with its layer's filters */
        if (m->side == OCSP_IN) {
            recount(counts, m->table, 0, n * m->slices, 0);
        } else if (t->depthwise) {
            const int inputs = m->slices / (t->rows / t->cols);
            recount(counts, m->table, n * m->slices, n * inputs, n * inputs);
        } else {
            recount(counts, m->table, n * m->slices, 0, 0);
        }
    }
}
