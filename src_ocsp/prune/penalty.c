#include "prune/penalty.h"

#include "prune/tiles.h"

static void add_square(void *context, int channel, const struct ocsp_member *member,
                       double square_sum)
{
    double *square = context;
    (void)member;
    square[channel] += square_sum;
}

void ocsp_penalty_squares(const struct ocsp_coupling *coupling,
                          const struct ocsp_sums *sums, double *square)
{
    for (int c = 0; c < coupling->n_channels; c++)
        square[c] = 0;
    ocsp_visit_parts(coupling, sums, add_square, square);
}

/* Of the column of a tile's k-th number; a depthwise layer's columns are its rows. */
static int column_channel(const struct ocsp_coupled_layer *l, const struct ocsp_tile *t,
                          int k)
{
    return l->depthwise ? -1 : l->col[t->column[k]];
}

struct gradient {
    const struct ocsp_coupled_layer *layer;
    const float *w;
    float *updates;
    const float *inverse_norm;
    float scale;
};

/* −1: frozen. */
static float coefficient(const struct gradient *g, int channel)
{
    return channel >= 0 ? g->inverse_norm[channel] : 0;
}

static void pull(float *restrict u, const float *restrict w, int n, float scale,
                 float of_row, const float *restrict of_column)
{
    for (int k = 0; k < n; k++)
        u[k] -= scale * (of_row + of_column[k]) * w[k];
}

static void pull_tile(void *context, const struct ocsp_tile *t)
{
    const struct gradient *g = context;
    float of_column[OCSP_TILE_LENGTH];
    bool any = false;

    for (int k = 0; k < t->length; k++) {
        of_column[k] = coefficient(g, column_channel(g->layer, t, k));
        any |= of_column[k] != 0;
    }
    for (int r = 0; r < t->rows; r++) {
        const float of_row = coefficient(g, g->layer->row[t->row + r]);
        const size_t at = t->at + (size_t)r * t->stride;
        if (any || of_row != 0)
            pull(g->updates + at, g->w + at, t->length, g->scale, of_row, of_column);
    }
}

void ocsp_penalty_add_gradient(const struct ocsp_coupled_layer *layer,
                               const struct ocsp_params *params,
                               const struct ocsp_params *updates,
                               const float *inverse_norm, float scale)
{
    struct gradient g = {layer, params->weights, updates->weights, inverse_norm, scale};

    if (g.w && g.updates && layer->cols > 0)
        ocsp_visit_tiles(layer, pull_tile, &g);
    if (params->scales && updates->scales)
        for (int r = 0; r < layer->rows; r++)
            updates->scales[r] -=
                scale * coefficient(&g, layer->row[r]) * params->scales[r];
}

struct shrinking {
    const struct ocsp_coupled_layer *layer;
    float *w;
    const bool *selected;
    float factor;
};

static float factor_of(const struct shrinking *s, int channel)
{
    return channel >= 0 && s->selected[channel] ? s->factor : 1;
}

static void shrink(float *restrict w, int n, float of_row,
                   const float *restrict of_column)
{
    for (int k = 0; k < n; k++)
        w[k] *= of_row * of_column[k];
}

static void shrink_tile(void *context, const struct ocsp_tile *t)
{
    const struct shrinking *s = context;
    float of_column[OCSP_TILE_LENGTH];
    bool any = false;

    for (int k = 0; k < t->length; k++) {
        of_column[k] = factor_of(s, column_channel(s->layer, t, k));
        any |= of_column[k] != 1;
    }
    for (int r = 0; r < t->rows; r++) {
        const float of_row = factor_of(s, s->layer->row[t->row + r]);
        if (any || of_row != 1)
            shrink(s->w + t->at + (size_t)r * t->stride, t->length, of_row, of_column);
    }
}

void ocsp_penalty_shrink(const struct ocsp_coupled_layer *layer,
                         const struct ocsp_params *params, const bool *selected,
                         float factor)
{
    struct shrinking s = {layer, params->weights, selected, factor};

    if (s.w && layer->cols > 0)
        ocsp_visit_tiles(layer, shrink_tile, &s);
    if (params->scales)
        for (int r = 0; r < layer->rows; r++)
            params->scales[r] *= factor_of(&s, layer->row[r]);
}
