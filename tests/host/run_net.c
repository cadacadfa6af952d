/* A host's own inference on a made-up image, without anything of ours.
 *
 *     run_net N.cfg N.weights PREFIX
 *
 *     run_net N.cfg
 *
 * The first writes PREFIX.f32, the float32 outputs of all layers that a head reads, of
 * the heads and of the last layer, and PREFIX.txt, a line "NAME COUNT" for each. Exit
 * status 1: the host does not take the file for what it is. The second, for nets with
 * random weights, which it writes and loads, prints a line "WIDTH HEIGHT CHANNELS
 * NUMBERS" for the output of each layer, as the host has them; 0 where it sets none. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "made_up_image.h"

#include "host_calls.h"
#include "network.h"
#include "parser.h"

static long size_of(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 ? (long)info.st_size : -1;
}

static void save(network *net, char *path)
{
#ifdef OCSP_HOST_ALEXEYAB
    save_weights(*net, path);
#else
    save_weights(net, path);
#endif
}

/* Neither host says that a file was too short or too long: what it writes tells. */
static int writes_the_same_size(network *net, const char *weights, char *path)
{
    save(net, path);
    const long size = size_of(path);
    unlink(path);
    if (size == size_of(weights))
        return 1;
    fprintf(stderr, "run_net: the host writes %ld bytes, %s has %ld\n", size, weights,
            size_of(weights));
    return 0;
}

static int is_head(const layer *l)
{
    switch (l->type) {
    case SOFTMAX:
    case COST:
    case DETECTION:
    case REGION:
    case YOLO:
#ifdef OCSP_HOST_ALEXEYAB
    case GAUSSIAN_YOLO:
#endif
#if OCSP_HAS_CONTRASTIVE
    case CONTRASTIVE:
#endif
        return 1;
    default:
        return 0;
    }
}

static void write_outputs(const network *net, const char *prefix)
{
    char path[4096];
    FILE *data, *index;

    snprintf(path, sizeof path, "%s.f32", prefix);
    data = fopen(path, "wb");
    snprintf(path, sizeof path, "%s.txt", prefix);
    index = fopen(path, "w");
    assert(data && index);
    for (int i = 0; i < net->n; i++) {
        const layer *l = &net->layers[i];
        const int feeds_head = i + 1 < net->n && is_head(&net->layers[i + 1]);
        if ((!feeds_head && !is_head(l) && i + 1 < net->n) || !l->output ||
            l->type == COST)
            continue;
        fprintf(index, "%s%d %d\n", is_head(l) ? "head" : "layer", i, l->outputs);
        fwrite(l->output, sizeof *l->output, (size_t)l->outputs, data);
    }
    if (fclose(data) || fclose(index)) {
        perror("run_net");
        exit(1);
    }
}

static float *made_up(const network *net)
{
    float *image = malloc((size_t)net->inputs * sizeof *image);

    assert(image);
    make_up_image(image, (size_t)net->inputs);
    return image;
}

/* As `detector test` does. With outputs that are no numbers, as random weights make
 * some, Debian's counts fewer boxes than it writes. */
static void get_boxes(network *net)
{
    int n;

    for (int i = 0; i < net->n; i++)
        for (int k = 0; is_head(&net->layers[i]) && k < net->layers[i].outputs; k++)
            if (!isfinite(net->layers[i].output[k]))
                return;
#ifdef OCSP_HOST_ALEXEYAB
    detection *boxes = get_network_boxes(net, 64, 48, .1f, .5f, 0, 1, &n, 0);
#else
    detection *boxes = get_network_boxes(net, 64, 48, .1f, .5f, 0, 1, &n);
#endif
    free_detections(boxes, n);
}

static int run_with_random_weights(char *cfg)
{
    char weights[4096];
#ifdef OCSP_HOST_ALEXEYAB
    network host_net = parse_network_cfg(cfg), *net = &host_net;
#else
    network *net = parse_network_cfg(cfg);
#endif
    snprintf(weights, sizeof weights, "%s.saved", cfg);
    save(net, weights);
    load_weights(net, weights);
    unlink(weights);
    set_batch_network(net, 1);
#ifdef OCSP_HOST_ALEXEYAB
    fuse_conv_batchnorm(*net); /* as its commands do */
    calculate_binary_weights(*net);
#endif
    float *image = made_up(net);
    host_predict(net, image);
    get_boxes(net);
    for (int i = 0; i < net->n; i++) {
        const layer *l = &net->layers[i];
#ifdef OCSP_HOST_ALEXEYAB
        if (l->antialiasing) /* behind the blur */
            l = l->input_layer;
#endif
        printf("%d %d %d %d\n", l->out_w, l->out_h, l->out_c, l->outputs);
    }
    free(image);
    return 0;
}

int main(int argc, char **argv)
{
    char path[4096];

    if (argc == 2)
        return run_with_random_weights(argv[1]);
    if (argc != 4) {
        fprintf(stderr, "usage: run_net N.cfg [N.weights PREFIX]\n");
        return 2;
    }
    network *net = host_open(argv[1], argv[2]);
#ifdef OCSP_HOST_ALEXEYAB
    calculate_binary_weights(*net); /* without, xnor layers crash */
#endif
    snprintf(path, sizeof path, "%s.saved", argv[3]);
    if (!writes_the_same_size(net, argv[2], path))
        return 1;
    float *image = made_up(net);
    host_predict(net, image);
    write_outputs(net, argv[3]);
    free(image);
    return 0;
}
