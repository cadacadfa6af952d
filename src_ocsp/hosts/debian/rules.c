/* What training with ocsp refuses in Debian's Darknet, and what it repairs there. */
#include "hosts/debian/rules.h"

#include <string.h>

#include "hosts/rules_common.h"
#include "lint/programs.h"

static bool has_windows_line_ends(const struct ocsp_rule_site *site)
{
    size_t size;
    const char *text = ocsp_cfg_text(site->graph->cfg, &size);

    return memchr(text, '\r', size) != NULL;
}

static bool is_unknown(const struct ocsp_rule_site *site)
{
    return ocsp_site_is_unknown_to(site, OCSP_DEBIAN);
}

static bool has_unknown_activation(const struct ocsp_rule_site *site)
{
    const char *name = site->layer->activation;
    return *name && !ocsp_program_knows_activation(OCSP_DEBIAN, name);
}

static bool is_dilated(const struct ocsp_rule_site *site)
{
    return site->layer->dilation > 1;
}

static bool adds_several(const struct ocsp_rule_site *site)
{
    return site->layer->n_from > 1;
}

static bool is_normalized_by_cbn(const struct ocsp_rule_site *site)
{
    return ocsp_site_key_is_set(site) && ocsp_site_int(site, "batch_normalize", 0) == 0;
}

static bool has_stride_of_its_own(const struct ocsp_rule_site *site)
{
    const int stride = ocsp_site_int(site, "stride", 1);
    return ocsp_site_int(site, site->key, stride) != stride;
}

static bool takes_a_part(const struct ocsp_rule_site *site)
{
    return site->layer->route_groups > 1;
}

/* Whether another layer than the next one reads layer i. */
static bool is_read_again(const struct ocsp_graph *graph, int i)
{
    for (int j = i + 2; j < graph->n_layers; j++) {
        const struct ocsp_layer *l = &graph->layers[j];
        if (strcmp(l->name, "shortcut") != 0 && strcmp(l->name, "route") != 0)
            continue;
        for (int k = 0; k < l->n_from; k++)
            if (l->from[k] == i)
                return true;
    }
    return false;
}

static bool loses_a_gradient(const struct ocsp_rule_site *site)
{
    return site->layer->size == 1 && site->index > 0 &&
           is_read_again(site->graph, site->index - 1);
}

static bool is_strided_1x1(const struct ocsp_rule_site *site)
{
    return site->layer->size == 1 && ocsp_site_int(site, "stride", 1) > 1;
}

static bool scales_unequal_sizes(const struct ocsp_rule_site *site)
{
    const struct ocsp_layer *l = site->layer;
    const struct ocsp_layer *from = &site->graph->layers[l->from[0]];

    return ocsp_site_real(site, "alpha", 1) != 1 &&
           (from->out_w != l->out_w || from->out_h != l->out_h ||
            from->out_c != l->out_c);
}

static bool has_another_weight_of_no_object(const struct ocsp_rule_site *site)
{
    return ocsp_site_real(site, "noobj", 1) != 1;
}

static bool is_wgan(const struct ocsp_rule_site *site)
{
    return strcmp(ocsp_cfg_string(site->graph->cfg, site->layer->section, "type", "sse"),
                  "wgan") == 0;
}

static bool is_classifier(const struct ocsp_graph *graph)
{
    return ocsp_last_box_head(graph) < 0;
}

static bool is_not_square(const struct ocsp_rule_site *site)
{
    return is_classifier(site->graph) && site->graph->w != site->graph->h;
}

/* The train loop asks the last layer how boxes are to be loaded. */
static bool is_last_but_no_head(const struct ocsp_rule_site *site)
{
    return site->index == site->graph->n_layers - 1 && !is_classifier(site->graph) &&
           !ocsp_site_is(site, OCSP_BOX_HEADS);
}

/* Boxes are loaded 5 · max= numbers apart, and read 5 times this apart. */
static bool has_other_boxes_than(const struct ocsp_rule_site *site, int boxes)
{
    const int max = ocsp_site_int(site, "max", boxes);
    const int batch = ocsp_site_net_int(site, "batch", 1);
    const int subdivisions = ocsp_site_net_int(site, "subdivisions", 1);
    const bool alone = subdivisions > 0 && batch / subdivisions <= 1 &&
                       ocsp_site_net_int(site, "time_steps", 1) <= 1;

    return site->index == site->graph->n_layers - 1 &&
           (alone ? max > boxes || max < 1 : max != boxes);
}

static bool has_other_boxes_than_yolo(const struct ocsp_rule_site *site)
{
    return has_other_boxes_than(site, 90);
}

static bool has_other_boxes_than_region(const struct ocsp_rule_site *site)
{
    return has_other_boxes_than(site, 30);
}

static bool has_other_coordinates(const struct ocsp_rule_site *site)
{
    return ocsp_site_int(site, "coords", 4) != 4;
}

