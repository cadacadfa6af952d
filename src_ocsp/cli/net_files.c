#include "cli/net_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cycle/former_run.h"
#include "net/file.h"

enum ocsp_status ocsp_net_files_open(struct ocsp_net_files *net, const char *cfg,
                                     const char *weights,
                                     const struct ocsp_settings *settings,
                                     struct ocsp_error *err)
{
    enum ocsp_status status;

    *net = (struct ocsp_net_files){.weights_path = weights};
    status = ocsp_cfg_load(&net->cfg, cfg, err);
    if (!status)
        status = ocsp_graph_new(&net->graph, net->cfg, err);
    if (!status)
        status = ocsp_settings_fix(settings, net->graph, err);
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

static bool same_file(const struct stat *info, const char *path)
{
    struct stat other;
    return path && stat(path, &other) == 0 && other.st_dev == info->st_dev &&
           other.st_ino == info->st_ino;
}

/* Refuses a missing folder before the work is done, and with a message that says more
 * than that of the write would. */
static enum ocsp_status check_folder_of(const char *path, struct ocsp_error *err)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    struct stat info;

    if (!slash || slash == path)
        return OCSP_OK;
    if (!slash[1] || strcmp(slash, "/.cfg") == 0)
        return ocsp_fail(err, OCSP_E_IO, path, 0,
                         "-o ends with a folder; add the name of a file");
    if (snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path) >= PATH_MAX)
        return OCSP_OK; /* the write will fail, and say so */
    if (stat(folder, &info))
        return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot create: folder %s: %s", folder,
                         strerror(errno));
    if (!S_ISDIR(info.st_mode))
        return ocsp_fail(err, OCSP_E_IO, path, 0, "cannot create: %s is not a folder",
                         folder);
    return OCSP_OK;
}

enum ocsp_status ocsp_net_files_check_output(const struct ocsp_net_files *net,
                                             const char *path, struct ocsp_error *err)
{
    struct stat info;

    if (check_folder_of(path, err))
        return err->status;
    ocsp_left_files_remove(path);
    if (stat(path, &info))
        return ocsp_new_file_check(path, err);
    if (!S_ISREG(info.st_mode)) /* a device would be replaced by the file */
        return ocsp_fail(err, OCSP_E_IO, path, 0, "%s; give another -o",
                         S_ISDIR(info.st_mode) ? "is a folder" : "is not a regular file");
    if (same_file(&info, ocsp_cfg_name(net->cfg)) ||
        same_file(&info, net->weights_path) || same_file(&info, net->plan_path))
        return ocsp_fail(err, OCSP_E_CONFLICT, path, 0,
                         "is an input of this command; give another -o");
    return ocsp_new_file_check(path, err);
}

/* ".", "..", or a path that ends with one of them. */
static bool is_dots(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

enum ocsp_status ocsp_pair_init(struct ocsp_pair *pair, const struct ocsp_net_files *net,
                                const char *prefix, struct ocsp_error *err)
{
    const size_t size = strlen(prefix) + sizeof ".weights";
    enum ocsp_status status;

    *pair = (struct ocsp_pair){NULL, NULL};
    if (is_dots(prefix))
        return ocsp_fail(err, OCSP_E_IO, prefix, 0,
                         "-o ends with a folder; add the name of a file");
    *pair = (struct ocsp_pair){malloc(size), malloc(size)};
    if (!pair->cfg_path || !pair->weights_path)
        return ocsp_fail_memory(err);
    snprintf(pair->cfg_path, size, "%s.cfg", prefix);
    snprintf(pair->weights_path, size, "%s.weights", prefix);
    status = ocsp_net_files_check_output(net, pair->cfg_path, err);
    return status ? status : ocsp_net_files_check_output(net, pair->weights_path, err);
}

void ocsp_pair_clear(struct ocsp_pair *pair)
{
    free(pair->cfg_path);
    free(pair->weights_path);
    *pair = (struct ocsp_pair){0};
}

/* Whether a file is there that says otherwise. */
static enum ocsp_status differs(const char *path, const char *text, size_t size,
                                bool *differs, struct ocsp_error *err)
{
    char *old;
    size_t old_size;

    *differs = false;
    if (access(path, F_OK) != 0)
        return OCSP_OK;
    if (ocsp_file_read(path, &old, &old_size, err))
        return err->status;
    *differs = old_size != size || memcmp(old, text, size) != 0;
    free(old);
    return OCSP_OK;
}

/* Refuses to replace the cfg of a training's weights: they would load beside the new one
 * without an error, and be worth nothing. */
static enum ocsp_status check_weights_beside(const struct ocsp_pair *pair,
                                             const char *text, size_t size,
                                             struct ocsp_error *err)
{
    const int stem = (int)(strlen(pair->cfg_path) - strlen(".cfg"));
    char prefix[PATH_MAX], *weights;
    bool is_other;

    if (differs(pair->cfg_path, text, size, &is_other, err))
        return err->status;
    if (!is_other)
        return OCSP_OK;
    if (snprintf(prefix, sizeof prefix, "%.*s", stem, pair->cfg_path) >= PATH_MAX)
        return OCSP_OK; /* the write will fail, and say so */
    if (ocsp_former_weights_find(&weights, prefix, err))
        return err->status;
    if (!weights)
        return OCSP_OK;
    ocsp_fail(err, OCSP_E_CONFLICT, pair->cfg_path, 0,
              "is the cfg of %s beside it, which would not fit the new one: give another "
              "-o",
              weights);
    free(weights);
    return err->status;
}

enum ocsp_status ocsp_pair_write(const struct ocsp_pair *pair, const char *text,
                                 size_t text_size, const char *data, size_t data_size,
                                 struct ocsp_error *err)
{
    const struct ocsp_file_content files[] = {{pair->cfg_path, text, text_size},
                                              {pair->weights_path, data, data_size}};
    const enum ocsp_status status = check_weights_beside(pair, text, text_size, err);

    return status ? status : ocsp_files_write(files, 2, err);
}
