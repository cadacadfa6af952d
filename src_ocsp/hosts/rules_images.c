/* How images are loaded in training: inputs that no image has, and random=, with which a
 * host resizes the network as it goes. */
#include "hosts/rules_common.h"

#include <stdlib.h>

static bool has_no_image(const struct ocsp_rule_site *site)
{
    return ocsp_site_net_int(site, "width", 0) < 1 ||
           ocsp_site_net_int(site, "height", 0) < 1;
}

const struct ocsp_rule ocsp_rules_of_images[] = {
    {OCSP_REFUSED, "net", OCSP_ANY_BUILD, 0, "width", has_no_image,
     "training loads images: it needs width= and height="},
    {.sentence = NULL},
};

static bool fits(const struct ocsp_cfg *cfg)
{
    struct ocsp_graph *graph;
    struct ocsp_error err;

    if (ocsp_graph_new(&graph, cfg, &err))
        return err.status == OCSP_E_MEMORY; /* which others tell */
    bool fit = true;
    for (int i = 0; i < graph->n_layers; i++)
        fit = fit && !graph->layers[i].map_reader;
    ocsp_graph_free(graph);
    return fit;
}

/* Whether the net can be laid out for this input. */
static bool fits_at(struct ocsp_cfg *cfg, int w, int h)
{
    struct ocsp_cfg *resized;
    struct ocsp_error err;
    char *text;
    size_t size;

    ocsp_cfg_set_int(cfg, 0, "width", w);
    ocsp_cfg_set_int(cfg, 0, "height", h);
    if (ocsp_cfg_render(cfg, &text, &size, &err))
        return true;
    bool fit = true;
    if (!ocsp_cfg_parse(&resized, "", text, size, &err)) {
        fit = fits(resized);
        ocsp_cfg_free(resized);
    }
    free(text);
    return fit;
}

bool ocsp_rules_fit_sizes(const struct ocsp_graph *graph, int low, int high, int step)
{
    size_t size;
    const char *text = ocsp_cfg_text(graph->cfg, &size);
    struct ocsp_cfg *cfg;
    struct ocsp_error err;
    int w, h;
    bool fit = true;

    if (ocsp_cfg_parse(&cfg, ocsp_cfg_name(graph->cfg), text, size, &err))
        return true;
    if (!ocsp_cfg_int(cfg, 0, "width", 0, &w, &err) && w > 0 &&
        !ocsp_cfg_int(cfg, 0, "height", 0, &h, &err) && h > 0)
        for (int side = low; side <= high && fit; side += step)
            fit = fits_at(cfg, side, (int)((int64_t)side * h / w));
    ocsp_cfg_free(cfg);
    return fit;
}
