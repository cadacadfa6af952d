#include "refusal.h"

#include <string.h>

enum ocsp_status refusal_of_text(const char *text, const struct ocsp_host_rules *rules,
                                 const struct ocsp_host_build *build,
                                 struct ocsp_error *err)
{
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    enum ocsp_status status = ocsp_cfg_parse(&cfg, "x.cfg", text, strlen(text), err);

    if (status)
        return status;
    status = ocsp_graph_new(&graph, cfg, err);
    if (!status) {
        status = ocsp_refusals_check(rules, build, graph, true, err);
        ocsp_graph_free(graph);
    }
    ocsp_cfg_free(cfg);
    return status;
}
