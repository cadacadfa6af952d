/* The detector that the command backbone makes of a classifier. */
#include <stdlib.h>
#include <string.h>

#include "cli/flag.h"

#define MAX_CLASSES 100000
#define MAX_SIDE 100000

static enum ocsp_status set_head(const struct ocsp_given_flag *g)
{
    if (strcmp(g->value, "yolo") != 0)
        return ocsp_flag_refuse(g, "yolo, the one head that there is");
    g->flags->head_given = true;
    return OCSP_OK;
}

static enum ocsp_status set_classes(const struct ocsp_given_flag *g)
{
    const enum ocsp_status status = ocsp_flag_read_int(g, 1, &g->flags->heads.classes);

    return status || g->flags->heads.classes <= MAX_CLASSES
               ? status
               : ocsp_flag_refuse(g, "at most 100000");
}

static enum ocsp_status set_size(const struct ocsp_given_flag *g)
{
    const enum ocsp_status status = ocsp_flag_read_int(g, 1, &g->flags->input);

    return status || g->flags->input <= MAX_SIDE ? status
                                                 : ocsp_flag_refuse(g, "at most 100000");
}

static enum ocsp_status set_maps(const struct ocsp_given_flag *g)
{
    static const char want[] = "up to 16 different sizes from 1 on, as 38,19,10";
    struct ocsp_heads *heads = &g->flags->heads;
    const char *next = g->value;

    for (int n = 0;; n++) {
        char *end;
        const long map = strtol(next, &end, 10);
        if (end == next || map < 1 || map > MAX_SIDE || n == OCSP_MAX_MAPS)
            return ocsp_flag_refuse(g, want);
        for (int i = 0; i < n; i++)
            if (heads->maps[i] == map)
                return ocsp_flag_refuse(g, want);
        heads->maps[n] = (int)map;
        heads->n_maps = n + 1;
        if (*end == '\0')
            return OCSP_OK;
        if (*end != ',')
            return ocsp_flag_refuse(g, want);
        next = end + 1;
    }
}

static enum ocsp_status set_anchors(const struct ocsp_given_flag *g)
{
    static const char want[] = "pixels from 1 to 10000, as 10,14,23,27,...";
    struct ocsp_heads *heads = &g->flags->heads;
    const char *next = g->value;

    for (int n = 0;; n++) {
        char *end;
        const double side = strtod(next, &end);
        if (end == next || !(side >= 1 && side <= 10000) || n == OCSP_MAX_ANCHOR_NUMBERS)
            return ocsp_flag_refuse(g, want);
        heads->anchors[n] = side;
        heads->n_anchors = n + 1;
        if (*end == '\0')
            return OCSP_OK;
        if (*end != ',')
            return ocsp_flag_refuse(g, want);
        next = end + 1;
    }
}

const struct ocsp_flag ocsp_flags_of_backbone[] = {
    {.name = "head",
     .verbs = OCSP_FOR_BACKBONE,
     .value = "yolo",
     .help = "the kind of the detector's heads",
     .command_line_only = true,
     .set = set_head},
    {.name = "maps",
     .verbs = OCSP_FOR_BACKBONE,
     .value = "38,19,10",
     .help = "sides of the feature maps, one for each head",
     .command_line_only = true,
     .set = set_maps},
    {.name = "classes",
     .verbs = OCSP_FOR_BACKBONE,
     .value = "N",
     .help = "classes of objects",
     .command_line_only = true,
     .set = set_classes},
    {.name = "size",
     .verbs = OCSP_FOR_BACKBONE,
     .value = "W",
     .by_default = "a size that gives the maps",
     .help = "side of the square input",
     .command_line_only = true,
     .set = set_size},
    {.name = "anchors",
     .verbs = OCSP_FOR_BACKBONE,
     .value = "w,h,...",
     .by_default = "by the maps",
     .help = "three pairs per map, in pixels of the input, the finest map's first",
     .command_line_only = true,
     .set = set_anchors},
    {0}};
