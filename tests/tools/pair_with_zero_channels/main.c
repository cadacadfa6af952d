/* A pair whose removed channels are zero, and the plan that removes them: before and
 * after `ocsp prune PREFIX.cfg PREFIX.weights -plan PREFIX.plan.json` every program must
 * compute the same.
 *
 *     pair_with_zero_channels N.cfg SEED SHARE out|both|none PREFIX
 *
 * Writes PREFIX.cfg (for one image, of the smallest size that leaves every layer its
 * channels), PREFIX.weights (random) and PREFIX.plan.json (SHARE of the MACs, or the
 * largest share that can go). A removed channel's filters, biases and BN numbers are
 * zero; with `both` also the weights of the layers that read it, with `none` nothing is.
 * One line on stdout, for the net at the cfg's own size: pruned, partly frozen or
 * refused; MACs before; after; why, with tabs between them. Exit status 3: refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "layers/layer_type.h"
#include "net/file.h"
#include "pair.h"
#include "prune/plan_file.h"

enum { REFUSED = 3 };
static const char *const zeroed_names[] = {"none", "out", "both"};

struct ocsp_error error;

void must(enum ocsp_status status)
{
    if (!status)
        return;
    fprintf(stderr, "pair_with_zero_channels: %s\n", error.text);
    exit(1);
}

void *allocate(size_t n, size_t size)
{
    void *array = calloc(n + 1, size);
    if (!array)
        abort();
    return array;
}

/* --- one image, small ----------------------------------------------------------------
 */

static bool set_if_there(struct ocsp_cfg *cfg, const char *key, int value)
{
    int old;

    if (!ocsp_cfg_string(cfg, 0, key, NULL) || ocsp_cfg_int(cfg, 0, key, 0, &old, &error))
        return false;
    ocsp_cfg_set_int(cfg, 0, key, value);
    return true;
}

/* The cfg with other numbers in [net]; side 0: its own. */
static void resize(const struct ocsp_cfg *cfg, int side, const char *path,
                   struct ocsp_cfg **out)
{
    struct ocsp_cfg *copy;
    size_t size;
    char *text;
    const char *source = ocsp_cfg_text(cfg, &size);

    must(ocsp_cfg_parse(&copy, ocsp_cfg_name(cfg), source, size, &error));
    /* AlexeyAB's host refuses to compare one image with none */
    set_if_there(copy, "batch",
                 strcmp(ocsp_cfg_string(copy, 0, "contrastive", "0"), "0") ? 2 : 1);
    set_if_there(copy, "subdivisions", 1);
    set_if_there(copy, "time_steps", 1);
    if (side > 0) {
        set_if_there(copy, "width", side);
        set_if_there(copy, "height", side);
    }
    must(ocsp_cfg_render(copy, &text, &size, &error));
    ocsp_cfg_free(copy);
    must(ocsp_cfg_parse(out, path, text, size, &error));
    free(text);
}

/* Do all layers have the shapes of a smaller image, and not another meaning? */
static bool is_alike(const struct ocsp_graph *small, const struct ocsp_graph *full)
{
    for (int i = 0; i < full->n_layers; i++) {
        const struct ocsp_layer *a = &small->layers[i], *b = &full->layers[i];
        const bool was_flat = b->out_w == 1 && b->out_h == 1;
        if (a->out_c != b->out_c || a->type != b->type)
            return false;
        /* a map of one pixel has no neighbours for a kernel to read */
        if (a->out_w * a->out_h == 1 && !was_flat)
            return false;
        /* strides that do not divide the map reorder its pixels otherwise */
        if (strcmp(a->name, "reorg") == 0 && (a->in_w % 4 || a->in_h % 4))
            return false;
    }
    return true;
}

static void shrink(const struct net *full, const char *path, struct net *net)
{
    for (int side = 32; side < full->graph->w && side < full->graph->h; side += 32) {
        resize(full->cfg, side, path, &net->cfg);
        if (ocsp_graph_new(&net->graph, net->cfg, &error) == OCSP_OK) {
            if (is_alike(net->graph, full->graph))
                return;
            ocsp_graph_free(net->graph);
        }
        ocsp_cfg_free(net->cfg);
    }
    resize(full->cfg, 0, path, &net->cfg);
    must(ocsp_graph_new(&net->graph, net->cfg, &error));
}

/* --- files ---------------------------------------------------------------------------
 */

static char *path_of(const char *prefix, const char *end)
{
    const size_t size = strlen(prefix) + strlen(end) + 1;
    char *path = allocate(size, 1);
    snprintf(path, size, "%s%s", prefix, end);
    return path;
}

static void write_all(const struct net *net, const struct ocsp_weights *weights,
                      const char *prefix)
{
    struct ocsp_file_content files[3];
    char *plan, *data;

    must(ocsp_plan_render(&net->plan, net->coupling, &plan, &error));
    must(ocsp_weights_render(weights, net->graph, &data, &files[1].size, &error));
    files[0].path = path_of(prefix, ".cfg");
    files[0].data = ocsp_cfg_text(net->cfg, &files[0].size);
    files[1].path = path_of(prefix, ".weights");
    files[1].data = data;
    files[2].path = path_of(prefix, ".plan.json");
    files[2].data = plan;
    files[2].size = strlen(plan);
    must(ocsp_files_write(files, 3, &error));
    for (int k = 0; k < 3; k++)
        free((char *)files[k].path);
    free(data);
    free(plan);
}

static void forget(struct net *net)
{
    ocsp_plan_clear(&net->plan);
    ocsp_coupling_free(net->coupling);
    ocsp_graph_free(net->graph);
    ocsp_cfg_free(net->cfg);
}

/* Refused by name: a section that is unknown, or nothing that can go. */
static bool open_full(struct net *net, const char *path, double share)
{
    must(ocsp_cfg_load(&net->cfg, path, &error));
    if (ocsp_graph_new(&net->graph, net->cfg, &error)) {
        printf("refused\t\t\t%s\n", error.text);
        ocsp_cfg_free(net->cfg);
        return false;
    }
    must(ocsp_coupling_new(&net->coupling, net->graph, &error));
    search_plan(net, share);
    report(net);
    if (net->plan.n_removed > 0)
        return true;
    forget(net);
    return false;
}

int main(int argc, char **argv)
{
    struct net full, net;
    struct ocsp_weights *weights;
    int zeroed = NONE;

    while (argc == 6 && zeroed <= BOTH && strcmp(argv[4], zeroed_names[zeroed]) != 0)
        zeroed++;
    if (argc != 6 || zeroed > BOTH) {
        fprintf(stderr,
                "usage: pair_with_zero_channels N.cfg SEED SHARE out|both|none PREFIX\n");
        return 2;
    }
    random_seed(0x9e3779b97f4a7c15u ^ strtoull(argv[2], NULL, 10));
    if (!open_full(&full, argv[1], strtod(argv[3], NULL)))
        return REFUSED;
    char *path = path_of(argv[5], ".cfg");
    shrink(&full, path, &net);
    must(ocsp_coupling_new(&net.coupling, net.graph, &error));
    search_plan(&net, strtod(argv[3], NULL));
    make_weights(&net, (enum zeroed)zeroed, &weights);
    write_all(&net, weights, argv[5]);
    ocsp_weights_free(weights);
    forget(&net);
    forget(&full);
    free(path);
    return 0;
}
