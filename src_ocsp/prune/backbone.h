/* A classifier, pruned or not, becomes a detector's start: its body at another input
 * size, extra feature layers and heads behind it, and a partial .weights file of the
 * body.
 *
 *     ocsp_backbone_new(&b, graph, &heads, 0, "out.cfg", &err);
 *     ocsp_backbone_weights(b, graph, weights, &data, &size, &err);
 *     ocsp_cfg_text(b->cfg, &length)                  the detector's cfg
 */
#ifndef OCSP_PRUNE_BACKBONE_H
#define OCSP_PRUNE_BACKBONE_H

#include "layers/weights.h"
#include "prune/heads.h"

struct ocsp_backbone {
    struct ocsp_cfg *cfg;     /* the detector: body, extra blocks, heads */
    struct ocsp_graph *graph; /* of it */
    int size;                 /* side of its input */
    int n_body;               /* its layers from the classifier */
    int n_blocks;             /* extra blocks of OCSP_EXTRA_LAYERS layers behind them */
    struct ocsp_heads heads;  /* with taps and anchors */
};

/* `heads` says what is wanted: maps, classes and perhaps anchors. `size` is the side of
 * the input, or 0: input_size.h finds it. The body's text is the classifier's, byte for
 * byte, but for width= and height= (and a [crop] in front, which becomes the whole
 * image). `name` is for messages about the new cfg. Free with ocsp_backbone_free. */
enum ocsp_status ocsp_backbone_new(struct ocsp_backbone **out,
                                   const struct ocsp_graph *classifier,
                                   const struct ocsp_heads *heads, int size,
                                   const char *name, struct ocsp_error *err);
void ocsp_backbone_free(struct ocsp_backbone *backbone);

/* The bytes of a .weights file with the body's layers alone, as `darknet partial` makes:
 * header 0.2.0, no image seen. The hosts leave the layers behind at their random start.
 */
enum ocsp_status ocsp_backbone_weights(const struct ocsp_backbone *backbone,
                                       const struct ocsp_graph *classifier,
                                       const struct ocsp_weights *weights, char **data,
                                       size_t *size, struct ocsp_error *err);

#endif
