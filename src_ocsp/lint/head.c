#include "lint/head.h"

#include <stdlib.h>
#include <string.h>

/* As the hosts' atoi(), but small enough to be added and doubled. */
static int number(const struct ocsp_cfg *cfg, const struct ocsp_layer *l, const char *key,
                  int fallback)
{
    const long limit = 1000000000;
    const char *text = ocsp_cfg_string(cfg, l->section, key, "");
    const long value = *text ? strtol(text, NULL, 10) : fallback;

    return (int)(value > limit ? limit : value < -limit ? -limit : value);
}

int ocsp_head_count(const char *list, bool cuts_comment)
{
    int n = *list != '\0';

    for (; *list && !(cuts_comment && *list == '#'); list++)
        n += *list == ',';
    return n;
}

/* [region] reads no mask=. */
static int boxes_of(const struct ocsp_cfg *cfg, const struct ocsp_layer *l, int anchors)
{
    const char *mask = ocsp_cfg_string(cfg, l->section, "mask", "");

    return *mask && strcmp(l->name, "region") != 0 ? ocsp_head_count(mask, true)
                                                   : anchors;
}

bool ocsp_head_read(struct ocsp_head *head, const struct ocsp_cfg *cfg,
                    const struct ocsp_layer *l)
{
    if (strcmp(l->name, "yolo") == 0)
        head->per_box = 4 + 1;
    else if (strcmp(l->name, "Gaussian_yolo") == 0)
        head->per_box = 8 + 1;
    else if (strcmp(l->name, "region") == 0)
        head->per_box = number(cfg, l, "coords", 4) + 1;
    else
        return false;
    head->classes = number(cfg, l, "classes", 20);
    head->anchors = number(cfg, l, "num", 1);
    head->boxes = boxes_of(cfg, l, head->anchors);
    return true;
}

int64_t ocsp_head_channels(const struct ocsp_head *head)
{
    return head->boxes * ((int64_t)head->classes + head->per_box);
}

bool ocsp_head_reads_beyond_anchors(const struct ocsp_cfg *cfg,
                                    const struct ocsp_layer *l)
{
    const int anchors = number(cfg, l, "num", 1);
    const char *item = ocsp_cfg_string(cfg, l->section, "mask", "");

    for (; item && *item; item = strchr(item, ',')) {
        item += *item == ',';
        const long anchor = strtol(item, NULL, 10);
        if (anchor < 0 || anchor >= anchors)
            return true;
    }
    return false;
}

bool ocsp_head_overflows_anchors(const struct ocsp_cfg *cfg, const struct ocsp_layer *l,
                                 bool cuts_comment)
{
    const int n =
        ocsp_head_count(ocsp_cfg_string(cfg, l->section, "anchors", ""), cuts_comment);

    return n > 0 && n > 2 * number(cfg, l, "num", 1);
}
