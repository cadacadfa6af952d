#include "prune/square_sums.h"

#include <stdlib.h>
#include <string.h>

#include "prune/tiles.h"

static bool has_weights(const struct ocsp_coupled_table *t, const struct ocsp_params *p)
{
    return ocsp_params_table(p, t->index) && t->cols > 0;
}

/* BN scales belong to the rows of a layer's first table. */
static bool has_scales(const struct ocsp_coupled_table *t, const struct ocsp_params *p)
{
    return t->index == 0 && p->scales && t->rows > 0;
}

/* Gives one table its part of the data from `free` on; returns what comes behind it. */
static double *assign(struct ocsp_table_sums *sums, const struct ocsp_coupled_table *t,
                      const struct ocsp_params *p, double *free)
{
    *sums = (struct ocsp_table_sums){0};
    if (has_weights(t, p)) {
        sums->row = free;
        sums->col = free + t->rows;
        free += t->rows + t->cols;
    }
    if (has_scales(t, p)) {
        sums->scale = free;
        free += t->rows;
    }
    return free;
}

enum ocsp_status ocsp_sums_init(struct ocsp_sums *sums,
                                const struct ocsp_coupling *coupling,
                                const struct ocsp_params *params, struct ocsp_error *err)
{
    const int n = coupling->n_tables;
    size_t columns = 0;

    *sums = (struct ocsp_sums){0};
    for (int i = 0; i < n; i++) {
        const struct ocsp_coupled_table *t = &coupling->tables[i];
        const struct ocsp_params *p = &params[t->layer];
        if (has_weights(t, p)) {
            const size_t banded = (size_t)t->cols * (size_t)ocsp_tile_bands(t);
            columns = banded > columns ? banded : columns;
            sums->n += (size_t)t->rows + (size_t)t->cols;
        }
        if (has_scales(t, p))
            sums->n += (size_t)t->rows;
    }
    sums->tables = calloc((size_t)n + 1, sizeof *sums->tables);
    sums->data = calloc(sums->n + 1, sizeof *sums->data);
    sums->scratch = calloc((size_t)coupling->n_channels + 1, sizeof *sums->scratch);
    sums->columns = calloc(columns + 1, sizeof *sums->columns);
    if (!sums->tables || !sums->data || !sums->scratch || !sums->columns) {
        ocsp_sums_clear(sums);
        return ocsp_fail_memory(err);
    }
    double *free_from = sums->data;
    for (int i = 0; i < n; i++)
        free_from = assign(&sums->tables[i], &coupling->tables[i],
                           &params[coupling->tables[i].layer], free_from);
    return OCSP_OK;
}

void ocsp_sums_clear(struct ocsp_sums *sums)
{
    free(sums->tables);
    free(sums->data);
    free(sums->scratch);
    free(sums->columns);
    *sums = (struct ocsp_sums){0};
}

/* Adds the squares of w [n] to `square` [n]; returns their sum. */
static double add_squares(const float *restrict w, int n, double *restrict square)
{
    enum { LANES = 8 }; /* whose sums do not wait for each other */
    double lane[LANES] = {0}, sum = 0;
    int k = 0;

    for (; k <= n - LANES; k += LANES)
        for (int i = 0; i < LANES; i++) {
            const double x = (double)w[k + i];
            square[k + i] += x * x;
            lane[i] += x * x;
        }
    for (; k < n; k++) {
        const double x = (double)w[k];
        square[k] += x * x;
        sum += x * x;
    }
    for (int i = 0; i < LANES; i++)
        sum += lane[i];
    return sum;
}

struct measurement {
    const struct ocsp_coupled_table *layer;
    const float *w;
    double *row;     /* [rows] */
    double *columns; /* [bands, cols] zero */
};

static void measure_tile(void *context, const struct ocsp_tile *t)
{
    const struct measurement *m = context;
    double square[OCSP_TILE_LENGTH];

    memset(square, 0, (size_t)t->length * sizeof *square);
    for (int r = 0; r < t->rows; r++)
        m->row[t->row + r] +=
            add_squares(m->w + t->offset + (size_t)r * t->stride, t->length, square);
    if (m->layer->depthwise)
        return;
    double *column = m->columns + (size_t)t->band * (size_t)m->layer->cols;
    for (int k = 0; k < t->length; k++)
        column[t->column[k]] += square[k];
}

