/* A .weights file for one small net with every array that a layer can have. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const char cfg[] = "[net]\nwidth=4\nheight=4\nchannels=1\n"
                          "[convolutional]\nfilters=2\nsize=3\npad=1\nbatch_normalize=1\n"
                          "[convolutional]\nfilters=2\n"
                          "[batchnorm]\n"
                          "[shortcut]\nfrom=-2\nweights_type=per_feature\n"
                          "weights_normalization=relu\n"
                          "[local]\nfilters=1\n"
                          "[connected]\noutput=2\nbatch_normalize=1\n";

/* What was read is written again, byte by byte. */
static void check_lossless(const struct ocsp_weights *weights,
                           const struct ocsp_graph *graph, const uint8_t *data,
                           size_t size)
{
    struct ocsp_error err;
    char *written;
    size_t length;

    HOLDS(!ocsp_weights_render(weights, graph, &written, &length, &err));
    HOLDS(length == size && memcmp(written, data, size) == 0);
    free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz_net net;
    struct ocsp_weights *weights = NULL;
    struct ocsp_error err;
    enum ocsp_status status;

    if (!net.graph)
        HOLDS(!fuzz_net_parse(&net, cfg, strlen(cfg), &err));
    status = ocsp_weights_parse(&weights, "fuzz.weights", (const char *)data, size,
                                net.graph, &err);
    fuzz_check_error(status, &err);
    if (!status)
        check_lossless(weights, net.graph, data, size);
    const bool whole = !status;
    status = ocsp_weights_check_start(fuzz_file(0, data, size), net.graph, &err);
    fuzz_check_error(status, &err);
    HOLDS(!whole || !status);
    ocsp_weights_free(weights);
    return 0;
}
