#include "cli/train_numbers.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "hosts/rules_common.h"

#define ANY 1e30

struct number {
    const char *key;
    double low, high;
    bool whole;
    const char *why; /* beyond these */
};

static const char negative[] = "it must not be negative";
static const char large[] = "it is too large";
static const char share[] = "it must be from 0 to 1";

static const struct number net[] = {
    {"learning_rate", 0, ANY, false, negative},
    {"learning_rate_min", 0, ANY, false, negative},
    {"momentum", 0, .999999, false, "it must be at least 0 and less than 1"},
    {"decay", 0, ANY, false, negative},
    {"power", 0, ANY, false, negative},
    {"scale", 0, ANY, false, negative},
    {"gamma", -ANY, ANY, false, large},
    {"ema_alpha", 0, 1, false, share},
    {"label_smooth_eps", 0, 1, false, share},
    /* how images are loaded; a 0 in the place of a factor is 1 */
    {"min_crop", 1, INT_MAX, true, "it must be at least 1"},
    {"max_crop", 1, INT_MAX, true, "it must be at least 1"},
    {"min_ratio", 0, ANY, false, negative},
    {"max_ratio", 0, ANY, false, negative},
    {"angle", -ANY, ANY, false, large},
    {"aspect", 0, ANY, false, negative},
    {"saturation", 0, ANY, false, negative},
    {"exposure", 0, ANY, false, negative},
    {"hue", -1, 1, false, "it must be from -1 to 1"},
    {"random", 0, INT_MAX, false, negative},
    {"flip", 0, INT_MAX, true, negative},
    {"blur", 0, INT_MAX, true, negative},
    {"gaussian_noise", 0, INT_MAX, true, negative},
    {"mixup", 0, 4, true, "it must be from 0 to 4"},
    {"cutmix", 0, INT_MAX, true, negative},
    {"mosaic", 0, INT_MAX, true, negative},
    {"letter_box", 0, INT_MAX, true, negative},
    {"track", 0, INT_MAX, true, negative},
    {"augment_speed", 0, INT_MAX, true, negative},
    {"sequential_subdivisions", 1, INT_MAX, true, "it must be at least 1"},
    {"dynamic_minibatch", 0, INT_MAX, true, negative},
    {"resize_step", 1, INT_MAX, false, "it must be at least 1"},
    {"contrastive", 0, INT_MAX, true, negative},
    {.key = NULL},
};

static const struct number head[] = {
    {"max", 1, INT_MAX, true, "it must be at least 1"},
    {"jitter", 0, .999999, false, "it must be at least 0 and less than 1"},
    {"resize", .01, 100, false, "it must be from 0.01 to 100"},
    {"random", 0, INT_MAX, false, negative},
    {"ignore_thresh", -ANY, ANY, false, large},
    {"truth_thresh", -ANY, ANY, false, large},
    {"thresh", -ANY, ANY, false, large},
    {"iou_thresh", -ANY, ANY, false, large},
    {"coord_scale", 0, ANY, false, negative},
    {"object_scale", 0, ANY, false, negative},
    {"noobject_scale", 0, ANY, false, negative},
    {"class_scale", 0, ANY, false, negative},
    {"iou_normalizer", 0, ANY, false, negative},
    {"obj_normalizer", 0, ANY, false, negative},
    {"cls_normalizer", 0, ANY, false, negative},
    {"delta_normalizer", 0, ANY, false, negative},
    {"uc_normalizer", 0, ANY, false, negative},
    {"max_delta", 0, ANY, false, negative},
    {"label_smooth_eps", 0, 1, false, share},
    {"rescore", INT_MIN, INT_MAX, true, large},
    {"background", INT_MIN, INT_MAX, true, large},
    {"bias_match", INT_MIN, INT_MAX, true, large},
    {"absolute", INT_MIN, INT_MAX, true, large},
    {"softmax", INT_MIN, INT_MAX, true, large},
    {"focal_loss", INT_MIN, INT_MAX, true, large},
    {"objectness_smooth", INT_MIN, INT_MAX, true, large},
    {.key = NULL},
};

static const struct number dropout[] = {
    {"probability", 0, .999999, false, "it must be at least 0 and less than 1"},
    {.key = NULL},
};

static const struct number any_layer[] = {
    {"learning_rate", -ANY, ANY, false, large},
    {"stopbackward", INT_MIN, INT_MAX, true, large},
    {"onlyforward", INT_MIN, INT_MAX, true, large},
    {"noloss", INT_MIN, INT_MAX, true, large},
    {.key = NULL},
};

static enum ocsp_status check(const struct ocsp_cfg *cfg, int section,
                              const struct number *n, struct ocsp_error *err)
{
    const char *text = ocsp_cfg_string(cfg, section, n->key, NULL);
    int whole = 0;
    double value = 0;
    enum ocsp_status status;

    if (!text)
        return OCSP_OK;
    status = n->whole ? ocsp_cfg_int(cfg, section, n->key, 0, &whole, err)
                      : ocsp_cfg_real(cfg, section, n->key, 0, &value, err);
    value = n->whole ? whole : value;
    if (status || (value >= n->low && value <= n->high))
        return status;
    return ocsp_fail(err, OCSP_E_RANGE, ocsp_cfg_name(cfg),
                     ocsp_cfg_line(cfg, section, n->key), "[%.40s] %s=%.40s: %s",
                     ocsp_cfg_section_name(cfg, section), n->key, text, n->why);
}

static enum ocsp_status check_all(const struct ocsp_cfg *cfg, int section,
                                  const struct number *numbers, struct ocsp_error *err)
{
    for (; numbers->key; numbers++)
        if (check(cfg, section, numbers, err))
            return err->status;
    return OCSP_OK;
}

enum ocsp_status ocsp_train_numbers_check(const struct ocsp_graph *graph,
                                          struct ocsp_error *err)
{
    enum ocsp_status status = check_all(graph->cfg, 0, net, err);

    for (int i = 0; i < graph->n_layers && !status; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        status = check_all(graph->cfg, l->section, any_layer, err);
        if (!status && ocsp_section_is_one_of(l->name, OCSP_BOX_HEADS))
            status = check_all(graph->cfg, l->section, head, err);
        if (!status && strcmp(l->name, "dropout") == 0)
            status = check_all(graph->cfg, l->section, dropout, err);
    }
    return status;
}
