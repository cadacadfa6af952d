#include "view/plot_page.h"

#include <math.h>
#include <string.h>

#include "view/gnuplot_text.h"

#define LETTERS_OF_A_NAME 48
#define MOST_TICKS 12
#define MOST_LOG_TICKS 8
#define MOST_POINTS 30

/* The first digits of a logarithmic axis' ticks. */
static const int digits[] = {1, 2, 5};
enum { N_DIGITS = sizeof digits / sizeof *digits };

/* A number with three digits and k, M or G. */
static void put_count(FILE *out, uint64_t count)
{
    static const char *const units[] = {"", " k", " M", " G", " T"};
    double value = (double)count;
    size_t k = 0;

    for (; value >= 999.5 && k + 1 < sizeof units / sizeof *units; k++)
        value /= 1000;
    fprintf(out, "%.3g%s", value, units[k]);
}

static void put_epoch(FILE *out, const char *name, int epoch, const char *otherwise)
{
    if (epoch >= 0)
        fprintf(out, "%s = epoch %d", name, epoch);
    else
        fprintf(out, "%s: %s", name, otherwise);
}

/* What the run came to, for the second line of a title. */
static void put_facts(FILE *out, const struct ocsp_cycle *c)
{
    if (c->settings.budget.share > 0) {
        put_epoch(out, "t_sl-start", c->start_epoch,
                  c->phase == OCSP_PRUNED ? "none" : "not yet");
        put_epoch(out, ",  t*", c->prune_epoch, "not yet");
        fputs(",  ", out);
    }
    fputs("MACs ", out);
    put_count(out, c->plan.macs_before);
    if (c->plan.n_removed > 0) {
        fputs(" → ", out);
        put_count(out, c->plan.macs_after);
        fprintf(out, " (%.1f %% fewer)",
                100 * (1 - (double)c->plan.macs_after / (double)c->plan.macs_before));
        if (c->phase != OCSP_PRUNED)
            fputs(" in the sub-network selected now", out);
    }
}

void ocsp_page_begin(const struct ocsp_page *page, const char *picture, const char *what,
                     int width, int height)
{
    FILE *out = page->out;

    fprintf(
        out,
        "\n# --- %s ---\n"
        "do for [format in \"svg png\"] {\n"
        "reset\nset encoding utf8\nset datafile separator comma\n"
        "if (format eq \"svg\") {\n"
        "    set terminal svg size %d,%d dynamic name \"%s\" background rgb \"white\" "
        "font \"sans-serif,14\" noenhanced\n"
        "} else { if (cairo) {\n"
        "    set terminal pngcairo size %d,%d background rgb \"white\" font "
        "\"sans,11\" noenhanced\n"
        "} else {\n"
        "    set terminal png size %d,%d font \"sans,11\" noenhanced\n"
        "} }\n"
        "set output base . \"_ocsp_%s.\" . format\n",
        picture, width, height, picture, width, height, width, height, picture);
    fputs("set label 1 \"", out);
    ocsp_gnuplot_caption(out, page->source->base, LETTERS_OF_A_NAME);
    fprintf(out, ": %s\\n", what);
    put_facts(out, page->source->cycle);
    fprintf(out,
            "\" at screen 0.5, screen %.4f center\n"
            "set border lc rgb '#404040'\n"
            "set grid lc rgb '#D0D0D0' lt 1 lw 0.5\n"
            "set tics nomirror\n",
            1 - 20. / height);
}

void ocsp_page_end(const struct ocsp_page *page)
{
    fputs("set output\n}\n", page->out);
}

void ocsp_range_add(struct ocsp_range *range, const struct ocsp_csv_table *csv,
                    int column)
{
    for (int row = 0; row < csv->rows; row++) {
        const double value = ocsp_csv_table_number(csv, row, column);
        if (!isfinite(value))
            continue;
        range->low = fmin(range->low, value); /* of a number and a NaN: the number */
        range->high = fmax(range->high, value);
    }
}

/* How many powers of ten, times the first digits, are from low to high. */
static int count_ticks(double low, double high, int n_digits)
{
    int n = 0;

    for (int power = (int)floor(log10(low)); power <= ceil(log10(high)); power++)
        for (int k = 0; k < n_digits; k++) {
            const double tick = digits[k] * pow(10, power);
            n += tick >= low && tick <= high;
        }
    return n;
}

