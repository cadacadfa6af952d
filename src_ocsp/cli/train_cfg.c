#include "cli/train_cfg.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/train_numbers.h"
#include "layers/flat_route.h"
#include "layers/layer_type.h"
#include "lint/head.h"

/* Keys of a section; errors name their lines. */
struct keys {
    const struct ocsp_cfg *cfg;
    int section;
    struct ocsp_error *err;
};

static enum ocsp_status refuse(const struct keys *k, const char *key, const char *why)
{
    const char *value = ocsp_cfg_string(k->cfg, k->section, key, NULL);

    return ocsp_fail(k->err, OCSP_E_RANGE, ocsp_cfg_name(k->cfg),
                     ocsp_cfg_line(k->cfg, k->section, key), "[%.40s] %s%s%.40s%s%s",
                     ocsp_cfg_section_name(k->cfg, k->section), value ? key : "",
                     value ? "=" : "", value ? value : "", value ? ": " : "", why);
}

static enum ocsp_status whole(const struct keys *k, const char *key, int fallback,
                              int low, int *out)
{
    const enum ocsp_status status =
        ocsp_cfg_int(k->cfg, k->section, key, fallback, out, k->err);

    if (status || *out >= low)
        return status;
    return refuse(k, key, low > 0 ? "it must be at least 1" : "it must not be negative");
}

/* Numbers of a comma-separated list, or -1: something in it is none. */
static int count_numbers(const char *list)
{
    for (int n = 1;; n++) {
        char *end;
        strtod(list, &end);
        if (end == list || (*end != ',' && *end != '\0' && !strchr("#;", *end)))
            return -1;
        if (*end != ',') /* the hosts count commas, wherever they stand */
            return strchr(end, ',') ? -1 : n;
        list = end + 1;
    }
}

/* n numbers of a list that is there; what is no list of numbers is refused. */
static enum ocsp_status list(const struct keys *k, const char *key, int *n)
{
    *n = count_numbers(ocsp_cfg_string(k->cfg, k->section, key, ""));
    return *n > 0 ? OCSP_OK : refuse(k, key, "it must be numbers with commas between");
}

static bool is_one_of(const char *word, const char *const *words)
{
    while (*words && strcmp(word, *words) != 0)
        words++;
    return *words != NULL;
}

static enum ocsp_status check_steps(const struct keys *k)
{
    int n_steps, n_scales;
    enum ocsp_status status;

    if (!ocsp_cfg_string(k->cfg, 0, "steps", NULL) ||
        !ocsp_cfg_string(k->cfg, 0, "scales", NULL))
        return refuse(k, "policy", "it needs steps= and scales=");
    status = list(k, "steps", &n_steps);
    if (!status)
        status = list(k, "scales", &n_scales);
    if (!status && n_steps != n_scales)
        status = refuse(k, "scales", "it must hold as many numbers as steps=");
    return status;
}

/* AlexeyAB's host adds up cycles, each sgdr_mult= times the one before, until they reach
 * the present iteration. */
static enum ocsp_status check_cycles(const struct keys *k, int max_batches)
{
    int length, factor;
    enum ocsp_status status = whole(k, "sgdr_cycle", max_batches, 0, &length);

    if (!status && length == 0)
        status = refuse(k, "policy", "it needs sgdr_cycle= or max_batches=");
    return status ? status : whole(k, "sgdr_mult", 2, 1, &factor);
}

static enum ocsp_status check_policy(const struct keys *k, const struct ocsp_training *as,
                                     int max_batches)
{
    const char *policy = ocsp_cfg_string(k->cfg, 0, "policy", "constant");
    int step;

    if (!is_one_of(policy, as->rules->policies))
        return refuse(k, "policy", "Darknet does not know it and would take constant");
    if (strcmp(policy, "steps") == 0)
        return check_steps(k);
    if (strcmp(policy, "poly") == 0 && max_batches == 0)
        return refuse(k, "policy", "it needs max_batches=");
    if (strcmp(policy, "sgdr") == 0)
        return check_cycles(k, max_batches);
    if (strcmp(policy, "step") != 0)
        return ocsp_cfg_int(k->cfg, 0, "step", 1, &step, k->err);
    return whole(k, "step", 1, 1, &step);
}

/* Keys with which a seeded run cannot be repeated in this host. */
static enum ocsp_status check_seeded(const struct keys *k, const struct ocsp_training *as)
{
    const char *const *key = as->rules->unseeded_keys;
    int value;

    for (; key && *key; key++) {
        if (ocsp_cfg_int(k->cfg, 0, *key, 0, &value, k->err))
            return k->err->status;
        if (value != 0 && as->seeded)
            return refuse(k, *key, "such a run cannot be repeated: leave -seed out");
    }
    return OCSP_OK;
}

static enum ocsp_status check_net(const struct keys *k, const struct ocsp_training *as)
{
    int batch, subdivisions, steps, max_batches, burn_in;
    enum ocsp_status status = whole(k, "batch", 1, 1, &batch);

