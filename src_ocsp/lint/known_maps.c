#include "lint/known_maps.h"

#include <stdlib.h>

#include "layers/layer_type.h"
#include "lint/program_words.h"

/* Their make_X_layer() leaves out_w, out_h and out_c at 0. */
static const struct {
    unsigned programs;
    const char *type;
} mapless[] = {
    {FOR_DARKNETS, "softmax"},      {FOR_DARKNETS, "cost"},
    {FOR_DARKNETS, "detection"},    {FOR_DARKNETS, "gru"},
    {FOR_ALEXEYABS, "contrastive"}, {FOR_DEBIAN, "rnn"},
    {FOR_DEBIAN, "lstm"},
};

static bool is_mapless(const struct ocsp_graph *graph, const struct ocsp_layer *l,
                       int program)
{
    for (size_t i = 0; i < sizeof mapless / sizeof *mapless; i++)
        if ((mapless[i].programs & OCSP_BIT(program)) &&
            ocsp_layer_is(l, mapless[i].type))
            return true;
    return program == OCSP_DEBIAN && ocsp_layer_is(l, "reorg") &&
           atoi(ocsp_cfg_string(graph->cfg, l->section, "extra", "0")) != 0;
}

/* These take what they read for a map, or not, as it comes. */
static bool passes_on(const struct ocsp_layer *l)
{
    static const char *const types[] = {"dropout", "logistic", "activation", "empty",
                                        "l2norm"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ocsp_layer_is(l, types[i]))
            return true;
    return false;
}

static bool image_is_a_map(const struct ocsp_cfg *cfg)
{
    static const char *const keys[] = {"width", "height", "channels"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (atoi(ocsp_cfg_string(cfg, 0, keys[i], "0")) == 0)
            return false;
    return true;
}

void ocsp_lint_know_maps(const struct ocsp_graph *graph, int program, bool *knows)
{
    const bool darknet = (FOR_DARKNETS & OCSP_BIT(program)) != 0;

    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        knows[i] = true;
        if (darknet && is_mapless(graph, l, program))
            knows[i] = false;
        else if (darknet && passes_on(l))
            knows[i] = i > 0 ? knows[i - 1] : image_is_a_map(graph->cfg);
        else if (darknet && ocsp_layer_is(l, "route"))
            for (int k = 0; k < l->n_from; k++)
                knows[i] = knows[i] && knows[l->from[k]];
    }
}

bool ocsp_lint_knows_map(const struct ocsp_lint_site *site,
                         const struct ocsp_layer *layer)
{
    if (!layer)
        return image_is_a_map(site->cfg);
    return !site->knows_map || site->knows_map[layer - site->graph->layers];
}

bool ocsp_lint_knows_input_map(const struct ocsp_lint_site *site)
{
    return ocsp_lint_knows_map(site, ocsp_lint_before(site));
}
