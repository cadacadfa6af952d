/* [net], and the net as a whole. */
#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"

#include "lint/head.h"
#include "lint/known_maps.h"
#include "lint/lint_section.h"
#include "lint/program_words.h"
#include "lint/workspace.h"

static int count_layers(const struct ocsp_lint_site *site, const char *name)
{
    int n = 0;
    for (int i = 0; i < site->graph->n_layers; i++)
        n += ocsp_layer_is(&site->graph->layers[i], name);
    return n;
}

static bool has_no_yolo(const struct ocsp_lint_site *site)
{
    return count_layers(site, "yolo") == 0;
}

static bool has_no_head(const struct ocsp_lint_site *site)
{
    return has_no_yolo(site) && count_layers(site, "region") == 0;
}

/* is_pan_arch() of yolo_to_onnx */
static bool is_no_yolo_of_2_or_3(const struct ocsp_lint_site *site)
{
    const int n = count_layers(site, "yolo"), up = count_layers(site, "upsample");
    return n < 2 || n > 3 || (up != n - 1 && up != 0);
}

static bool is_yolo_of_odd_size(const struct ocsp_lint_site *site)
{
    const struct ocsp_graph *g = site->graph;
    const struct ocsp_layer *last = &g->layers[g->n_layers - 1];

    return (ocsp_layer_is(last, "yolo") || ocsp_layer_is(last, "region")) &&
           (g->w % 32 != 0 || g->h % 32 != 0);
}

/* Does AlexeyAB's Darknet note a width and a height above 1 of what the layer reads? A
 * [route] has those of its first layer. */
static bool notes_a_map(const struct ocsp_lint_site *net, const struct ocsp_layer *l)
{
    static const char *const none[] = {"connected", "implicit", "rnn",    "gru",
                                       "lstm",      "cost",     "dropout"};

    while (ocsp_layer_is(l, "route"))
        l = &net->graph->layers[l->from[0]];
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        if (ocsp_layer_is(l, none[i]))
            return false;
    if (ocsp_layer_is(l, "detection"))
        return atoi(ocsp_cfg_string(net->cfg, l->section, "side", "7")) > 1;
    return l->in_w > 1 && l->in_h > 1 &&
           ocsp_lint_knows_map(net, l > net->graph->layers ? l - 1 : NULL);
}

/* AlexeyAB's and hank-ai's Darknet divide by the number of layers that read a map. */
static bool reads_no_map(const struct ocsp_lint_site *site)
{
    for (int i = 0; i < site->graph->n_layers; i++)
        if (notes_a_map(site, &site->graph->layers[i]))
            return false;
    return true;
}

static bool lacks_steps(const struct ocsp_lint_site *site)
{
    return strcmp(ocsp_lint_text(site, "policy"), "steps") == 0 &&
           !(ocsp_lint_has(site, "steps") && ocsp_lint_has(site, "scales"));
}

/* scales= has a number for each of steps=, or strchr() runs out of it. */
static bool lacks_scales(const struct ocsp_lint_site *site)
{
    const bool debian = site->program == OCSP_DEBIAN;
    const char *policy = ocsp_lint_text(site, "policy");
    const char *const lists[] = {"scales", "seq_scales"};
    const int steps = ocsp_head_count(ocsp_lint_text(site, "steps"), !debian);

    if (!ocsp_list_has(debian ? "steps" : "steps sgdr", policy, strlen(policy)))
        return false;
    for (int i = 0; i < (debian ? 1 : 2); i++) {
        const int n = ocsp_head_count(ocsp_lint_text(site, lists[i]), false);
        if (n > 0 && n < steps)
            return true;
    }
    return false;
}

static bool has_no_subdivisions(const struct ocsp_lint_site *site)
{
    return ocsp_lint_number(site, "subdivisions", 1) == 0;
}

static bool has_no_images(const struct ocsp_lint_site *site)
{
    const int subdivisions = ocsp_lint_number(site, "subdivisions", 1);

    return subdivisions != 0 && (ocsp_lint_number(site, "batch", 1) / subdivisions < 1 ||
                                 ocsp_lint_number(site, "time_steps", 1) < 1);
}

static bool contrasts_one_image(const struct ocsp_lint_site *site)
{
    const int subdivisions = ocsp_lint_number(site, "subdivisions", 1);

    return ocsp_lint_number(site, "contrastive", 0) != 0 && subdivisions != 0 &&
           ocsp_lint_number(site, "batch", 1) / subdivisions < 2;
}

static bool has_other_inputs(const struct ocsp_lint_site *site)
{
    const struct ocsp_graph *g = site->graph;

    return ocsp_lint_has(site, "inputs") && ocsp_lint_number(site, "width", 0) != 0 &&
           ocsp_lint_number(site, "inputs", 0) != (int64_t)g->w * g->h * g->c;
}

