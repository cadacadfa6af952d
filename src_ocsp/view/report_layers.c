/* A row for each layer that has weights or computes. */
#include <inttypes.h>

#include "layers/macs.h"
#include "view/html.h"
#include "view/layer_pair.h"
#include "view/numbers.h"
#include "view/report_parts.h"

static void write_count(FILE *out, const uint64_t *n)
{
    char text[OCSP_SHORT_COUNT], exact[OCSP_NUMBER];

    if (!n) {
        fputs("<td data-v=\"-1\">–</td>", out);
        return;
    }
    fprintf(out, "<td data-v=\"%" PRIu64 "\"", *n);
    ocsp_html(out, " title=\"%s\">%s</td>", ocsp_long_count(exact, *n),
              ocsp_short_count(text, *n));
}

static void write_int(FILE *out, const int *n)
{
    if (n)
        ocsp_html(out, "<td data-v=\"%d\">%d</td>", *n, *n);
    else
        fputs("<td data-v=\"-1\">–</td>", out);
}

static void write_left(FILE *out, uint64_t before, uint64_t after)
{
    const double percent = ocsp_percent_left(before, after);

    fprintf(out, "<td data-v=\"%.6g\">%.1f %%</td>", percent, percent);
}

/* MACs before and after, as shares of the layer that has most. */
static void write_bar(FILE *out, uint64_t before, uint64_t after, uint64_t most)
{
    const double scale = most > 0 ? 100.0 / (double)most : 0;

    fprintf(out,
            "<td class=\"bar\" data-v=\"%" PRIu64 "\"><span class=\"was\" "
            "style=\"width:%.2f%%\"></span><span class=\"now\" "
            "style=\"width:%.2f%%\"></span></td>",
            before, scale * (double)before, scale * (double)after);
}

/* Layer i of both nets, or of one: the other is NULL. */
static void write_row(FILE *out, int i, const struct ocsp_layer *before,
                      const struct ocsp_layer *after, uint64_t most)
{
    const struct ocsp_layer_counts none = {0};
    const struct ocsp_layer_counts b = before ? ocsp_layer_counts(before) : none;
    const struct ocsp_layer_counts a = after ? ocsp_layer_counts(after) : none;

    ocsp_html(out, "<tr><th scope=\"row\" data-v=\"%d\">%d</th><td>%s</td>", i, i,
              (before ? before : after)->name);
    write_bar(out, b.macs, a.macs, most);
    write_int(out, before ? &b.filters : NULL);
    write_int(out, after ? &a.filters : NULL);
    write_int(out, before ? &b.inputs : NULL);
    write_int(out, after ? &a.inputs : NULL);
    write_count(out, before ? &b.macs : NULL);
    write_count(out, after ? &a.macs : NULL);
    write_left(out, b.macs, after || !before ? a.macs : b.macs);
    write_count(out, before ? &b.parameters : NULL);
    write_count(out, after ? &a.parameters : NULL);
    write_left(out, b.parameters, after || !before ? a.parameters : b.parameters);
    fputs("</tr>\n", out);
}

static uint64_t most_macs(const struct ocsp_graph *graph)
{
    uint64_t most = 0;

    for (int i = 0; graph && i < graph->n_layers; i++) {
        const uint64_t macs = ocsp_layer_macs(&graph->layers[i]);
        most = macs > most ? macs : most;
    }
    return most;
}

static void write_head(FILE *out)
{
    static const char *const groups[] = {"Filters", "Inputs", "MACs", "Parameters"};

    fputs("<thead>\n<tr><td colspan=\"3\"></td>", out);
    for (int k = 0; k < 4; k++)
        ocsp_html(out, "<th scope=\"colgroup\" colspan=\"%d\">%s</th>", k < 2 ? 2 : 3,
                  groups[k]);
    fputs("</tr>\n<tr><th scope=\"col\">Layer</th><th scope=\"col\">Type</th><th "
          "scope=\"col\" class=\"left\">MACs, to scale</th>",
          out);
    for (int k = 0; k < 4; k++)
        fputs(k < 2 ? "<th scope=\"col\">before</th><th scope=\"col\">after</th>"
                    : "<th scope=\"col\">before</th><th scope=\"col\">after</th>"
                      "<th scope=\"col\">left</th>",
              out);
    fputs("</tr>\n</thead>\n", out);
}

static void write_foot(FILE *out, const struct ocsp_report *r)
{
    const struct ocsp_graph *graphs[] = {r->before.graph, r->after.graph};
    uint64_t macs[2] = {0}, parameters[2] = {0};

    for (int k = 0; k < 2 && graphs[k]; k++) {
        macs[k] = ocsp_graph_macs(graphs[k]);
        parameters[k] = ocsp_graph_parameters(graphs[k]);
    }
    fputs("<tfoot><tr><th scope=\"row\" colspan=\"7\">All layers</th>", out);
    write_count(out, &macs[0]);
    write_count(out, graphs[1] ? &macs[1] : NULL);
    write_left(out, macs[0], graphs[1] ? macs[1] : macs[0]);
    write_count(out, &parameters[0]);
    write_count(out, graphs[1] ? &parameters[1] : NULL);
    write_left(out, parameters[0], graphs[1] ? parameters[1] : parameters[0]);
    fputs("</tr></tfoot>\n", out);
}

static void write_rest(FILE *out, const struct ocsp_graph *graph, int from, bool is_after,
                       uint64_t most)
{
    for (int i = from; graph && i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        if (ocsp_layer_is_shown(l))
            write_row(out, i, is_after ? NULL : l, is_after ? l : NULL, most);
    }
}

static void write_rows(FILE *out, const struct ocsp_report *r, int common)
{
    const struct ocsp_graph *before = r->before.graph, *after = r->after.graph;
    const uint64_t first = most_macs(before), second = most_macs(after);
    const uint64_t most = first > second ? first : second;

    for (int i = 0; i < common; i++)
        if (ocsp_layer_is_shown(&before->layers[i]) ||
            ocsp_layer_is_shown(&after->layers[i]))
            write_row(out, i, &before->layers[i], &after->layers[i], most);
    write_rest(out, before, common, false, most);
    write_rest(out, after, common, true, most);
}

void ocsp_report_layers(FILE *out, const struct ocsp_report *r,
                        const struct ocsp_report_lint *lint)
{
    const struct ocsp_graph *before = r->before.graph, *after = r->after.graph;
    const int common = after ? ocsp_common_layers(before, after) : 0;
    (void)lint;

    if (after && (common < before->n_layers || common < after->n_layers))
        ocsp_html(
            out,
            "<p class=\"hint\">The nets part at layer %d; behind it come the rest of "
            "the one and the rest of the other.</p>\n",
            common);
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Layers\">\n"
          "<table class=\"numbers sort\">\n",
          out);
    write_head(out);
    fputs("<tbody>\n", out);
    write_rows(out, r, common);
    fputs("</tbody>\n", out);
    write_foot(out, r);
    fputs("</table>\n</div>\n", out);
}
