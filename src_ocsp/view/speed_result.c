#include "view/speed_result.h"

#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "layers/macs.h"

/* Whole blocks are computed: of 37 channels in blocks of 16, 48. */
static double fill_of(const struct ocsp_layer *l, int channels, int block)
{
    if (block < 2 || !ocsp_layer_is(l, "convolutional"))
        return 1;
    const int n = channels / (l->conv_groups > 0 ? l->conv_groups : 1);
    return n > 0 ? (double)n / ((n + block - 1) / block * block) : 1;
}

/* The image's three channels have a way of their own. */
static double input_fill_of(const struct ocsp_graph *graph, const struct ocsp_layer *l,
                            int block)
{
    return l == graph->layers ? 1 : fill_of(l, l->in_c, block);
}

static double bytes_of(const struct ocsp_graph *graph, const struct ocsp_layer *l,
                       int batch)
{
    double floats = l->outputs + (l->reads_before ? l->inputs : 0);

    for (int k = 0; k < l->n_from; k++)
        floats += graph->layers[l->from[k]].outputs;
    floats *= batch;
    for (int k = 0; k < l->n_tables; k++)
        floats += (double)l->tables[k].length;
    return floats * (double)sizeof(float);
}

static enum ocsp_status init_net(struct ocsp_speed_net *net, const char *cfg,
                                 const struct ocsp_graph *graph, int batch, int block,
                                 int most_rounds, struct ocsp_error *err)
{
    net->cfg = cfg;
    net->macs = ocsp_graph_macs(graph);
    net->parameters = ocsp_graph_parameters(graph);
    net->n_layers = graph->n_layers;
    net->seconds = calloc((size_t)most_rounds, sizeof *net->seconds);
    net->layers = calloc((size_t)graph->n_layers, sizeof *net->layers);
    if (!net->seconds || !net->layers)
        return ocsp_fail_memory(err);
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        net->layers[i] =
            (struct ocsp_speed_layer){.name = l->name,
                                      .line = l->line,
                                      .channels = l->out_c,
                                      .macs = ocsp_layer_macs(l),
                                      .bytes = bytes_of(graph, l, batch),
                                      .fill = fill_of(l, l->out_c, block),
                                      .input_fill = input_fill_of(graph, l, block)};
    }
    return OCSP_OK;
}

enum ocsp_status ocsp_speed_result_init(struct ocsp_speed_result *out, int n,
                                        const char *const *cfg,
                                        const struct ocsp_graph *const *graphs, int batch,
                                        int channel_block, int most_rounds,
                                        struct ocsp_error *err)
{
    struct ocsp_speed_result result = {.batch = batch, .channel_block = channel_block};

    result.nets = calloc((size_t)n, sizeof *result.nets);
    enum ocsp_status status = result.nets ? OCSP_OK : ocsp_fail_memory(err);
    for (int k = 0; k < n && !status; k++) {
        result.n = k + 1;
        status = init_net(&result.nets[k], cfg[k], graphs[k], batch, channel_block,
                          most_rounds, err);
    }
    if (status)
        ocsp_speed_result_clear(&result);
    else
        *out = result;
    return status;
}

void ocsp_speed_result_clear(struct ocsp_speed_result *result)
{
    for (int k = 0; k < result->n; k++) {
        free(result->nets[k].seconds);
        free(result->nets[k].layers);
    }
    free(result->nets);
    result->nets = NULL;
    result->n = 0;
}

bool ocsp_speed_nets_correspond(const struct ocsp_speed_net *a,
                                const struct ocsp_speed_net *b)
{
    if (a->n_layers != b->n_layers)
        return false;
    for (int i = 0; i < a->n_layers; i++)
        if (strcmp(a->layers[i].name, b->layers[i].name) != 0)
            return false;
    return true;
}

double ocsp_speed_layer_seconds(const struct ocsp_speed_net *net)
{
    double sum = 0;

    for (int i = 0; i < net->n_layers; i++)
        sum += net->layers[i].seconds;
    return sum;
}