/* Their get_network_output() looks for another layer, and finds the one before the
 * first. */
static bool has_nothing_but_costs(const struct ocsp_lint_site *site)
{
    return count_layers(site, "cost") == site->graph->n_layers;
}

/* Numbers of one array are counted by an int. */
static bool counts_too_many(const struct ocsp_lint_site *site)
{
    const int subdivisions = ocsp_lint_number(site, "subdivisions", 1);
    const int steps = ocsp_lint_number(site, "time_steps", 1);
    int64_t most = (int64_t)site->graph->w * site->graph->h * site->graph->c;

    for (int i = 0; i < site->graph->n_layers; i++)
        if (site->graph->layers[i].outputs > most)
            most = site->graph->layers[i].outputs;
    if (subdivisions < 1 || steps < 1)
        return false;
    const int64_t images = ocsp_lint_number(site, "batch", 1) / subdivisions;
    return images > INT32_MAX / steps || images * steps > INT32_MAX / most;
}

/* Keys that only training reads are listed for hank-ai alone, which stops at others. */
#define INFERENCE_KEYS "batch subdivisions time_steps width height channels inputs"

static const struct ocsp_lint_section net = {
    .name = "net",
    .support =
        {
            [OCSP_DEBIAN] = {INFERENCE_KEYS},
            [OCSP_ALEXEYAB] = {INFERENCE_KEYS},
            [OCSP_HANK] =
                {"max_batches batch learning_rate learning_rate_min sgdr_cycle sgdr_mult "
                 "momentum decay subdivisions time_steps track augment_speed "
                 "sequential_subdivisions try_fix_nan weights_reject_freq "
                 "equidistant_point badlabels_rejection_percentage "
                 "num_sigmas_reject_badlabels ema_alpha use_cuda_graph loss_scale "
                 "dynamic_minibatch optimized_memory workspace_size_limit_MB adam B1 B2 "
                 "eps height width channels inputs flip blur gaussian_noise mixup cutmix "
                 "mosaic letter_box mosaic_bound contrastive contrastive_jit_flip "
                 "contrastive_color label_smooth_eps resize_step attention "
                 "adversarial_lr max_chart_loss angle aspect saturation exposure hue "
                 "power policy burn_in step scale steps scales seq_scales gamma "
                 "show_receptive_field"},
            [OCSP_HANK_ONNX] = {""},
            [OCSP_OPENCV] = {""},
            [OCSP_TKDNN] = {"width height channels"},
            [OCSP_DEEPSTREAM] = {""},
            [OCSP_JKJUNG] = {""},
            [OCSP_NCNN] = {""},
        },
    .know_no_alias = FOR_OPENCV | FOR_TKDNN | FOR_DEEPSTREAM | FOR_JKJUNG | FOR_NCNN,
    .needed = {{FOR_DEEPSTREAM | FOR_JKJUNG,
                {"width", "height", "channels"},
                true,
                MUST_BE_GIVEN},
               {FOR_OPENCV | FOR_TKDNN | FOR_NCNN,
                {"width", "height", "channels"},
                false,
                "absent, and it reads no inputs="}},
    .rules = {{FOR_ONNX, has_no_yolo, "", true, "it needs a [yolo]"},
              {FOR_DEEPSTREAM, has_no_head, "", true, "it needs a [yolo] or a [region]"},
              {FOR_JKJUNG, is_no_yolo_of_2_or_3, "", true,
               "it needs 2 or 3 [yolo], and an [upsample] less or none"},
              {FOR_HANK, is_yolo_of_odd_size, "width", true,
               "width and height must be multiples of 32"},
              {FOR_ALEXEYABS, reads_no_map, "", true,
               "it divides by zero: no layer reads a map"},
              {FOR_DARKNETS, lacks_steps, "policy", true, "it needs steps= and scales="},
              {FOR_DARKNETS, lacks_scales, "scales", true, "less than steps="},
              {FOR_DARKNETS, has_no_subdivisions, "subdivisions", true,
               "it divides by it"},
              {FOR_DEBIAN, has_no_images, "batch", true,
               "subdivisions= and time_steps= leave no image of it"},
              {FOR_ALEXEYABS, contrasts_one_image, "contrastive", true,
               "batch= must be at least twice subdivisions="},
              {FOR_DARKNETS, has_other_inputs, "inputs", true,
               "not width * height * channels"},
              {FOR_DARKNETS, has_nothing_but_costs, "", true,
               "it needs a layer besides [cost]"},
              {FOR_DARKNETS, ocsp_lint_exceeds_memory, "", true,
               "one of its arrays is larger than this machine's memory"},
              {FOR_DARKNETS, counts_too_many, "batch", true,
               "so many images that it cannot count the numbers of a layer"}},
};
OCSP_REGISTER_LINT_SECTION(net);
