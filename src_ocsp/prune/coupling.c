#include "prune/coupling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/channels.h"
#include "layers/shortcut.h"
#include "prune/grouping.h"

struct builder {
    struct ocsp_coupling *coupling;
    struct ocsp_channels channels;
    int *channel_of; /* [elements] provisional channel of a root, or −1 */
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
    if (!ocsp_group_channels(b.coupling) || !list_frozen(&b))
        goto out;
    *out = b.coupling;
    b.coupling = NULL;
    status = OCSP_OK;
out:
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
