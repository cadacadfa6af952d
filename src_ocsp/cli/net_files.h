/* A net opened from its files: cfg, graph, coupling and, where asked for, weights. */
#ifndef OCSP_CLI_NET_FILES_H
#define OCSP_CLI_NET_FILES_H

#include "net/weights.h"
#include "prune/group.h"

struct ocsp_net_files {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
    struct ocsp_weights *weights; /* NULL where no path was given */
    const char *weights_path;     /* borrowed, or NULL */
};

enum ocsp_status ocsp_net_files_open(struct ocsp_net_files *net, const char *cfg,
                                     const char *weights, struct ocsp_error *err);
void ocsp_net_files_close(struct ocsp_net_files *net);

#endif
