/* [batchnorm] as a layer of its own: no weights, but a scale for each channel. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_batchnorm(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);
    const enum ocsp_status status = ocsp_add_table(s, l->in_c, 0, 1);

    if (status)
        return status;
    l->batch_normalize = true;
    l->n_biases = l->n_scales = l->in_c;
    return ocsp_same_output(s);
}

static void emit_batchnorm(const struct ocsp_emission *e, int i)
{
    ocsp_emit_biases(e, i, "linear");
}

static const enum ocsp_array_role file_order[] = {
    OCSP_ARRAY_BIASES_OF_SOME_HOSTS,
    OCSP_ARRAY_SCALES,
    OCSP_ARRAY_MEAN,
    OCSP_ARRAY_VARIANCE,
};

static const struct ocsp_layer_type batchnorm = {
    .names = {"batchnorm"},
    .read = read_batchnorm,
    .couple = ocsp_couple_through,
    .emit = emit_batchnorm,
    .file_order = file_order,
    .n_file_order = sizeof file_order / sizeof *file_order,
    .passes_flat = true,
};
OCSP_REGISTER_LAYER_TYPE(batchnorm);
