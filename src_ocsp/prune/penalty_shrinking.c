/* Eq. (9): the selected channels shrink after every step, by a share of themselves. */
#include <math.h>

#include "prune/penalty.h"
#include "prune/tiles.h"

struct shrinking {
    const struct ocsp_coupled_table *table;
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
        of_column[k] = factor_of(s, ocsp_tile_column_channel(s->table, t, k));
        any |= of_column[k] != 1;
    }
    for (int r = 0; r < t->rows; r++) {
        const float of_row = factor_of(s, s->table->row[t->row + r]);
        if (any || of_row != 1)
            shrink(s->w + t->offset + (size_t)r * t->stride, t->length, of_row,
                   of_column);
    }
}

void ocsp_penalty_shrink(const struct ocsp_coupled_table *table,
                         const struct ocsp_params *params, const bool *selected,
                         float factor)
{
    struct shrinking s = {table, ocsp_params_table(params, table->index), selected,
                          factor};

    if (s.w && table->cols > 0)
        ocsp_visit_tiles(table, shrink_tile, &s);
    if (table->index == 0 && params->scales)
        for (int r = 0; r < table->rows; r++)
            params->scales[r] *= factor_of(&s, table->row[r]);
}

static void after_update(const struct ocsp_penalty_step *s)
{
    ocsp_penalty_shrink(s->table, s->params, s->selected,
                        (float)fmax(0, 1 - s->lambda * s->learning_rate));
}

const struct ocsp_penalty_term ocsp_shrinking = {
    .name = "eq9",
    .after_update = after_update,
};
