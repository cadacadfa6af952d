/* Two pictures over epochs: of the stability indicator, and of the training. */
#ifndef OCSP_VIEW_PLOT_EPOCHS_H
#define OCSP_VIEW_PLOT_EPOCHS_H

#include <stdbool.h>

#include "view/plot_page.h"

/* J, its mean, and the line 1 − ε that the mean must reach. */
bool ocsp_has_stability(const struct ocsp_page *page);
void ocsp_plot_stability(const struct ocsp_page *page, const char *picture);

/* Loss, accuracy where the run measured it, and learning rate, one above the other;
 * behind them the phases. */
bool ocsp_has_training(const struct ocsp_page *page);
void ocsp_plot_training(const struct ocsp_page *page, const char *picture);

#endif
