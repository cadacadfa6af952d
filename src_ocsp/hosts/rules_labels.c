/* What layers take for labels: a host hands one array of them to all layers of a net, and
 * none looks how long it is. */
#include "hosts/rules_common.h"

#include <string.h>

#define LOSSES "softmax soft logistic cost"

int ocsp_last_box_head(const struct ocsp_graph *graph)
{
    for (int i = graph->n_layers - 1; i >= 0; i--)
        if (ocsp_section_is_one_of(graph->layers[i].name, OCSP_BOX_HEADS))
            return i;
    return -1;
}

bool ocsp_site_reads_box_head(const struct ocsp_rule_site *site)
{
    const struct ocsp_layer *layers = site->graph->layers;
    bool reads = site->layer->reads_before && site->index > 0 &&
                 ocsp_section_is_one_of(layers[site->index - 1].name, OCSP_BOX_HEADS);

    for (int k = 0; k < site->layer->n_from; k++)
        reads |=
            ocsp_section_is_one_of(layers[site->layer->from[k]].name, OCSP_BOX_HEADS);
    return reads;
}

static bool compares_with_labels(const struct ocsp_graph *graph, int i)
{
    const struct ocsp_rule_site site = {
        .graph = graph, .layer = &graph->layers[i], .index = i};

    return ocsp_site_is(&site, LOSSES) && ocsp_site_int(&site, "noloss", 0) == 0;
}

/* Labels of a classifier are as many as the outputs of its last layer. */
static bool reads_other_length(const struct ocsp_rule_site *site)
{
    const struct ocsp_graph *graph = site->graph;

    return ocsp_last_box_head(graph) < 0 && compares_with_labels(graph, site->index) &&
           site->layer->inputs != graph->layers[graph->n_layers - 1].outputs;
}

static bool reads_boxes_as_classes(const struct ocsp_rule_site *site)
{
    return ocsp_last_box_head(site->graph) >= 0 &&
           compares_with_labels(site->graph, site->index);
}

static bool has_no_loss(const struct ocsp_rule_site *site)
{
    const struct ocsp_graph *graph = site->graph;

    for (int i = 0; i < graph->n_layers; i++)
        if (compares_with_labels(graph, i) ||
            ocsp_section_is_one_of(graph->layers[i].name,
                                   OCSP_BOX_HEADS " detection iseg contrastive"))
            return false;
    return true;
}

bool ocsp_site_differs_from_last_head(const struct ocsp_rule_site *site, int fallback)
{
    const int last = ocsp_last_box_head(site->graph);
    struct ocsp_rule_site other = *site;

    other.layer = &site->graph->layers[last];
    other.index = last;
    return ocsp_site_int(site, site->key, fallback) !=
           ocsp_site_int(&other, site->key, fallback);
}

static bool has_other_classes(const struct ocsp_rule_site *site)
{
    return ocsp_site_differs_from_last_head(site, 20);
}

static bool is_of_another_kind(const struct ocsp_rule_site *site)
{
    const int last = ocsp_last_box_head(site->graph);
    return strcmp(site->layer->name, site->graph->layers[last].name) != 0;
}

static bool has_unknown_type(const struct ocsp_rule_site *site)
{
    const char *type =
        ocsp_cfg_string(site->graph->cfg, site->layer->section, "type", "sse");
    return !ocsp_section_is_one_of(type, "sse masked smooth L1 seg wgan");
}

const struct ocsp_rule ocsp_rules_of_labels[] = {
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "", has_no_loss,
     "nothing in this net is compared with labels: it needs a [softmax], a [cost] or a "
     "[yolo]"},
    {OCSP_REFUSED, "iseg", OCSP_ANY_BUILD, 0, "", NULL,
     "it is trained with masks, by a command of Darknet's that ocsp has not"},
    {OCSP_REFUSED, "detection", OCSP_ANY_BUILD, 0, "", NULL,
     "`detector train` loads no labels for [detection], only for [yolo] and [region]"},
    {OCSP_REFUSED, LOSSES, OCSP_ANY_BUILD, 0, "", reads_other_length,
     "its inputs are not as many as the outputs of the net, for which the labels are"},
    {OCSP_REFUSED, LOSSES, OCSP_ANY_BUILD, 0, "", reads_boxes_as_classes,
     "it would take the boxes of a detector for the labels of a classifier"},
    {OCSP_REFUSED, "cost", OCSP_ANY_BUILD, 0, "type", has_unknown_type,
     "Darknet does not know this type and takes sse"},
    {OCSP_REFUSED, OCSP_BOX_HEADS, OCSP_ANY_BUILD, 0, "", is_of_another_kind,
     "all heads of a detector must be of one kind: the boxes are laid out for the last"},
    {OCSP_REFUSED, OCSP_BOX_HEADS, OCSP_ANY_BUILD, 0, "classes", has_other_classes,
     "the labels are those of the last head, which has another classes="},
    {.sentence = NULL},
};
