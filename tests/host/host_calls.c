#include "host_calls.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef GPU
#include "dark_cuda.h"
#endif
#include "network.h"
#include "parser.h"

/* The host's table names its commands, whose files are not linked here. */
void run_classifier(int argc, char **argv);
void run_classifier(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    abort();
}

void run_detector(int argc, char **argv);
void run_detector(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    abort();
}

#ifdef OCSP_HOST_ALEXEYAB
float validate_detector_map(char *data, char *cfg, char *weights, float thresh,
                            const float iou_thresh, const int points, int letter_box,
                            network *net)
{
    (void)data, (void)cfg, (void)weights, (void)thresh;
    (void)iou_thresh, (void)points, (void)letter_box, (void)net;
    abort();
}
#endif

int check_mistakes; /* a variable of detector.c, read by AlexeyAB's older library */

void host_silence(bool on)
{
    static int saved[3], depth; /* calls may nest */

    depth += on ? 1 : -1;
    if (on ? depth > 1 : depth > 0)
        return;
    fflush(stdout);
    fflush(stderr);
    for (int fd = 1; fd <= 2; fd++) {
        if (on) {
            const int null = open("/dev/null", O_WRONLY);
            saved[fd] = dup(fd);
            dup2(null, fd);
            close(null);
        } else {
            dup2(saved[fd], fd);
            close(saved[fd]);
        }
    }
}

char *host_write(const char *cfg)
{
    char *path = strdup("/tmp/ocsp-host-XXXXXX");
    const int fd = mkstemp(path);
    const size_t size = strlen(cfg);

    assert(fd >= 0);
    if (write(fd, cfg, size) != (ssize_t)size)
        abort();
    close(fd);
    return path;
}

bool host_knows_activations(const char *cfg)
{
    static const char key[] = "activation=";
    bool knows = true;

    host_silence(true);
    for (const char *at = cfg; knows && (at = strstr(at, key)); at++) {
        char name[32] = "";
        sscanf(at + strlen(key), "%31[a-z0-9_]", name);
        knows = get_activation(name) != RELU || strcmp(name, "relu") == 0;
    }
    host_silence(false);
    return knows;
}

network *host_parse(const char *cfg)
{
    char *path = host_write(cfg);
    network *net;

    host_silence(true);
#ifdef OCSP_HOST_ALEXEYAB
    net = malloc(sizeof *net);
    *net = parse_network_cfg(path);
#else
    net = parse_network_cfg(path);
#endif
    host_silence(false);
    unlink(path);
    free(path);
    return net;
}

int host_truths(const network *net)
{
    return net->layers[net->n - 1].inputs;
}

#if defined(GPU)

/* Host memory `x` [n] on the device, in *array once it is there. */
static float *put(float **array, float *x, int n)
{
    if (!*array)
        *array = cuda_make_array(NULL, (size_t)n);
    cuda_push_array(*array, x, (size_t)n);
    return *array;
}

float host_pass(network *net, float *images, float *truth, bool backward)
{
    network_state state = {0};

    state.net = *net;
    state.input = put(net->input_gpu, images, net->batch * net->layers[0].inputs);
    state.truth = put(net->truth_gpu, truth, net->batch * host_truths(net));
    state.train = 1;
    forward_network_gpu(*net, state);
    if (backward)
        backward_network_gpu(*net, state);
    return get_network_cost(*net);
}

void host_update(network *net)
{
    update_network_gpu(*net);
}

#elif defined(OCSP_HOST_ALEXEYAB)

float host_pass(network *net, float *images, float *truth, bool backward)
{
    network_state state = {0};

    state.net = *net;
    state.input = images;
    state.truth = truth;
    state.train = 1;
    forward_network(*net, state);
    if (backward)
        backward_network(*net, state);
    return get_network_cost(*net);
}

void host_update(network *net)
{
    update_network(*net);
}

#else

float host_pass(network *net, float *images, float *truth, bool backward)
{
    const layer *last = &net->layers[net->n - 1];

    net->train = 1;
    memcpy(net->input, images, (size_t)net->batch * (size_t)net->inputs * sizeof *images);
    memcpy(net->truth, truth, (size_t)net->batch * (size_t)last->inputs * sizeof *truth);
    forward_network(net);
    if (backward)
        backward_network(net);
    return *net->cost;
}

void host_update(network *net)
{
    update_network(net);
}

#endif

network *host_open(char *cfg, char *weights)
{
#ifdef OCSP_HOST_ALEXEYAB
    network *net = malloc(sizeof *net);

    if (!net)
        abort();
    *net = parse_network_cfg_custom(cfg, 1, 1);
#else
    network *net = parse_network_cfg(cfg);

    set_batch_network(net, 1);
#endif
    load_weights(net, weights);
    return net;
}

void host_predict(network *net, float *image)
{
#ifdef OCSP_HOST_ALEXEYAB
    network_predict(*net, image);
#else
    network_predict(net, image);
#endif
}
