/* Inference by the host's own commands, with the engine. */
#include <stdio.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "hosts/darknet_compat.h"
#include "hosts/profile.h"
#include "train/choose.h"
#include "train/hook.h"

/* The hosts' loops pass no context in. */
static struct {
    bool enabled;
    const layer *net; /* of the network that has the engine */
} prediction;

static void print_profile(void)
{
    ocsp_profile_print(stderr);
}

enum ocsp_status ocsp_hook_predict_enable(const struct ocsp_hook_engine *engine,
                                          struct ocsp_error *err)
{
    const enum ocsp_status status = ocsp_choose_engine(engine, err);

    if (status)
        return status;
    prediction.enabled = true;
    if (engine->profile)
        atexit(print_profile);
    return OCSP_OK;
}

enum ocsp_status ocsp_hook_run_predict(int argc, char **argv, struct ocsp_error *err)
{
    return ocsp_run_host(argc, argv, err);
}

void ocsp_hook_predict(void *net)
{
    const network *of = net;
    struct ocsp_error err;
    char text[128];

    if (!prediction.enabled || of->layers == prediction.net)
        return;
    if (ocsp_engine_install(net, OCSP_ENGINE_INFERENCE, &err) ||
        ocsp_profile_install(net, &err)) {
        fprintf(stderr, "darknet ocsp: %s\n", err.text);
        exit(1);
    }
    prediction.net = of->layers;
    ocsp_describe_engine(text, sizeof text, of->n);
    fprintf(stderr, "ocsp: engine: %s\n", text);
}
