#include "hosts/alexeyab/refuse_gpu.h"

#ifdef GPU

static const char *refuse_net(const network *net)
{
    if (net->optimized_memory)
        return "[net] optimized_memory= lets layers share one buffer of gradients, which "
               "loses those of skip connections: remove it";
#if OCSP_HAS_ADVERSARIAL
    if (net->adversarial || net->adversarial_lr != 0)
        return "[net] adversarial= and adversarial_lr= are not supported";
#endif
#if OCSP_HAS_CUDA_GRAPH
    if (net->use_cuda_graph)
        return "[net] use_cuda_graph=1 is not supported in training: remove it";
#endif
    if (!OCSP_HAS_SCALED_RATE && OCSP_LOSS_SCALE(net) != 1)
        return "with [net] loss_scale= this Darknet loses the momentum: remove it";
    if (net->adam && OCSP_LOSS_SCALE(net) != 1)
        return "with [net] adam=1 loss_scale= divides the learning rate: remove it";
    return NULL;
}

/* The host's kernels give 0 for activations that they do not know, and some gradients
 * have no formula there. */
static bool knows_activation(const layer *l)
{
    const bool convolution = l->type == CONVOLUTIONAL;

    switch ((int)l->activation) {
    case SWISH:
    case MISH:
        return convolution || l->type == SHORTCUT;
    case HARD_MISH:
        return convolution;
    case GELU: /* the repair */
        return convolution || l->type == SHORTCUT || l->type == CONNECTED ||
               l->type == ACTIVE;
#if OCSP_HAS_REVLEAKY
    case REVLEAKY:
#endif
    case NORM_CHAN:
    case NORM_CHAN_SOFTMAX:
    case NORM_CHAN_SOFTMAX_MAXVAL:
        return false;
    default:
        return true;
    }
}

static bool has_activation(const layer *l)
{
    switch (l->type) {
    case CONVOLUTIONAL:
    case CONNECTED:
    case SHORTCUT:
    case ACTIVE:
    case SCALE_CHANNELS:
    case SAM:
    case LOCAL:
        return true;
    default:
        return false;
    }
}

static const char *refuse_convolution(const layer *l)
{
    if (l->share_layer)
        return "share_index= is not supported";
    if (l->binary || l->xnor)
        return "binary= and xnor= cannot be pruned: a zero weight is not zero there";
    if (l->deform)
        return "sway=, rotate= and stretch= are not supported: they tie filters to each "
               "other";
    if (ocsp_host_has_coordconv(l))
        return "coordconv= is not supported: it writes over the first channels";
    if (l->assisted_excitation)
        return "assisted_excitation= is not supported";
    if (l->reverse != 0)
        return "reverse= is not supported: it is no gradient descent";
    if (OCSP_ON_CUDNN)
        return NULL;
    if (l->size == 1 && l->pad > 0)
        return "Darknet without cuDNN computes a 1x1 convolution with padding wrongly: "
               "remove padding=";
    if (ocsp_host_ignores_strides(l) && (l->stride_x != 1 || l->stride_y != 1))
        return "Darknet without cuDNN computes a 1x1 convolution with these strides "
               "wrongly: write [maxpool] size=1 with them before it, and stride=1 in it";
    return NULL;
}

static const char *refuse_pool(const layer *l)
{
#if OCSP_HAS_MAXPOOL_ZERO_NONMAX
    if (l->maxpool_zero_nonmax)
        return "Darknet trains a layer with maxpool_zero_nonmax= wrongly";
#endif
    if ((l->pad + 1) / 2 >= l->size && l->pad > 0)
        return "padding= is so large that a window of the pool holds no input";
    return NULL;
}

/* Streams of a layer's own; their events are released after inference alone, and end
 * training after 1024 uses. */
static bool has_streams(const layer *l)
{
#if OCSP_HAS_STREAMS
    return (l->type == CONVOLUTIONAL || l->type == ROUTE) &&
           (l->stream >= 0 || l->wait_stream_id >= 0);
#else
    (void)l;
    return false;
#endif
}

static bool normalizes_single_values(const layer *l)
{
    if (l->type == CONNECTED)
        return l->batch_normalize && l->batch == 1;
    return (l->type == BATCHNORM || (l->type == CONVOLUTIONAL && l->batch_normalize)) &&
           l->batch * l->out_w * l->out_h == 1;
}

static const char *refuse_by_type(const network *net, const layer *l)
{
    switch (l->type) {
    case CONVOLUTIONAL:
        return refuse_convolution(l);
    case MAXPOOL:
    case LOCAL_AVGPOOL:
        return refuse_pool(l);
    case CONNECTED:
        return l->batch_normalize == 2 ? "[connected] batch_normalize=2 on GPU writes "
                                         "through a null pointer: "
                                         "write 1"
                                       : NULL;
    case SHORTCUT:
        return l->nweights > 0
                   ? "Darknet has no right gradient of weights_type= in [shortcut]"
                   : NULL;
    case SOFTMAX:
        return l->spatial ? "Darknet on GPU computes a softmax with spatial=1 wrongly"
                          : NULL;
    case LOCAL:
        return OCSP_LOSS_SCALE(net) != 1
                   ? "[local] has no eye on [net] loss_scale=: remove that"
                   : NULL;
    case RNN:
    case GRU:
    case LSTM:
    case CRNN:
    case CONV_LSTM:
        return "recurrent layers are not supported on GPU";
    default:
        return NULL;
    }
}

const char *ocsp_refuse_on_gpu(const network *net, int i)
{
    const layer *l = &net->layers[i];
    const char *why = i == 0 ? refuse_net(net) : NULL;

    if (why)
        return why;
    if (has_activation(l) && !knows_activation(l))
        return "Darknet on GPU has no right gradient of this activation in this kind of "
               "layer";
    if (ocsp_host_rejects_beyond(net, l))
        return OCSP_REJECTION_REFUSAL;
    if (l->antialiasing)
        return "Darknet on GPU trains a layer with antialiasing= wrongly";
    if (has_streams(l))
        return "stream= and wait_stream= are not supported in training: remove them";
    if (normalizes_single_values(l))
        return "batch normalization over a single value: batch / subdivisions must be 2 "
               "or more here";
    if (l->type == CROP && i > 0)
        return "[crop] passes no gradient back: it may only be the first layer";
    if (l->type == CROP && l->c != 3)
        return "[crop] on GPU is for images of 3 channels: it writes past others";
    if (ocsp_host_reads_crop(net, l))
        return "[crop] passes no gradient back: only the layer behind it may read it";
    return refuse_by_type(net, l);
}

#endif
