/* Draws a run's pictures by gnuplot, in a process beside the run, which never waits for
 * it but at its end.
 *
 * The process has the lowest priority while the run goes on, a process group of its own,
 * so that Ctrl-C does not reach it, and none of the run's files. It draws in a folder of
 * its own; a picture gets its name when it is complete. */
#ifndef OCSP_VIEW_PLOTTER_H
#define OCSP_VIEW_PLOTTER_H

#include <stdbool.h>
#include <sys/types.h>

#include "net/error.h"
#include "net/new_folder.h"

struct ocsp_plotter {
    char *folder, *base;
    struct ocsp_new_folder drawing; /* in which it draws */
    pid_t child;                    /* 0: none is at work */
    int errors;                     /* what its stderr is read from */
    char said[200];                 /* the beginning of that */
    double began, ended;            /* seconds, of the last drawing */
};

/* For the script <folder>/<base>_ocsp_plots.gp. */
enum ocsp_status ocsp_plotter_init(struct ocsp_plotter *plotter, const char *folder,
                                   const char *base, struct ocsp_error *err);
/* Ends a drawing that is at work; its pictures stay what they were. */
void ocsp_plotter_clear(struct ocsp_plotter *plotter);

/* Whether a drawing now would leave the machine to the run: none is at work, and the last
 * one's time is small against the time since. */
bool ocsp_plotter_is_ready(const struct ocsp_plotter *plotter);
/* Starts a drawing of the script as it is now. None may be at work. `beside`: a run that
 * goes on, which the drawing must not slow down. */
enum ocsp_status ocsp_plotter_start(struct ocsp_plotter *plotter, bool beside,
                                    struct ocsp_error *err);
/* Looks, without waiting, whether the drawing is done, and gives its pictures their names
 * if so. Fails where gnuplot did, or where a picture cannot be written. */
enum ocsp_status ocsp_plotter_look(struct ocsp_plotter *plotter, struct ocsp_error *err);
/* Waits for it, but no longer than `seconds`: then it is ended, and the call fails. */
enum ocsp_status ocsp_plotter_wait(struct ocsp_plotter *plotter, double seconds,
                                   struct ocsp_error *err);

/* Where the process ends in the middle of a run, in whatever thread: ends a drawing that
 * is at work and removes its files. The plotter stays as it is for a thread that uses it.
 */
void ocsp_plotter_abandon(const struct ocsp_plotter *plotter);

#endif