    if (!status)
        status = whole(k, "subdivisions", 1, 1, &subdivisions);
    if (!status && subdivisions > batch)
        status = refuse(k, "subdivisions", "it must not be more than batch=");
    if (!status)
        status = whole(k, "time_steps", 1, 1, &steps);
    if (!status)
        status = whole(k, "max_batches", 0, 0, &max_batches);
    /* the hosts' classifier loops take 0 for endless, those of detectors for done */
    if (!status && as->detector && max_batches == 0)
        status = refuse(k, "max_batches",
                        "a detector is trained for max_batches= iterations: it must be "
                        "there, and at least 1");
    if (!status)
        status = whole(k, "burn_in", 0, 0, &burn_in);
    if (!status)
        status = check_seeded(k, as);
    return status ? status : check_policy(k, as, max_batches);
}

static enum ocsp_status check_mask(const struct keys *k, const struct ocsp_layer *l,
                                   const struct ocsp_head *head)
{
    int n;

    if (!head->reads_mask || !ocsp_cfg_string(k->cfg, k->section, "mask", NULL))
        return OCSP_OK;
    if (list(k, "mask", &n))
        return k->err->status;
    if (ocsp_head_reads_beyond_anchors(k->cfg, l))
        return refuse(k, "mask", "it must hold numbers of anchors, from 0 to num= - 1");
    return OCSP_OK;
}

/* A box is a multiple of its anchor: a loss takes the logarithm of that. */
static bool holds_no_size(const char *list)
{
    for (const char *item = list; item; item = strchr(item, ',')) {
        item += *item == ',';
        if (!(strtod(item, NULL) > 0))
            return true;
    }
    return false;
}

static enum ocsp_status check_anchors(const struct keys *k,
                                      const struct ocsp_training *as,
                                      const struct ocsp_layer *l, int anchors)
{
    const bool has_room =
        as->rules->yolo_has_room_for_anchors && strcmp(l->name, "yolo") == 0;
    int numbers;

    if (!ocsp_cfg_string(k->cfg, k->section, "anchors", NULL))
        return OCSP_OK;
    if (list(k, "anchors", &numbers))
        return k->err->status;
    if (numbers < 2LL * anchors ||
        (!has_room && ocsp_head_overflows_anchors(k->cfg, l, false)))
        return refuse(k, "anchors", "it must hold two numbers for each of num=");
    if (holds_no_size(ocsp_cfg_string(k->cfg, k->section, "anchors", "")))
        return refuse(k, "anchors", "it must hold sizes above 0");
    return OCSP_OK;
}

/* A head's channels are those of the layer before it. */
static enum ocsp_status check_head(const struct keys *k, const struct ocsp_training *as,
                                   const struct ocsp_layer *l)
{
    struct ocsp_head head;
    int ignored;
    enum ocsp_status status = OCSP_OK;

    if (!ocsp_head_read(&head, k->cfg, l))
        return OCSP_OK;
    if (head.coordinates_key)
        status = whole(k, head.coordinates_key, head.per_box - 1, 1, &ignored);
    if (!status)
        status = whole(k, "classes", 20, 1, &ignored);
    if (!status)
        status = whole(k, "num", 1, 1, &ignored);
    if (!status)
        status = check_mask(k, l, &head);
    if (!status)
        status = check_anchors(k, as, l, head.anchors);
    if (!status && l->in_c != ocsp_head_channels(&head))
        status = ocsp_fail(k->err, OCSP_E_CONFLICT, ocsp_cfg_name(k->cfg),
                           ocsp_cfg_line(k->cfg, k->section, "classes"),
                           "[%s] reads %lld channels (%d anchors of %d classes and %d "
                           "more), but the layer before it has %d",
                           ocsp_cfg_section_name(k->cfg, k->section),
                           (long long)ocsp_head_channels(&head), head.boxes, head.classes,
                           head.per_box, l->in_c);
    return status;
}

static enum ocsp_status check_channels(const struct keys *k,
                                       const struct ocsp_training *as, int channels)
{
    const int wanted =
        as->detector ? as->rules->detector_channels : as->rules->classifier_channels;
    char why[96];

    if (wanted == 0 || channels == wanted)
        return OCSP_OK;
    snprintf(why, sizeof why, "%s's Darknet trains on images of %d channels",
             as->rules->name, wanted);
    return refuse(k, "channels", why);
}

/* A section that no Darknet knows is computed by some builds. */
static enum ocsp_status check_ours(const struct keys *k, const struct ocsp_training *as,
                                   const struct ocsp_layer *l)
{
    if (!l->type->is_ours || !as->computes || as->computes(l->name))
        return OCSP_OK;
    return refuse(k, "",
                  "no Darknet knows this section, and this build does not compute it");
}

enum ocsp_status ocsp_train_cfg_check(const struct ocsp_graph *graph,
                                      const struct ocsp_training *as,
                                      struct ocsp_error *err)
{
    struct keys k = {graph->cfg, 0, err};
    enum ocsp_status status = check_net(&k, as);

    if (!status)
        status = ocsp_train_numbers_check(graph, err);
    if (!status)
        status = check_channels(&k, as, graph->c);
    if (!status)
        status = ocsp_flat_route_check(graph, err);
    for (int i = 0; i < graph->n_layers && !status; i++) {
        k.section = graph->layers[i].section;
        status = check_head(&k, as, &graph->layers[i]);
        if (!status)
            status = check_ours(&k, as, &graph->layers[i]);
    }
    return status;
}
