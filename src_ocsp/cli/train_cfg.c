#include "cli/train_cfg.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "layers/flat_route.h"

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

static enum ocsp_status check_policy(const struct keys *k, int max_batches)
{
    static const char *const policies[] = {"random", "poly",    "constant", "step",
                                           "exp",    "sigmoid", "steps",
#ifndef OCSP_HOST_DEBIAN
                                           "sgdr"
#endif
    };
    const char *policy = ocsp_cfg_string(k->cfg, 0, "policy", "constant");
    bool known = false;
    int step;

    for (size_t i = 0; i < sizeof policies / sizeof *policies; i++)
        known |= strcmp(policy, policies[i]) == 0;
    if (!known)
        return refuse(k, "policy", "Darknet does not know it and would take constant");
    if (strcmp(policy, "steps") == 0)
        return check_steps(k);
    if (strcmp(policy, "poly") == 0 && max_batches == 0)
        return refuse(k, "policy", "it needs max_batches=");
    if (strcmp(policy, "sgdr") == 0)
        return check_cycles(k, max_batches);
    return whole(k, "step", 1, 1, &step);
}

static enum ocsp_status check_rates(const struct keys *k)
{
    static const struct {
        const char *key;
        double low, high;
        const char *why;
    } rates[] = {{"learning_rate", 0, 1e30, "it must not be negative"},
                 {"momentum", 0, 0.999999, "it must be at least 0 and less than 1"},
                 {"decay", 0, 1e30, "it must not be negative"},
                 {"power", 0, 1e30, "it must not be negative"},
                 {"scale", 0, 1e30, "it must not be negative"},
                 {"gamma", -1e30, 1e30, "it is too large"}};

    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        double rate;
        if (ocsp_cfg_real(k->cfg, 0, rates[i].key, rates[i].low, &rate, k->err))
            return k->err->status;
        if (rate < rates[i].low || rate > rates[i].high)
            return refuse(k, rates[i].key, rates[i].why);
    }
    return OCSP_OK;
}

/* With track= AlexeyAB's loop takes as many loader threads as there are subdivisions,
 * which -seed's one thread has no room for. Debian's has no such key. */
static enum ocsp_status check_track(const struct keys *k, bool seeded)
{
    int track = 0;
#ifndef OCSP_HOST_DEBIAN
    if (ocsp_cfg_int(k->cfg, 0, "track", 0, &track, k->err))
        return k->err->status;
#endif
    return track != 0 && seeded
               ? refuse(k, "track", "such a run cannot be repeated: leave -seed out")
               : OCSP_OK;
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
        status = check_rates(k);
    if (!status)
        status = check_track(k, as->seeded);
    return status ? status : check_policy(k, max_batches);
}

/* Anchors that a [yolo] uses, of `total`: those of its mask=, or all. */
static enum ocsp_status count_anchors(const struct keys *k, int total, int *n)
{
    const char *mask = ocsp_cfg_string(k->cfg, k->section, "mask", NULL);

    *n = total;
    if (!mask)
        return OCSP_OK;
    if (list(k, "mask", n))
        return k->err->status;
    for (const char *at = mask; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (atoi(at) < 0 || atoi(at) >= total)
            return refuse(k, "mask",
                          "it must hold numbers of anchors, from 0 to num= - 1");
    }
    return OCSP_OK;
}

/* AlexeyAB's [yolo] leaves anchors beyond num= alone; others write them behind the end.
 */
static bool takes_all_anchors(const char *section)
{
#ifdef OCSP_HOST_DEBIAN
    (void)section;
    return true;
#else
    return strcmp(section, "yolo") != 0;
#endif
}

static enum ocsp_status check_anchors(const struct keys *k, int total)
{
    int numbers;

    if (!ocsp_cfg_string(k->cfg, k->section, "anchors", NULL))
        return OCSP_OK;
    if (list(k, "anchors", &numbers))
        return k->err->status;
    if (numbers < 2LL * total ||
        (numbers > 2LL * total &&
         takes_all_anchors(ocsp_cfg_section_name(k->cfg, k->section))))
        return refuse(k, "anchors", "it must hold two numbers for each of num=");
    return OCSP_OK;
}

/* A head's channels are those of the layer before it, `in_c`. */
static enum ocsp_status check_head(const struct keys *k, int in_c, int per_box)
{
    int classes, total, n;
    enum ocsp_status status = whole(k, "classes", 20, 1, &classes);

    if (!status)
        status = whole(k, "num", 1, 1, &total);
    if (!status)
        status = count_anchors(k, total, &n);
    if (!status)
        status = check_anchors(k, total);
    if (!status && in_c != (int64_t)n * (classes + per_box))
        status = ocsp_fail(k->err, OCSP_E_CONFLICT, ocsp_cfg_name(k->cfg),
                           ocsp_cfg_line(k->cfg, k->section, "classes"),
                           "[%s] reads %lld channels (%d anchors of %d classes and %d "
                           "more), but the layer before it has %d",
                           ocsp_cfg_section_name(k->cfg, k->section),
                           (long long)n * (classes + per_box), n, classes, per_box, in_c);
    return status;
}

static enum ocsp_status check_layer(const struct keys *k, const struct ocsp_layer *l)
{
    int coords;

    if (strcmp(l->name, "yolo") == 0)
        return check_head(k, l->in_c, 4 + 1);
    if (strcmp(l->name, "Gaussian_yolo") == 0)
        return check_head(k, l->in_c, 8 + 1);
    if (strcmp(l->name, "region") != 0)
        return OCSP_OK;
    const enum ocsp_status status = whole(k, "coords", 4, 1, &coords);
    return status ? status : check_head(k, l->in_c, coords + 1);
}

enum ocsp_status ocsp_train_cfg_check(const struct ocsp_graph *graph,
                                      const struct ocsp_training *as,
                                      struct ocsp_error *err)
{
    struct keys k = {graph->cfg, 0, err};
    enum ocsp_status status = check_net(&k, as);

#ifdef OCSP_HOST_DEBIAN
    if (!status && graph->c != 3)
        status =
            refuse(&k, "channels", "Debian's Darknet trains on images of 3 channels");
#endif
    if (!status)
        status = ocsp_flat_route_check(graph, err);
    for (int i = 0; i < graph->n_layers && !status; i++) {
        k.section = graph->layers[i].section;
        status = check_layer(&k, &graph->layers[i]);
    }
    return status;
}
