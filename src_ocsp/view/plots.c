#include "view/plots.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "view/gnuplot_text.h"
#include "view/plot_epochs.h"
#include "view/plot_layers.h"
#include "view/plot_norms.h"
#include "view/plot_page.h"

struct picture {
    const char *name;
    /* whether there is something to draw */
    bool (*is_drawn)(const struct ocsp_page *page);
    void (*draw)(const struct ocsp_page *page, const char *picture);
};

static const struct picture pictures[] = {
    {"stability", ocsp_has_stability, ocsp_plot_stability},
    {"norms", ocsp_has_norms, ocsp_plot_norms},
    {"layers", ocsp_has_layers, ocsp_plot_layers},
    {"training", ocsp_has_training, ocsp_plot_training},
};
enum { N_PICTURES = sizeof pictures / sizeof *pictures };

const char *ocsp_plots_picture(int k)
{
    return k < N_PICTURES ? pictures[k].name : NULL;
}

static void put_head(FILE *out, const char *base)
{
    fputs("# The pictures of a training run, with their numbers. ocsp writes this file "
          "anew\n"
          "# while it trains: change a copy of it. It draws into the folder where "
          "gnuplot is\n"
          "# started.\n"
          "base = \"./\" . ", /* no file's name may begin with '|' */
          out);
    ocsp_gnuplot_string(out, base);
    fputs("\ncairo = strstrt(GPVAL_TERMINALS, \"pngcairo\") > 0\n", out);
}

static void write_script(const struct ocsp_page *page)
{
    put_head(page->out, page->source->base);
    fprintf(page->out, "\n# the run's CSV\n$run << END\n%sEND\n",
            page->source->record->csv);
    for (int k = 0; k < N_PICTURES; k++)
        if (pictures[k].is_drawn(page))
            pictures[k].draw(page, pictures[k].name);
}

enum ocsp_status ocsp_plots_script(const struct ocsp_plots_source *source, char **text,
                                   size_t *size, struct ocsp_error *err)
{
    const struct ocsp_record *r = source->record;
    struct ocsp_page page = {.source = source};
    char *script = NULL;
    size_t bytes;
    enum ocsp_status status = ocsp_csv_table_parse(&page.run, r->csv, r->csv_size, err);

    if (!status)
        status = ocsp_csv_table_parse(&page.norms, r->norms ? r->norms : "",
                                      r->norms_size, err);
    if (!status)
        status = ocsp_norms_epochs(&page, err);
    if (!status) {
        page.out = open_memstream(&script, &bytes);
        status = page.out ? OCSP_OK : ocsp_fail_memory(err);
    }
    if (!status) {
        write_script(&page);
        if (fclose(page.out))
            status = ocsp_fail_memory(err);
    }
    ocsp_csv_table_clear(&page.run);
    ocsp_csv_table_clear(&page.norms);
    if (status) {
        free(script);
        return status;
    }
    *text = script;
    *size = bytes;
    return OCSP_OK;
}
