#include "layers/graph.h"

#include <stdlib.h>
#include <string.h>

#include "layers/flat_route.h"
#include "layers/layer_type.h"
#include "layers/macs.h"
#include "layers/section.h"

/* What a net may cost us: an int or two per channel of every output and per row and
 * column of every table, and what is quadratic in layers. Real nets stay below an eighth
 * of the first and a tenth of the second. MACs are exact in a double, too. */
#define MAX_CHANNELS ((int64_t)1 << 22)
#define MAX_LAYERS 4096
#define MAX_MACS ((uint64_t)1 << 53)

/* The input of a net without an image, which lacks the key `missing`. */
static enum ocsp_status read_vector(struct ocsp_graph *graph, const char *missing,
                                    struct ocsp_error *err)
{
    const struct ocsp_cfg *cfg = graph->cfg;
    const bool is_given = ocsp_cfg_string(cfg, 0, "inputs", NULL) != NULL;
    int inputs;
    const enum ocsp_status status = ocsp_cfg_int(cfg, 0, "inputs", 0, &inputs, err);

    if (status)
        return status;
    if (inputs > 0 && inputs <= OCSP_MAX_FLOATS) {
        graph->w = graph->h = 1;
        graph->c = inputs;
        return OCSP_OK;
    }
    return ocsp_fail(
        err, OCSP_E_RANGE, ocsp_cfg_name(cfg),
        ocsp_cfg_line(cfg, 0, is_given ? "inputs" : missing),
        is_given ? "[net] inputs= is out of range 1 to 2^30"
                 : "[net] needs width=, height= and channels= of at least 1, or inputs=");
}

static enum ocsp_status read_net(struct ocsp_graph *graph, struct ocsp_error *err)
{
    const struct ocsp_cfg *cfg = graph->cfg;
    const char *name = ocsp_cfg_section_name(cfg, 0);
    const struct {
        const char *key;
        int *out;
    } sides[] = {{"width", &graph->w}, {"height", &graph->h}, {"channels", &graph->c}};
    const char *missing = NULL;
    int64_t product = 1;

    if (strcmp(name, "net") != 0 && strcmp(name, "network") != 0)
        return ocsp_fail(err, OCSP_E_FORMAT, ocsp_cfg_name(cfg),
                         ocsp_cfg_section_line(cfg, 0),
                         "the first section is [%.40s], it must be [net]", name);
    for (size_t i = 0; i < 3; i++) {
        const enum ocsp_status status =
            ocsp_cfg_int(cfg, 0, sides[i].key, 0, sides[i].out, err);
        if (status)
            return status;
        if (*sides[i].out < 0 || *sides[i].out > 1000000)
            return ocsp_fail(err, OCSP_E_RANGE, ocsp_cfg_name(cfg),
                             ocsp_cfg_line(cfg, 0, sides[i].key),
                             "[net] %s=%d is out of range 1 to 1000000", sides[i].key,
                             *sides[i].out);
        if (*sides[i].out == 0 && !missing)
            missing = sides[i].key;
        product *= *sides[i].out;
    }
    if (product > OCSP_MAX_FLOATS)
        return ocsp_fail(err, OCSP_E_RANGE, ocsp_cfg_name(cfg),
                         ocsp_cfg_section_line(cfg, 0),
                         "[net] width, height and channels make more than 2^30 numbers");
    return missing ? read_vector(graph, missing, err) : OCSP_OK;
}

static void set_input(struct ocsp_graph *graph, int i)
{
    struct ocsp_layer *l = &graph->layers[i];
    const struct ocsp_layer *before = i > 0 ? l - 1 : NULL;

    l->in_w = before ? before->out_w : graph->w;
    l->in_h = before ? before->out_h : graph->h;
    l->in_c = before ? before->out_c : graph->c;
    l->inputs = l->in_w * l->in_h * l->in_c;
}

/* Sums up to a layer. */
struct totals {
    int64_t channels; /* of outputs, as often as they are read by name; and of tables */
    uint64_t macs;
};

static enum ocsp_status check_totals(const struct ocsp_section *s, struct totals *totals)
{
    const struct ocsp_layer *l = &s->graph->layers[s->index];
    const uint64_t macs = ocsp_layer_macs(l);
    const char *text = NULL;

    totals->channels += (int64_t)l->out_c * (l->n_from + 1);
    for (int k = 0; k < l->n_tables; k++)
        totals->channels += l->tables[k].rows + l->tables[k].cols;
    if (s->index >= MAX_LAYERS)
        text = "the net has more than 4096 layers";
    else if (totals->channels > MAX_CHANNELS)
        text = "the net has more than 2^22 channels, filters and inputs up to here";
    else if (macs > MAX_MACS - totals->macs)
        text = "the net has more than 2^53 multiply-accumulates up to here";
    totals->macs += macs;
    return text ? ocsp_fail(s->err, OCSP_E_RANGE, ocsp_cfg_name(s->cfg), l->line,
                            "layer %d [%.40s]: %s", s->index, l->name, text)
                : OCSP_OK;
}

/* The hosts' backward passes end ahead of the last layer with stopbackward=1. */
static void find_untrained(struct ocsp_graph *graph)
{
    bool stopped = false;

    for (int i = graph->n_layers - 1; i >= 0; i--) {
        struct ocsp_layer *l = &graph->layers[i];
        /* as the hosts read numbers: what is none is 0 */
        stopped |=
            atoi(ocsp_cfg_string(graph->cfg, l->section, "stopbackward", "0")) == 1;
        l->untrained = stopped;
    }
}

