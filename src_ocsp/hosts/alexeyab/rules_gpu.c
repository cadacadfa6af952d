/* What training with ocsp refuses in GPU builds of AlexeyAB's Darknet: what they train
 * wrongly even with the repairs, and what surgery cannot carry over. */
#include "hosts/alexeyab/rules.h"

#include "hosts/alexeyab/features.h"
#include "hosts/rules_common.h"

static float loss_scale(const struct ocsp_rule_site *site)
{
    return ocsp_site_net_real(site, "loss_scale", 1);
}

static bool loses_momentum(const struct ocsp_rule_site *site)
{
    return (site->build->features & OCSP_ALEXEYAB_SCALED_RATE) == 0 &&
           loss_scale(site) != 1;
}

static bool divides_rate(const struct ocsp_rule_site *site)
{
    return ocsp_site_net_int(site, "adam", 0) != 0 && loss_scale(site) != 1;
}

static bool scales_loss(const struct ocsp_rule_site *site)
{
    return loss_scale(site) != 1;
}

/* The host's kernels give 0 for activations that they do not know, and some gradients
 * have no formula there. Older trees take relu for names that they do not know. */
static bool has_no_gradient(const struct ocsp_rule_site *site)
{
    const bool convolution = ocsp_site_is(site, OCSP_CONVOLUTIONS);
    const bool shortcut = ocsp_site_is(site, "shortcut");
    const unsigned features = site->build->features;

    if (ocsp_site_activation_is(site, "swish") || ocsp_site_activation_is(site, "mish"))
        return !convolution && !shortcut;
    if (ocsp_site_activation_is(site, "hard_mish"))
        return !convolution && (features & OCSP_ALEXEYAB_HARD_MISH) != 0;
    if (ocsp_site_activation_is(site, "gelu")) /* where the repair is not */
        return !convolution && !shortcut &&
               !ocsp_site_is(site, OCSP_CONNECTED_SECTIONS " activation") &&
               (features & OCSP_ALEXEYAB_GELU) != 0;
    if (ocsp_site_activation_is(site, "revleaky"))
        return (features & OCSP_ALEXEYAB_REVLEAKY) != 0;
    return ocsp_alexeyab_normalizes_channels(site);
}

static bool has_stream(const struct ocsp_rule_site *site)
{
    return ocsp_site_int(site, site->key, -1) >= 0;
}

static bool crops_other_channels(const struct ocsp_rule_site *site)
{
    return site->layer->in_c != 3;
}

static bool normalizes_by_2(const struct ocsp_rule_site *site)
{
    return ocsp_site_int(site, "batch_normalize", 0) == 2;
}

static const char deformed[] =
    "sway=, rotate= and stretch= are not supported: they tie filters to each other";
/* Their events are released after inference alone, and end training after 1024 uses. */
static const char streams[] =
    "stream= and wait_stream= are not supported in training: remove them";

const struct ocsp_rule ocsp_alexeyab_rules_gpu[] = {
    {OCSP_REFUSED, "net", OCSP_ANY_GPU, 0, "optimized_memory", ocsp_site_key_is_set,
     "it lets layers share one buffer of gradients, which loses those of skip "
     "connections: remove it"},
    {OCSP_REFUSED, "net", OCSP_ANY_GPU, OCSP_ALEXEYAB_CUDA_GRAPH, "use_cuda_graph",
     ocsp_site_key_is_set, "it is not supported in training: remove it"},
    {OCSP_REFUSED, "net", OCSP_ANY_GPU, OCSP_ALEXEYAB_LOSS_SCALE, "loss_scale",
     loses_momentum, "this Darknet loses the momentum with it: remove it"},
    {OCSP_REFUSED, "net", OCSP_ANY_GPU, OCSP_ALEXEYAB_LOSS_SCALE, "loss_scale",
     divides_rate, "with adam=1 it divides the learning rate: remove it"},
    {OCSP_REFUSED,
     OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS
                       " activation shortcut scale_channels sam local",
     OCSP_ANY_GPU, 0, "activation", has_no_gradient,
     "Darknet on GPU has no right gradient of this activation in this kind of layer"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " maxpool max", OCSP_ANY_GPU, 0, "antialiasing",
     ocsp_site_key_is_set, "Darknet on GPU trains a layer with antialiasing= wrongly"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " route", OCSP_ANY_GPU, OCSP_ALEXEYAB_STREAMS,
     "stream", has_stream, streams},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " route", OCSP_ANY_GPU, OCSP_ALEXEYAB_STREAMS,
     "wait_stream", has_stream, streams},
    {OCSP_REFUSED, "crop", OCSP_ANY_GPU, 0, "", crops_other_channels,
     "[crop] on GPU is for images of 3 channels: it writes past others"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_GPU, 0, "sway", ocsp_site_key_is_set,
     deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_GPU, 0, "rotate", ocsp_site_key_is_set,
     deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_GPU, 0, "stretch", ocsp_site_key_is_set,
     deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_GPU, 0, "stretch_sway",
     ocsp_site_key_is_set, deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_GPU, OCSP_ALEXEYAB_COORDCONV, "coordconv",
     ocsp_site_key_is_set,
     "coordconv= is not supported: it writes over the first channels"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_GPU, OCSP_ALEXEYAB_REVERSE, "reverse",
     ocsp_site_real_key_is_set, "reverse= is not supported: it is no gradient descent"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_OWN_CUDA, 0, "padding",
     ocsp_site_is_padded_1x1,
     "Darknet without cuDNN computes a 1x1 convolution with padding wrongly: remove "
     "padding="},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_OWN_CUDA, 0, "stride",
     ocsp_alexeyab_ignores_strides,
     "Darknet without cuDNN computes a 1x1 convolution with these strides wrongly: write "
     "[maxpool] size=1 with them before it, and stride=1 in it"},
    {OCSP_REFUSED, "maxpool max", OCSP_ANY_GPU, OCSP_ALEXEYAB_MAXPOOL_ZERO_NONMAX,
     "maxpool_zero_nonmax", ocsp_site_key_is_set,
     "Darknet trains a layer with maxpool_zero_nonmax= wrongly"},
    {OCSP_REFUSED, OCSP_CONNECTED_SECTIONS, OCSP_ANY_GPU, 0, "batch_normalize",
     normalizes_by_2,
     "[connected] batch_normalize=2 on GPU writes through a null pointer: write 1"},
    {OCSP_REFUSED, "shortcut", OCSP_ANY_GPU, 0, "weights_type",
     ocsp_alexeyab_has_weighted_summands,
     "Darknet has no right gradient of weights_type= in [shortcut]"},
    {OCSP_REFUSED, "softmax soft", OCSP_ANY_GPU, 0, "spatial", ocsp_site_real_key_is_set,
     "Darknet on GPU computes a softmax with spatial=1 wrongly"},
    {OCSP_REFUSED, "local", OCSP_ANY_GPU, OCSP_ALEXEYAB_LOSS_SCALE, "", scales_loss,
     "[local] has no eye on [net] loss_scale=: remove that"},
    {OCSP_REFUSED, "rnn gru lstm crnn conv_lstm", OCSP_ANY_GPU, 0, "", NULL,
     "recurrent layers are not supported on GPU"},
    {.sentence = NULL},
};
