/* Layers that change no shape: [dropout], [activation], [empty]. */
#include "layers/activation.h"
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static void emit_activation(const struct ocsp_emission *e, int i)
{
    const char *activation = ocsp_emission_activation(e, i, "linear");
    const double *in = ocsp_emission_input(e, i);

    for (int k = 0; k < ocsp_emission_common(e, i); k++)
        e->value[i][k] = ocsp_activate(activation, in[k]);
}

static const struct ocsp_layer_type dropout = {
    .names = {"dropout"},
    .read = ocsp_same_output,
    .couple = ocsp_couple_by_element,
    .emit = ocsp_emit_through,
    .passes_flat = true,
    .only_trains = true,
};
OCSP_REGISTER_LAYER_TYPE(dropout);

static const struct ocsp_layer_type activation = {
    .names = {"activation"},
    .read = ocsp_same_output,
    .couple = ocsp_couple_by_element,
    .emit = emit_activation,
    .passes_flat = true,
};
OCSP_REGISTER_LAYER_TYPE(activation);

static const struct ocsp_layer_type empty = {
    .names = {"empty", "silence"},
    .read = ocsp_same_output,
    .couple = ocsp_couple_by_element,
    .emit = ocsp_emit_through,
    .passes_flat = true,
};
OCSP_REGISTER_LAYER_TYPE(empty);
