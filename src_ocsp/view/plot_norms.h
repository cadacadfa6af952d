/* The picture of how group norms are spread, selected against kept, over epochs: the
 * paper's Fig. 5. */
#ifndef OCSP_VIEW_PLOT_NORMS_H
#define OCSP_VIEW_PLOT_NORMS_H

#include <stdbool.h>

#include "view/plot_page.h"

/* Fills in which epochs page->norms are shown of. */
enum ocsp_status ocsp_norms_epochs(struct ocsp_page *page, struct ocsp_error *err);
bool ocsp_has_norms(const struct ocsp_page *page);
void ocsp_plot_norms(const struct ocsp_page *page, const char *picture);

/* Chooses up to OCSP_NORMS_PANELS of the `n` epochs, ascending: the first, the last, and
 * `start` where it is one of them, a third of the others before it; returns how many. */
int ocsp_norms_choose(const int *epochs, int n, int start, int chosen[OCSP_NORMS_PANELS]);

#endif
