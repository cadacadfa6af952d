/* What training with ocsp repairs in AlexeyAB's Darknet. On CPU by repairs_cpu.c, with
 * the conditions here over the cfg; in GPU builds by repair_gpu.c. */
#include "hosts/alexeyab/rules.h"

#include <string.h>

#include "hosts/alexeyab/features.h"
#include "hosts/rules_common.h"

/* The last layer with stopbackward=1 freezes those before it, but not itself. */
static bool is_frozen(const struct ocsp_rule_site *site)
{
    return site->layer->untrained && site->index + 1 < site->graph->n_layers &&
           site->graph->layers[site->index + 1].untrained;
}

static bool is_left_out(const struct ocsp_rule_site *site)
{
    return !is_frozen(site) && ocsp_site_int(site, "onlyforward", 0) == 0;
}

static bool is_frozen_normalization(const struct ocsp_rule_site *site)
{
    return is_frozen(site) && site->layer->batch_normalize;
}

static bool lacks_buffers(const struct ocsp_rule_site *site)
{
    return (site->build->features & OCSP_ALEXEYAB_BATCHNORM_BUFFERS) == 0;
}

static bool is_gelu(const struct ocsp_rule_site *site)
{
    return ocsp_site_activation_is(site, "gelu");
}

/* The activation of a [convolutional] or [connected] that names none. */
static bool is_logistic(const struct ocsp_rule_site *site)
{
    return ocsp_cfg_string(site->graph->cfg, site->layer->section, "activation", NULL)
               ? ocsp_site_activation_is(site, "logistic")
               : ocsp_site_is(site, OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS);
}

const char ocsp_alexeyab_repaired_normalization_bias[] =
    "batch normalization: biases of [convolutional], [batchnorm] train";
const char ocsp_alexeyab_repaired_untrained[] =
    "all layers are updated, and their gradients cleared at each step";
const char ocsp_alexeyab_repaired_maxpool_race[] =
    "[maxpool]: gradient without a race between threads";
const char ocsp_alexeyab_repaired_average_at_border[] =
    "[local_avgpool]: gradient at padded borders";
const char ocsp_alexeyab_repaired_gelu[] =
    "gelu: gradient at the input of the activation";
const char ocsp_alexeyab_repaired_frozen_normalization[] =
    "batch normalization that stopbackward=1 freezes: by its rolling statistics";
const char ocsp_alexeyab_repaired_bad_gradients[] =
    "[yolo]: gradients of boxes that are no numbers count 0, as is meant";
const char ocsp_alexeyab_repaired_far_logistic[] = "logistic: 0 far below 0, not NaN";

const char ocsp_alexeyab_repaired_epsilon[] =
    "batch normalization: gradient with the epsilon of the forward pass";
const char ocsp_alexeyab_repaired_connected_bias[] =
    "[connected] batch_normalize=1: biases get their gradient once";
const char ocsp_alexeyab_repaired_untrained_on_gpu[] = "all layers are updated";
const char ocsp_alexeyab_repaired_delayed_updates[] =
    "layers that are not updated yet do not hoard gradients";
const char ocsp_alexeyab_repaired_loss_scale[] =
    "loss_scale= reaches all losses; [connected] keeps its momentum";
const char ocsp_alexeyab_repaired_random_numbers[] =
    "[dropout]: random numbers of the run's own, on the layer's stream";
const char ocsp_alexeyab_repaired_dropblock[] =
    "[dropout] dropblock=1: waits for its random numbers; gradient where the output was "
    "not dropped";
const char ocsp_alexeyab_repaired_average_window[] =
    "[local_avgpool]: gradient of the elements of each window";
const char ocsp_alexeyab_repaired_place_scaling[] =
    "[scale_channels] scale_wh=1: gradient of the scales";

/* Sections whose layers the host marks as to be trained. */
#define MARKED                                                                           \
    OCSP_CONVOLUTIONS                                                                    \
    " maxpool max local_avgpool local_avg batchnorm shortcut crnn conv_lstm history"
#define HEADS "yolo Gaussian_yolo"

static bool is_unmarked(const struct ocsp_rule_site *site)
{
    return !ocsp_site_is(site, MARKED) && is_left_out(site);
}

