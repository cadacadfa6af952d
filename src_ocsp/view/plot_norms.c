#include "view/plot_norms.h"

#include <math.h>
#include <stdlib.h>

enum { COLUMNS = 3 };
#define BINS_PER_DECADE 20
#define MOST_TICKS 6
#define LEAST_SPACE 0.16 /* between ticks of counts, of the axis */

bool ocsp_has_norms(const struct ocsp_page *page)
{
    return page->n_shown > 0;
}

/* Adds `count` of the epochs from `first` to `last`, evenly spread, both among them where
 * it is more than one. */
static int spread(const int *epochs, int first, int last, int count, int *chosen)
{
    int n = 0;

    for (int k = 0; k < count; k++) {
        const int at =
            count > 1 ? first + (int)((int64_t)k * (last - first) / (count - 1)) : last;
        if (n == 0 || chosen[n - 1] < epochs[at])
            chosen[n++] = epochs[at];
    }
    return n;
}

int ocsp_norms_choose(const int *epochs, int n, int start, int chosen[OCSP_NORMS_PANELS])
{
    const int third = OCSP_NORMS_PANELS / 3;
    int at = 0;

    while (at < n && epochs[at] != start)
        at++;
    if (n <= OCSP_NORMS_PANELS)
        return spread(epochs, 0, n - 1, n, chosen);
    if (at == n || at == 0 || at == n - 1)
        return spread(epochs, 0, n - 1, OCSP_NORMS_PANELS, chosen);
    /* what one side does not need, the other gets */
    int before = at + 1 < third ? at + 1 : third;
    if (n - 1 - at < OCSP_NORMS_PANELS - before)
        before = OCSP_NORMS_PANELS - (n - 1 - at);
    const int done = spread(epochs, 0, at, before, chosen);
    const int after = OCSP_NORMS_PANELS - done;
    return done + spread(&epochs[at + 1], n - at - 1 > after ? (n - at - 2) / after : 0,
                         n - at - 2, after, &chosen[done]);
}

/* --- the record's rows --- */

struct bin {
    int epoch;
    double from, to;
    int selected, kept;
};

static int whole(const struct ocsp_page *page, int row, int column)
{
    const double value = ocsp_csv_table_number(&page->norms, row, column);

    return value >= 0 && value < 1e9 ? (int)value : 0;
}

static struct bin bin_of(const struct ocsp_page *page, int row)
{
    return (struct bin){whole(page, row, 0), ocsp_csv_table_number(&page->norms, row, 1),
                        ocsp_csv_table_number(&page->norms, row, 2), whole(page, row, 3),
                        whole(page, row, 4)};
}

enum ocsp_status ocsp_norms_epochs(struct ocsp_page *page, struct ocsp_error *err)
{
    int *epochs = malloc((size_t)(page->norms.rows + 1) * sizeof *epochs), n = 0;

    if (!epochs)
        return ocsp_fail_memory(err);
    for (int row = 0; row < page->norms.rows; row++) {
        const int epoch = bin_of(page, row).epoch;
        if (n == 0 || epochs[n - 1] < epoch)
            epochs[n++] = epoch;
    }
    page->n_shown = n > 0 ? ocsp_norms_choose(epochs, n, page->source->cycle->start_epoch,
                                              page->shown)
                          : 0;
    free(epochs);
    return OCSP_OK;
}

/* Writes the rows of the epochs, an index each, and finds what the axes must hold. */
static void put_data(const struct ocsp_page *page, const int *chosen, int n,
                     struct ocsp_range *norms, struct ocsp_range *counts, bool *has_zero)
{
    fputs("\n# of <base>_ocsp_norms.csv: epoch, norm from, to, selected, kept channels\n"
          "$norms << END\n",
          page->out);
    for (int row = 0, k = 0; row < page->norms.rows; row++) {
        const struct bin b = bin_of(page, row);
        while (k < n && chosen[k] < b.epoch)
            k++, fputs("\n\n", page->out);
        if (k == n || chosen[k] != b.epoch)
            continue;
        for (int column = 0; column < 5; column++)
            fprintf(page->out, "%s%s", column > 0 ? "," : "",
                    ocsp_csv_table_text(&page->norms, row, column));
        putc('\n', page->out);
        counts->high = fmax(counts->high, b.selected + b.kept);
        if (b.from <= 0)
            *has_zero = true;
        else if (isfinite(b.from) && isfinite(b.to)) {
            norms->low = fmin(norms->low, b.from);
            norms->high = fmax(norms->high, b.to);
        }
    }
    fputs("END\n", page->out);
}

/* The axis of counts, by their square roots: the selected channels are few, and soon far
 * apart. Its ticks are 1, 2 or 5 times a power of ten. */
