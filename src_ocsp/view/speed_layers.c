#include "view/speed_layers.h"

#include <stdlib.h>
#include <string.h>

#include "view/columns.h"
#include "view/speed_reasons.h"

#define WIDTH 100
#define NAME_WIDTH 30
#define MOST_OF_A_NET 0.8 /* what the layers' times add up to on an idle machine */
#define NAMED 6           /* layers that one line names */

/* A layer and what it costs, for lists of the costliest. */
struct cost {
    int layer;
    double seconds;
};

/* Keeps the NAMED costliest in falling order; returns how many there are now. */
static int add_cost(struct cost *costs, int n, int layer, double seconds)
{
    int at = n < NAMED ? n : NAMED - 1;

    if (n == NAMED && costs[at].seconds >= seconds)
        return n;
    for (; at > 0 && costs[at - 1].seconds < seconds; at--)
        costs[at] = costs[at - 1];
    costs[at] = (struct cost){layer, seconds};
    return n < NAMED ? n + 1 : n;
}

static void print_dominant(FILE *out, const struct ocsp_speed_net *net)
{
    struct cost costs[NAMED];
    const double total = ocsp_speed_layer_seconds(net);
    double sum = 0;
    int n = 0;

    for (int i = 0; i < net->n_layers; i++)
        n = add_cost(costs, n, i, net->layers[i].seconds);
    fprintf(out, "    most time:");
    for (int k = 0; k < n && sum < 0.8 * total && total > 0; k++) {
        sum += costs[k].seconds;
        fprintf(out, "%s %s%d (%.0f %%)", k ? "," : "", k ? "" : "layers ",
                costs[k].layer, 100 * costs[k].seconds / total);
    }
    fprintf(out, "\n");
}

/* "layers 12, 9 and 3 more". */
static void print_layers_of(FILE *out, const struct ocsp_speed_result *r,
                            const struct ocsp_speed_peaks *peaks, int net,
                            enum ocsp_speed_reason reason, int room)
{
    struct cost costs[NAMED];
    int n = 0, all = 0, column = 0;

    for (int i = 0; i < r->nets[net].n_layers; i++) {
        const struct ocsp_speed_layer *dense = &r->nets[0].layers[i];
        const struct ocsp_speed_layer_gain g = ocsp_speed_layer_gain_of(r, peaks, net, i);
        if (!g.needs_reason || g.reason != reason)
            continue;
        const double lost = r->nets[net].layers[i].seconds - dense->seconds / g.theory;
        n = add_cost(costs, n, i, lost);
        all++;
    }
    if (all == 0)
        return;
    column += fprintf(out, ": %s", all > 1 ? "layers" : "layer");
    int named = 0;
    while (named < n && column + 16 < room)
        column += fprintf(out, "%s %d", named ? "," : "", costs[named].layer), named++;
    if (named < all)
        fprintf(out, " and %d more", all - named);
}

static void print_reason(FILE *out, const struct ocsp_speed_result *r,
                         const struct ocsp_speed_peaks *peaks, int net,
                         enum ocsp_speed_reason reason, double seconds)
{
    int column =
        fprintf(out, "    %+8.3f ms  %s", 1e3 * seconds, ocsp_speed_reason_text(reason));

    if (reason == OCSP_SPEED_VECTORS)
        column += fprintf(out, " of %d", r->channel_block);
    print_layers_of(out, r, peaks, net, reason, WIDTH - column);
    fprintf(out, "\n");
}

void ocsp_speed_print_reasons(FILE *out, const struct ocsp_speed_result *r, int net,
                              double seconds)
{
    const struct ocsp_speed_peaks peaks = ocsp_speed_peaks_of(r);

    if (ocsp_speed_nets_correspond(&r->nets[0], &r->nets[net])) {
        struct ocsp_speed_loss loss = ocsp_speed_loss_of(r, &peaks, net);
        const double least = 0.05 * loss.seconds;
        fprintf(out, "    %+8.3f ms more than its MACs' share of the first net's time:\n",
                1e3 * loss.seconds);
        for (int printed = 0; printed < OCSP_SPEED_REASONS; printed++) {
            enum ocsp_speed_reason most = OCSP_SPEED_HOST;
            for (int k = 0; k < OCSP_SPEED_REASONS; k++)
                if (loss.by_reason[k] > loss.by_reason[most])
                    most = (enum ocsp_speed_reason)k;
            if (loss.by_reason[most] <= least)
                break;
            print_reason(out, r, &peaks, net, most, loss.by_reason[most]);
            loss.by_reason[most] = 0;
        }
        if (loss.by_cheap_macs > least)
            fprintf(out,
                    "    %+8.3f ms  the MACs that went were cheap: the first net is fast "
                    "at them\n",
                    1e3 * loss.by_cheap_macs);
    }
    print_dominant(out, &r->nets[net]);
    const double sum = ocsp_speed_layer_seconds(&r->nets[net]);
    if (sum < MOST_OF_A_NET * seconds)
        fprintf(
            out,
            "    the layers' times add up to %.3f of %.3f ms: others used the cores\n",
            1e3 * sum, 1e3 * seconds);
}

