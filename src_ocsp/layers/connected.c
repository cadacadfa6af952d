/* [connected]: w [out, in], a column for each number of its input. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_connected(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    int n;
    enum ocsp_status status = ocsp_key_positive(s, "output", 1, &n);

    if (!status)
        status = ocsp_add_table(s, n, l->inputs, 1);
    if (status)
        return status;
    l->batch_normalize = ocsp_key_is_set(s, "batch_normalize");
    l->n_biases = n;
    l->n_scales = l->batch_normalize ? n : 0;
    l->tables[0].rows_key = "output";
    l->tables[0].col_axis = OCSP_INPUT_NUMBERS;
    l->tables[0].places = 1;
    return ocsp_set_output(s, 1, 1, n);
}

static bool couple_connected(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];

    if (!ocsp_couple_new(c, i))
        return false;
    if (l->is_frozen)
        ocsp_couple_freeze(c, ocsp_coupler_output(c, i), i, l->why_frozen);
    return true;
}

static void emit_connected(const struct ocsp_emission *e, int i)
{
    /* the hosts' default */
    ocsp_emit_biases(e, i, ocsp_emission_activation(e, i, "logistic"));
}

static const enum ocsp_array_role file_order[] = {
    OCSP_ARRAY_BIASES, OCSP_ARRAY_WEIGHTS,  OCSP_ARRAY_SCALES,
    OCSP_ARRAY_MEAN,   OCSP_ARRAY_VARIANCE,
};

static const struct ocsp_layer_type connected = {
    .names = {"connected", "conn"},
    .read = read_connected,
    .couple = couple_connected,
    .couples_frozen = true,
    .emit = emit_connected,
    .file_order = file_order,
    .n_file_order = sizeof file_order / sizeof *file_order,
    .ends_body = true,
};
OCSP_REGISTER_LAYER_TYPE(connected);
