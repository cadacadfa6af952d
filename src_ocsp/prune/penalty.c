#include "prune/penalty.h"

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

/* Coefficient of a row or column; a depthwise layer's columns are its rows. */
static float coefficient(const float *per_channel, int channel)
{
    return channel >= 0 ? per_channel[channel] : 0;
}

void ocsp_penalty_add_gradient(const struct ocsp_coupled_layer *layer,
                               const struct ocsp_params *params,
                               const struct ocsp_params *updates,
                               const float *inverse_norm, float scale)
{
    if (params->weights && updates->weights && layer->cols > 0) {
        const int per_group = layer->cols / layer->conv_groups;
        const float *w = params->weights;
        float *u = updates->weights;
        for (int r = 0; r < layer->rows; r++) {
            const int *col = layer->col + ocsp_column(layer, r, 0);
            const float a = coefficient(inverse_norm, layer->row[r]);
            for (int j = 0; j < per_group; j++, w += layer->block, u += layer->block) {
                const float b = layer->depthwise ? 0 : coefficient(inverse_norm, col[j]);
                const float pull = scale * (a + b);
                if (pull == 0)
                    continue;
                for (int k = 0; k < layer->block; k++)
                    u[k] -= pull * w[k];
            }
        }
    }
    if (params->scales && updates->scales)
        for (int r = 0; r < layer->rows; r++)
            updates->scales[r] -=
                scale * coefficient(inverse_norm, layer->row[r]) * params->scales[r];
}

void ocsp_penalty_shrink(const struct ocsp_coupled_layer *layer,
                         const struct ocsp_params *params, const bool *selected,
                         float factor)
{
    if (params->weights && layer->cols > 0) {
        const int per_group = layer->cols / layer->conv_groups;
        float *w = params->weights;
        for (int r = 0; r < layer->rows; r++) {
            const int *col = layer->col + ocsp_column(layer, r, 0);
            const bool row = layer->row[r] >= 0 && selected[layer->row[r]];
            for (int j = 0; j < per_group; j++, w += layer->block) {
                const bool column = !layer->depthwise && col[j] >= 0 && selected[col[j]];
                if (!row && !column)
                    continue;
                const float f = row && column ? factor * factor : factor;
                for (int k = 0; k < layer->block; k++)
                    w[k] *= f;
            }
        }
    }
    if (params->scales)
        for (int r = 0; r < layer->rows; r++)
            if (layer->row[r] >= 0 && selected[layer->row[r]])
                params->scales[r] *= factor;
}
