#include "cli/speed.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/flags.h"
#include "hosts/host.h"
#include "layers/graph.h"
#include "net/cfg.h"
#include "train/hook.h"
#include "train/speed.h"

/* A host ends the process, or crashes, on a cfg that it cannot read. */
static enum ocsp_status check_cfg(const char *path, struct ocsp_error *err)
{
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    enum ocsp_status status = ocsp_cfg_load(&cfg, path, err);

    if (status)
        return status;
    status = ocsp_graph_new(&graph, cfg, err);
    if (!status) {
        status =
            ocsp_refusals_check(ocsp_host.rules, &ocsp_host.build, graph, false, err);
        ocsp_graph_free(graph);
    }
    ocsp_cfg_free(cfg);
    return status;
}

static void print(char **cfg, int n, int batch, const double *milliseconds)
{
    for (int k = 0; k < n; k++) {
        printf("%s: %.3f ms per batch of %d, %.1f images/s", cfg[k], milliseconds[k],
               batch, 1e3 * batch / milliseconds[k]);
        if (k > 0)
            printf(", %.2f times as fast", milliseconds[0] / milliseconds[k]);
        printf("\n");
    }
}

static enum ocsp_status run(int argc, char **argv, struct ocsp_error *err)
{
    struct ocsp_flags flags;
    enum ocsp_status status =
        ocsp_flags_read(&flags, OCSP_FOR_SPEED, NULL, &argc, argv, err);

    if (!status && argc < 1)
        status = ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "expected a cfg behind 'speed'");
    for (int k = 0; k < argc && !status; k++)
        status = check_cfg(argv[k], err);
    if (status)
        return status;
    double *milliseconds = calloc((size_t)argc, sizeof *milliseconds);
    if (!milliseconds)
        return ocsp_fail_memory(err);
    status = ocsp_measure_speed((const char *const *)argv, argc, flags.batch,
                                &flags.engine, milliseconds, err);
    if (!status)
        print(argv, argc, flags.batch, milliseconds);
    free(milliseconds);
    return status;
}

int ocsp_speed_run(int argc, char **argv)
{
    struct ocsp_error err;
    const enum ocsp_status status = run(argc, argv, &err);

    if (!status)
        return 0;
    fprintf(stderr, "darknet ocsp: %s\n", err.text);
    return status == OCSP_E_USAGE ? 2 : 1;
}
