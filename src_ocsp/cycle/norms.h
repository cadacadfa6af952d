/* How the group norms ||w_c|| of the selected and of the kept channels are spread, epoch
 * by epoch: a histogram in rows of <base>_ocsp_norms.csv.
 *
 * The edges of the bins are the same in all epochs and runs: 20 to a decade, from 1e-6 to
 * 1e6. What is below them, 0 among it, is in a bin from 0, what is above in one to inf.
 */
#ifndef OCSP_CYCLE_NORMS_H
#define OCSP_CYCLE_NORMS_H

#include <stdbool.h>

#include "net/error.h"

#define OCSP_NORMS_HEADER "epoch,norm_from,norm_to,selected,kept\n"

/* The rows of an epoch, malloc'ed: one for each bin that has channels, in ascending order
 * of norms. `norm` and `selected` [n]: of all coupled channels. */
enum ocsp_status ocsp_norms_rows(const double *norm, const bool *selected, int n,
                                 int epoch, char **text, struct ocsp_error *err);

#endif
