#include "train/predictor_opencv.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#ifndef OCSP_OPENCV_DNN

const struct ocsp_predictor *ocsp_predictor_opencv(void)
{
    return NULL;
}

#else

#include "engine/opencv_dnn.h"
#include "layers/weights.h"
#include "net/random_bits.h"
#include "train/temporary.h"

struct opencv_net {
    struct ocsp_opencv_net *net;
    int n_layers;
};

/* Weights of variance 1 / fan-in; normalization that changes nothing. */
static void fill(struct ocsp_params *params, const struct ocsp_layer *l)
{
    uint64_t state = (uint64_t)l->line;

    for (int role = 0; role < OCSP_ARRAY_ROLES; role++) {
        float *array = *ocsp_params_array(params, (enum ocsp_array_role)role);
        const size_t n = ocsp_array_length(l, (enum ocsp_array_role)role);
        const int table = role - OCSP_ARRAY_WEIGHTS;
        const bool is_one = role == OCSP_ARRAY_SCALES || role == OCSP_ARRAY_VARIANCE;
        const bool is_table = table >= 0 && table < l->n_tables;
        const double fan_in =
            is_table && l->tables[table].rows > 0 ? (double)n / l->tables[table].rows : 1;
        for (size_t k = 0; array && k < n; k++) {
            const double u =
                ldexp((double)(ocsp_next_random_bits(&state) >> 11), -52) - 1;
            array[k] = is_one ? 1 : is_table ? (float)(u * sqrt(3 / fan_in)) : 0;
        }
    }
}

static enum ocsp_status write_weights(char path[OCSP_TEMPORARY_PATH],
                                      const struct ocsp_graph *graph,
                                      struct ocsp_error *err)
{
    struct ocsp_weights *weights;
    char *data;
    size_t size;
    enum ocsp_status status = ocsp_weights_new(&weights, graph, false, err);

    if (status)
        return status;
    for (int i = 0; i < graph->n_layers; i++)
        fill(&weights->layers[i], &graph->layers[i]);
    status = ocsp_weights_render(weights, graph, &data, &size, err);
    ocsp_weights_free(weights);
    if (status)
        return status;
    status = ocsp_temporary_write(path, ".weights", data, size, err);
    free(data);
    return status;
}

static enum ocsp_status open_net(void **out, const struct ocsp_predictor_input *input,
                                 struct ocsp_error *err)
{
    const struct ocsp_graph *graph = input->graph;
    const int shape[4] = {input->batch, graph->c, graph->h, graph->w};
    struct opencv_net *net = calloc(1, sizeof *net);
    char weights[OCSP_TEMPORARY_PATH];
    enum ocsp_status status = net ? OCSP_OK : ocsp_fail_memory(err);

    if (!status)
        status = write_weights(weights, graph, err);
    if (!status) {
        net->n_layers = graph->n_layers;
        status = ocsp_opencv_open(&net->net, input->cfg, weights, shape, input->cfg, err);
        ocsp_temporary_remove(weights);
    }
    if (status)
        free(net);
    else
        *out = net;
    return status;
}

static enum ocsp_status begin(void *net, struct ocsp_error *err)
{
    (void)net;
    (void)err;
    return OCSP_OK;
}

static enum ocsp_status predict(void *of, float *images, struct ocsp_error *err)
{
    const struct opencv_net *net = of;

    return ocsp_opencv_predict(net->net, images, err);
}

static long read_times(void *of, double *seconds)
{
    const struct opencv_net *net = of;

    ocsp_opencv_layer_seconds(net->net, seconds, net->n_layers);
    return 1;
}

static void end(void *net)
{
    (void)net;
}

static void close_net(void *of)
{
    struct opencv_net *net = of;

    if (net)
        ocsp_opencv_close(net->net);
    free(net);
}

static int no_block(void)
{
    return 0;
}

const struct ocsp_predictor *ocsp_predictor_opencv(void)
{
    static const struct ocsp_predictor opencv = {.describe = ocsp_opencv_describe,
                                                 .set_threads = ocsp_opencv_set_threads,
                                                 .channel_block = no_block,
                                                 .open = open_net,
                                                 .begin = begin,
                                                 .predict = predict,
                                                 .read_times = read_times,
                                                 .end = end,
                                                 .close = close_net};

    return &opencv;
}

#endif
