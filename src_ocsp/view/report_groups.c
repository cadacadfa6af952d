/* Which channels belong together, how many of them stayed, and which could not go. */
#include "view/html.h"
#include "view/layer_pair.h"
#include "view/numbers.h"
#include "view/report_parts.h"

/* How many of a table's rows, or columns, are this group's, and how many are another's.
 */
static void count_owners(const struct ocsp_coupling *c, const int *channel, int n,
                         int group, int *own, int *others)
{
    *own = *others = 0;
    for (int k = 0; k < n; k++)
        if (channel[k] >= 0 && c->group_of[channel[k]] == group)
            ++*own;
        else if (channel[k] >= 0)
            ++*others;
}

/* The channels that the group kept, by a layer of the net after that has no channels of
 * other groups in the same place; −1: there is none, or the nets do not fit. */
static int channels_kept(const struct ocsp_report *r, int group)
{
    const struct ocsp_group *g = &r->coupling->groups[group];
    const struct ocsp_graph *after = r->after.graph;

    for (int k = 0; after && k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        const struct ocsp_coupled_table *t = &r->coupling->tables[m->table];
        const bool rows = m->side == OCSP_OUT;
        const int n = rows ? t->rows : t->cols;
        int own, others;
        count_owners(r->coupling, rows ? t->row : t->col, n, group, &own, &others);
        if (others > 0 || m->slices <= 0 || t->index >= after->layers[m->layer].n_tables)
            continue;
        const struct ocsp_table *now = &after->layers[m->layer].tables[t->index];
        const int left = (rows ? now->rows : now->cols) - (n - own);
        if (left >= 0 && left % m->slices == 0 && left / m->slices <= g->channels)
            return left / m->slices;
    }
    return -1;
}

static void write_members(FILE *out, const struct ocsp_group *g)
{
    for (int k = 0; k < g->n_members; k++) {
        const struct ocsp_member *m = &g->members[k];
        ocsp_html(out, "%s%d%s", k > 0 ? " " : "", m->layer,
                  m->part == OCSP_BN_SCALE ? ".bn"
                  : m->side == OCSP_IN     ? ".in"
                                           : ".out");
    }
}

static void write_group(FILE *out, const struct ocsp_report *r, int group, bool fits)
{
    const struct ocsp_group *g = &r->coupling->groups[group];
    const int kept = fits ? channels_kept(r, group) : -1;

    ocsp_html(out, "<tr><th scope=\"row\" data-v=\"%d\">%d</th><td data-v=\"%d\">%d</td>",
              group + 1, group + 1, g->channels, g->channels);
    if (kept >= 0) {
        const double percent = 100.0 * kept / g->channels;
        ocsp_html(out, "<td data-v=\"%d\">%d</td>", kept, kept);
        fprintf(out,
                "<td data-v=\"%.6g\">%.1f %%</td><td class=\"bar\" data-v=\"%.6g\"><span "
                "class=\"was\" style=\"width:100%%\"></span><span class=\"now\" "
                "style=\"width:%.2f%%\"></span></td>",
                percent, percent, percent, percent);
    } else {
        fputs("<td data-v=\"-1\">–</td><td data-v=\"-1\">–</td><td data-v=\"-1\"></td>",
              out);
    }
    fputs("<td class=\"text\"><code>", out);
    write_members(out, g);
    fputs("</code></td></tr>\n", out);
}

static void write_frozen(FILE *out, const struct ocsp_coupling *c)
{
    fputs("<h3>Frozen channels</h3>\n", out);
    if (c->n_frozen == 0) {
        fputs("<p>None: every channel could go.</p>\n", out);
        return;
    }
    fputs(
        "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Frozen "
        "channels\">\n<table class=\"sort\">\n<thead><tr><th scope=\"col\">Layer</th><th "
        "scope=\"col\">Frozen</th><th scope=\"col\">Reason</th></tr></thead>\n<tbody>\n",
        out);
    for (int f = 0; f < c->n_frozen; f++) {
        const struct ocsp_frozen *frozen = &c->frozen[f];
        ocsp_html(out,
                  "<tr><th scope=\"row\" data-v=\"%d\">%d</th><td data-v=\"%d\">%d of "
                  "%d</td><td class=\"text\">%s</td></tr>\n",
                  frozen->layer, frozen->layer, frozen->channels, frozen->channels,
                  c->tables[frozen->layer].rows, frozen->reason);
    }
    fputs("</tbody>\n</table>\n</div>\n", out);
}

void ocsp_report_groups(FILE *out, const struct ocsp_report *r,
                        const struct ocsp_report_lint *lint)
{
    const struct ocsp_graph *before = r->before.graph, *after = r->after.graph;
    const bool fits = after && before->n_layers == after->n_layers &&
                      ocsp_common_layers(before, after) == after->n_layers;
    (void)lint;

    ocsp_html(
        out,
        "<p class=\"hint\">"
        "Channels of one group are coupled: they stay or go together in all these "
        "places. %d groups have %d channels. A place is a layer's filters "
        "(<code>3.out</code>), its scales of batch normalization (<code>3.bn</code>) "
        "or its inputs (<code>3.in</code>).</p>\n",
        r->coupling->n_groups, r->coupling->n_channels);
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Groups\">\n"
          "<table class=\"numbers sort\">\n<thead><tr><th scope=\"col\">Group</th><th "
          "scope=\"col\">Channels</th><th scope=\"col\">Kept</th><th "
          "scope=\"col\">Left</th>"
          "<th scope=\"col\" class=\"left\">Share</th><th scope=\"col\" "
          "class=\"text\">Places</th></tr>"
          "</thead>\n<tbody>\n",
          out);
    for (int g = 0; g < r->coupling->n_groups; g++)
        write_group(out, r, g, fits);
    fputs("</tbody>\n</table>\n</div>\n", out);
    write_frozen(out, r->coupling);
}
