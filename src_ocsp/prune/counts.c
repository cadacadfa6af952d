#include "prune/counts.h"

#include <stdlib.h>

#include "layers/macs.h"

enum ocsp_status ocsp_counts_init(struct ocsp_counts *counts,
                                  const struct ocsp_coupling *coupling,
                                  struct ocsp_error *err)
{
    const int n = coupling->n_tables;

    *counts = (struct ocsp_counts){.coupling = coupling};
    counts->rows = malloc((size_t)n * sizeof *counts->rows);
    counts->cols = malloc((size_t)n * sizeof *counts->cols);
    counts->conv_groups = malloc((size_t)n * sizeof *counts->conv_groups);
    if (!counts->rows || !counts->cols || !counts->conv_groups) {
        ocsp_counts_clear(counts);
        return ocsp_fail_memory(err);
    }
    for (int i = 0; i < n; i++) {
        counts->rows[i] = coupling->tables[i].rows;
        counts->cols[i] = coupling->tables[i].cols;
        counts->conv_groups[i] = coupling->tables[i].conv_groups;
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

static void recount(struct ocsp_counts *counts, int table, int rows, int cols, int groups)
{
    const struct ocsp_coupled_table *t = &counts->coupling->tables[table];
    const struct ocsp_layer *l = &counts->coupling->graph->layers[t->layer];
    const struct ocsp_table *of = &l->tables[t->index];
    int *r = &counts->rows[table], *c = &counts->cols[table];
    int *g = &counts->conv_groups[table];

    counts->macs -= ocsp_table_macs(of, *r, *c, *g);
    counts->parameters -= ocsp_table_parameters(l, t->index, *r, *c, *g);
    *r -= rows;
    *c -= cols;
    *g -= groups;
    counts->macs += ocsp_table_macs(of, *r, *c, *g);
    counts->parameters += ocsp_table_parameters(l, t->index, *r, *c, *g);
}

void ocsp_counts_remove(struct ocsp_counts *counts, int group, int n)
{
    const struct ocsp_group *g = &counts->coupling->groups[group];

    for (int k = 0; k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        const struct ocsp_coupled_table *t = &counts->coupling->tables[m->table];
        if (m->part == OCSP_BN_SCALE && t->cols > 0)
            continue; /* counted with its layer's filters */
        if (m->side == OCSP_IN) {
            recount(counts, m->table, 0, n * m->slices, 0);
        } else if (t->depthwise) {
            const int inputs = m->slices / (t->rows / t->cols);
            recount(counts, m->table, n * m->slices, n * inputs, n * inputs);
        } else {
            recount(counts, m->table, n * m->slices, 0, 0);
        }
    }
}
