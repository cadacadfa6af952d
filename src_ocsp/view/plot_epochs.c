#include "view/plot_epochs.h"

#include <math.h>
#include <string.h>

#define WIDTH 1200
/* A loss that falls to less than this share of its start is drawn by its logarithm. */
#define LOGARITHM_BELOW 0.05

static struct ocsp_range range_of(const struct ocsp_page *page, const char *name)
{
    struct ocsp_range range = {NAN, NAN};

    ocsp_range_add(&range, &page->run, ocsp_csv_table_column(&page->run, name));
    return range;
}

static int epoch_of(const struct ocsp_page *page, int row)
{
    const double epoch = ocsp_csv_table_number(
        &page->run, row, ocsp_csv_table_column(&page->run, "epoch"));

    return epoch >= 0 && epoch < INT32_MAX ? (int)epoch : 0;
}

/* --- stability --- */

bool ocsp_has_stability(const struct ocsp_page *page)
{
    return !isnan(range_of(page, "J").low);
}

/* From the first to the last row with a J. */
static void set_epochs_of_j(const struct ocsp_page *page, int *points)
{
    const int column = ocsp_csv_table_column(&page->run, "J");
    int first = -1, last = -1;

    for (int row = 0; row < page->run.rows; row++) {
        if (isnan(ocsp_csv_table_number(&page->run, row, column)))
            continue;
        first = first < 0 ? row : first;
        last = row;
    }
    *points = last - first + 1;
    const int start = page->source->cycle->start_epoch;
    const int from = epoch_of(page, first);
    ocsp_page_epochs(page, start >= 0 && start < from ? start : from,
                     epoch_of(page, last));
}

void ocsp_plot_stability(const struct ocsp_page *page, const char *picture)
{
    const double epsilon = page->source->cycle->settings.epsilon;
    struct ocsp_range range = range_of(page, "J");
    int points;

    ocsp_range_add(&range, &page->run, ocsp_csv_table_column(&page->run, "mean_J"));
    range.low = fmin(range.low, 1 - epsilon);
    range.high = 1;
    ocsp_page_begin(page, picture, "is the selected sub-network stable?", WIDTH, 560);
    fputs("set tmargin at screen 0.845\n"
          "set bmargin at screen 0.12\n"
          "set lmargin at screen 0.09\n"
          "set rmargin at screen 0.98\n"
          "set key at screen 0.5, screen 0.885 center center horizontal maxrows 1 "
          "samplen 3 width -1\n"
          "set xlabel \"epoch\"\n"
          "set ylabel \"stability J (1: the same channels as before)\" offset 1,0\n",
          page->out);
    set_epochs_of_j(page, &points);
    ocsp_page_range(page, "y", range, 0.06, false);
    ocsp_page_marks(page);
    fprintf(page->out,
            "plot $run using \"epoch\":\"J\" with linespoints lt 1 lw 1.5 pt 6 ps 0.8 pi "
            "%d lc rgb " OCSP_SKY " title \"J\", \\\n"
            "    $run using \"epoch\":\"mean_J\" with linespoints dt 1 lw 3 pt 7 ps 0.7 "
            "pi %d lc rgb " OCSP_VERMILLION " title \"mean J\", \\\n",
            ocsp_page_every(points), ocsp_page_every(points));
    ocsp_page_marks_key(page);
    fprintf(page->out,
            "    %.9g with lines dt 2 lw 2 lc rgb " OCSP_BLUE " title \"1 − ε = %.6g\"\n",
            1 - epsilon, 1 - epsilon);
    ocsp_page_end(page);
}

/* --- training --- */

/* A panel below the others: one or more columns of the run's CSV. */
struct panel {
    const char *label;
    struct series {
        const char *column, *title, *line;
    } series[2];              /* up to the first without a column */
    bool logarithmic, may_be; /* may_be: logarithmic where it falls far */
};

static const struct panel panels[] = {
    {.label = "loss (mean of the epoch)",
     .series = {{"loss", "loss", "dt 1 lw 2.5 pt 7 ps 0.6 lc rgb " OCSP_BLUE}},
     .may_be = true},
    {.label = "accuracy [%]",
     .series = {{"top1", "top-1", "dt 1 lw 2.5 pt 7 ps 0.8 lc rgb " OCSP_VERMILLION},
                {"topk", "top-k", "dt 2 lw 2 pt 8 ps 0.9 lc rgb " OCSP_SKY}}},
    {.label = "mAP [%]",
     .series = {{"map", "mAP", "dt 1 lw 2.5 pt 5 ps 0.8 lc rgb " OCSP_VERMILLION}}},
    {.label = "learning rate",
     .series = {{"learning_rate", "learning rate",
                 "dt 2 lw 2.5 pt 9 ps 0.7 lc rgb 'black'"}},
     .logarithmic = true},
};
enum { N_PANELS = sizeof panels / sizeof *panels, N_SERIES = 2 };

static struct ocsp_range range_of_panel(const struct ocsp_page *page,
                                        const struct panel *panel)
{
    struct ocsp_range range = {NAN, NAN};

    for (int k = 0; k < N_SERIES && panel->series[k].column; k++)
        ocsp_range_add(&range, &page->run,
                       ocsp_csv_table_column(&page->run, panel->series[k].column));
    if (panel->logarithmic && range.low <= 0)
        range.low = range.high = NAN;
    return range;
}

