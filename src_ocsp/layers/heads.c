/* Heads: layers whose outputs have fixed meanings. They pass on what they read. */
#include "layers/coupler.h"
#include "layers/emission.h"
#include "layers/layer_type.h"
#include "layers/section.h"

static enum ocsp_status read_head(const struct ocsp_section *s)
{
    const struct ocsp_layer *l = ocsp_layer_of(s);
    enum ocsp_status status = OCSP_OK;

    ocsp_section_freeze(s, "a head with fixed outputs reads it");
    if (ocsp_cfg_string(s->cfg, l->section, "embedding_layer", NULL))
        status = ocsp_read_from(s, "embedding_layer");
    return status ? status : ocsp_same_output(s);
}

static bool couple_head(struct ocsp_coupler *c, int i)
{
    const struct ocsp_layer *l = &c->graph->layers[i];

    ocsp_couple_freeze(c, ocsp_coupler_input(c, i), i, l->why_frozen);
    for (int k = 0; k < l->n_from; k++)
        ocsp_couple_freeze(c, ocsp_coupler_output(c, l->from[k]), i, l->why_frozen);
    return ocsp_couple_by_element(c, i);
}

#define HEAD(type, ...)                                                                  \
    static const struct ocsp_layer_type type = {                                         \
        .read = read_head,                                                               \
        .couple = couple_head,                                                           \
        .couples_frozen = true,                                                          \
        .emit = ocsp_emit_through,                                                       \
        .is_head = true,                                                                 \
        .ends_body = true,                                                               \
        __VA_ARGS__,                                                                     \
    };                                                                                   \
    OCSP_REGISTER_LAYER_TYPE(type)

/* of classifiers */
HEAD(softmax, .names = {"softmax", "soft"}, .classifies = true);
HEAD(cost, .names = {"cost"}, .classifies = true);
HEAD(logistic, .names = {"logistic"}, .classifies = true);
HEAD(contrastive, .names = {"contrastive"});
/* of detectors */
HEAD(yolo, .names = {"yolo"}, .needs_map = true);
HEAD(gaussian_yolo, .names = {"Gaussian_yolo"}, .needs_map = true);
HEAD(region, .names = {"region"}, .needs_map = true);
HEAD(detection, .names = {"detection"});
/* of segmentation */
HEAD(iseg, .names = {"iseg"});
