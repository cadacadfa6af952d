/* [net] ema_alpha=: the exponential average of the parameters that some hosts keep beside
 * them, and write to <base>_ema.weights. What it holds of the dense net is none of the
 * pruned one's: channels that are gone were at work in it, and what the others have
 * learned since is not. So it begins anew at t*, as the host itself begins it. */
#ifndef OCSP_TRAIN_AVERAGE_H
#define OCSP_TRAIN_AVERAGE_H

#include <stdio.h>

#include "train/run.h"

/* At t*: the fresh average of `net`, whose views are `pruned`, gets its parameters where
 * the dense one had begun; else it stays 0, and the host begins it. */
void ocsp_average_begin(const struct ocsp_live_net *dense,
                        const struct ocsp_live_net *pruned, const void *net);

/* After an iteration of the pruned net: averages where the host does not do so any more,
 * as t* came behind the iterations in which it does. */
void ocsp_average_step(const struct ocsp_run *run, const struct ocsp_progress *progress);

/* A line at the start where the host never averages; one of what begins at t*. Nothing
 * without ema_alpha=. */
void ocsp_average_announce(FILE *lines, const struct ocsp_run *run);
void ocsp_average_report(FILE *lines, const struct ocsp_run *run);

#endif
