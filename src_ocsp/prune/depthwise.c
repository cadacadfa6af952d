#include "prune/depthwise.h"

bool ocsp_depthwise_is_misread(const struct ocsp_layer *l)
{
    return l->conv_groups > 1 && l->size == 3 && l->pad == 1 && l->stride_x <= 2 &&
           (l->in_w == 1 || l->in_h == 1);
}

static void keep_two(const struct ocsp_coupling *coupling, const int *channel, int n,
                     int *cap)
{
    for (int k = 0; k < n; k++) {
        const int g = channel[k] < 0 ? -1 : coupling->group_of[channel[k]];
        const int most = g < 0 ? 0 : coupling->groups[g].channels - 2;
        if (g >= 0 && cap[g] > most)
            cap[g] = most > 0 ? most : 0;
    }
}

void ocsp_depthwise_avoid(const struct ocsp_coupling *coupling, int *cap)
{
    for (int i = 0; i < coupling->n_tables; i++) {
        const struct ocsp_coupled_table *t = &coupling->tables[i];
        if (!ocsp_depthwise_is_misread(&coupling->graph->layers[t->layer]))
            continue;
        /* one side with two channels of each conv_group is enough */
        if (t->rows > t->conv_groups)
            keep_two(coupling, t->row, t->rows, cap);
        else if (t->cols > t->conv_groups)
            keep_two(coupling, t->col, t->cols, cap);
    }
}