static int count_panels(const struct ocsp_page *page)
{
    int n = 0;

    for (int k = 0; k < N_PANELS; k++)
        n += !isnan(range_of_panel(page, &panels[k]).low);
    return n;
}

bool ocsp_has_training(const struct ocsp_page *page)
{
    return count_panels(page) > 0;
}

struct phase {
    const char *name, *colour;
    double from, to; /* to < from: it did not come */
};

/* The phases of the run between the x-axis' ends. */
static void find_phases(const struct ocsp_page *page, double first, double last,
                        struct phase phases[3])
{
    const struct ocsp_cycle *c = page->source->cycle;
    const double end = c->prune_epoch >= 0 ? c->prune_epoch : last;
    const double start = c->start_epoch >= 0 ? c->start_epoch : end;

    phases[0] = (struct phase){"dense", "'#FFFFFF'", first, start};
    phases[1] = (struct phase){"sparse", "'#FBE9C6'", start, end};
    phases[2] = (struct phase){"pruned", "'#CFE3F1'", end, last};
}

static void put_phases(const struct ocsp_page *page, const struct phase phases[3])
{
    for (int k = 0; k < 3; k++)
        if (phases[k].to > phases[k].from)
            fprintf(page->out,
                    "set object %d rectangle from first %g, graph 0 to first %g, graph 1 "
                    "behind fillstyle solid noborder fillcolor rgb %s\n",
                    k + 1, phases[k].from, phases[k].to, phases[k].colour);
}

/* Whether series k has nothing to show, or the same as the first: top-k where k is 1. */
static bool is_idle(const struct ocsp_page *page, const struct panel *panel, int k)
{
    const struct ocsp_csv_table *run = &page->run;
    const int column = ocsp_csv_table_column(run, panel->series[k].column);
    const int first = ocsp_csv_table_column(run, panel->series[0].column);
    bool same = k > 0;

    for (int row = 0; row < run->rows && same; row++)
        same = strcmp(ocsp_csv_table_text(run, row, column),
                      ocsp_csv_table_text(run, row, first)) == 0;
    return same || isnan(range_of(page, panel->series[k].column).low);
}

static void put_panel(const struct ocsp_page *page, const struct panel *panel,
                      const struct phase phases[3], bool is_first)
{
    const struct ocsp_range range = range_of_panel(page, panel);
    const bool logarithmic =
        panel->logarithmic ||
        (panel->may_be && range.low > 0 && range.low < LOGARITHM_BELOW * range.high);
    FILE *out = page->out;

    /* gnuplot takes ticks with texts of their own, as ours of a logarithm, for narrow */
    fprintf(out, "%sset logscale y\nset ylabel \"%s%s\" offset %g,0\n",
            logarithmic ? "" : "un", panel->label, logarithmic ? ", log" : "",
            logarithmic ? -0.7 : 1);
    ocsp_page_range(page, "y", range, 0.06, logarithmic);
    fputs("plot \\\n", out);
    for (int k = 0; k < N_SERIES && panel->series[k].column; k++) {
        if (is_idle(page, panel, k))
            continue;
        fprintf(out,
                "    $run using \"epoch\":\"%s\" with linespoints %s pi %d title \"%s\", "
                "\\\n",
                panel->series[k].column, panel->series[k].line,
                ocsp_page_every(page->run.rows), panel->series[k].title);
    }
    for (int k = 0; is_first && k < 3; k++)
        if (phases[k].to > phases[k].from)
            fprintf(
                out,
                "    NaN with boxes fillstyle solid border lc rgb '#404040' fillcolor "
                "rgb %s title \"%s\", \\\n",
                phases[k].colour, phases[k].name);
    if (is_first)
        ocsp_page_marks_key(page);
    fputs("    NaN notitle\n", out);
}

void ocsp_plot_training(const struct ocsp_page *page, const char *picture)
{
    const int n = count_panels(page), height = 130 + 220 * n;
    const int first = epoch_of(page, 0), last = epoch_of(page, page->run.rows - 1);
    struct phase phases[3];

    ocsp_page_begin(page, picture, "loss, accuracy and learning rate", WIDTH, height);
    fprintf(page->out,
            "set multiplot layout %d,1 margins screen 0.09,0.98,%.4f,%.4f spacing screen "
            "0,%.4f\n",
            n, 60. / height, 1 - 85. / height, 14. / height);
    ocsp_page_epochs(page, first, last);
    find_phases(page, ocsp_page_first(first, last), ocsp_page_last(first, last), phases);
    put_phases(page, phases);
    ocsp_page_marks(page);
    for (int k = 0, done = 0; k < N_PANELS; k++) {
        if (isnan(range_of_panel(page, &panels[k]).low))
            continue;
        fputs(done + 1 == n ? "set xlabel \"epoch\" offset 0,0.5\nset format x\n"
                            : "set format x \"\"\n",
              page->out);
        if (done == 0)
            fprintf(page->out,
                    "set key at screen 0.5, screen %.4f center center horizontal maxrows "
                    "1 samplen 3 width -1\n",
                    1 - 66. / height);
        else if (!panels[k].series[1].column)
            fputs("unset key\n", page->out);
        else
            fputs("set key at graph 0.99, graph 0.08 right bottom vertical\n", page->out);
        put_panel(page, &panels[k], phases, done == 0);
        fputs("unset label 1\n", page->out);
        done++;
    }
    fputs("unset multiplot\n", page->out);
    ocsp_page_end(page);
}