static const char *computed_by(const struct ocsp_speed_result *r,
                               const struct ocsp_speed_layer *l)
{
    return !r->has_engine ? "" : l->by_engine ? "engine" : "host";
}

static void print_single(FILE *out, const struct ocsp_speed_result *r, int net)
{
    const struct ocsp_speed_net *n = &r->nets[net];
    const double total = ocsp_speed_layer_seconds(n);

    fprintf(out, "layers of ");
    ocsp_print_path(out, n->cfg, NAME_WIDTH);
    fprintf(out, ", ms per batch of %d\n", r->batch);
    fprintf(out, "layer type           by     channels filled        ms  share   GMAC/s "
                 "MACs/byte\n");
    for (int i = 0; i < n->n_layers; i++) {
        const struct ocsp_speed_layer *l = &n->layers[i];
        const double s = l->seconds;
        fprintf(out, "%5d %-14.14s %-6s %8d %4.0f %% %9.*f %4.1f %% %8.1f %9.1f\n", i,
                l->name, computed_by(r, l), l->channels, 100 * l->fill,
                ocsp_decimals(1e3 * s), 1e3 * s, total > 0 ? 100 * s / total : 0,
                s > 0 ? 1e-9 * (double)l->macs * r->batch / s : 0,
                ocsp_speed_intensity(l, r->batch));
    }
}

static void print_pair(FILE *out, const struct ocsp_speed_result *r,
                       const struct ocsp_speed_peaks *peaks, int net)
{
    const struct ocsp_speed_net *dense = &r->nets[0], *n = &r->nets[net];

    fprintf(out, "layers of ");
    ocsp_print_path(out, dense->cfg, NAME_WIDTH);
    fprintf(out, " and ");
    ocsp_print_path(out, n->cfg, NAME_WIDTH);
    fprintf(out, ", ms per batch of %d\n", r->batch);
    fprintf(out, "layer type           by     channels        ms channels        ms "
                 "times theory share why\n");
    for (int i = 0; i < n->n_layers; i++) {
        const struct ocsp_speed_layer *d = &dense->layers[i], *l = &n->layers[i];
        const struct ocsp_speed_layer_gain g = ocsp_speed_layer_gain_of(r, peaks, net, i);
        fprintf(out, "%5d %-14.14s %-6s %8d %9.*f %8d %9.*f", i, l->name,
                computed_by(r, l), d->channels, ocsp_decimals(1e3 * d->seconds),
                1e3 * d->seconds, l->channels, ocsp_decimals(1e3 * l->seconds),
                1e3 * l->seconds);
        if (l->seconds > 0)
            fprintf(out, " %5.2f %6.2f %5.2f", g.times, g.theory, g.share);
        if (g.needs_reason)
            fprintf(out, " %s", ocsp_speed_reason_name(g.reason));
        fprintf(out, "\n");
    }
}

void ocsp_speed_print_layers(FILE *out, const struct ocsp_speed_result *r)
{
    const struct ocsp_speed_peaks peaks = ocsp_speed_peaks_of(r);
    bool paired = false;

    for (int k = 1; k < r->n; k++)
        paired |= ocsp_speed_nets_correspond(&r->nets[0], &r->nets[k]);
    if (!paired)
        print_single(out, r, 0);
    for (int k = 1; k < r->n; k++)
        if (ocsp_speed_nets_correspond(&r->nets[0], &r->nets[k]))
            print_pair(out, r, &peaks, k);
        else
            print_single(out, r, k);
}
