#include "lint/head.h"

#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "lint/lint_section.h"

static int number(const struct ocsp_cfg *cfg, const struct ocsp_layer *l, const char *key,
                  int fallback)
{
    const struct ocsp_lint_site site = {.cfg = cfg, .layer = l, .section = l->section};
    return ocsp_lint_number(&site, key, fallback);
}

int ocsp_head_count(const char *list, bool cuts_comment)
{
    int n = *list != '\0';

    for (; *list && !(cuts_comment && *list == '#'); list++)
        n += *list == ',';
    return n;
}

bool ocsp_head_read(struct ocsp_head *head, const struct ocsp_cfg *cfg,
                    const struct ocsp_layer *l)
{
    const struct ocsp_lint_section *section = ocsp_lint_section_find(l);
    const struct ocsp_head_shape *shape = section ? &section->head : NULL;

    if (!shape || shape->coordinates == 0)
        return false;
    head->coordinates_key = shape->coordinates_key;
    head->reads_mask = shape->reads_mask;
    head->per_box = shape->coordinates + 1;
    if (shape->coordinates_key)
        head->per_box = number(cfg, l, shape->coordinates_key, shape->coordinates) + 1;
    head->classes = number(cfg, l, "classes", 20);
    head->anchors = number(cfg, l, "num", 1);
    const char *mask =
        shape->reads_mask ? ocsp_cfg_string(cfg, l->section, "mask", "") : "";
    head->boxes = *mask ? ocsp_head_count(mask, true) : head->anchors;
    return true;
}

bool ocsp_head_finds_boxes(const struct ocsp_layer *l)
{
    const struct ocsp_lint_section *section = ocsp_lint_section_find(l);

    return (section && section->head.coordinates != 0) || ocsp_layer_is(l, "detection");
}

int ocsp_head_classes(const struct ocsp_cfg *cfg, const struct ocsp_layer *l)
{
    struct ocsp_head head;

    if (ocsp_layer_is(l, "detection"))
        return number(cfg, l, "classes", 1);
    return ocsp_head_read(&head, cfg, l) ? head.classes : 0;
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
