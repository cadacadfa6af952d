#define _GNU_SOURCE /* memfd_create */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cycle/report.h"
#include "layers/macs.h"
#include "prune/rewrite.h"

void fuzz_holds(bool condition, const char *text, const char *file, int line)
{
    if (condition)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
    abort();
}

void fuzz_check_error(enum ocsp_status status, const struct ocsp_error *err)
{
    if (!status)
        return;
    HOLDS(err->status == status);
    HOLDS(err->text[0] != '\0' && !strchr(err->text, '\n'));
}

FILE *fuzz_nowhere(void)
{
    static FILE *out;

    if (!out)
        out = fopen("/dev/null", "w");
    HOLDS(out);
    return out;
}

void fuzz_split(const uint8_t *data, size_t size, struct fuzz_part *parts, int n)
{
    static const char mark[] = "\n---\n";
    const char *at = (const char *)data, *end = at + size;

    for (int i = 0; i < n; i++) {
        const char *cut = NULL;
        if (i < n - 1 && at < end)
            cut = memmem(at, (size_t)(end - at), mark, strlen(mark));
        parts[i] = (struct fuzz_part){at, (size_t)((cut ? cut + 1 : end) - at)};
        at = cut ? cut + strlen(mark) : end;
    }
}

const char *fuzz_file(int slot, const void *data, size_t size)
{
    static int files[4];
    static char paths[4][32];

    if (files[slot] == 0) {
        files[slot] = memfd_create("ocsp-fuzz", MFD_CLOEXEC);
        HOLDS(files[slot] > 0);
        snprintf(paths[slot], sizeof paths[slot], "/proc/self/fd/%d", files[slot]);
    }
    HOLDS(ftruncate(files[slot], 0) == 0);
    HOLDS(size == 0 || pwrite(files[slot], data, size, 0) == (ssize_t)size);
    return paths[slot];
}

enum ocsp_status fuzz_flags(struct ocsp_flags *flags, enum ocsp_verb verb,
                            const struct fuzz_part *line, struct ocsp_error *err)
{
    static char text[1024];
    char *argv[32 + 1] = {0};
    const size_t size = line->size < sizeof text ? line->size : sizeof text - 1;
    int argc = 0;

    memcpy(text, line->data, size);
    text[size] = '\0';
    for (char *word = strtok(text, " \n"); word && argc < 32; word = strtok(NULL, " \n"))
        argv[argc++] = word;
    return ocsp_flags_read(flags, verb, NULL, &argc, argv, err);
}

enum ocsp_status fuzz_net_parse(struct fuzz_net *net, const char *text, size_t size,
                                struct ocsp_error *err)
{
    enum ocsp_status status;

    *net = (struct fuzz_net){0};
    status = ocsp_cfg_parse(&net->cfg, "fuzz.cfg", text, size, err);
    if (!status)
        status = ocsp_graph_new(&net->graph, net->cfg, err);
    if (!status)
        status = ocsp_coupling_new(&net->coupling, net->graph, err);
    return status;
}

void fuzz_net_clear(struct fuzz_net *net)
{
    ocsp_coupling_free(net->coupling);
    ocsp_graph_free(net->graph);
    ocsp_cfg_free(net->cfg);
    *net = (struct fuzz_net){0};
}

static size_t count_floats(const struct ocsp_graph *graph)
{
    size_t sum = 0;
    for (int i = 0; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        sum += l->tables[0].length + l->n_opaque + (size_t)l->n_biases +
               3 * (size_t)l->n_scales;
    }
    return sum;
}

struct ocsp_weights *fuzz_weights(const struct ocsp_graph *graph,
                                  const struct fuzz_part *bytes)
{
    const size_t n = count_floats(graph) * sizeof(float);
    struct ocsp_weights *weights;
    struct ocsp_error err;

    if (n > FUZZ_MAX_FLOATS * sizeof(float) ||
        ocsp_weights_new(&weights, graph, true, &err))
        return NULL;
    for (size_t at = 0; at < n && bytes->size > 0; at += bytes->size)
        memcpy((char *)weights->data + at, bytes->data,
               bytes->size < n - at ? bytes->size : n - at);
    return weights;
}

static void check_weights(const struct fuzz_net *net, const struct ocsp_plan *plan,
                          const struct ocsp_weights *weights,
                          const struct ocsp_graph *pruned)
{
    struct ocsp_weights *sliced = NULL, *again = NULL;
    struct ocsp_error err;
    char *data;
    size_t size;

    HOLDS(!ocsp_rewrite_weights(net->coupling, plan, weights, pruned, &sliced, &err));
    HOLDS(!ocsp_weights_render(sliced, pruned, &data, &size, &err));
    /* constants folded in may be infinite */
    const enum ocsp_status status =
        ocsp_weights_parse(&again, "fuzz.weights", data, size, pruned, &err);
    HOLDS(!status || status == OCSP_E_RANGE);
    free(data);
    ocsp_weights_free(again);
    ocsp_weights_free(sliced);
}

void fuzz_rewrite(const struct fuzz_net *net, const struct ocsp_plan *plan,
                  const struct ocsp_weights *weights)
{
    struct fuzz_net pruned = {0};
    struct ocsp_error err;
    char *text;
    size_t size;

    HOLDS(!ocsp_rewrite_cfg(net->coupling, plan, &text, &size, &err));
    const enum ocsp_status status = fuzz_net_parse(&pruned, text, size, &err);
    if (status)
        fprintf(stderr, "%s\n%.*s\n", err.text, (int)size, text);
    HOLDS(!status);
    fuzz_check_error(
        ocsp_report_portability(fuzz_nowhere(), net->graph, pruned.graph, &err), &err);
    HOLDS(ocsp_graph_macs(pruned.graph) == plan->macs_after);
    HOLDS(ocsp_graph_parameters(pruned.graph) == plan->parameters_after);
    if (weights)
        check_weights(net, plan, weights, pruned.graph);
    fuzz_net_clear(&pruned);
    free(text);
}
