#include "view/speed_table.h"

#include <math.h>

#include "view/columns.h"
#include "view/speed_layers.h"
#include "view/speed_reasons.h"
#include "view/speed_statistics.h"

#define NAME_WIDTH 30

static void print_gain(FILE *out, const struct ocsp_speed_gain *gain)
{
    char times[40], range[24];

    snprintf(range, sizeof range, "(%.2f-%.2f)", gain->interval.low, gain->interval.high);
    if (gain->verdict == OCSP_SPEED_NO_GAIN)
        snprintf(times, sizeof times, "none %s", range);
    else
        snprintf(times, sizeof times, "%.2f %s", gain->times, range);
    fprintf(out, " %20s", times);
    if (gain->theory > 0)
        fprintf(out, " %6.2f %5.2f", gain->theory, gain->share);
}

static enum ocsp_status print_net(FILE *out, const struct ocsp_speed_result *r, int k,
                                  struct ocsp_error *err)
{
    const struct ocsp_speed_net *net = &r->nets[k], *first = &r->nets[0];
    struct ocsp_speed_gain gain;
    struct ocsp_spread s;
    char quartiles[32];

    if (ocsp_spread_of(net->seconds, r->rounds, &s, err))
        return err->status;
    const double ms = 1e3 * s.median;
    const int digits = ocsp_decimals(ms);
    snprintf(quartiles, sizeof quartiles, "%.*f-%.*f", digits, 1e3 * s.low, digits,
             1e3 * s.high);
    const int columns = ocsp_print_path(out, net->cfg, NAME_WIDTH);
    fprintf(out, "%*s %8.*f %13s %9.1f", NAME_WIDTH - columns, "", digits, ms, quartiles,
            r->batch / s.median);
    if (k > 0) {
        if (ocsp_speed_gain_of(first->seconds, net->seconds, r->rounds,
                               (double)first->macs, (double)net->macs, &gain, err))
            return err->status;
        print_gain(out, &gain);
    }
    fprintf(out, "\n");
    return OCSP_OK;
}

static void print_head(FILE *out, const struct ocsp_speed_result *r, double confidence)
{
    char range[32] = "times as fast";

    fprintf(out, "batch %d, %s", r->batch, r->program);
    if (*r->library)
        fprintf(out, " (%s)", r->library);
    if (r->threads > 0)
        fprintf(out, ", %d thread%s", r->threads, r->threads > 1 ? "s" : "");
    fprintf(out, ": %d round%s in %.1f s\n", r->rounds, r->rounds > 1 ? "s" : "",
            r->wall_s);
    if (confidence > 0)
        snprintf(range, sizeof range, "times as fast (%.0f %%)", floor(100 * confidence));
    fprintf(out, "%-*s %8s %13s %9s", NAME_WIDTH, "net", "ms/batch", "quartiles",
            "images/s");
    if (r->n > 1)
        fprintf(out, " %20s %6s %5s", range, "theory", "share");
    fprintf(out, "\n");
}

/* What is to be said of a net beside its line, if anything. */
static enum ocsp_status explain(FILE *out, const struct ocsp_speed_result *r, int k,
                                struct ocsp_error *err)
{
    const struct ocsp_speed_net *net = &r->nets[k], *first = &r->nets[0];
    struct ocsp_speed_gain g;
    struct ocsp_spread s;

    if (ocsp_spread_of(net->seconds, r->rounds, &s, err))
        return err->status;
    if (ocsp_speed_gain_of(first->seconds, net->seconds, r->rounds, (double)first->macs,
                           (double)net->macs, &g, err))
        return err->status;
    const bool promised = g.theory > 1 + OCSP_SPEED_RESOLUTION;
    const bool fails = promised && g.share < OCSP_SPEED_GOOD_SHARE;
    if (g.verdict != OCSP_SPEED_NO_GAIN && !fails)
        return OCSP_OK;
    ocsp_print_path(out, net->cfg, NAME_WIDTH);
    fprintf(out, ": ");
    if (g.verdict == OCSP_SPEED_NO_GAIN)
        fprintf(out, "no gain: the nets differ by no more than noise%s\n",
                promised ? "" : ", and so do their MACs");
    else if (g.verdict == OCSP_SPEED_LOSS)
        fprintf(out, "slower than the first net\n");
    else
        fprintf(out, "%.0f %% of the speed-up that the MACs promise\n", 100 * g.share);
    if (fails && r->has_layers)
        ocsp_speed_print_reasons(out, r, k, s.median);
    return OCSP_OK;
}

enum ocsp_status ocsp_speed_print(FILE *out, const struct ocsp_speed_result *r,
                                  bool layers, struct ocsp_error *err)
{
    struct ocsp_interval interval;

    if (ocsp_interval_of(r->nets[0].seconds, r->rounds, &interval, err))
        return err->status;
    print_head(out, r, interval.confidence);
    for (int k = 0; k < r->n; k++)
        if (print_net(out, r, k, err))
            return err->status;
    for (int k = 1; k < r->n; k++)
        if (explain(out, r, k, err))
            return err->status;
    if (layers && r->has_layers)
        ocsp_speed_print_layers(out, r);
    else if (layers)
        fprintf(out, "the times of layers cannot be taken here\n");
    return OCSP_OK;
}
