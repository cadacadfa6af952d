#include "cli/backbone.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "layers/macs.h"
#include "net/standard_output.h"
#include "prune/backbone.h"

static enum ocsp_status usage(struct ocsp_error *err, const char *text)
{
    return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "%s", text);
}

enum ocsp_status ocsp_backbone_check_usage(const struct ocsp_flags *flags,
                                           struct ocsp_error *err)
{
    const struct ocsp_heads *heads = &flags->heads;
    const int numbers = 2 * OCSP_ANCHORS_PER_MAP * heads->n_maps;

    if (!flags->head_given)
        return usage(err, "-head is missing");
    if (heads->n_maps == 0)
        return usage(err, "-maps is missing");
    if (heads->classes == 0)
        return usage(err, "-classes is missing");
    if (heads->n_anchors > 0 && heads->n_anchors != numbers)
        return ocsp_fail(
            err, OCSP_E_USAGE, NULL, 0,
            "-anchors has %d numbers, but -maps takes %d: %d pairs for each map",
            heads->n_anchors, numbers, OCSP_ANCHORS_PER_MAP);
    return OCSP_OK;
}

static void print_report(const struct ocsp_backbone *b)
{
    printf("input       %dx%d\n", b->size, b->size);
    printf("body        layers 0 to %d of the classifier\n", b->n_body - 1);
    if (b->n_blocks > 0)
        printf("extra       layers %d to %d: %d block%s of a 1x1 and a 3x3 convolution\n",
               b->n_body, b->n_body + OCSP_EXTRA_LAYERS * b->n_blocks - 1, b->n_blocks,
               b->n_blocks == 1 ? "" : "s");
    for (int i = 0; i < b->heads.n_maps; i++) {
        const int tap = b->heads.taps[i];
        const struct ocsp_layer *l = &b->graph->layers[tap];
        printf("head        %dx%d from layer %d [%s], %d channels\n", b->heads.maps[i],
               b->heads.maps[i], tap, l->name, l->out_c);
    }
    printf("MACs        %" PRIu64 "\n", ocsp_graph_macs(b->graph));
    printf("parameters  %" PRIu64 "\n", ocsp_graph_parameters(b->graph));
}

enum ocsp_status ocsp_backbone_run(const struct ocsp_net_files *net,
                                   struct ocsp_flags *flags, struct ocsp_error *err)
{
    struct ocsp_backbone *b = NULL;
    struct ocsp_pair pair;
    char *data = NULL;
    size_t size;
    enum ocsp_status status = ocsp_pair_init(&pair, net, flags->output, err);

    if (!status)
        status = ocsp_backbone_new(&b, net->graph, &flags->heads, flags->input,
                                   pair.cfg_path, err);
    if (!status)
        status = ocsp_backbone_weights(b, net->graph, net->weights, &data, &size, err);
    if (!status) {
        print_report(b); /* what cannot be reported is not made */
        status = ocsp_output_check(err);
    }
    if (!status) {
        size_t length;
        const char *text = ocsp_cfg_text(b->cfg, &length);
        status = ocsp_pair_write(&pair, text, length, data, size, err);
    }
    if (!status)
        status = ocsp_output_wrote(pair.cfg_path, " and, for the body alone, ",
                                   pair.weights_path, err);
    free(data);
    ocsp_backbone_free(b);
    ocsp_pair_clear(&pair);
    return status;
}