/* min_ratio= and max_ratio= times the width is a crop's size, cut to whole pixels. */
static bool has_empty_crop(const struct ocsp_rule_site *site)
{
    const float ratio = ocsp_site_real(site, site->key, 1);
    return is_classifier(site->graph) && (int)(ratio * (float)site->graph->w) < 1;
}

static bool is_random(const struct ocsp_graph *graph)
{
    const struct ocsp_rule_site net = {.graph = graph, .index = -1};
    const struct ocsp_rule_site last = {.graph = graph,
                                        .layer = &graph->layers[graph->n_layers - 1],
                                        .index = graph->n_layers - 1};

    return ocsp_site_int(is_classifier(graph) ? &net : &last, "random", 0) != 0;
}

#define RESIZED                                                                          \
    OCSP_CONVOLUTIONS " crop maxpool max region yolo route shortcut upsample reorg "     \
                      "avgpool avg normalization lrn cost"

/* resize_network() ends behind the first [avgpool]. */
static bool is_not_resized(const struct ocsp_rule_site *site)
{
    if (!is_random(site->graph))
        return false;
    if (ocsp_site_reads_box_head(site))
        return true;
    if (ocsp_site_is(site, RESIZED))
        return false;
    for (int i = 0; i < site->index; i++)
        if (ocsp_section_is_one_of(site->graph->layers[i].name, "avgpool avg"))
            return false;
    return true;
}

static bool fits_not_all_sizes(const struct ocsp_rule_site *site)
{
    const bool classifier = is_classifier(site->graph);

    return is_random(site->graph) &&
           !ocsp_rules_fit_sizes(site->graph, classifier ? 128 : 320,
                                 classifier ? 448 : 608, 32);
}

static const char unread_key[] = "Debian's Darknet does not read this key";

static const struct ocsp_rule refusals[] = {
    {OCSP_MISREAD, "", OCSP_ANY_BUILD, 0, "", has_windows_line_ends,
     "Debian's Darknet cannot read Windows line ends: remove the CRs"},
    {OCSP_MISREAD, "*", OCSP_ANY_BUILD, 0, "", is_unknown,
     "Debian's Darknet does not know this section"},
    {OCSP_MISREAD, "*", OCSP_ANY_BUILD, 0, "activation", has_unknown_activation,
     "Debian's Darknet does not know this activation and takes relu"},
    {OCSP_MISREAD, "*", OCSP_ANY_BUILD, 0, "dilation", is_dilated,
     "Debian's Darknet ignores dilation="},
    {OCSP_MISREAD, "shortcut", OCSP_ANY_BUILD, 0, "from", adds_several,
     "Debian's Darknet reads the first layer of from= alone"},
    /* with these the host would make another network than the one that is pruned */
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "cbn", is_normalized_by_cbn,
     unread_key},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " maxpool max", OCSP_ANY_BUILD, 0, "stride_x",
     has_stride_of_its_own, unread_key},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " maxpool max", OCSP_ANY_BUILD, 0, "stride_y",
     has_stride_of_its_own, unread_key},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS " maxpool max", OCSP_ANY_BUILD, 0, "antialiasing",
     ocsp_site_key_is_set, unread_key},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "share_index", ocsp_site_has_key,
     unread_key},
    {OCSP_REFUSED, "maxpool max", OCSP_ANY_BUILD, 0, "maxpool_depth",
     ocsp_site_key_is_set, unread_key},
    {OCSP_REFUSED, "route", OCSP_ANY_BUILD, 0, "groups", takes_a_part, unread_key},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_GPU, 0, "", loses_a_gradient,
     "the GPU build of Debian's Darknet loses the gradient of a skip connection that a "
     "1x1 convolution reads, too"},
    {OCSP_REFUSED, OCSP_CONVOLUTIONS, OCSP_ANY_BUILD, 0, "stride", is_strided_1x1,
     "Debian's Darknet on CPU computes a 1x1 convolution with stride > 1 wrongly: write "
     "[maxpool] size=1 stride=N before it, and stride=1 in it"},
    {OCSP_REFUSED, "shortcut", OCSP_ANY_BUILD, 0, "alpha", scales_unequal_sizes,
     "Debian's Darknet trains a shortcut of unequal sizes with alpha= wrongly"},
    {OCSP_REFUSED, "cost", OCSP_ANY_BUILD, 0, "smooth", ocsp_site_real_key_is_set,
     "Debian's Darknet on CPU ignores smooth= and noobj= of [cost]"},
    {OCSP_REFUSED, "cost", OCSP_ANY_BUILD, 0, "noobj", has_another_weight_of_no_object,
     "Debian's Darknet on CPU ignores smooth= and noobj= of [cost]"},
    {OCSP_REFUSED, "cost", OCSP_ANY_BUILD, 0, "type", is_wgan,
     "Debian's Darknet on CPU computes type=wgan as sse"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "height", is_not_square,
     "Debian's Darknet loads squares of width= for a classifier: the height must be the "
     "same"},
    {OCSP_REFUSED, "*", OCSP_ANY_BUILD, 0, "", is_last_but_no_head,
     "Debian's Darknet asks the last layer of a detector for classes= and jitter=: it "
     "must be the [yolo] or the [region]"},
    {OCSP_REFUSED, "yolo", OCSP_ANY_BUILD, 0, "max", has_other_boxes_than_yolo,
     "Debian's Darknet has room for 90 boxes per image, and looks for them there: remove "
     "max="},
    {OCSP_REFUSED, "region", OCSP_ANY_BUILD, 0, "max", has_other_boxes_than_region,
     "Debian's Darknet has room for 30 boxes per image, and looks for them there: write "
     "max=30"},
    {OCSP_REFUSED, "region", OCSP_ANY_BUILD, 0, "coords", has_other_coordinates,
     "`detector train` loads 4 coordinates per box, this head reads another number"},
    {OCSP_REFUSED, "region", OCSP_ANY_BUILD, 0, "tree", ocsp_site_has_key,
     "Debian's Darknet on CPU trains a [region] with tree= wrongly"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "min_ratio", has_empty_crop,
     "nothing is left of an image"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "max_ratio", has_empty_crop,
     "nothing is left of an image"},
    {OCSP_REFUSED, "*", OCSP_ANY_BUILD, 0, "", is_not_resized,
     "Debian's Darknet cannot resize such a layer, as random= asks for"},
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "random", fits_not_all_sizes,
     "the net does not fit together at one of the sizes that random= gives it: 128 to "
     "448 of a classifier, 320 to 608 of a detector, in steps of 32"},
    {OCSP_REFUSED, "*", OCSP_ANY_BUILD, 0, "truth", ocsp_site_key_is_set,
     "the layers behind it would take its output for the labels: remove truth="},
    {.sentence = NULL},
};

