/* What training with ocsp refuses in AlexeyAB's Darknet, on CPU; rules_gpu.c has the
 * rows of GPU builds, rules_repairs.c what is repaired. */
#include "hosts/rules_common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hosts/alexeyab/features.h"
#include "hosts/alexeyab/rules.h"
#include "layers/shortcut.h"
#include "lint/head.h"
#include "lint/programs.h"

static bool has_factor(const struct ocsp_rule_site *site)
{
    return site->layer->alpha != 1;
}

static bool has_factor_of_added(const struct ocsp_rule_site *site)
{
    return site->layer->beta != 1;
}

/* The names are unknown to older trees, which take relu for them. */
static bool has_no_gradient(const struct ocsp_rule_site *site)
{
    const bool convolution = ocsp_site_is(site, OCSP_CONVOLUTIONS);

    if (ocsp_site_activation_is(site, "swish") || ocsp_site_activation_is(site, "mish"))
        return !convolution && !ocsp_site_is(site, "shortcut");
    if (ocsp_site_activation_is(site, "hard_mish"))
        return !convolution && (site->build->features & OCSP_ALEXEYAB_HARD_MISH) != 0;
    if (ocsp_site_activation_is(site, "relu6"))
        return (site->build->features & OCSP_ALEXEYAB_RELU6) != 0;
    return ocsp_alexeyab_normalizes_channels(site);
}

bool ocsp_alexeyab_normalizes_channels(const struct ocsp_rule_site *site)
{
    return ocsp_site_activation_is(site, "normalize_channels") ||
           ocsp_site_activation_is(site, "normalize_channels_softmax") ||
           ocsp_site_activation_is(site, "normalize_channels_softmax_maxval");
}

/* [net] weights_reject_freq= compares, and replaces, filters of this grouped convolution
 * by their size without groups=, far behind its weights. */
static bool rejects_beyond(const struct ocsp_rule_site *site)
{
    return ocsp_site_net_int(site, "weights_reject_freq", 0) != 0 &&
           site->layer->conv_groups > 1 && !ocsp_site_activation_is(site, "linear");
}

static bool is_shared(const struct ocsp_rule_site *site)
{
    return site->layer->shares >= 0;
}

/* The host reads this real number as a whole one. */
static bool has_assistance(const struct ocsp_rule_site *site)
{
    return fabsf(ocsp_site_real(site, "assisted_excitation", 0)) >= 1;
}

/* Trees with the feature compute with stride= and stride_x=, but take a 1x1 convolution
 * of stride_x=1 for one without strides. */
bool ocsp_alexeyab_ignores_strides(const struct ocsp_rule_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const bool heeds = (site->build->features & OCSP_ALEXEYAB_STRIDED_1X1) != 0;

    return l->size == 1 && (l->stride_x != 1 || l->stride_y != 1) &&
           (!heeds || l->stride_x == 1);
}

bool ocsp_alexeyab_has_weighted_summands(const struct ocsp_rule_site *site)
{
    return site->layer->tables[0].length > 0;
}

static bool adds_unequal_sizes(const struct ocsp_rule_site *site)
{
    return ocsp_shortcut_is_misread(site->graph, site->index);
}

static bool is_unknown(const struct ocsp_rule_site *site)
{
    return ocsp_site_is_unknown_to(site, OCSP_ALEXEYAB);
}

static bool has_other_boxes(const struct ocsp_rule_site *site)
{
    return ocsp_site_differs_from_last_head(site, 200);
}

/* Of a detector: the loop stops where an iteration has a single image. */
static bool trains_on_one_image(const struct ocsp_rule_site *site)
{
    const int subdivisions = ocsp_site_net_int(site, "subdivisions", 1);

    return ocsp_last_box_head(site->graph) >= 0 && subdivisions > 0 &&
           ocsp_site_net_int(site, "batch", 1) / subdivisions * subdivisions *
                   ocsp_site_net_int(site, "time_steps", 1) ==
               1;
}

