/* A net opened from its files: cfg, graph, coupling and, where asked for, weights; and
 * where a command's results may go. */
#ifndef OCSP_CLI_NET_FILES_H
#define OCSP_CLI_NET_FILES_H

#include "cycle/settings.h"
#include "layers/weights.h"
#include "prune/coupling.h"

struct ocsp_net_files {
    struct ocsp_cfg *cfg;
    struct ocsp_graph *graph;
    struct ocsp_coupling *coupling;
    struct ocsp_weights *weights; /* NULL where no path was given */
    const char *weights_path;     /* borrowed, or NULL */
    const char *plan_path;        /* the same: one more input */
    /* of a command that opens its files itself: its words, borrowed; all else is NULL */
    char **words;
    int n_words;
};

/* `settings`: which layers stay as they are. */
enum ocsp_status ocsp_net_files_open(struct ocsp_net_files *net, const char *cfg,
                                     const char *weights,
                                     const struct ocsp_settings *settings,
                                     struct ocsp_error *err);
void ocsp_net_files_close(struct ocsp_net_files *net);

/* Refuses an input, a device or a folder as a file to be written. */
enum ocsp_status ocsp_net_files_check_output(const struct ocsp_net_files *net,
                                             const char *path, struct ocsp_error *err);

/* PREFIX.cfg and PREFIX.weights. */
struct ocsp_pair {
    char *cfg_path, *weights_path;
};

/* Makes both paths and checks that they may be written. To be cleared, also on failure.
 */
enum ocsp_status ocsp_pair_init(struct ocsp_pair *pair, const struct ocsp_net_files *net,
                                const char *prefix, struct ocsp_error *err);
void ocsp_pair_clear(struct ocsp_pair *pair);
/* Writes both or none. */
enum ocsp_status ocsp_pair_write(const struct ocsp_pair *pair, const char *text,
                                 size_t text_size, const char *data, size_t data_size,
                                 struct ocsp_error *err);

#endif
