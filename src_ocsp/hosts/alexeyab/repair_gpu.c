/* The repairs of AlexeyAB's GPU builds: which layers get which. repair.c is for CPU
 * builds. */
#ifdef GPU

#include <stdlib.h>
#include <string.h>

#include "hosts/alexeyab/repair_gpu_pass.h"
#include "hosts/by_value/loss.h"
#include "hosts/by_value/repair.h"

enum repair {
    OVERWRITTEN,
    NORMALIZATION_GRADIENT,
    CONNECTED_BIAS,
    UNTRAINED,
    HOARDED,
    LOSS_SCALE,
    ACTIVATION_AFTER_DROPOUT,
    RANDOM_NUMBERS,
    DROPBLOCK,
    AVERAGE_WINDOW,
    PLACE_SCALING,
    INFINITE_LOSS,
    GELU_GRADIENT,
    FIRST_LAYER,
    BAD_GRADIENTS,
    N_REPAIRS
};

static const char *const lines[N_REPAIRS] = {
    [OVERWRITTEN] = "gradients are added to those of skip connections, not written over",
    [NORMALIZATION_GRADIENT] =
        "batch normalization: gradient with the epsilon of the forward pass",
    [CONNECTED_BIAS] = "[connected] batch_normalize=1: biases get their gradient once",
    [UNTRAINED] = "all layers are updated",
    [HOARDED] = "layers that are not updated yet do not hoard gradients",
    [LOSS_SCALE] = "loss_scale= reaches all losses; [connected] keeps its momentum",
    [ACTIVATION_AFTER_DROPOUT] =
        "activations before [dropout]: gradient at the undropped output",
    [RANDOM_NUMBERS] =
        "[dropout]: random numbers of the run's own, on the layer's stream",
    [DROPBLOCK] = "[dropout] dropblock=1: waits for its random numbers; gradient where "
                  "the output was not dropped",
    [AVERAGE_WINDOW] = "[local_avgpool]: gradient of the elements of each window",
    [PLACE_SCALING] = "[scale_channels] scale_wh=1: gradient of the scales",
    [INFINITE_LOSS] = OCSP_INFINITE_LOSS_LINE,
    [GELU_GRADIENT] = "gelu: gradient at the input of the activation",
    [FIRST_LAYER] = "first layer without weights: no write through a null pointer",
    [BAD_GRADIENTS] = OCSP_BAD_GRADIENTS_LINE,
};

static const char *active[N_REPAIRS + 1];

static void use(enum repair repair)
{
    active[repair] = lines[repair];
}

/* How many dropouts work in place on layer i's output, where the gradient of its
 * activation depends on more than the output's sign. */
static int count_dropouts(const network *net, int i)
{
    const layer *l = &net->layers[i];
    int n = 0;

    if (!ocsp_host_activates(l))
        return 0;
    switch ((int)l->activation) {
    case LINEAR:
    case RELU:
    case LEAKY:
    case MISH:
    case HARD_MISH:
    case GELU:
        return 0;
    default:
        while (i + n + 1 < net->n && net->layers[i + n + 1].type == DROPOUT)
            n++;
        return n;
    }
}

static bool reads(const network *net, const layer *l, const float *delta)
{
    switch (l->type) {
    case ROUTE:
    case SHORTCUT:
        for (int k = 0; k < l->n; k++)
            if (net->layers[l->input_layers[k]].delta_gpu == delta)
                return true;
        return false;
    case SCALE_CHANNELS:
    case SAM:
        return net->layers[l->index].delta_gpu == delta;
    case CONVOLUTIONAL:
    case CONNECTED:
    case BATCHNORM:
    case MAXPOOL:
    case AVGPOOL:
    case LOCAL_AVGPOOL:
    case UPSAMPLE:
    case REORG:
    case DROPOUT:
    case ACTIVE:
    case SOFTMAX:
    case COST:
    case YOLO:
    case GAUSSIAN_YOLO:
    case REGION:
        return false; /* none but the layer before it */
    default:
        return true;
    }
}