static bool is_1x1(const struct ocsp_rule_site *site)
{
    return site->layer->size == 1;
}

static bool is_smooth(const struct ocsp_rule_site *site)
{
    return strcmp(ocsp_cfg_string(site->graph->cfg, site->layer->section, "type", "sse"),
                  "smooth") == 0;
}

const char ocsp_debian_repaired_smooth_cost[] =
    "[cost] type=smooth: sign of the gradient beyond 1";

static const struct ocsp_rule repairs[] = {
    {OCSP_REPAIRED, OCSP_CONVOLUTIONS, OCSP_CPU, 0, "", is_1x1,
     ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "batchnorm activation normalization lrn", OCSP_CPU, 0, "", NULL,
     ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "reorg", OCSP_CPU, 0, "", ocsp_site_has_target,
     ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "upsample", OCSP_CPU, 0, "", ocsp_site_shrinks,
     ocsp_repaired_overwriting},
    {OCSP_REPAIRED, "batchnorm " OCSP_CONVOLUTIONS " " OCSP_CONNECTED_SECTIONS, OCSP_CPU,
     0, "", ocsp_site_normalizes, ocsp_repaired_normalization},
    {OCSP_REPAIRED, "batchnorm", OCSP_CPU, 0, "", NULL, ocsp_repaired_batchnorm_layer},
    {OCSP_REPAIRED, OCSP_ACTIVATED, OCSP_CPU, 0, "", ocsp_site_is_dropped,
     ocsp_repaired_dropped_activation},
    {OCSP_REPAIRED, "cost", OCSP_CPU, 0, "type", is_smooth,
     ocsp_debian_repaired_smooth_cost},
    {OCSP_REPAIRED, "softmax soft logistic", OCSP_CPU, 0, "", NULL,
     ocsp_repaired_infinite_loss},
    {OCSP_REPAIRED, "maxpool max avgpool avg softmax soft cost upsample reorg", OCSP_CPU,
     0, "", ocsp_site_has_no_target, ocsp_repaired_first_layer},
    {.sentence = NULL},
};

static const char *const policies[] = {"random", "poly",    "constant", "step",
                                       "exp",    "sigmoid", "steps",    NULL};

/* What holds for the CPU code is refused in GPU builds, too: its CUDA code is not
 * repaired. */
const struct ocsp_host_rules ocsp_host_rules_debian = {
    .name = "Debian",
    .usual = {OCSP_CPU, 0},
    .program = OCSP_BIT(OCSP_DEBIAN),
    .mended = "batchnorm",
    .policies = policies,
    .classifier_channels = 3,
    .detector_channels = 3,
    .refusals = {{refusals, OCSP_ANY_BUILD},
                 {ocsp_rules_of_any_build, OCSP_ANY_BUILD},
                 {ocsp_rules_of_labels, OCSP_ANY_BUILD},
                 {ocsp_rules_of_images, OCSP_ANY_BUILD},
                 {ocsp_rules_of_cpu_code, OCSP_ANY_BUILD},
                 {ocsp_rules_of_weights, OCSP_ANY_BUILD}},
    .repairs = {{repairs, OCSP_CPU}},
};
