#include "cli/speed.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/flags.h"
#include "hosts/host.h"
#include "layers/graph.h"
#include "net/cfg.h"
#include "net/json_text.h"
#include "net/standard_output.h"
#include "train/host_output.h"
#include "train/speed.h"
#include "train/thread_cap.h"
#include "view/speed_json.h"
#include "view/speed_table.h"

struct nets {
    int n;
    struct ocsp_cfg **cfgs;
    struct ocsp_graph **graphs;
};

static void clear(struct nets *nets)
{
    for (int k = 0; k < nets->n; k++) {
        ocsp_graph_free(nets->graphs ? nets->graphs[k] : NULL);
        ocsp_cfg_free(nets->cfgs ? nets->cfgs[k] : NULL);
    }
    free(nets->graphs);
    free(nets->cfgs);
}

/* A host ends the process, or crashes, on a cfg that it cannot read. */
static enum ocsp_status read(struct nets *nets, int n, char **paths,
                             struct ocsp_error *err)
{
    nets->n = n;
    nets->cfgs = calloc((size_t)n, sizeof *nets->cfgs);
    nets->graphs = calloc((size_t)n, sizeof *nets->graphs);
    enum ocsp_status status =
        nets->cfgs && nets->graphs ? OCSP_OK : ocsp_fail_memory(err);

    for (int k = 0; k < n && !status; k++) {
        status = ocsp_cfg_load(&nets->cfgs[k], paths[k], err);
        if (!status)
            status = ocsp_graph_new(&nets->graphs[k], nets->cfgs[k], err);
        if (!status)
            status = ocsp_refusals_check(ocsp_host.rules, &ocsp_host.build,
                                         nets->graphs[k], false, err);
    }
    return status;
}

/* Prints one measurement, or appends it to `list`. */
static enum ocsp_status show(const struct ocsp_speed_result *result, bool layers,
                             bool first, json_t *list, struct ocsp_error *err)
{
    if (list)
        return json_array_append_new(list, ocsp_speed_json(result, layers))
                   ? ocsp_fail_memory(err)
                   : OCSP_OK;
    if (!first)
        printf("\n");
    const enum ocsp_status status = ocsp_speed_print(stdout, result, layers, err);
    fflush(stdout);
    return status;
}

static enum ocsp_status measure(const struct ocsp_speed_flags *flags, int threads,
                                const struct nets *nets, char **paths, json_t *list,
                                struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    for (int b = 0; b < flags->n_batches; b++)
        for (int e = 0; e < flags->n_engines && !status; e++) {
            const struct ocsp_speed_request request = {
                .cfg = (const char *const *)paths,
                .graphs = (const struct ocsp_graph *const *)nets->graphs,
                .n = nets->n,
                .batch = flags->batches[b],
                .by = flags->engines[e],
                .threads = threads,
                .seconds = flags->seconds,
                .rounds = flags->rounds};
            struct ocsp_speed_result result;
            status = ocsp_measure_speed(&request, &result, err);
            if (status)
                return status;
            status = show(&result, flags->layers, b + e == 0, list, err);
            ocsp_speed_result_clear(&result);
        }
    return status;
}

static enum ocsp_status print_json(json_t *list, struct ocsp_error *err)
{
    char *text;
    json_t *root = json_pack("{s:s, s:s, s:O}", "host", ocsp_host.name, "weights",
                             "random", "measurements", list);
    const enum ocsp_status status =
        ocsp_json_render(root, JSON_COMPACT | JSON_REAL_PRECISION(9), &text, err);

    json_decref(root);
    if (status)
        return status;
    printf("%s\n", text);
    free(text);
    return OCSP_OK;
}

static enum ocsp_status run_all(struct ocsp_flags *flags, int n, char **paths,
                                struct ocsp_error *err)
{
    const struct ocsp_predictor *by;
    struct nets nets = {0};
    json_t *list = flags->json ? json_array() : NULL;
    enum ocsp_status status = flags->json && !list ? ocsp_fail_memory(err) : OCSP_OK;

    if (flags->speed.n_engines == 0)
        flags->speed.engines[flags->speed.n_engines++] = ocsp_predictor_default();
    for (int e = 0; e < flags->speed.n_engines && !status; e++)
        status = ocsp_predictor_find(&by, flags->speed.engines[e], err);
    if (!status)
        status = read(&nets, n, paths, err);
    if (!status && !list)
        printf("random weights, and noise for images\n");
    if (!status)
        status = measure(&flags->speed, flags->engine.threads, &nets, paths, list, err);
    if (!status && list)
        status = print_json(list, err);
    json_decref(list);
    clear(&nets);
    return status;
}

static enum ocsp_status run(int argc, char **argv, struct ocsp_error *err)
{
    struct ocsp_flags flags;
    char note[OCSP_THREAD_NOTE];
    const enum ocsp_status status =
        ocsp_flags_read(&flags, OCSP_FOR_SPEED, NULL, &argc, argv, err);

    if (status)
        return status;
    if (ocsp_thread_cap(&flags.engine, note))
        fprintf(stderr, "%s\n", note);
    if (argc < 1)
        return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "expected a cfg behind 'speed'");
    return run_all(&flags, argc, argv, err) ? err->status : ocsp_output_check(err);
}

int ocsp_speed_run(int argc, char **argv)
{
    struct ocsp_error err;
    ocsp_host_output_release();
    const enum ocsp_status status = run(argc, argv, &err);

    if (!status)
        return 0;
    fprintf(stderr, "darknet ocsp: %s\n", err.text);
    return status == OCSP_E_USAGE ? 2 : 1;
}