const struct ocsp_rule ocsp_alexeyab_repairs[] = {
    /* on CPU [reorg] is another type than [reorg3d] */
    {OCSP_REPAIRED, OCSP_CONVOLUTIONS " batchnorm activation normalization lrn reorg",
     OCSP_CPU, 0, "", NULL, ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "reorg3d", OCSP_CPU, 0, "", ocsp_site_has_target,
     ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "upsample", OCSP_CPU, 0, "", ocsp_site_shrinks,
     ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "batchnorm " OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS, OCSP_CPU,
     0, "", ocsp_site_normalizes, ocsp_repaired_normalization},
    {OCSP_REPAIRED, "batchnorm " OCSP_CONVOLUTIONS, OCSP_CPU, 0, "", ocsp_site_normalizes,
     ocsp_alexeyab_repaired_normalization_bias},
    {OCSP_REPAIRED, "*", OCSP_CPU, OCSP_ALEXEYAB_UNTRAINED, "", is_unmarked,
     ocsp_alexeyab_repaired_untrained},
    {OCSP_REPAIRED, "batchnorm", OCSP_CPU, 0, "", lacks_buffers,
     ocsp_repaired_batchnorm_layer},
    {OCSP_REPAIRED, OCSP_ACTIVATED, OCSP_CPU, 0, "", ocsp_site_is_dropped,
     ocsp_repaired_dropped_activation},
    {OCSP_REPAIRED, "maxpool max", OCSP_CPU, 0, "", NULL,
     ocsp_alexeyab_repaired_maxpool_race},
    {OCSP_REPAIRED, "local_avgpool local_avg", OCSP_CPU, 0, "", NULL,
     ocsp_alexeyab_repaired_average_at_border},
    {OCSP_REPAIRED, "softmax soft", OCSP_CPU, 0, "", NULL, ocsp_repaired_infinite_loss},
    {OCSP_REPAIRED, OCSP_ACTIVATED, OCSP_CPU, OCSP_ALEXEYAB_GELU, "activation", is_gelu,
     ocsp_alexeyab_repaired_gelu},
    {OCSP_REPAIRED, "maxpool max avgpool avg softmax soft cost upsample reorg3d",
     OCSP_CPU, 0, "", ocsp_site_has_no_target, ocsp_repaired_first_layer},
    {OCSP_REPAIRED, "batchnorm " OCSP_CONVOLUTIONS, OCSP_CPU, 0, "",
     is_frozen_normalization, ocsp_alexeyab_repaired_frozen_normalization},
    {OCSP_REPAIRED, HEADS, OCSP_CPU, 0, "", NULL, ocsp_alexeyab_repaired_bad_gradients},
    {OCSP_REPAIRED, HEADS, OCSP_CPU, 0, "", NULL, ocsp_alexeyab_repaired_far_logistic},
    {OCSP_REPAIRED, OCSP_ACTIVATED, OCSP_CPU, 0, "activation", is_logistic,
     ocsp_alexeyab_repaired_far_logistic},

    {OCSP_REPAIRED, OCSP_CONVOLUTIONS " batchnorm activation reorg reorg3d lrn region",
     OCSP_ANY_GPU, 0, "", NULL, ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "batchnorm " OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS,
     OCSP_OWN_CUDA, 0, "", ocsp_site_normalizes, ocsp_alexeyab_repaired_epsilon},
    {OCSP_REPAIRED, OCSP_CONNECTED_SECTIONS, OCSP_ANY_GPU, 0, "", ocsp_site_normalizes,
     ocsp_alexeyab_repaired_connected_bias},
    {OCSP_REPAIRED, "*", OCSP_ANY_GPU, OCSP_ALEXEYAB_UNTRAINED, "", is_unmarked,
     ocsp_alexeyab_repaired_untrained_on_gpu},
    {OCSP_REPAIRED, "batchnorm " OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS,
     OCSP_ANY_GPU, 0, "", NULL, ocsp_alexeyab_repaired_delayed_updates},
    {OCSP_REPAIRED, OCSP_CONNECTED_SECTIONS " cost region detection Gaussian_yolo",
     OCSP_ANY_GPU, OCSP_ALEXEYAB_LOSS_SCALE, "", NULL, ocsp_alexeyab_repaired_loss_scale},
    {OCSP_REPAIRED, OCSP_ACTIVATED, OCSP_ANY_GPU, 0, "", ocsp_site_is_dropped,
     ocsp_repaired_dropped_activation},
    {OCSP_REPAIRED, "dropout", OCSP_ANY_GPU, 0, "", NULL,
     ocsp_alexeyab_repaired_random_numbers},
    {OCSP_REPAIRED, "dropout", OCSP_ANY_GPU, 0, "dropblock", ocsp_site_key_is_set,
     ocsp_alexeyab_repaired_dropblock},
    {OCSP_REPAIRED, "local_avgpool local_avg", OCSP_ANY_GPU, 0, "", NULL,
     ocsp_alexeyab_repaired_average_window},
    {OCSP_REPAIRED, "scale_channels", OCSP_ANY_GPU, 0, "scale_wh", ocsp_site_key_is_set,
     ocsp_alexeyab_repaired_place_scaling},
    {OCSP_REPAIRED, "softmax soft", OCSP_ANY_GPU, 0, "", NULL,
     ocsp_repaired_infinite_loss},
    {OCSP_REPAIRED, OCSP_ACTIVATED, OCSP_ANY_GPU, OCSP_ALEXEYAB_GELU, "activation",
     is_gelu, ocsp_alexeyab_repaired_gelu},
    {OCSP_REPAIRED,
     "maxpool max avgpool avg softmax soft cost upsample reorg reorg3d lrn", OCSP_ANY_GPU,
     0, "", ocsp_site_has_no_target, ocsp_repaired_first_layer},
    {OCSP_REPAIRED, HEADS, OCSP_ANY_GPU, 0, "", NULL,
     ocsp_alexeyab_repaired_bad_gradients},
    {.sentence = NULL},
};
