#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "layers/graph.h"
#include "layers/macs.h"
#include "net/cfg.h"
#include "view/run_folder.h"

/* Whether the graph has the MACs and the parameters of the run's dense net. A run that
 * has not yet searched does not know them. */
static bool is_the_runs(const struct ocsp_run_folder *run, const struct ocsp_graph *graph)
{
    const double macs = ocsp_run_number(run, "before.macs");
    const double parameters = ocsp_run_number(run, "before.params");

    return !(macs > 0) || (macs == (double)ocsp_graph_macs(graph) &&
                           parameters == (double)ocsp_graph_parameters(graph));
}

/* Refuses a cfg that is not the run's. */
static enum ocsp_status check(const struct ocsp_run_folder *run, const char *path,
                              struct ocsp_error *err)
{
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    enum ocsp_status status = ocsp_cfg_load(&cfg, path, err);

    if (status)
        return status;
    status = ocsp_graph_new(&graph, cfg, err);
    if (!status) {
        if (!is_the_runs(run, graph))
            status =
                ocsp_fail(err, OCSP_E_CONFLICT, path, 0,
                          "is not the net that this run began with (%.0f MACs): name "
                          "that one by -before",
                          ocsp_run_number(run, "before.macs"));
        ocsp_graph_free(graph);
    }
    ocsp_cfg_free(cfg);
    return status;
}

/* Looks for the relative `name` from the run's folder and those above it; malloc'ed, or
 * NULL. */
static char *search_above(const struct ocsp_run_folder *run, const char *name)
{
    struct ocsp_error ignored;
    char *folder = realpath(run->folder, NULL);
    char candidate[PATH_MAX];
    bool found = false;

    while (folder && *folder && !found) {
        const int n = snprintf(candidate, sizeof candidate, "%s/%s", folder, name);
        found = n < (int)sizeof candidate && access(candidate, F_OK) == 0 &&
                check(run, candidate, &ignored) == OCSP_OK;
        *strrchr(folder, '/') = '\0';
    }
    free(folder);
    return found ? strdup(candidate) : NULL;
}

enum ocsp_status ocsp_run_folder_dense_cfg(const struct ocsp_run_folder *run,
                                           const char *given, char **path,
                                           struct ocsp_error *err)
{
    const char *recorded = given ? given : ocsp_run_text(run, "cfg.path");
    size_t length = recorded ? strlen(recorded) : 0;
    char *name, *found = NULL;
    enum ocsp_status status;

    if (!recorded)
        recorded = ocsp_run_word(run, ".cfg", &length);
    if (!recorded)
        return ocsp_fail(err, OCSP_E_USAGE, run->folder, 0,
                         "the run does not tell which cfg it began with: name it by "
                         "-before");
    name = strndup(recorded, length);
    if (!name)
        return ocsp_fail_memory(err);
    if (given || access(name, F_OK) == 0)
        status = check(run, name, err);
    else
        status = ocsp_fail(err, OCSP_E_IO, name, 0,
                           "the cfg of the dense net is not there any more: name it by "
                           "-before");
    if (status && !given && *name != '/' && (found = search_above(run, name)))
        status = OCSP_OK;
    if (!status && found) {
        free(name);
        name = found;
    }
    if (status)
        free(name);
    else
        *path = name;
    return status;
}