/* What every section has, and then what its type reads. */
static enum ocsp_status read_section(const struct ocsp_section *s)
{
    struct ocsp_layer *l = ocsp_layer_of(s);

    l->type = ocsp_layer_type_find(l->name);
    if (!l->type)
        return ocsp_section_fail(
            s, "", OCSP_E_UNSUPPORTED,
            "this section type is unknown to ocsp, its shape cannot be told");
    ocsp_flat_route_note(s->graph, s->index);
    l->activation = ocsp_cfg_string(s->cfg, l->section, "activation", "");
    l->conv_groups = l->route_groups = 1;
    l->shares = -1;
    l->scale = l->alpha = l->beta = 1;
    l->reads_before = true;
    l->odd_file = ocsp_key_is_set(s, "dontload") || ocsp_key_is_set(s, "dontsave") ||
                  ocsp_key_is_set(s, "dontloadscales") || ocsp_key_is_set(s, "numload");
    if (strncmp(l->activation, "normalize_channels", 18) == 0)
        ocsp_section_freeze(s, "normalize_channels mixes its channels");
    return ocsp_check_switches(s) ? s->err->status : l->type->read(s);
}

static enum ocsp_status read_layer(struct ocsp_graph *graph, int i, struct totals *totals,
                                   struct ocsp_error *err)
{
    struct ocsp_layer *l = &graph->layers[i];
    const struct ocsp_section section = {
        .cfg = graph->cfg, .graph = graph, .index = i, .err = err};

    l->section = i + 1;
    l->name = ocsp_cfg_section_name(graph->cfg, i + 1);
    l->line = ocsp_cfg_section_line(graph->cfg, i + 1);
    set_input(graph, i);
    enum ocsp_status status = read_section(&section);
    if (!status)
        status = check_totals(&section, totals);
    /* shapes behind a route that Darknet stops at fit nothing: that is the cause */
    if (status && status != OCSP_E_MEMORY && ocsp_flat_route_check(graph, err))
        return err->status;
    return status;
}

enum ocsp_status ocsp_graph_new(struct ocsp_graph **out, const struct ocsp_cfg *cfg,
                                struct ocsp_error *err)
{
    enum ocsp_status status;
    struct totals totals = {0};
    struct ocsp_graph *graph = calloc(1, sizeof *graph);

    if (!graph)
        return ocsp_fail_memory(err);
    graph->cfg = cfg;
    status = read_net(graph, err);
    if (status)
        goto fail;
    totals.channels = graph->c;
    graph->n_layers = ocsp_cfg_sections(cfg) - 1;
    if (graph->n_layers < 1) {
        status = ocsp_fail(err, OCSP_E_FORMAT, ocsp_cfg_name(cfg),
                           ocsp_cfg_section_line(cfg, 0), "no layer behind [net]");
        goto fail;
    }
    graph->layers = calloc((size_t)graph->n_layers, sizeof *graph->layers);
    if (!graph->layers) {
        status = ocsp_fail_memory(err);
        goto fail;
    }
    for (int i = 0; i < graph->n_layers; i++) {
        status = read_layer(graph, i, &totals, err);
        if (status)
            goto fail;
    }
    find_untrained(graph);
    *out = graph;
    return OCSP_OK;
fail:
    ocsp_graph_free(graph);
    return status;
}

/* One "7" or "7-9"; `end` is behind it. */
static bool read_range(const char *text, int n, long range[2], char **end)
{
    if (*text < '0' || *text > '9')
        return false;
    range[0] = range[1] = strtol(text, end, 10);
    if (**end == '-') {
        if ((*end)[1] < '0' || (*end)[1] > '9')
            return false;
        range[1] = strtol(*end + 1, end, 10);
    }
    return range[0] <= range[1] && range[1] < n && (**end == ',' || **end == '\0');
}

enum ocsp_status ocsp_graph_fix(struct ocsp_graph *graph, const char *list, bool inputs,
                                const char *flag, struct ocsp_error *err)
{
    for (const char *text = list; *text;) {
        char *end;
        long range[2];
        if (!read_range(text, graph->n_layers, range, &end))
            return ocsp_fail(err, OCSP_E_RANGE, NULL, 0,
                             "-%s %.60s: '%.20s' is no list of layers of %s, such as "
                             "3,7-9; they go from 0 to %d",
                             flag, list, text, ocsp_cfg_name(graph->cfg),
                             graph->n_layers - 1);
        for (long i = range[0]; i <= range[1]; i++) {
            graph->layers[i].fixed_outputs = true;
            graph->layers[i].fixed_inputs |= inputs;
        }
        text = *end == ',' ? end + 1 : end;
    }
    return OCSP_OK;
}

bool ocsp_is_depthwise(const struct ocsp_layer *layer)
{
    return layer->conv_groups > 1 && layer->conv_groups == layer->in_c &&
           layer->n_tables > 0;
}

void ocsp_graph_free(struct ocsp_graph *graph)
{
    if (!graph)
        return;
    for (int i = 0; i < graph->n_layers && graph->layers; i++)
        free(graph->layers[i].from);
    free(graph->layers);
    free(graph);
}
