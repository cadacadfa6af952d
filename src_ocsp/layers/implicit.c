/* [implicit]: a learned constant, w [filters, 1, atoms] (AlexeyAB). */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_implicit(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int filters, atoms;
    enum ocsp_status status = ocsp_key_positive(s, "filters", 128, &filters);

    if (!status)
        status = ocsp_key_positive(s, "atoms", 1, &atoms);
    if (!status)
        status = ocsp_set_output(s, 1, atoms, filters);
    if (!status)
        status = ocsp_add_table(s, filters, 1, atoms);
    if (status)
        return status;
    l->tables[0].rows_key = "filters";
    l->tables[0].col_axis = OCSP_NO_CHANNELS;
    if (!ocsp_cfg_string(s->cfg, l->section, "filters", NULL))
        ocsp_section_freeze(s, "it has no filters= whose number could change");
    l->reads_before = false;
    return OCSP_OK;
}

/* Atoms that differ are no constant: their mean stands for them. */
static void emit_implicit(const struct ocsp_emission *e, int i)
{
    const struct ocsp_table *t = &e->graph->layers[i].tables[0];
    const float *w = e->params[i].weights;

    for (int f = 0; f < t->rows && w; f++)
        for (int a = 0; a < t->block; a++)
            e->value[i][f] += (double)w[f * t->block + a] / t->block;
}

static const struct ocsp_layer_type implicit = {
    .names = {"implicit"},
    .read = read_implicit,
    .couple = ocsp_couple_new,
    .emit = emit_implicit,
};
OCSP_REGISTER_LAYER_TYPE(implicit);
