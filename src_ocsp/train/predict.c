/* Inference by the host's own commands, with the engine. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "hosts/host.h"
#include "train/compute_backend.h"
#include "train/hook.h"
#include "train/host_command.h"

/* The hosts' loops pass no context in. */
static struct {
    bool enabled, times;
    const struct ocsp_engine *engine; /* or NULL */
    const void *net; /* the identity of the network that has the engine */
} prediction;

static void print_profile(void)
{
    if (ocsp_host.print_times)
        ocsp_host.print_times(stderr, prediction.engine);
}

enum ocsp_status ocsp_hook_predict_enable(const struct ocsp_hook_engine *engine,
                                          struct ocsp_error *err)
{
    const enum ocsp_status status = ocsp_backend_prepare(engine, err);

    if (status)
        return status;
    prediction.enabled = true;
    prediction.engine = ocsp_backend_engine(engine);
    prediction.times = ocsp_backend_times(engine);
    if (engine->profile)
        atexit(print_profile);
    return OCSP_OK;
}

enum ocsp_status ocsp_hook_run_predict(int argc, char **argv, struct ocsp_error *err)
{
    return ocsp_host_command_run(argc, argv, err);
}

void ocsp_hook_predict(void *net)
{
    struct ocsp_error err;
    char text[OCSP_BACKEND_TEXT];

    if (!prediction.enabled || ocsp_host.identity(net) == prediction.net)
        return;
    if (ocsp_engine_install(prediction.engine, net, OCSP_ENGINE_INFERENCE, &err) ||
        (prediction.times && ocsp_host.time_layers(net, &err))) {
        fprintf(stderr, "darknet ocsp: %s\n", err.text);
        exit(1);
    }
    prediction.net = ocsp_host.identity(net);
    ocsp_backend_describe(text, sizeof text, prediction.engine, net);
    fprintf(stderr, "ocsp: engine: %s\n", text);
}
