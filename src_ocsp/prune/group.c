#include "prune/group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/channels.h"
#include "layers/macs.h"

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

    if (u->reason[root])
        return -1;
    if (b->channel_of[root] < 0)
        b->channel_of[root] = b->coupling->n_channels++;
    return b->channel_of[root];
}

/* A weighted shortcut's rows are its summands. */
static bool rows_are_channels(const struct ocsp_layer *l)
{
    return l->kind != OCSP_SHORTCUT;
}

/* The columns of a connected layer are the numbers of its input, those of others the
 * channels; one that serves them all is none. */
static bool cols_are_channels(const struct ocsp_layer *l)
{
    return l->kind == OCSP_CONVOLUTIONAL || l->kind == OCSP_CONNECTED ||
           (l->kind == OCSP_SHORTCUT && l->cols > 1);
}

static bool fill_rows(struct builder *b, int i)
{
    const struct ocsp_layer *l = &b->coupling->graph->layers[i];
    struct ocsp_coupled_layer *c = &b->coupling->layers[i];
    const struct ocsp_channel_list *out = &b->channels.out[i];
    const bool known = rows_are_channels(l) && out->n == l->rows;

    c->rows = l->rows;
    c->row = malloc((size_t)c->rows * sizeof *c->row);
    if (!c->row)
        return false;
    for (int r = 0; r < c->rows; r++)
        c->row[r] = known ? channel_of(b, out->id[r]) : -1;
    return true;
}

static bool fill_cols(struct builder *b, int i)
{
    const struct ocsp_layer *l = &b->coupling->graph->layers[i];
    struct ocsp_coupled_layer *c = &b->coupling->layers[i];
    const struct ocsp_channel_list *in = ocsp_channels_input(&b->channels, i);
    int at = 0;

    c->cols = l->cols;
    c->col = malloc((size_t)c->cols * sizeof *c->col);
    if (!c->col)
        return false;
    for (int k = 0; k < c->cols; k++)
        c->col[k] = -1;
    for (int k = 0; k < in->n && cols_are_channels(l); k++) {
        const int width = l->kind == OCSP_CONNECTED ? in->plane[k] : 1;
        for (int x = 0; x < width && at < c->cols; x++)
            c->col[at++] = channel_of(b, in->id[k]);
    }
    return true;
}

static bool fill_layers(struct builder *b)
{
    const struct ocsp_graph *graph = b->coupling->graph;

    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        struct ocsp_coupled_layer *c = &b->coupling->layers[i];
        c->conv_groups = l->conv_groups;
        c->depthwise = ocsp_is_depthwise(l);
        c->block = l->block;
        if (l->rows > 0 && !fill_rows(b, i))
            return false;
        if (l->cols > 0 && !fill_cols(b, i))
            return false;
    }
    return true;
}

/* The dense net's own misreadings are its author's. */
static bool is_uneven(const struct ocsp_graph *graph, int i)
{
    const struct ocsp_layer *l = &graph->layers[i];

    if (l->kind != OCSP_SHORTCUT || l->normalization || l->n_from != 1)
        return false;
    const struct ocsp_layer *f = &graph->layers[l->from[0]];
    return f->kind == OCSP_CONVOLUTIONAL && f->in_w == l->out_w && f->in_h == l->out_h &&
           f->out_c != l->out_c && f->in_c != l->out_c;
}