void ocsp_page_log_ticks(const struct ocsp_page *page, const char *axis, double low,
                         double high, int most)
{
    const int n_digits = count_ticks(low, high, N_DIGITS) <= most ? N_DIGITS : 1;
    const int every = 1 + (count_ticks(low, high, 1) - 1) / most;
    int n = 0;

    fprintf(page->out, "set %stics (", axis);
    for (int power = (int)floor(log10(low)); power <= ceil(log10(high)); power++)
        for (int k = 0; k < n_digits; k++) {
            const double tick = digits[k] * pow(10, power);
            if (power % every == 0 && tick >= low && tick <= high)
                fprintf(page->out, "%s\"%g\" %.9g", n++ > 0 ? ", " : "", tick, tick);
        }
    if (n == 0)
        fprintf(page->out, "\"%.3g\" %.9g", sqrt(low * high), sqrt(low * high));
    fputs(")\n", page->out);
}

void ocsp_page_range(const struct ocsp_page *page, const char *axis,
                     struct ocsp_range range, double share, bool logarithmic)
{
    double low = logarithmic ? log10(range.low) : range.low;
    double high = logarithmic ? log10(range.high) : range.high;
    double margin = share * (high - low);

    if (margin < 1e-4 * fmax(fabs(low), fabs(high)) || margin <= 0)
        margin = logarithmic ? 0.3 : fmax(0.05 * fabs(high), 1e-6);
    /* what is never negative has no place below 0 */
    low = !logarithmic && low >= 0 ? fmax(low - margin, 0) : low - margin;
    high += margin;
    if (logarithmic) {
        low = pow(10, low);
        high = pow(10, high);
        ocsp_page_log_ticks(page, axis, low, high, MOST_LOG_TICKS);
    } else {
        fprintf(page->out, "set %stics autofreq\n", axis);
    }
    fprintf(page->out, "set %srange [%.9g:%.9g]\n", axis, low, high);
}

/* Beyond the first and the last epoch. */
static double margin_of(int first, int last)
{
    return fmax(0.5, 0.01 * (last - first));
}

double ocsp_page_first(int first, int last)
{
    return first - margin_of(first, last);
}

double ocsp_page_last(int first, int last)
{
    return last + margin_of(first, last);
}

void ocsp_page_epochs(const struct ocsp_page *page, int first, int last)
{
    int step = 1;

    for (int k = 0; (last - first) / step > MOST_TICKS; k++) {
        step = digits[k % N_DIGITS];
        for (int tens = k / N_DIGITS; tens > 0; tens--)
            step *= 10;
    }
    fprintf(page->out,
            "set xrange [%g:%g]\n"
            "set xtics %d\n",
            ocsp_page_first(first, last), ocsp_page_last(first, last), step);
}

int ocsp_page_every(int n)
{
    return 1 + (n - 1) / MOST_POINTS;
}

#define START_LINE "dt 4 lw 2 lc rgb " OCSP_GREEN
#define PRUNE_LINE "dt 1 lw 2 lc rgb 'black'"

static void put_mark(FILE *out, int epoch, const char *line)
{
    if (epoch >= 0)
        fprintf(out, "set arrow from first %d, graph 0 to first %d, graph 1 nohead %s\n",
                epoch, epoch, line);
}

void ocsp_page_marks(const struct ocsp_page *page)
{
    put_mark(page->out, page->source->cycle->start_epoch, START_LINE);
    put_mark(page->out, page->source->cycle->prune_epoch, PRUNE_LINE);
}

static void put_mark_key(FILE *out, const char *name, int epoch, const char *line)
{
    if (epoch >= 0)
        fprintf(out, "    NaN with lines %s title \"%s\", \\\n", line, name);
}

void ocsp_page_marks_key(const struct ocsp_page *page)
{
    put_mark_key(page->out, "t_sl-start", page->source->cycle->start_epoch, START_LINE);
    put_mark_key(page->out, "t*", page->source->cycle->prune_epoch, PRUNE_LINE);
}
