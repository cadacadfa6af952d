/* The pictures of a training run as a script for gnuplot that has their numbers in it.
 *
 * `gnuplot <base>_ocsp_plots.gp`, in the folder where the script is, draws each picture
 * as <base>_ocsp_NAME.svg and .png. A script draws what there is something to draw of. */
#ifndef OCSP_VIEW_PLOTS_H
#define OCSP_VIEW_PLOTS_H

#include <stddef.h>

#include "cycle/cycle.h"
#include "cycle/record.h"
#include "net/error.h"

#define OCSP_PLOTS_SCRIPT "_ocsp_plots.gp"

/* A run, borrowed. */
struct ocsp_plots_source {
    const char *base; /* what the run's files begin with; any bytes but '/' */
    const struct ocsp_record *record;
    const struct ocsp_cycle *cycle;
};

/* The k-th picture's name, from 0 on; NULL behind the last. */
const char *ocsp_plots_picture(int k);

/* The script's text, malloc'ed. Where the variable `ending` is set before the script
 * runs, that comes behind the names of the files. */
enum ocsp_status ocsp_plots_script(const struct ocsp_plots_source *source, char **text,
                                   size_t *size, struct ocsp_error *err);

#endif
