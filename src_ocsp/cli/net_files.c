#include "cli/net_files.h"

enum ocsp_status ocsp_net_files_open(struct ocsp_net_files *net, const char *cfg,
                                     const char *weights, struct ocsp_error *err)
{
    enum ocsp_status status;

    *net = (struct ocsp_net_files){.weights_path = weights};
    status = ocsp_cfg_load(&net->cfg, cfg, err);
    if (!status)
        status = ocsp_graph_new(&net->graph, net->cfg, err);
    if (!status)
        status = ocsp_coupling_new(&net->coupling, net->graph, err);
    if (!status && weights)
        status = ocsp_weights_load(&net->weights, weights, net->graph, err);
    if (status)
        ocsp_net_files_close(net);
    return status;
}

void ocsp_net_files_close(struct ocsp_net_files *net)
{
    ocsp_weights_free(net->weights);
    ocsp_coupling_free(net->coupling);
    ocsp_graph_free(net->graph);
    ocsp_cfg_free(net->cfg);
    *net = (struct ocsp_net_files){0};
}
