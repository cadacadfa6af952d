#include "prune/compensate.h"

#include <stdlib.h>

#include "layers/emission.h"

struct pass {
    const struct ocsp_coupling *coupling;
    const struct ocsp_plan *plan;
    const struct ocsp_params *params;
    struct ocsp_emission emission;
};

/* [cols] what each column of layer i's first table reads of a removed channel, 0 of a
 * kept one. A connected layer has a column per number of a channel. NULL: no memory. */
static double *read_columns(const struct pass *p, int i)
{
    const struct ocsp_coupled_table *c = &p->coupling->tables[i];
    const enum ocsp_axis axis = p->coupling->graph->layers[i].tables[0].col_axis;
    const struct ocsp_channel_list *in = ocsp_channels_input(&p->emission.channels, i);
    const double *value = ocsp_emission_input(&p->emission, i);
    double *column = calloc((size_t)c->cols, sizeof *column);

    for (int k = 0, filled = 0; k < in->n && column; k++) {
        const int width = axis == OCSP_INPUT_NUMBERS ? in->plane[k] : 1;
        for (int x = 0; x < width && filled < c->cols; x++, filled++)
            if (!ocsp_plan_keeps(p->plan, c->col[filled]))
                column[filled] = value[k];
    }
    return column;
}

/* K_f of the header, for the filter whose weights begin at w; `column`: of its conv
 * group's first. */
static double lost_sum(const double *column, const float *w, int cols, int block)
{
    double sum = 0;

    for (int j = 0; j < cols; j++, w += block) {
        double weight = 0;
        if (column[j] == 0)
            continue;
        for (int k = 0; k < block; k++)
            weight += (double)w[k];
        sum += column[j] * weight;
    }
    return sum;
}

static bool compensate_rows(const struct pass *p, int i)
{
    const struct ocsp_coupled_table *c = &p->coupling->tables[i];
    const struct ocsp_params *w = &p->params[i];
    const bool normalizes = p->coupling->graph->layers[i].n_scales > 0;
    const int cols = c->cols / c->conv_groups;
    float *target = normalizes ? w->mean : w->biases;

    if (!w->weights || !target) /* or they are another layer's */
        return true;
    double *column = read_columns(p, i);
    if (!column)
        return false;
    for (int r = 0; r < c->rows; r++) {
        if (!ocsp_plan_keeps(p->plan, c->row[r]))
            continue;
        const float *row = w->weights + (size_t)r * (size_t)cols * (size_t)c->block;
        const double k = lost_sum(column + ocsp_column(c, r, 0), row, cols, c->block);
        if (k != 0) /* or −0 would become 0 */
            target[r] = (float)((double)target[r] + (normalizes ? -k : k));
    }
    free(column);
    return true;
}

/* Only a table that multiplies input channels loses what the removed ones emitted. */
static bool multiplies(const struct ocsp_layer *l)
{
    return l->n_tables > 0 && l->tables[0].places > 0;
}

enum ocsp_status ocsp_compensate(const struct ocsp_coupling *coupling,
                                 const struct ocsp_plan *plan,
                                 const struct ocsp_params *params, struct ocsp_error *err)
{
    struct pass p = {.coupling = coupling, .plan = plan, .params = params};
    bool ok = true;

    if (ocsp_emission_init(&p.emission, coupling->graph, params, err))
        return err->status;
    for (int i = 0; i < coupling->graph->n_layers && ok; i++)
        if (multiplies(&coupling->graph->layers[i]))
            ok = compensate_rows(&p, i);
    ocsp_emission_clear(&p.emission);
    return ok ? OCSP_OK : ocsp_fail_memory(err);
}
