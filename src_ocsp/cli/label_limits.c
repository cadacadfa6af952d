#include "cli/label_limits.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "lint/head.h"
#include "net/line_list.h"

/* How many classes of labels map= turns into those of the head. */
static enum ocsp_status read_map(const char *path, int classes, long *labels,
                                 struct ocsp_error *err)
{
    struct ocsp_line_list map;
    enum ocsp_status status = ocsp_line_list_read(&map, path, NULL, err);

    if (status)
        return status;
    *labels = map.n;
    for (int i = 0; i < map.n && !status; i++) {
        const int class = atoi(map.line[i]); /* as the hosts read it */
        if (class < 0 || class >= classes)
            status = ocsp_fail(err, OCSP_E_CONFLICT, path, i + 1,
                               "class %d, but the head has classes=%d: they count from 0",
                               class, classes);
    }
    ocsp_line_list_clear(&map);
    return status;
}

static enum ocsp_status read_head(struct ocsp_label_limits *limits,
                                  const struct ocsp_graph *graph,
                                  const struct ocsp_layer *l,
                                  const struct ocsp_head *head, struct ocsp_error *err)
{
    const struct ocsp_host_labels *labels = limits->host->labels;
    const char *map = ocsp_cfg_string(graph->cfg, l->section, "map", NULL);
    const bool is_region = strcmp(l->name, "region") == 0;
    long classes = head->classes;

    if (map && read_map(map, head->classes, &classes, err))
        return err->status;
    if (labels->map_extends_nothing && classes > head->classes)
        classes = head->classes;
    if (classes < limits->classes)
        limits->classes = classes;
    limits->boxes = is_region ? labels->region_boxes : labels->boxes;
    limits->corner_is_class &=
        is_region && ocsp_cfg_string(graph->cfg, l->section, "tree", NULL) != NULL;
    return ocsp_cfg_int(graph->cfg, l->section, "max", limits->boxes, &limits->boxes,
                        err);
}

enum ocsp_status ocsp_label_limits_read(struct ocsp_label_limits *limits,
                                        const struct ocsp_graph *graph,
                                        const struct ocsp_host *host,
                                        struct ocsp_error *err)
{
    const struct ocsp_layer *last = &graph->layers[graph->n_layers - 1];
    const double least = host->labels->least;
    struct ocsp_head head;
    bool has_head = false;

    *limits = (struct ocsp_label_limits){.host = host,
                                         .classes = LONG_MAX,
                                         .least_w = least > 0 ? least : 1. / graph->w,
                                         .least_h = least > 0 ? least : 1. / graph->h,
                                         .corner_is_class =
                                             host->labels->corner == OCSP_BOX_CRASHES};
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        const bool is_head = ocsp_head_read(&head, graph->cfg, l);
        if (is_head && read_head(limits, graph, l, &head, err))
            return err->status;
        has_head = host->labels->any_head ? has_head || is_head : is_head;
    }
    if (has_head)
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(graph->cfg), last->line,
                     "a net that ends in [%s]: `detector train` loads boxes for [yolo], "
                     "[Gaussian_yolo] and [region] alone",
                     last->name);
}

void ocsp_label_limits_measure(struct ocsp_label_limits *limits)
{
    limits->drops_none = true;
    limits->boxes = INT_MAX;
    limits->least_w = limits->least_h = 0;
}
