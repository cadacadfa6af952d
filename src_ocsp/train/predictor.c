#include "train/predictor.h"

#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "hosts/host.h"
#include "train/host_output.h"
#include "train/predictor_opencv.h"
#include "train/temporary.h"

struct host_net {
    const struct ocsp_engine *engine; /* or NULL */
    void *net;
    bool is_timed;
};

static enum ocsp_status open_by(void **out, const struct ocsp_predictor_input *input,
                                const struct ocsp_engine *engine, struct ocsp_error *err)
{
    struct host_net *net = calloc(1, sizeof *net);
    struct ocsp_images size;
    char path[OCSP_TEMPORARY_PATH];
    enum ocsp_status status = net ? OCSP_OK : ocsp_fail_memory(err);

    if (!status)
        status = ocsp_temporary_cfg(path, input->graph->cfg, input->batch, err);
    if (!status) {
        net->engine = engine;
        ocsp_host_output_hold();
        status = ocsp_host.open(&net->net, path, input->batch, &size, err);
        ocsp_host_output_release();
        ocsp_temporary_remove(path);
    }
    if (status)
        free(net);
    else
        *out = net;
    return status;
}

static enum ocsp_status open_stock(void **out, const struct ocsp_predictor_input *input,
                                   struct ocsp_error *err)
{
    return open_by(out, input, NULL, err);
}

static enum ocsp_status open_onednn(void **out, const struct ocsp_predictor_input *input,
                                    struct ocsp_error *err)
{
    return open_by(out, input, ocsp_engine_built_in(), err);
}

/* The engine works for one network at a time. On a GPU clocks around functions would
 * measure how fast they are queued. */
static enum ocsp_status begin(void *of, struct ocsp_error *err)
{
    struct host_net *net = of;

    if (ocsp_engine_install(net->engine, net->net, OCSP_ENGINE_INFERENCE, err))
        return err->status;
    net->is_timed = ocsp_host.time_layers && !OCSP_ON_GPU;
    return net->is_timed ? ocsp_host.time_layers(net->net, err) : OCSP_OK;
}

static enum ocsp_status predict(void *of, float *images, struct ocsp_error *err)
{
    struct host_net *net = of;
    float *output;
    size_t length;

    (void)err;
    ocsp_host.infer(net->net, false, images, &output, &length);
    return OCSP_OK;
}

static long read_times(void *of, double *seconds)
{
    const struct host_net *net = of;

    return net->is_timed ? ocsp_host.read_times(seconds) : 0;
}

static bool by_engine(void *of, int layer)
{
    const struct host_net *net = of;

    return ocsp_engine_takes(net->engine, layer);
}

static void end(void *of)
{
    const struct host_net *net = of;

    if (net->is_timed)
        ocsp_host.untime_layers(net->net);
    ocsp_engine_uninstall(net->engine, net->net);
}

static void close_net(void *of)
{
    struct host_net *net = of;

    if (net)
        ocsp_host.free_net(net->net);
    free(net);
}

static void describe_stock(char *text, size_t size)
{
    snprintf(text, size, "%s's Darknet", ocsp_host.name);
}

static void describe_onednn(char *text, size_t size)
{
    snprintf(text, size, "%s", ocsp_engine_built_in()->name());
}

static int onednn_block(void)
{
    return ocsp_engine_built_in()->channel_block();
}

static int no_block(void)
{
    return 0;
}

static const struct ocsp_predictor stock = {.describe = describe_stock,
                                            .channel_block = no_block,
                                            .open = open_stock,
                                            .begin = begin,
                                            .predict = predict,
                                            .read_times = read_times,
                                            .end = end,
                                            .close = close_net};
static const struct ocsp_predictor onednn = {.describe = describe_onednn,
                                             .channel_block = onednn_block,
                                             .open = open_onednn,
                                             .begin = begin,
                                             .predict = predict,
                                             .read_times = read_times,
                                             .by_engine = by_engine,
                                             .end = end,
                                             .close = close_net,
                                             .is_slow_to_begin = true};

static const struct {
    const char *word, *missing;
} names[OCSP_PREDICTORS] = {
    [OCSP_PREDICTOR_STOCK] = {"stock", NULL},
    [OCSP_PREDICTOR_ONEDNN] =
        {"onednn", OCSP_ON_GPU ? "built with GPU=1, and computes there"
                               : "built without oneDNN 2 or 3; install libdnnl-dev and "
                                 "rebuild"},
    [OCSP_PREDICTOR_GPU] = {"gpu", "built for the CPU; rebuild with GPU=1"},
    [OCSP_PREDICTOR_OPENCV] = {"opencv", "built without OpenCV's DNN; install "
                                         "libopencv-dev and rebuild with OCSP_OPENCV=1"},
};

const char *ocsp_predictor_word(enum ocsp_predictor_name name)
{
    return names[name].word;
}

enum ocsp_predictor_name ocsp_predictor_default(void)
{
    return OCSP_ON_GPU              ? OCSP_PREDICTOR_GPU
           : ocsp_engine_built_in() ? OCSP_PREDICTOR_ONEDNN
                                    : OCSP_PREDICTOR_STOCK;
}

static const struct ocsp_predictor *find(enum ocsp_predictor_name name)
{
    switch (name) {
    case OCSP_PREDICTOR_STOCK:
        return &stock;
    case OCSP_PREDICTOR_ONEDNN:
        return ocsp_engine_built_in() && !OCSP_ON_GPU ? &onednn : NULL;
    case OCSP_PREDICTOR_GPU:
        return OCSP_ON_GPU ? &stock : NULL;
    case OCSP_PREDICTOR_OPENCV:
        return ocsp_predictor_opencv();
    default:
        return NULL;
    }
}

enum ocsp_status ocsp_predictor_find(const struct ocsp_predictor **out,
                                     enum ocsp_predictor_name name,
                                     struct ocsp_error *err)
{
    const struct ocsp_predictor *found = find(name);

    if (!ocsp_host.open || !ocsp_host.infer)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "no speed can be measured in %s's Darknet yet", ocsp_host.name);
    if (!found)
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, NULL, 0,
                         "-engine %s: this Darknet was %s", names[name].word,
                         names[name].missing);
    *out = found;
    return OCSP_OK;
}
