/* What the pictures share: the pages that they are drawn on, axes, titles, marks. The
 * functions write commands of gnuplot's. */
#ifndef OCSP_VIEW_PLOT_PAGE_H
#define OCSP_VIEW_PLOT_PAGE_H

#include <stdio.h>

#include "view/csv_table.h"
#include "view/plots.h"

/* Okabe's and Ito's colours, which colour-blind readers can tell from each other. Lines
 * have a dash type each, and areas a pattern, for those who print in grey. */
#define OCSP_BLUE "'#0072B2'"
#define OCSP_SKY "'#56B4E9'"
#define OCSP_VERMILLION "'#D55E00'"
#define OCSP_GREEN "'#009E73'"

enum { OCSP_NORMS_PANELS = 9 };

/* A script on its way. */
struct ocsp_page {
    FILE *out;
    const struct ocsp_plots_source *source;
    struct ocsp_csv_table run, norms;      /* norms: no rows where there are none */
    int shown[OCSP_NORMS_PANELS], n_shown; /* epochs of the picture of norms */
};

struct ocsp_range {
    double low, high; /* NaN: no number */
};

/* The commands ahead of a picture of this size; `what` is its title's first part.
 * ocsp_page_end closes it. */
void ocsp_page_begin(const struct ocsp_page *page, const char *picture, const char *what,
                     int width, int height);
void ocsp_page_end(const struct ocsp_page *page);

/* The smallest and the largest number of a column of the run's; widens `range`. */
void ocsp_range_add(struct ocsp_range *range, const struct ocsp_csv_table *csv,
                    int column);
/* Sets an axis ("x", "y") to a range that is never empty, with a margin of `share` of it;
 * `logarithmic`: its numbers are positive. */
void ocsp_page_range(const struct ocsp_page *page, const char *axis,
                     struct ocsp_range range, double share, bool logarithmic);
/* The ticks of a logarithmic axis from low to high: one at least, and about `most` of
 * them. */
void ocsp_page_log_ticks(const struct ocsp_page *page, const char *axis, double low,
                         double high, int most);
/* The x-axis of epochs from first to last, with ticks at whole numbers; and its ends. */
void ocsp_page_epochs(const struct ocsp_page *page, int first, int last);
double ocsp_page_first(int first, int last);
double ocsp_page_last(int first, int last);
/* Every how many of `n` points of a line a mark is drawn. */
int ocsp_page_every(int n);
/* Upright lines at t_sl-start and t*; and, for the key of a plot command, what they are:
 * each entry ends with a comma and a new line. */
void ocsp_page_marks(const struct ocsp_page *page);
void ocsp_page_marks_key(const struct ocsp_page *page);

#endif