/* Overwrites row [rows] and col [cols]. */
static void sum_weights(const struct ocsp_coupled_table *layer, const float *w,
                        double *columns, double *row, double *col)
{
    const size_t cols = (size_t)layer->cols, n = cols * (size_t)ocsp_tile_bands(layer);
    struct measurement m = {layer, w, row, columns};

    memset(row, 0, (size_t)layer->rows * sizeof *row);
    memset(col, 0, cols * sizeof *col);
    memset(columns, 0, n * sizeof *columns);
    ocsp_visit_tiles(layer, measure_tile, &m);
    for (size_t band = 0; band < n; band += cols)
        for (size_t c = 0; c < cols; c++)
            col[c] += columns[band + c];
}

void ocsp_sums_measure(struct ocsp_sums *sums, const struct ocsp_coupling *coupling,
                       const struct ocsp_params *params)
{
    for (int i = 0; i < coupling->n_tables; i++) {
        const struct ocsp_coupled_table *t = &coupling->tables[i];
        const struct ocsp_table_sums *s = &sums->tables[i];
        const struct ocsp_params *p = &params[t->layer];
        if (s->row)
            sum_weights(t, ocsp_params_table(p, t->index), sums->columns, s->row, s->col);
        for (int r = 0; s->scale && r < t->rows; r++)
            s->scale[r] = (double)p->scales[r] * (double)p->scales[r];
    }
}

/* The group's member of this table, part and side; members are in the order of their
 * layers, and a group has as many as there are layers. */
static const struct ocsp_member *find_member(const struct ocsp_group *g,
                                             const struct ocsp_member *like)
{
    int low = 0, high = g->n_members - 1;

    while (low < high) {
        const int middle = (low + high) / 2;
        if (g->members[middle].layer < like->layer)
            low = middle + 1;
        else
            high = middle;
    }
    while (g->members[low].table != like->table || g->members[low].part != like->part ||
           g->members[low].side != like->side)
        low++;
    return &g->members[low];
}

/* Sums per channel over one side of one table; each part is visited once, at the first of
 * its slices. */
static void visit_side(const struct ocsp_coupling *coupling, const int *channel, int n,
                       const double *sums, const struct ocsp_member *like,
                       double *scratch, ocsp_part_visit *visit, void *context)
{
    const struct ocsp_member *member = NULL;
    int group = -1; /* of `member`: neighbours are mostly of one group */

    for (int k = 0; k < n; k++)
        if (channel[k] >= 0)
            scratch[channel[k]] += sums[k];
    for (int k = 0; k < n; k++) {
        const int c = channel[k];
        if (c < 0 || scratch[c] < 0)
            continue;
        if (coupling->group_of[c] != group) {
            group = coupling->group_of[c];
            member = find_member(&coupling->groups[group], like);
        }
        visit(context, c, member, scratch[c]);
        scratch[c] = -1; /* visited: sums of squares are never negative */
    }
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0)
            scratch[channel[k]] = 0;
}

void ocsp_visit_parts(const struct ocsp_coupling *coupling, const struct ocsp_sums *sums,
                      ocsp_part_visit *visit, void *context)
{
    for (int i = 0; i < coupling->n_tables; i++) {
        const struct ocsp_coupled_table *t = &coupling->tables[i];
        const struct ocsp_table_sums *s = &sums->tables[i];
        const struct ocsp_member out = {t->layer, i, OCSP_WEIGHTS, OCSP_OUT, 0};
        const struct ocsp_member in = {t->layer, i, OCSP_WEIGHTS, OCSP_IN, 0};
        const struct ocsp_member scale = {t->layer, i, OCSP_BN_SCALE, OCSP_OUT, 0};
        if (s->row)
            visit_side(coupling, t->row, t->rows, s->row, &out, sums->scratch, visit,
                       context);
        if (s->row && !t->depthwise)
            visit_side(coupling, t->col, t->cols, s->col, &in, sums->scratch, visit,
                       context);
        if (s->scale)
            visit_side(coupling, t->row, t->rows, s->scale, &scale, sums->scratch, visit,
                       context);
    }
}
