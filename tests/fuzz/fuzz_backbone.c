/* `ocsp backbone`, whole and in memory. Three parts: the flags in one line, the
 * classifier's cfg, and bytes that fill its weights. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/backbone.h"
#include "fuzz.h"
#include "prune/backbone.h"

/* The detector's text is a net, whose body the weights are of. */
static void check(const struct ocsp_backbone *b, const struct ocsp_graph *classifier,
                  const struct ocsp_weights *weights)
{
    struct fuzz_net net;
    struct ocsp_error err;
    size_t size;
    char *data;
    const char *text = ocsp_cfg_text(b->cfg, &size);

    HOLDS(!ocsp_cfg_parse(&net.cfg, "again.cfg", text, size, &err));
    HOLDS(!ocsp_graph_new(&net.graph, net.cfg, &err));
    HOLDS(net.graph->n_layers == b->n_body + b->n_blocks * OCSP_EXTRA_LAYERS +
                                     b->heads.n_maps * OCSP_HEAD_LAYERS);
    for (int i = 0; i < b->heads.n_maps; i++) {
        const struct ocsp_layer *tap = &net.graph->layers[b->heads.taps[i]];
        HOLDS(tap->out_w == b->heads.maps[i] && tap->out_h == b->heads.maps[i]);
    }
    const enum ocsp_status status =
        ocsp_backbone_weights(b, classifier, weights, &data, &size, &err);
    fuzz_check_error(status, &err);
    if (!status)
        free(data);
    net.coupling = NULL;
    fuzz_net_clear(&net);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_part parts[3];
    struct fuzz_net net = {0};
    struct ocsp_flags flags;
    struct ocsp_backbone *b = NULL;
    struct ocsp_weights *weights = NULL;
    struct ocsp_error err;
    enum ocsp_status status;

    fuzz_split(data, size, parts, 3);
    status = fuzz_flags(&flags, OCSP_FOR_BACKBONE, &parts[0], &err);
    if (!status)
        status = ocsp_cfg_parse(&net.cfg, "fuzz.cfg", parts[1].data, parts[1].size, &err);
    if (!status)
        status = ocsp_graph_new(&net.graph, net.cfg, &err);
    if (!status)
        weights = fuzz_weights(net.graph, &parts[2]);
    if (!status && weights && !ocsp_backbone_check_usage(&flags, &err))
        status =
            ocsp_backbone_new(&b, net.graph, &flags.heads, flags.input, "out.cfg", &err);
    fuzz_check_error(status, &err);
    if (b)
        check(b, net.graph, weights);
    ocsp_backbone_free(b);
    ocsp_weights_free(weights);
    fuzz_net_clear(&net);
    return 0;
}
