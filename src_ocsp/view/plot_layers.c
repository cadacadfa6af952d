#include "view/plot_layers.h"

#define MOST_TICKS 30

/* Of layers with weights whose rows are channels of their output. */
static bool has_filters(const struct ocsp_coupling *coupling, int i)
{
    const struct ocsp_layer *l = &coupling->graph->layers[i];

    return l->n_tables > 0 && l->tables[0].row_axis == OCSP_OUTPUT_CHANNELS &&
           l->tables[0].cols > 0;
}

static int count_layers(const struct ocsp_coupling *coupling)
{
    int n = 0;

    for (int i = 0; i < coupling->graph->n_layers; i++)
        n += has_filters(coupling, i);
    return n;
}

bool ocsp_has_layers(const struct ocsp_page *page)
{
    const struct ocsp_cycle *c = page->source->cycle;

    return c->plan.n_removed > 0 && count_layers(c->coupling) > 0;
}

/* Position, number in the cfg, filters that stay and that go, of each layer; its name is
 * for readers of the file. */
static void put_data(const struct ocsp_page *page)
{
    const struct ocsp_cycle *c = page->source->cycle;
    int position = 0;

    fputs("\n# position, layer, type, kept and pruned filters\n$layers << END\n",
          page->out);
    for (int i = 0; i < c->coupling->graph->n_layers; i++) {
        if (!has_filters(c->coupling, i))
            continue;
        const struct ocsp_coupled_table *t = &c->coupling->tables[i];
        const int kept = ocsp_plan_count_kept(&c->plan, t->row, t->rows);
        fprintf(page->out, "%d,%d,%s,%d,%d\n", ++position, i,
                c->coupling->graph->layers[i].name, kept, t->rows - kept);
    }
    fputs("END\n", page->out);
}

/* The layers' numbers below the bars, as many as have room. */
static void put_ticks(const struct ocsp_page *page)
{
    const struct ocsp_coupling *coupling = page->source->cycle->coupling;
    const int every = 1 + (count_layers(coupling) - 1) / MOST_TICKS;
    int position = 0;

    fputs("set xtics (", page->out);
    for (int i = 0; i < coupling->graph->n_layers; i++) {
        if (!has_filters(coupling, i))
            continue;
        if (position % every == 0)
            fprintf(page->out, "%s\"%d\" %d", position > 0 ? ", " : "", i, position + 1);
        position++;
    }
    fputs(") scale 0.5\n", page->out);
}

static int most_filters(const struct ocsp_coupling *coupling)
{
    int most = 1;

    for (int i = 0; i < coupling->graph->n_layers; i++)
        if (has_filters(coupling, i) && coupling->tables[i].rows > most)
            most = coupling->tables[i].rows;
    return most;
}

void ocsp_plot_layers(const struct ocsp_page *page, const char *picture)
{
    const struct ocsp_cycle *c = page->source->cycle;
    const char *const gone = c->phase == OCSP_PRUNED ? "pruned" : "selected to be pruned";

    put_data(page);
    ocsp_page_begin(page, picture,
                    c->phase == OCSP_PRUNED
                        ? "filters that stayed"
                        : "filters in the sub-network that is selected now",
                    1200, 560);
    fprintf(page->out,
            "set tmargin at screen 0.845\n"
            "set bmargin at screen 0.12\n"
            "set lmargin at screen 0.09\n"
            "set rmargin at screen 0.98\n"
            "set key at screen 0.5, screen 0.885 center center horizontal maxrows 1 "
            "samplen 3 width -1\n"
            "set grid noxtics\n"
            "set xrange [0.3:%.1f]\n"
            "set yrange [0:%.1f]\n"
            "set boxwidth 0.75\n"
            "set xlabel \"layer, by its number in the cfg\"\n"
            "set ylabel \"filters\" offset 1,0\n",
            count_layers(c->coupling) + 0.7, 1.05 * most_filters(c->coupling));
    put_ticks(page);
    fprintf(page->out,
            "plot $layers using 1:($4 + $5) with boxes fillstyle pattern 2 border lc "
            "rgb " OCSP_VERMILLION " fillcolor rgb " OCSP_VERMILLION " title \"%s\", \\\n"
            "    $layers using 1:4 with boxes fillstyle solid 1 border lc rgb '#2F6C93' "
            "fillcolor "
            "rgb " OCSP_SKY " title \"kept\"\n",
            gone);
    ocsp_page_end(page);
}
