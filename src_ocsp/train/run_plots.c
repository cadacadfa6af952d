#include "train/run_plots.h"

#include <stdbool.h>
#include <stdlib.h>

#include "net/clock.h"
#include "train/console.h"
#include "view/plots.h"

#define LONGEST_WAIT_S 20

/* One line in the whole run: training is what matters. */
static void warn(struct ocsp_run *run, const struct ocsp_error *err)
{
    if (run->plots.warned)
        return;
    run->plots.warned = true;
    ocsp_console_line("ocsp: no plots: %s; `gnuplot %s" OCSP_PLOTS_SCRIPT
                      "` in %s draws them later, -plots off leaves them out",
                      err->text, run->plots.plotter.base, run->options.backup);
}

enum ocsp_status ocsp_run_plots_render(struct ocsp_run *run, struct ocsp_error *err)
{
    const struct ocsp_plots_source source = {run->plots.plotter.base, &run->record,
                                             &run->cycle};
    char *text;
    size_t size;

    if (!run->options.plots)
        return OCSP_OK;
    if (ocsp_plots_script(&source, &text, &size, err))
        return err->status;
    free(run->plots.text);
    run->plots.text = text;
    run->plots.size = size;
    return OCSP_OK;
}

/* The program is told of the folder's name alone. */
static bool has_folder(const struct ocsp_run *run)
{
    struct ocsp_error unused;

    return !ocsp_run_check_folder(run, &unused);
}

static bool draw(struct ocsp_run *run, bool beside)
{
    struct ocsp_error err;

    if (!has_folder(run))
        return false;
    run->plots.drawn = run->position.generation;
    if (!ocsp_plotter_start(&run->plots.plotter, beside, &err))
        return true;
    warn(run, &err);
    return false;
}

void ocsp_run_plots_draw(struct ocsp_run *run)
{
    if (run->options.plots && ocsp_plotter_is_ready(&run->plots.plotter))
        draw(run, !run->ended);
}

void ocsp_run_plots_look(struct ocsp_run *run)
{
    struct ocsp_error err;

    if (run->options.plots && has_folder(run) &&
        ocsp_plotter_look(&run->plots.plotter, &err))
        warn(run, &err);
}

/* Waits for the drawing that is at work. */
static bool wait_for_it(struct ocsp_run *run, double seconds)
{
    struct ocsp_error err;

    if (!ocsp_plotter_wait(&run->plots.plotter, seconds, &err))
        return true;
    warn(run, &err);
    return false;
}

void ocsp_run_plots_end(struct ocsp_run *run)
{
    const double until = ocsp_seconds_now() + LONGEST_WAIT_S;

    /* an error may come before the run has a plotter */
    if (!run->options.plots || !run->plots.text)
        return;
    if (!has_folder(run)) {
        ocsp_plotter_abandon(&run->plots.plotter);
        return;
    }
    bool done = wait_for_it(run, LONGEST_WAIT_S);
    const double left = until - ocsp_seconds_now();
    if (run->plots.drawn != run->position.generation && left > 0)
        done = draw(run, false) && wait_for_it(run, left);
    if (done && !run->plots.warned)
        ocsp_console_line("ocsp: plots: %s/%s_ocsp_*.svg and .png", run->options.backup,
                          run->plots.plotter.base);
}