static bool find_uneven(struct builder *b)
{
    struct ocsp_coupling *c = b->coupling;

    c->uneven = calloc((size_t)c->graph->n_layers + 1, sizeof *c->uneven);
    if (!c->uneven)
        return false;
    for (int i = 0; i < c->graph->n_layers; i++) {
        const struct ocsp_channel_list *out = &b->channels.out[i];
        if (out->n != c->graph->layers[i].out_c || !is_uneven(c->graph, i))
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

static bool add_place(struct places *p, int layer, enum ocsp_part part,
                      enum ocsp_side side)
{
    struct ocsp_member *last = p->n > 0 ? &p->member[p->n - 1] : NULL;

    if (last && last->layer == layer && last->part == part && last->side == side) {
        last->slices++;
        return true;
    }
    if ((p->n & (p->n - 1)) == 0) { /* full at powers of two */
        const size_t room = p->n > 0 ? 2 * (size_t)p->n : 1;
        struct ocsp_member *grown = realloc(p->member, room * sizeof *grown);
        if (!grown)
            return false;
        p->member = grown;
    }
    p->member[p->n++] = (struct ocsp_member){layer, part, side, 1};
    return true;
}

static bool collect_places(struct builder *b)
{
    const struct ocsp_graph *graph = b->coupling->graph;

    b->places = calloc((size_t)b->coupling->n_channels + 1, sizeof *b->places);
    if (!b->places)
        return false;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        const struct ocsp_coupled_layer *c = &b->coupling->layers[i];
        const enum ocsp_part part = l->n_weights > 0 ? OCSP_WEIGHTS : OCSP_NO_PARAMETERS;
        bool ok = true;
        for (int r = 0; r < c->rows && l->kind != OCSP_BATCHNORM; r++)
            ok = ok &&
                 (c->row[r] < 0 || add_place(&b->places[c->row[r]], i, part, OCSP_OUT));
        for (int r = 0; r < c->rows && l->n_scales > 0; r++)
            ok = ok && (c->row[r] < 0 ||
                        add_place(&b->places[c->row[r]], i, OCSP_BN_SCALE, OCSP_OUT));
        for (int k = 0; k < c->cols && !c->depthwise; k++)
            ok = ok &&
                 (c->col[k] < 0 || add_place(&b->places[c->col[k]], i, part, OCSP_IN));
        if (!ok)
            return false;
    }
    return true;
}

static bool same_places(const struct places *a, const struct places *b)
{
    if (a->n != b->n)
        return false;
    for (int k = 0; k < a->n; k++)
        if (a->member[k].layer != b->member[k].layer ||
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
        const int values[] = {m->layer, (int)m->part, (int)m->side, m->slices};
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
    for (int i = 0; i < c->graph->n_layers; i++) {
        renumber(c->layers[i].row, c->layers[i].rows, new_number);
        renumber(c->layers[i].col, c->layers[i].cols, new_number);
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
        out->n == c->layers[layer].rows ? ocsp_union_find_root(u, out->id[row]) : -1;
    const char *reason = root < 0          ? "its output is not a list of channels"
                         : u->reason[root] ? u->reason[root]
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
        const struct ocsp_coupled_layer *l = &c->layers[i];
        int count = 0, first = 0;
        for (int r = l->rows - 1; r >= 0 && rows_are_channels(&c->graph->layers[i]); r--)
            if (l->row[r] < 0) {
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
    b.coupling->layers = calloc((size_t)graph->n_layers, sizeof *b.coupling->layers);
    b.channel_of = malloc((size_t)b.channels.classes.n * sizeof *b.channel_of);
    if (!b.coupling->layers || !b.channel_of)
        goto out;
    memset(b.channel_of, 0xff, (size_t)b.channels.classes.n * sizeof *b.channel_of);
    if (!fill_layers(&b) || !find_uneven(&b))
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
    for (int i = 0; i < coupling->graph->n_layers && coupling->layers; i++) {
        free(coupling->layers[i].row);
        free(coupling->layers[i].col);
    }
    for (int g = 0; g < coupling->n_groups; g++)
        free(coupling->groups[g].members);
    for (int f = 0; f < coupling->n_frozen; f++)
        free(coupling->frozen[f].reason);
    for (int k = 0; k < coupling->n_uneven; k++)
        free(coupling->uneven[k].sum);
    free(coupling->uneven);
    free(coupling->layers);
    free(coupling->groups);
    free(coupling->group_of);
    free(coupling->frozen);
    free(coupling);
}

enum ocsp_status ocsp_counts_init(struct ocsp_counts *counts,
                                  const struct ocsp_coupling *coupling,
                                  struct ocsp_error *err)
{
    const int n = coupling->graph->n_layers;

    *counts = (struct ocsp_counts){.coupling = coupling};
    counts->rows = malloc((size_t)n * sizeof *counts->rows);
    counts->cols = malloc((size_t)n * sizeof *counts->cols);
    counts->conv_groups = malloc((size_t)n * sizeof *counts->conv_groups);
    if (!counts->rows || !counts->cols || !counts->conv_groups) {
        ocsp_counts_clear(counts);
        return ocsp_fail_memory(err);
    }
    for (int i = 0; i < n; i++) {
        counts->rows[i] = coupling->layers[i].rows;
        counts->cols[i] = coupling->layers[i].cols;
        counts->conv_groups[i] = coupling->layers[i].conv_groups;
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

static void recount(struct ocsp_counts *counts, int layer, int rows, int cols, int groups)
{
    const struct ocsp_layer *l = &counts->coupling->graph->layers[layer];
    int *r = &counts->rows[layer], *c = &counts->cols[layer];
    int *g = &counts->conv_groups[layer];

    counts->macs -= ocsp_layer_macs(l, *r, *c, *g);
    counts->parameters -= ocsp_layer_parameters(l, *r, *c, *g);
    *r -= rows;
    *c -= cols;
    *g -= groups;
    counts->macs += ocsp_layer_macs(l, *r, *c, *g);
    counts->parameters += ocsp_layer_parameters(l, *r, *c, *g);
}

void ocsp_counts_remove(struct ocsp_counts *counts, int group, int n)
{
    const struct ocsp_group *g = &counts->coupling->groups[group];

    for (int k = 0; k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        const struct ocsp_coupled_layer *l = &counts->coupling->layers[m->layer];
        if (m->part == OCSP_BN_SCALE && l->cols > 0)
            continue; /* counted with its layer's filters */
        if (m->side == OCSP_IN) {
            recount(counts, m->layer, 0, n * m->slices, 0);
        } else if (l->depthwise) {
            const int inputs = m->slices / (l->rows / l->cols);
            recount(counts, m->layer, n * m->slices, n * inputs, n * inputs);
        } else {
            recount(counts, m->layer, n * m->slices, 0, 0);
        }
    }
}