/* Whether a layer behind layer i adds to the delta of the layer before it. Those behind
 * it come first in the backward pass, and find it cleared. */
static bool shares_target(const network *net, int i)
{
    const float *delta = i > 0 ? net->layers[i - 1].delta_gpu : NULL;

    for (int k = i + 1; delta && k < net->n; k++)
        if (reads(net, &net->layers[k], delta))
            return true;
    return false;
}

static bool needs_bare_backward(const layer *l, const struct ocsp_gpu_repaired *r)
{
    return OCSP_IS_GELU(l->activation) || r->dropouts > 0;
}

static void install_convolutional(const network *net, layer *l,
                                  struct ocsp_gpu_repaired *r)
{
    l->backward_gpu = ocsp_gpu_backward_convolutional;
    if (l->batch_normalize && !OCSP_ON_CUDNN)
        use(NORMALIZATION_GRADIENT);
    if (r->shares_target && ocsp_gpu_convolution_overwrites(net))
        use(OVERWRITTEN);
}

static void install_connected(const network *net, layer *l, struct ocsp_gpu_repaired *r)
{
    if (l->batch_normalize || OCSP_LOSS_SCALE(net) != 1 || needs_bare_backward(l, r) ||
        ocsp_host_delays_updates(l))
        l->backward_gpu = ocsp_gpu_backward_connected;
    if (l->batch_normalize) {
        use(CONNECTED_BIAS);
        if (!OCSP_ON_CUDNN)
            use(NORMALIZATION_GRADIENT);
    }
#if OCSP_HAS_LOSS_SCALE
    if (net->loss_scale != 1) {
        l->update_gpu = ocsp_gpu_update_connected;
        use(LOSS_SCALE);
    }
#endif
}

static void install_dropout(layer *l)
{
    l->forward_gpu = l->dropblock ? ocsp_gpu_forward_dropblock : ocsp_gpu_forward_dropout;
    l->backward_gpu =
        l->dropblock ? ocsp_gpu_backward_dropblock : ocsp_gpu_backward_dropout;
    use(l->dropblock ? DROPBLOCK : RANDOM_NUMBERS);
}

/* Layers that write over their input's delta, or without a look whether there is one. */
static void install_added(const network *net, int i, const struct ocsp_gpu_repaired *r)
{
    layer *l = &net->layers[i];
    const bool no_target = i == 0 || !net->layers[i - 1].delta_gpu;
    const bool overwrites = l->type == REORG || l->type == REORG_OLD ||
                            l->type == NORMALIZATION || l->type == REGION;

    if (!no_target && !(overwrites && r->shares_target))
        return;
    l->backward_gpu = ocsp_gpu_backward_added;
    use(no_target ? FIRST_LAYER : OVERWRITTEN);
}

static void install_layer(const network *net, int i, struct ocsp_gpu_repaired *r)
{
    layer *l = &net->layers[i];

    switch (l->type) {
    case CONVOLUTIONAL:
        install_convolutional(net, l, r);
        break;
    case CONNECTED:
        install_connected(net, l, r);
        break;
    case BATCHNORM:
        l->backward_gpu = ocsp_gpu_backward_batchnorm;
        use(OVERWRITTEN);
        if (!OCSP_ON_CUDNN)
            use(NORMALIZATION_GRADIENT);
        break;
    case ACTIVE:
        l->backward_gpu = ocsp_gpu_backward_activation;
        use(OVERWRITTEN);
        break;
    case SHORTCUT:
        if (needs_bare_backward(l, r))
            l->backward_gpu = ocsp_gpu_backward_shortcut;
        break;
    case DROPOUT:
        install_dropout(l);
        break;
    case LOCAL_AVGPOOL:
        l->backward_gpu = ocsp_gpu_backward_local_avgpool;
        use(AVERAGE_WINDOW);
        break;
    case SCALE_CHANNELS:
        if (l->scale_wh) {
            l->backward_gpu = ocsp_gpu_backward_place_scaling;
            use(PLACE_SCALING);
        }
        break;
    case SOFTMAX:
        l->forward_gpu = ocsp_gpu_forward_softmax;
        use(INFINITE_LOSS);
        install_added(net, i, r);
        break;
    case MAXPOOL:
    case AVGPOOL:
    case UPSAMPLE:
    case REORG:
    case REORG_OLD:
    case NORMALIZATION:
        install_added(net, i, r);
        break;
    case COST:
    case REGION:
    case DETECTION:
    case GAUSSIAN_YOLO:
        install_added(net, i, r);
        if (OCSP_LOSS_SCALE(net) != 1) {
            l->backward_gpu = ocsp_gpu_backward_loss;
            use(LOSS_SCALE);
        }
        break;
    default:
        break;
    }
}

