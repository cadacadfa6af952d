#include "train/restart.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cycle/former_run.h"
#include "cycle/set_aside.h"
#include "cycle/state_net.h"
#include "net/file.h"
#include "train/console.h"

#define MOST_NAMES 6 /* in the line that tells of them */

void ocsp_restart_announce(const struct ocsp_run *run)
{
    struct ocsp_error err;
    struct ocsp_state *state;

    if (access(run->state, F_OK) != 0)
        return;
    FILE *lines = ocsp_console_open();
    fprintf(lines, "ocsp: -restart sets aside the run saved in %s: ", run->state);
    if (ocsp_state_load(&state, run->state, &err)) {
        fprintf(lines, "a file that this program cannot read\n");
    } else {
        fprintf(lines, "%d epochs (%" PRIu64 " iterations), %s, generation %" PRIu64 "\n",
                state->position.epochs_done, state->position.iteration,
                ocsp_phase_name(state->phase), state->position.generation);
        ocsp_state_free(state);
    }
    ocsp_console_close(lines);
}

static void tell(const struct ocsp_former_run *former, const struct ocsp_set_aside *moved)
{
    FILE *lines = ocsp_console_open();

    fprintf(lines, "ocsp: moved what a former run left here to %s", moved->folder);
    for (int k = 0; k < former->n && k < MOST_NAMES; k++)
        fprintf(lines, "%s%s", k > 0 ? ", " : ": ", former->names[k]);
    if (former->n > MOST_NAMES)
        fprintf(lines, " and %d more", former->n - MOST_NAMES);
    fprintf(lines, " (%.1f MiB)\n", (double)moved->bytes / (1 << 20));
    ocsp_console_close(lines);
}

/* A log alone tells of a run that saved nothing: the new one begins it anew. */
static bool is_log_alone(const struct ocsp_run *run, const struct ocsp_former_run *former)
{
    const char *slash = strrchr(run->log, '/');

    return former->n == 1 && strcmp(former->names[0], slash ? slash + 1 : run->log) == 0;
}

static enum ocsp_status set_aside(const struct ocsp_run *run,
                                  const struct ocsp_former_run_search *search,
                                  struct ocsp_error *err)
{
    struct ocsp_former_run former;
    struct ocsp_set_aside moved;
    enum ocsp_status status = ocsp_former_run_find(&former, search, err);

    if (status)
        return status;
    if ((former.n > 0 && !is_log_alone(run, &former)) ||
        ocsp_set_aside_is_begun(search->folder, search->base)) {
        status = ocsp_run_check_folder(run, err);
        if (!status)
            status = ocsp_set_aside(&moved, search->folder, search->base, former.names,
                                    former.n, run->options.weights, err);
        if (!status)
            tell(&former, &moved);
    }
    ocsp_former_run_clear(&former);
    return status;
}

static struct ocsp_former_run_search search_of(const struct ocsp_run *run)
{
    return (struct ocsp_former_run_search){.folder = run->options.backup,
                                           .base = run->plots.plotter.base,
                                           .host = ocsp_host.results};
}

enum ocsp_status ocsp_restart_set_aside(const struct ocsp_run *run,
                                        struct ocsp_error *err)
{
    const struct ocsp_former_run_search search = search_of(run);

    return set_aside(run, &search, err);
}

/* Whether they are cfgs of one net: with another schedule it is the same. */
static bool is_same_net(const struct ocsp_cfg *a, const struct ocsp_cfg *b)
{
    struct ocsp_cfg_change change = {0};

    while (ocsp_cfg_next_change(a, b, &change))
        if (!ocsp_state_is_schedule(&change))
            return false;
    return true;
}

/* Whether the cfg that is there is that of the run's net. */
static enum ocsp_status compare_pruned_cfg(const struct ocsp_run *run, bool *same,
                                           struct ocsp_error *err)
{
    struct ocsp_cfg *there = NULL, *own = NULL;
    char *text;
    size_t size;

    *same = false;
    if (access(run->pruned_cfg, F_OK) != 0)
        return OCSP_OK;
    if (ocsp_file_read(run->pruned_cfg, &text, &size, err))
        return err->status;
    enum ocsp_status status =
        ocsp_cfg_parse(&own, run->pruned_cfg, run->pruned_text, run->pruned_size, err);
    if (!status)
        status = ocsp_cfg_parse(&there, run->pruned_cfg, text, size, err);
    if (!status)
        *same = is_same_net(there, own);
    else if (own && status != OCSP_E_MEMORY) /* that one is no cfg */
        status = OCSP_OK;
    ocsp_cfg_free(there);
    ocsp_cfg_free(own);
    free(text);
    return status;
}

enum ocsp_status ocsp_restart_set_pruned_aside(const struct ocsp_run *run,
                                               struct ocsp_error *err)
{
    const struct ocsp_best_weights *best = &run->best[OCSP_BEST_PRUNED];
    struct ocsp_former_run_search search = search_of(run);
    bool same;

    if (compare_pruned_cfg(run, &same, err))
        return err->status;
    if (same)
        return OCSP_OK;
    search.pruned_only = true;
    if (*run->accuracy.best.sha256 && !best->data)
        search.skipped = best->path;
    return set_aside(run, &search, err);
}

/* --- names --- */

static const char pruned[] = "_pruned";

/* The name of the net of which `base` is the pruned one, malloc'ed; *first is NULL where
 * it is not called so. */
static enum ocsp_status name_before_pruning(const char *base, char **first,
                                            struct ocsp_error *err)
{
    const size_t length = strlen(base), tail = sizeof pruned - 1;

    *first = NULL;
    if (length <= tail || strcmp(base + length - tail, pruned) != 0)
        return OCSP_OK;
    *first = strndup(base, length - tail);
    return *first ? OCSP_OK : ocsp_fail_memory(err);
}

static enum ocsp_status name_after_pruning(const char *base, char **name,
                                           struct ocsp_error *err)
{
    const size_t size = strlen(base) + sizeof pruned;

    *name = malloc(size);
    if (!*name)
        return ocsp_fail_memory(err);
    snprintf(*name, size, "%s%s", base, pruned);
    return OCSP_OK;
}

/* Takes `other`, a base or NULL. */
static enum ocsp_status check_other(const struct ocsp_run *run, char *other,
                                    const char *written, struct ocsp_error *err)
{
    bool exists = false;
    enum ocsp_status status =
        other ? ocsp_former_run_exists(run->options.backup, other, &exists, err)
              : OCSP_OK;

    if (!status && exists)
        status = ocsp_fail(err, OCSP_E_CONFLICT, run->options.cfg, 0,
                           "%s has the run of '%s', and this one would write over its "
                           "%s_best.weights: train a copy of the cfg that is called "
                           "otherwise, or name another folder as backup=",
                           run->options.backup, other, written);
    free(other);
    return status;
}

enum ocsp_status ocsp_restart_check_names(const struct ocsp_run *run, const char *base,
                                          struct ocsp_error *err)
{
    char *other;

    if (name_before_pruning(base, &other, err) || check_other(run, other, base, err))
        return err->status;
    if (run->options.settings.budget.share <= 0)
        return OCSP_OK;
    if (name_after_pruning(base, &other, err))
        return err->status;
    return check_other(run, other, other, err);
}
