#include "view/compare.h"

#include <string.h>

#include "layers/macs.h"
#include "net/cfg.h"
#include "view/layer_pair.h"

#define BAR_MOST 24
#define BAR_LEAST 8
#define TABLE_COLUMNS 77 /* without the bar */

struct table {
    FILE *out;
    const struct ocsp_terminal *terminal;
    int bar; /* columns; 0: none */
};

enum style { PLAIN, FAINT, STRONG, GREEN, STYLES };

static const char *escape(const struct table *t, enum style style)
{
    static const char *const codes[STYLES] = {"\033[0m", "\033[2m", "\033[1m",
                                              "\033[32m"};

    return t->terminal->colour ? codes[style] : "";
}

/* "before -> after" in 16 columns; what has not changed stands once. */
static void print_change(const struct table *t, const char *before, const char *after)
{
    if (!before || !after)
        fprintf(t->out, " %6s -> %-6s", before ? before : "-", after ? after : "-");
    else if (strcmp(before, after) == 0)
        fprintf(t->out, " %6s%10s", before, "");
    else
        fprintf(t->out, " %6s -> %s%-6s%s", before, escape(t, STRONG), after,
                escape(t, PLAIN));
}

static void print_count(const struct table *t, const uint64_t *before,
                        const uint64_t *after)
{
    char a[OCSP_SHORT_COUNT], b[OCSP_SHORT_COUNT];

    print_change(t, before ? ocsp_short_count(a, *before) : NULL,
                 after ? ocsp_short_count(b, *after) : NULL);
}

static void print_int(const struct table *t, const int *before, const int *after)
{
    char a[16], b[16];

    if (before)
        snprintf(a, sizeof a, "%d", *before);
    if (after)
        snprintf(b, sizeof b, "%d", *after);
    print_change(t, before ? a : NULL, after ? b : NULL);
}

static void print_bar(const struct table *t, double percent)
{
    const double share = percent < 0 ? 0 : percent > 100 ? 1 : percent / 100;
    const int full = (int)(share * t->bar + 0.5);

    fprintf(t->out, " %s", escape(t, GREEN));
    for (int k = 0; k < full; k++)
        fputs(t->terminal->utf8 ? "█" : "#", t->out);
    fputs(escape(t, FAINT), t->out);
    for (int k = full; k < t->bar; k++)
        fputs(t->terminal->utf8 ? "░" : ".", t->out);
    fputs(escape(t, PLAIN), t->out);
}

static void print_left(const struct table *t, double percent)
{
    fprintf(t->out, " %5.1f%%", percent);
    if (t->bar > 0)
        print_bar(t, percent);
}

/* Of layer i of both nets, or of one: the other is NULL then. */
static void print_layer(const struct table *t, int i, const struct ocsp_layer *before,
                        const struct ocsp_layer *after)
{
    const struct ocsp_layer_counts none = {0},
                                   b = before ? ocsp_layer_counts(before) : none;
    const struct ocsp_layer_counts a = after ? ocsp_layer_counts(after) : none;
    const bool same = before && after && memcmp(&a, &b, sizeof a) == 0;

    fprintf(t->out, "%s%4d %-13.13s", same ? escape(t, FAINT) : "", i,
            (before ? before : after)->name);
    print_int(t, before ? &b.filters : NULL, after ? &a.filters : NULL);
    print_count(t, before ? &b.macs : NULL, after ? &a.macs : NULL);
    print_count(t, before ? &b.parameters : NULL, after ? &a.parameters : NULL);
    if (before && after)
        print_left(t, ocsp_percent_left(b.macs, a.macs));
    fprintf(t->out, "%s\n", same ? escape(t, PLAIN) : "");
}

static void print_rest(const struct table *t, const struct ocsp_graph *graph, int from,
                       bool is_after)
{
    for (int i = from; i < graph->n_layers; i++) {
        const struct ocsp_layer *l = &graph->layers[i];
        if (ocsp_layer_is_shown(l))
            print_layer(t, i, is_after ? NULL : l, is_after ? l : NULL);
    }
}

/* "layer 3 [shortcut] (net.cfg:29)", or that the net ends there. */
static void print_place(FILE *out, const struct ocsp_graph *graph, int i)
{
    if (i < graph->n_layers)
        fprintf(out, "[%s] (%s:%d)", graph->layers[i].name, ocsp_cfg_name(graph->cfg),
                graph->layers[i].line);
    else
        fprintf(out, "the end of %s", ocsp_cfg_name(graph->cfg));
}

static void print_parting(const struct table *t, const struct ocsp_graph *before,
                          const struct ocsp_graph *after, int common)
{
    if (common == before->n_layers && common == after->n_layers)
        return;
    fprintf(t->out, "%sthe nets part at layer %d: ", escape(t, STRONG), common);
    print_place(t->out, before, common);
    fprintf(t->out, " against ");
    print_place(t->out, after, common);
    fprintf(t->out, "%s\n", escape(t, PLAIN));
    print_rest(t, before, common, false);
    print_rest(t, after, common, true);
}

static void print_total(const struct table *t, const char *name, uint64_t before,
                        uint64_t after)
{
    char a[OCSP_SHORT_COUNT], b[OCSP_SHORT_COUNT];

    fprintf(t->out, "%-11s%s -> %s%s%s", name, ocsp_short_count(a, before),
            escape(t, STRONG), ocsp_short_count(b, after), escape(t, PLAIN));
    if (before == after)
        fprintf(t->out, ", the same");
    else
        fprintf(t->out, ", %.1f%% left", ocsp_percent_left(before, after));
    if (before != after && before > 0 && after > 0)
        fprintf(t->out, after <= before ? " (%.2f times fewer)" : " (%.2f times as many)",
                after <= before ? (double)before / (double)after
                                : (double)after / (double)before);
    fprintf(t->out, "\n");
}

void ocsp_compare_print(FILE *out, const struct ocsp_graph *before,
                        const struct ocsp_graph *after,
                        const struct ocsp_terminal *terminal)
{
    const int common = ocsp_common_layers(before, after);
    int bar = terminal->columns - TABLE_COLUMNS;
    const struct table t = {out, terminal,
                            bar < BAR_LEAST  ? 0
                            : bar > BAR_MOST ? BAR_MOST
                                             : bar};

    fprintf(out, "%slayer%-12s %-16s %-16s %-16s MACs left%s\n", escape(&t, STRONG),
            " type", "   filters", "      MACs", "  parameters", escape(&t, PLAIN));
    for (int i = 0; i < common; i++)
        if (ocsp_layer_is_shown(&before->layers[i]) ||
            ocsp_layer_is_shown(&after->layers[i]))
            print_layer(&t, i, &before->layers[i], &after->layers[i]);
    print_parting(&t, before, after, common);
    print_total(&t, "MACs", ocsp_graph_macs(before), ocsp_graph_macs(after));
    print_total(&t, "parameters", ocsp_graph_parameters(before),
                ocsp_graph_parameters(after));
}
