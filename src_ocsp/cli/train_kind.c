#include "cli/train_kind.h"

#include <stdlib.h>

#include "layers/layer_type.h"
#include "lint/head.h"
#include "net/class_tree.h"
#include "net/file.h"

/* The last one; NULL: there is none. */
static const struct ocsp_layer *find_detectors_head(const struct ocsp_graph *graph)
{
    for (int i = graph->n_layers - 1; i >= 0; i--)
        if (ocsp_head_finds_boxes(&graph->layers[i]))
            return &graph->layers[i];
    return NULL;
}

static enum ocsp_status refuse(const struct ocsp_graph *graph, const struct ocsp_layer *l,
                               const char *why, struct ocsp_error *err)
{
    return ocsp_fail(err, OCSP_E_UNSUPPORTED, ocsp_cfg_name(graph->cfg),
                     ocsp_cfg_section_line(graph->cfg, l->section), "[%.40s] %s",
                     ocsp_cfg_section_name(graph->cfg, l->section), why);
}

enum ocsp_status ocsp_train_kind_check(const struct ocsp_graph *graph,
                                       const struct ocsp_host *host, bool detector,
                                       struct ocsp_error *err)
{
    const struct ocsp_layer *head = find_detectors_head(graph);
    const struct ocsp_layer *last = &graph->layers[graph->n_layers - 1];

    if (!detector && head)
        return refuse(graph, head,
                      "is a head of a detector, which `classifier train` cannot train: "
                      "`detector train` does",
                      err);
    if (detector && !head)
        return refuse(graph, last,
                      "ends this net, which has no head of a detector, as [yolo] is: "
                      "`classifier train` trains it",
                      err);
    return OCSP_OK;
}

static enum ocsp_status check_tree(const struct ocsp_graph *graph,
                                   const struct ocsp_layer *l,
                                   const struct ocsp_host *host, struct ocsp_error *err)
{
    const char *file = ocsp_cfg_string(graph->cfg, l->section, "tree", NULL);
    struct ocsp_head head;

    if (!file)
        return OCSP_OK;
    const char *why = ocsp_file_obstacle(file);
    if (why)
        return ocsp_fail(err, OCSP_E_IO, ocsp_cfg_name(graph->cfg),
                         ocsp_cfg_line(graph->cfg, l->section, "tree"),
                         "[%.40s] tree=%.200s: %s",
                         ocsp_cfg_section_name(graph->cfg, l->section), file, why);
    const int n = ocsp_head_read(&head, graph->cfg, l) ? head.classes : l->outputs;
    return ocsp_class_tree_check(file, n, ocsp_host_of_unix_lines(host), err);
}

enum ocsp_status ocsp_train_kind_trees(const struct ocsp_graph *graph,
                                       const struct ocsp_host *host,
                                       struct ocsp_error *err)
{
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        if (!l->type->is_head)
            continue;
        if (check_tree(graph, l, host, err))
            return err->status;
    }
    return OCSP_OK;
}

/* Images have several classes, or the host invents one. */
static bool is_without_labels(const struct ocsp_graph *graph,
                              const struct ocsp_host *host)
{
    const char *key = host->data_file.unsupervised_key;

    if (key && strtol(ocsp_cfg_string(graph->cfg, 0, key, "0"), NULL, 10) != 0)
        return true;
    for (int i = 0; i < graph->n_layers; i++)
        if (ocsp_layer_is(&graph->layers[i], "softmax") &&
            ocsp_cfg_string(graph->cfg, graph->layers[i].section, "tree", NULL))
            return true;
    return false;
}

struct ocsp_data_use ocsp_train_kind_use(const struct ocsp_graph *graph,
                                         const struct ocsp_host *host, bool detector,
                                         bool measures)
{
    const struct ocsp_layer *last = &graph->layers[graph->n_layers - 1];
    struct ocsp_data_use use = {.host = host,
                                .detector = detector,
                                .classes = last->outputs,
                                .measures = measures,
                                .without_labels = is_without_labels(graph, host)};
    struct ocsp_head head;

    if (detector)
        use.classes = ocsp_head_read(&head, graph->cfg, last) ? head.classes : 0;
    return use;
}
