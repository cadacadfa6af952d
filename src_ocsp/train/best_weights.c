#include "train/best_weights.h"

#include <dirent.h>
#include <sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/file.h"
#include "train/console.h"

/* Of the network in training: at t* the cycle is ahead of it. */
static struct ocsp_best_weights *best_of_now(struct ocsp_run *run)
{
    return &run->best[run->surgery.epoch > 0 ? OCSP_BEST_PRUNED : OCSP_BEST_DENSE];
}

static void drop(struct ocsp_best_weights *best)
{
    free(best->data);
    best->data = NULL;
    best->size = 0;
}

/* Keeps the network's parameters, and their sum. */
static enum ocsp_status keep(struct ocsp_run *run, struct ocsp_best_weights *best,
                             struct ocsp_error *err)
{
    const void *net = ocsp_run_net(run, 0);

    drop(best);
    ocsp_live_net_pull(&run->live, net);
    if (ocsp_run_weights(run, net, &best->data, &best->size, err))
        return err->status;
    SHA256Data((const uint8_t *)best->data, best->size, run->accuracy.best.sha256);
    return OCSP_OK;
}

enum ocsp_status ocsp_best_take(struct ocsp_run *run, const struct ocsp_score *score,
                                struct ocsp_error *err)
{
    return ocsp_accuracy_add(&run->accuracy, score) ? keep(run, best_of_now(run), err)
                                                    : OCSP_OK;
}

enum ocsp_status ocsp_best_prune(struct ocsp_run *run, const struct ocsp_score *before,
                                 const struct ocsp_score *after, struct ocsp_error *err)
{
    ocsp_accuracy_prune(&run->accuracy, before, after);
    return after->epoch > 0 ? keep(run, &run->best[OCSP_BEST_PRUNED], err) : OCSP_OK;
}

int ocsp_best_files(const struct ocsp_run *run, struct ocsp_file_content files[2])
{
    int n = 0;

    for (int k = 0; k < OCSP_BESTS; k++)
        if (run->best[k].data)
            files[n++] = (struct ocsp_file_content){run->best[k].path, run->best[k].data,
                                                    run->best[k].size};
    return n;
}

void ocsp_best_written(struct ocsp_run *run)
{
    for (int k = 0; k < OCSP_BESTS; k++)
        drop(&run->best[k]);
}

void ocsp_best_forget(struct ocsp_run *run)
{
    ocsp_best_written(run);
}

static bool has_sum(const char *path, const char *sha256)
{
    struct ocsp_error ignored;
    char text[OCSP_SHA256_TEXT], *data = NULL;
    size_t size;

    if (ocsp_file_read(path, &data, &size, &ignored))
        return false;
    const bool has =
        SHA256Data((const uint8_t *)data, size, text) && strcmp(text, sha256) == 0;
    free(data);
    return has;
}

/* Where a process was killed before it could give the file its name, it is beside it:
 * complete and synced before the state appeared. */
static bool take_left_file(const char *path, const char *sha256)
{
    const char *slash = strrchr(path, '/'), *name = slash + 1;
    char *folder_path = strndup(path, (size_t)(slash - path));
    DIR *folder = folder_path ? opendir(folder_path) : NULL;
    bool taken = false;

    for (struct dirent *entry; folder && !taken && (entry = readdir(folder));) {
        char *left = ocsp_is_side_name(entry->d_name, name, OCSP_TEMPORARY)
                         ? ocsp_file_path(folder_path, entry->d_name, "")
                         : NULL;
        const int fd = left ? ocsp_left_file_open(dirfd(folder), entry->d_name) : -1;
        taken = fd >= 0 && has_sum(left, sha256) && rename(left, path) == 0;
        if (fd >= 0)
            close(fd);
        free(left);
    }
    if (folder)
        closedir(folder);
    free(folder_path);
    return taken;
}

static void mend(const char *path, struct ocsp_best *best)
{
    if (!*best->sha256 || has_sum(path, best->sha256) ||
        take_left_file(path, best->sha256))
        return;
    ocsp_console_line("ocsp: %s is not what this run wrote at epoch %d: the best begins "
                      "anew",
                      path, best->score.epoch);
    *best = (struct ocsp_best){0};
}

void ocsp_best_mend(const struct ocsp_run *run, struct ocsp_accuracy *accuracy,
                    bool is_pruned)
{
    mend(run->best[OCSP_BEST_DENSE].path,
         is_pruned ? &accuracy->dense_best : &accuracy->best);
    if (is_pruned)
        mend(run->best[OCSP_BEST_PRUNED].path, &accuracy->best);
}

bool ocsp_best_owns(const struct ocsp_run *run, const char *path)
{
    return run->accuracy.measure != OCSP_NO_MEASURE &&
           (strcmp(path, run->best[OCSP_BEST_DENSE].path) == 0 ||
            strcmp(path, run->best[OCSP_BEST_PRUNED].path) == 0);
}