/* That jitter= and resize= may cut off all of an image. */
static bool jitters_all_away(const struct ocsp_rule_site *site)
{
    float resize = ocsp_site_real(site, "resize", 1);

    if (resize < 1)
        resize = 1;
    return 1 / resize - 2 * ocsp_site_real(site, "jitter", .2f) < .01f;
}

static float random_of(const struct ocsp_graph *graph)
{
    const int last = ocsp_last_box_head(graph);
    const struct ocsp_rule_site site = {
        .graph = graph, .layer = &graph->layers[last < 0 ? 0 : last], .index = last};

    return last < 0 ? 0 : ocsp_site_real(&site, "random", 0);
}

#define RESIZED                                                                          \
    OCSP_CONVOLUTIONS " crnn conv_lstm crop maxpool max local_avgpool local_avg "        \
                      "batchnorm region yolo Gaussian_yolo route shortcut "              \
                      "scale_channels sam dropout upsample reorg reorg3d avgpool avg "   \
                      "normalization lrn cost"

static bool is_not_resized(const struct ocsp_rule_site *site)
{
    return random_of(site->graph) != 0 &&
           (!ocsp_site_is(site, RESIZED) || ocsp_site_reads_box_head(site) ||
            ocsp_site_int(site, "maxpool_depth", 0) != 0);
}

static bool fits_not_all_sizes(const struct ocsp_rule_site *site)
{
    const float random = random_of(site->graph);
    float factor = random == 1 ? 1.4f : random < 1 ? 1 / random : random;
    const int step = (int)ocsp_site_net_real(site, "resize_step", 32);
    const int w = site->graph->w;

    if (random == 0 || step < 1)
        return false;
    factor = factor > 8 ? 8 : factor;
    const int low = (int)((float)w / factor / (float)step) * step;
    const int high = ((int)((float)w * factor / (float)step) + 1) * step;
    return !ocsp_rules_fit_sizes(site->graph, low < step ? step : low, high, step);
}

static bool is_contrastive_with_single_images(const struct ocsp_rule_site *site)
{
    const int subdivisions = ocsp_site_net_int(site, "subdivisions", 1);

    return ocsp_site_key_is_set(site) && subdivisions > 0 &&
           ocsp_site_net_int(site, "batch", 1) / subdivisions < 2;
}

static bool is_mosaic_in_letter_box(const struct ocsp_rule_site *site)
{
    return ocsp_site_key_is_set(site) && ocsp_last_box_head(site->graph) >= 0 &&
           ocsp_site_net_int(site, "mosaic", 0) != 0;
}

/* The loop has room for the loader threads that it began with. */
static bool takes_more_threads(const struct ocsp_rule_site *site)
{
    const char *list = ocsp_cfg_string(site->graph->cfg, 0, "seq_scales", NULL);

    if (ocsp_site_net_int(site, "track", 0) == 0)
        return false;
    for (; list; list = strchr(list, ',')) {
        list += *list == ',';
        if (strtof(list, NULL) > 1)
            return true;
    }
    return false;
}

static bool counts_other_classes(const struct ocsp_rule_site *site)
{
    const char *list =
        ocsp_cfg_string(site->graph->cfg, site->layer->section, site->key, NULL);
    return list && ocsp_head_count(list, true) != ocsp_site_int(site, "classes", 20);
}

static bool has_unknown_loss(const struct ocsp_rule_site *site)
{
    return !ocsp_section_is_one_of(
        ocsp_cfg_string(site->graph->cfg, site->layer->section, site->key, "mse"),
        "mse iou giou diou ciou");
}

/* OpenCV's loader makes grey images or coloured ones; without it alpha is a channel, too.
 */
static bool has_no_such_images(const struct ocsp_rule_site *site)
{
    const int c = site->graph->c;
    const bool alpha = (site->build->features & OCSP_ALEXEYAB_NO_OPENCV) != 0;

    return ocsp_last_box_head(site->graph) >= 0 && c != 1 && c != 3 && !(alpha && c == 2);
}

static bool is_set_in_detector(const struct ocsp_rule_site *site)
{
    return ocsp_site_key_is_set(site) && ocsp_last_box_head(site->graph) >= 0;
}