static void put_counts(FILE *out, double most)
{
    double above = 2 * sqrt(most); /* where the next tick is, by the root */

    fprintf(out,
            "set nonlinear y via sqrt(y) inverse y*y\nset yrange [0:%.9g]\nset ytics (0",
            1.1 * most);
    for (double power = pow(10, floor(log10(most))); power >= 1; power /= 10)
        for (int digit = 5; digit > 0; digit /= 2) {
            const double tick = digit * power, root = sqrt(tick);
            if (tick > most || above - root < LEAST_SPACE * sqrt(most) ||
                root < LEAST_SPACE * sqrt(most))
                continue;
            fprintf(out, ", %g", tick);
            above = root;
        }
    fputs(")\n", out);
}

static void put_axes(const struct ocsp_page *page, struct ocsp_range norms,
                     struct ocsp_range counts, bool has_zero)
{
    const double bin = pow(10, 1. / BINS_PER_DECADE);
    FILE *out = page->out;

    if (isnan(norms.low)) /* all of them are 0 */
        norms = (struct ocsp_range){1e-6, 1e-5};
    put_counts(out, counts.high);
    fputs("set logscale x\n", out);
    ocsp_page_log_ticks(page, "x", norms.low, norms.high, MOST_TICKS);
    /* the bin of 0 gets a place at the left */
    fprintf(out,
            "zero = %.9g\nlow(x) = x > 0 ? x : zero\nhigh(from, to) = from > 0 ? to : "
            "zero * %.9g\n",
            norms.low / pow(bin, 4), pow(bin, 2));
    fprintf(out, "set xrange [%.9g:%.9g]\n", norms.low / pow(bin, has_zero ? 5 : 1),
            norms.high * bin);
    if (has_zero)
        fprintf(out, "set xtics add (\"0\" zero * %.9g)\n", bin);
}

static void put_panel(const struct ocsp_page *page, int epoch, int k, int n)
{
    const struct ocsp_cycle *c = page->source->cycle;
    FILE *out = page->out;

    fprintf(out, "set title \"epoch %d%s\" offset 0,-0.7\n", epoch,
            epoch == c->prune_epoch   ? " = t*"
            : epoch == c->start_epoch ? " = t_sl-start"
                                      : "");
    fprintf(out, "set xlabel \"%s\" offset 0,0.4\nset ylabel \"%s\" offset 1,0\n",
            k + COLUMNS >= n ? "group norm ||w||, log" : "",
            k % COLUMNS == 0 ? "channels, by square root" : "");
    fputs(k == 0 ? "" : "unset key\n", out);
    fprintf(out,
            "plot $norms index %d using (low($2)):($5 > 0 ? $5 : "
            "NaN):(low($2)):(high($2, $3)):(0):5 with "
            "boxxyerror "
            "fillstyle solid 1 border lc rgb '#2F6C93' fillcolor rgb " OCSP_SKY
            " title \"kept\", \\\n"
            "    $norms index %d using (low($2)):($4 > 0 ? $5 + $4 : "
            "NaN):(low($2)):(high($2, "
            "$3)):5:($5 + $4) with "
            "boxxyerror fillstyle pattern 2 border lc rgb " OCSP_VERMILLION
            " fillcolor rgb " OCSP_VERMILLION " title \"selected\"\n",
            k, k);
}

void ocsp_plot_norms(const struct ocsp_page *page, const char *picture)
{
    struct ocsp_range norms = {NAN, NAN}, counts = {0, 1};
    const int *const chosen = page->shown, n = page->n_shown;
    bool has_zero = false;

    const int columns = n < COLUMNS ? n : COLUMNS, rows = (n + columns - 1) / columns;
    const int height = 150 + 230 * rows;
    put_data(page, chosen, n, &norms, &counts, &has_zero);
    ocsp_page_begin(page, picture, "norms of the coupled channels, selected against kept",
                    1200, height);
    fprintf(
        page->out,
        "set multiplot layout %d,%d margins screen 0.075,0.985,%.4f,%.4f spacing screen "
        "0.05,%.4f\n"
        "set key at screen 0.5, screen %.4f center center horizontal maxrows 1 samplen 3 "
        "width -1\n",
        rows, columns, 65. / height, 1 - 110. / height, 60. / height, 1 - 66. / height);
    put_axes(page, norms, counts, has_zero);
    for (int k = 0; k < n; k++) {
        put_panel(page, chosen[k], k, n);
        fputs(k == 0 ? "unset label 1\n" : "", page->out);
    }
    fputs("unset multiplot\n", page->out);
    ocsp_page_end(page);
}