static void install_everywhere(const network *net, int i, struct ocsp_gpu_repaired *r)
{
    layer *l = &net->layers[i];

    if (!l->onlyforward && ocsp_host_skips(l)) {
        l->train = 1;
        use(UNTRAINED);
    }
    if (ocsp_host_delays_updates(l) &&
        (l->type == CONVOLUTIONAL || l->type == CONNECTED || l->type == BATCHNORM))
        use(HOARDED);
    if (r->dropouts)
        use(ACTIVATION_AFTER_DROPOUT);
    if (l->type == YOLO || l->type == GAUSSIAN_YOLO) {
        l->forward_gpu = ocsp_gpu_forward_boxes;
        use(BAD_GRADIENTS);
    }
    if (OCSP_IS_GELU(l->activation) && ocsp_host_activates(l)) {
        l->forward_gpu = ocsp_gpu_forward_gelu;
        use(GELU_GRADIENT);
    }
}

void ocsp_repair_forget(const void *net)
{
    struct ocsp_gpu_replica *r = ocsp_gpu_replica_find(((const network *)net)->layers);

    if (r)
        ocsp_gpu_replica_free(r);
}

void ocsp_repair_remove(void *net)
{
    const network *of = net;
    const struct ocsp_gpu_replica *r = ocsp_gpu_replica_find(of->layers);

    for (int i = 0; r && i < of->n; i++) {
        of->layers[i].forward_gpu = r->layers[i].forward;
        of->layers[i].backward_gpu = r->layers[i].backward;
        of->layers[i].update_gpu = r->layers[i].update;
    }
    ocsp_repair_forget(net);
}

/* The host's GPU code has all that it needs, also after it has resized. */
enum ocsp_status ocsp_repair_batchnorm_buffers(void *net, struct ocsp_error *err)
{
    (void)net;
    (void)err;
    return OCSP_OK;
}

enum ocsp_status ocsp_repair_install(void *net, const struct ocsp_engine *engine,
                                     struct ocsp_error *err)
{
    const network *of = net;

    (void)engine; /* no engine computes on a GPU */
    ocsp_repair_remove(net);
    struct ocsp_gpu_replica *r = ocsp_gpu_replica_new(of);
    if (!r)
        return ocsp_fail_memory(err);
    memset(active, 0, sizeof active);
    for (int i = 0; i < of->n; i++) {
        struct ocsp_gpu_repaired *repaired = &r->layers[i];
        repaired->forward = of->layers[i].forward_gpu;
        repaired->backward = of->layers[i].backward_gpu;
        repaired->update = of->layers[i].update_gpu;
        repaired->dropouts = count_dropouts(of, i);
        repaired->shares_target = shares_target(of, i);
        install_everywhere(of, i, repaired);
        install_layer(of, i, repaired);
    }
    int n = 0;
    for (int k = 0; k < N_REPAIRS; k++)
        if (active[k])
            active[n++] = active[k];
    for (; n < N_REPAIRS; n++)
        active[n] = NULL;
    return OCSP_OK;
}

const char *const *ocsp_repairs(void)
{
    return active;
}

#endif