static const char no_gradient[] =
    "Darknet on CPU has no right gradient of this activation in this kind of layer";
static const char delayed[] =
    "Darknet on CPU ignores dont_update=, train_only_bn= and burnin_update=";
static const char ignored_by_cpu[] =
    "Darknet on CPU ignores clip=, grad_centr= and reverse=";
static const char deformed[] =
    "Darknet on CPU ignores sway=, rotate=, stretch= and coordconv=";
static const char antialiased[] =
    "Darknet on CPU trains a layer with antialiasing= wrongly";

static const struct ocsp_rule any_build[] = {
    {OCSP_MISREAD, "*", OCSP_ANY_BUILD, 0, "", is_unknown,
     "AlexeyAB's Darknet does not know this section"},
    {OCSP_MISREAD, "shortcut", OCSP_ANY_BUILD, 0, "alpha", has_factor,
     "AlexeyAB's Darknet ignores alpha= and beta="},
    {OCSP_MISREAD, "shortcut", OCSP_ANY_BUILD, 0, "beta", has_factor_of_added,
     "AlexeyAB's Darknet ignores alpha= and beta="},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, OCSP_ALEXEYAB_ADVERSARIAL, "adversarial_lr",
     ocsp_site_real_key_is_set, "it is not supported"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, OCSP_ALEXEYAB_REJECTION, "groups",
     rejects_beyond,
     "Darknet's weights_reject_freq= writes behind the weights of a convolution with "
     "groups=: remove it"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "share_index", is_shared,
     "share_index= is not supported"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "assisted_excitation",
     has_assistance, "assisted_excitation= is not supported"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "channels", has_no_such_images,
     "AlexeyAB's Darknet loads images of 1 or 3 channels, and of 2 where it is built "
     "without OpenCV"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "seq_scales", takes_more_threads,
     "AlexeyAB's Darknet has no room for more loader threads than it begins with: with "
     "track=1 no number may be above 1"},
    {OCSP_REFUSED, OCSP_BOX_HEADS, OCSP_ANY_BUILD, 0, "counters_per_class",
     counts_other_classes, "it must hold a number for each of classes="},
    {OCSP_REFUSED, "yolo Gaussian_yolo", OCSP_ANY_BUILD, 0, "iou_loss", has_unknown_loss,
     "AlexeyAB's Darknet does not know it and takes iou"},
    {OCSP_REFUSED, "empty silence", OCSP_ANY_BUILD, 0, "", NULL,
     "AlexeyAB's Darknet aborts when it frees a network with this section, at the end of "
     "the training at the latest: remove it"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "batch", trains_on_one_image,
     "AlexeyAB's Darknet trains no detector on a single image per iteration"},
    {OCSP_REFUSED, OCSP_BOX_HEADS, OCSP_ANY_BUILD, 0, "max", has_other_boxes,
     "the boxes are laid out for the last head, which has another max="},
    {OCSP_REFUSED, OCSP_BOX_HEADS, OCSP_ANY_BUILD, 0, "jitter", jitters_all_away,
     "such a jitter=, with resize=, may leave nothing of an image: 2 · jitter must be "
     "less than 1, and than 1 / resize"},
    {OCSP_REFUSED, "*", OCSP_ANY_BUILD, 0, "", is_not_resized,
     "AlexeyAB's Darknet cannot resize such a layer, as random= asks for"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "", fits_not_all_sizes,
     "the net does not fit together at one of the sizes that random= gives it"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "contrastive",
     is_contrastive_with_single_images,
     "batch / subdivisions must be 2 or more with contrastive="},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "letter_box", is_mosaic_in_letter_box,
     "AlexeyAB's Darknet cannot do both letter_box=1 and mosaic=1"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "cutmix", is_set_in_detector,
     "AlexeyAB's Darknet has no cutmix=1 for detectors: remove it"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, OCSP_ALEXEYAB_NO_OPENCV, "mosaic",
     is_set_in_detector,
     "AlexeyAB's Darknet has mosaic=1 for detectors only where it is built with "
     "OPENCV=1"},
    {.sentence = NULL},
};

