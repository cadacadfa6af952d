#include "prune/backbone.h"

#include <stdlib.h>

#include "prune/body.h"
#include "prune/input_size.h"

/* The classifier's text up to the end of its body, as a cfg. */
static enum ocsp_status cut(struct ocsp_cfg **out, const struct ocsp_cfg *cfg, int n_body,
                            struct ocsp_error *err)
{
    size_t size;
    const char *text = ocsp_cfg_text(cfg, &size);

    /* layer n_body − 1 is section n_body */
    return ocsp_cfg_parse(out, ocsp_cfg_name(cfg), text,
                          ocsp_cfg_section_end(cfg, n_body), err);
}

/* Completes b->heads for the maps, and puts the heads behind these. */
static enum ocsp_status add_heads(struct ocsp_backbone *b, struct ocsp_maps *maps,
                                  const char *name, struct ocsp_error *err)
{
    struct ocsp_heads *heads = &b->heads;
    char *text;
    enum ocsp_status status;

    for (int i = 0; i < heads->n_maps; i++)
        heads->taps[i] = ocsp_maps_tap(maps, heads->maps[i]);
    if (heads->n_anchors == 0)
        heads->n_anchors =
            ocsp_heads_default_anchors(heads->n_maps, b->size, heads->anchors);
    status = ocsp_heads_render(heads, maps->graph->n_layers, &text, err);
    if (status)
        return status;
    status = ocsp_maps_append(maps, name, text, err);
    free(text);
    return status;
}

/* The rest of *b, whose heads are the wanted ones. */
static enum ocsp_status build(struct ocsp_backbone *b, struct ocsp_cfg *body, int wanted,
                              const char *name, struct ocsp_error *err)
{
    struct ocsp_maps maps = {0};
    bool reached;
    enum ocsp_status status =
        ocsp_input_size_find(body, &b->heads, wanted, &b->size, err);

    if (!status)
        status = ocsp_maps_init(&maps, body, b->size, err);
    if (!status)
        status = ocsp_maps_extend(&maps, &b->heads, &reached, err);
    if (!status)
        status = add_heads(b, &maps, name, err);
    if (status) {
        ocsp_maps_clear(&maps);
        return status;
    }
    b->n_blocks = maps.n_blocks;
    b->cfg = maps.cfg;
    b->graph = maps.graph;
    return OCSP_OK;
}

enum ocsp_status ocsp_backbone_new(struct ocsp_backbone **out,
                                   const struct ocsp_graph *classifier,
                                   const struct ocsp_heads *heads, int size,
                                   const char *name, struct ocsp_error *err)
{
    struct ocsp_cfg *body = NULL;
    struct ocsp_backbone *b = calloc(1, sizeof *b);
    enum ocsp_status status;

    if (!b)
        return ocsp_fail_memory(err);
    b->heads = *heads;
    status = ocsp_body_find(classifier, &b->n_body, err);
    if (!status)
        status = cut(&body, classifier->cfg, b->n_body, err);
    if (!status)
        status = build(b, body, size, name, err);
    ocsp_cfg_free(body);
    if (status)
        free(b);
    else
        *out = b;
    return status;
}

void ocsp_backbone_free(struct ocsp_backbone *backbone)
{
    if (!backbone)
        return;
    ocsp_graph_free(backbone->graph);
    ocsp_cfg_free(backbone->cfg);
    free(backbone);
}

enum ocsp_status ocsp_backbone_weights(const struct ocsp_backbone *backbone,
                                       const struct ocsp_graph *classifier,
                                       const struct ocsp_weights *weights, char **data,
                                       size_t *size, struct ocsp_error *err)
{
    struct ocsp_graph body = *classifier;
    struct ocsp_weights part = *weights;

    for (int i = 0; i < backbone->n_body; i++) {
        const struct ocsp_layer *a = &classifier->layers[i];
        const struct ocsp_layer *b = &backbone->graph->layers[i];
        if (a->tables[0].length != b->tables[0].length || a->n_opaque != b->n_opaque)
            return ocsp_fail(
                err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(classifier->cfg), a->line,
                "layer %d [%.40s]: its weights are made for the classifier's "
                "input size",
                i, a->name);
    }
    /* the body's layers come first in the file */
    body.n_layers = backbone->n_body;
    part.n_layers = body.n_layers;
    part.major = 0;
    part.minor = 2;
    part.revision = 0;
    part.seen = 0;
    return ocsp_weights_render(&part, &body, data, size, err);
}
