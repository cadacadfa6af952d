#include "prune/square_sums.h"

#include <stdlib.h>
#include <string.h>

void ocsp_square_sums(const struct ocsp_coupled_layer *layer, const float *w, double *row,
                      double *col)
{
    const int per_group = layer->cols / layer->conv_groups;
    const int block = layer->block;

    memset(col, 0, (size_t)layer->cols * sizeof *col);
    for (int r = 0; r < layer->rows; r++) {
        double *c = col + ocsp_column(layer, r, 0);
        double sum = 0;
        for (int j = 0; j < per_group; j++, w += block) {
            double square = 0;
            for (int b = 0; b < block; b++)
                square += (double)w[b] * (double)w[b];
            c[j] += square;
            sum += square;
        }
        row[r] = sum;
    }
}

/* The group's member with this place; members are in the order of their layers, and a
 * group has as many as there are layers. */
static const struct ocsp_member *find_member(const struct ocsp_group *g, int layer,
                                             enum ocsp_part part, enum ocsp_side side)
{
    int low = 0, high = g->n_members - 1;

    while (low < high) {
        const int middle = (low + high) / 2;
        if (g->members[middle].layer < layer)
            low = middle + 1;
        else
            high = middle;
    }
    while (g->members[low].part != part || g->members[low].side != side)
        low++;
    return &g->members[low];
}

/* Sums per channel over one side of one layer; each part is visited once, at the first of
 * its slices. */
static void visit_side(const struct ocsp_coupling *coupling, const int *channel, int n,
                       const double *sums, int layer, enum ocsp_part part,
                       enum ocsp_side side, double *scratch, ocsp_part_visit *visit,
                       void *context)
{
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0)
            scratch[channel[k]] += sums[k];
    for (int k = 0; k < n; k++) {
        const int c = channel[k];
        if (c < 0 || scratch[c] < 0)
            continue;
        const struct ocsp_group *g = &coupling->groups[coupling->group_of[c]];
        visit(context, c, find_member(g, layer, part, side), scratch[c]);
        scratch[c] = -1; /* visited: sums of squares are never negative */
    }
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0)
            scratch[channel[k]] = 0;
}

static void visit_layer(const struct ocsp_coupling *coupling, int i,
                        const struct ocsp_params *p, double *row, double *col,
                        double *scratch, ocsp_part_visit *visit, void *context)
{
    const struct ocsp_coupled_layer *l = &coupling->layers[i];

    if (p->weights && l->cols > 0) {
        ocsp_square_sums(l, p->weights, row, col);
        visit_side(coupling, l->row, l->rows, row, i, OCSP_WEIGHTS, OCSP_OUT, scratch,
                   visit, context);
        if (!l->depthwise)
            visit_side(coupling, l->col, l->cols, col, i, OCSP_WEIGHTS, OCSP_IN, scratch,
                       visit, context);
    }
    if (p->scales && l->rows > 0) {
        for (int r = 0; r < l->rows; r++)
            row[r] = (double)p->scales[r] * (double)p->scales[r];
        visit_side(coupling, l->row, l->rows, row, i, OCSP_BN_SCALE, OCSP_OUT, scratch,
                   visit, context);
    }
}

enum ocsp_status ocsp_visit_parts(const struct ocsp_coupling *coupling,
                                  const struct ocsp_params *params,
                                  ocsp_part_visit *visit, void *context,
                                  struct ocsp_error *err)
{
    int rows = 1, cols = 1;
    double *row, *col, *scratch;
    enum ocsp_status status = OCSP_OK;

    for (int i = 0; i < coupling->graph->n_layers; i++) {
        if (coupling->layers[i].rows > rows)
            rows = coupling->layers[i].rows;
        if (coupling->layers[i].cols > cols)
            cols = coupling->layers[i].cols;
    }
    row = malloc((size_t)rows * sizeof *row);
    col = malloc((size_t)cols * sizeof *col);
    scratch = calloc((size_t)coupling->n_channels + 1, sizeof *scratch);
    if (!row || !col || !scratch)
        status = ocsp_fail_memory(err);
    for (int i = 0; i < coupling->graph->n_layers && !status; i++)
        visit_layer(coupling, i, &params[i], row, col, scratch, visit, context);
    free(row);
    free(col);
    free(scratch);
    return status;
}
