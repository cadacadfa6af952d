#include "train/restart.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "train/console.h"

/* The name behind the last slash: the state's path names the folder. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static void list_files(const struct ocsp_run *run, FILE *lines)
{
    const char *const paths[] = {run->dense_last,
                                 run->pruned_cfg,
                                 run->pruned_last,
                                 run->pruned_final,
                                 run->best[OCSP_BEST_DENSE].path,
                                 run->best[OCSP_BEST_PRUNED].path};
    int n = 0;

    for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
        if (paths[k] && access(paths[k], F_OK) == 0)
            fprintf(lines, "%s%s", n++ > 0 ? ", " : "; the new run will overwrite ",
                    name_of(paths[k]));
    fprintf(lines, "\n");
}

void ocsp_restart_announce(const struct ocsp_run *run)
{
    struct ocsp_error err;
    struct ocsp_state *state;

    if (access(run->state, F_OK) != 0)
        return;
    FILE *lines = ocsp_console_open();
    fprintf(lines, "ocsp: -restart discards the run saved in %s: ", run->state);
    if (ocsp_state_load(&state, run->state, &err)) {
        fprintf(lines, "a file that this program cannot read");
    } else {
        fprintf(lines, "%d epochs (%" PRIu64 " iterations), %s, generation %" PRIu64,
                state->position.epochs_done, state->position.iteration,
                ocsp_phase_name(state->phase), state->position.generation);
        ocsp_state_free(state);
    }
    list_files(run, lines);
    ocsp_console_close(lines);
}
