/* Eq. (8): the gradient of a group lasso over the selected channels. */
#include "prune/penalty.h"
#include "prune/tiles.h"

struct gradient {
    const struct ocsp_coupled_table *table;
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
        of_column[k] = coefficient(g, ocsp_tile_column_channel(g->table, t, k));
        any |= of_column[k] != 0;
    }
    for (int r = 0; r < t->rows; r++) {
        const float of_row = coefficient(g, g->table->row[t->row + r]);
        const size_t offset = t->offset + (size_t)r * t->stride;
        if (any || of_row != 0)
            pull(g->updates + offset, g->w + offset, t->length, g->scale, of_row,
                 of_column);
    }
}

void ocsp_penalty_add_gradient(const struct ocsp_coupled_table *table,
                               const struct ocsp_params *params,
                               const struct ocsp_params *updates,
                               const float *inverse_norm, float scale)
{
    struct gradient g = {table, ocsp_params_table(params, table->index),
                         ocsp_params_table(updates, table->index), inverse_norm, scale};

    if (g.w && g.updates && table->cols > 0)
        ocsp_visit_tiles(table, pull_tile, &g);
    if (table->index == 0 && params->scales && updates->scales)
        for (int r = 0; r < table->rows; r++)
            updates->scales[r] -=
                scale * coefficient(&g, table->row[r]) * params->scales[r];
}

static void before_update(const struct ocsp_penalty_step *s)
{
    ocsp_penalty_add_gradient(s->table, s->params, s->updates, s->inverse_norm,
                              (float)s->lambda * s->divisor);
}

const struct ocsp_penalty_term ocsp_group_lasso = {
    .name = "eq8",
    .needs_norms = true,
    .before_update = before_update,
};