static const struct ocsp_rule cpu[] = {
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS " activation shortcut",
     OCSP_CPU, 0, "activation", has_no_gradient, no_gradient},
    {OCSP_REFUSED, "*", OCSP_CPU, OCSP_ALEXEYAB_DONT_UPDATE, "dont_update",
     ocsp_site_key_is_set, delayed},
    {OCSP_REFUSED, "*", OCSP_CPU, OCSP_ALEXEYAB_DONT_UPDATE, "burnin_update",
     ocsp_site_key_is_set, delayed},
    {OCSP_REFUSED, "*", OCSP_CPU, OCSP_ALEXEYAB_TRAIN_ONLY_BN, "train_only_bn",
     ocsp_site_key_is_set, delayed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " maxpool max", OCSP_CPU, 0, "antialiasing",
     ocsp_site_key_is_set, antialiased},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, OCSP_ALEXEYAB_CLIP, "clip",
     ocsp_site_real_key_is_set, ignored_by_cpu},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, OCSP_ALEXEYAB_GRAD_CENTR, "grad_centr",
     ocsp_site_key_is_set, ignored_by_cpu},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, OCSP_ALEXEYAB_REVERSE, "reverse",
     ocsp_site_real_key_is_set, ignored_by_cpu},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, 0, "sway", ocsp_site_key_is_set,
     deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, 0, "rotate", ocsp_site_key_is_set,
     deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, 0, "stretch", ocsp_site_key_is_set,
     deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, 0, "stretch_sway", ocsp_site_key_is_set,
     deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, OCSP_ALEXEYAB_COORDCONV, "coordconv",
     ocsp_site_key_is_set, deformed},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_CPU, 0, "stride",
     ocsp_alexeyab_ignores_strides,
     "this Darknet on CPU computes a 1x1 convolution with these strides wrongly: write "
     "[maxpool] size=1 with them before it, and stride=1 in it"},
    {OCSP_REFUSED, "shortcut", OCSP_CPU, 0, "weights_type",
     ocsp_alexeyab_has_weighted_summands,
     "Darknet on CPU has no right gradient of weights_type= in [shortcut]"},
    {OCSP_REFUSED, "shortcut", OCSP_CPU, 0, "from", adds_unequal_sizes,
     "Darknet on CPU adds these layers of unequal sizes wrongly"},
    {OCSP_REFUSED, "dropout", OCSP_CPU, 0, "dropblock", ocsp_site_key_is_set,
     "Darknet on CPU ignores dropblock="},
    {.sentence = NULL},
};

static const char *const policies[] = {"random",  "poly",  "constant", "step", "exp",
                                       "sigmoid", "steps", "sgdr",     NULL};

/* With track= the loop takes as many loader threads as there are subdivisions, which
 * -seed's one thread has no room for. */
static const char *const unseeded_keys[] = {"track", NULL};

const struct ocsp_host_rules ocsp_host_rules_alexeyab = {
    .name = "AlexeyAB",
    .usual = {OCSP_CPU, OCSP_ALEXEYAB_NEWEST},
    .program = OCSP_BIT(OCSP_ALEXEYAB),
    .policies = policies,
    .unseeded_keys = unseeded_keys,
    .classifier_channels = 3,
    .yolo_has_room_for_anchors = true,
    .refusals = {{any_build, OCSP_ANY_BUILD},
                 {ocsp_rules_of_any_build, OCSP_ANY_BUILD},
                 {ocsp_rules_of_labels, OCSP_ANY_BUILD},
                 {ocsp_rules_of_images, OCSP_ANY_BUILD},
                 {ocsp_rules_of_cpu_code, OCSP_CPU},
                 {cpu, OCSP_CPU},
                 {ocsp_alexeyab_rules_gpu, OCSP_ANY_GPU},
                 {ocsp_rules_of_weights, OCSP_ANY_BUILD}},
    .repairs = {{ocsp_alexeyab_repairs, OCSP_ANY_BUILD}},
};
