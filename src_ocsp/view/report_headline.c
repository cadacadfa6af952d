/* The numbers that everybody wants first: a card for each. */
#include <math.h>
#include <string.h>

#include "layers/macs.h"
#include "view/html.h"
#include "view/layer_pair.h"
#include "view/numbers.h"
#include "view/report_parts.h"
#include "view/report_speed.h"

struct card {
    const char *label;
    const char *value; /* large */
    const char *was;   /* after "from "; "" or NULL: there is nothing to compare with */
    const char *change, *note; /* the same */
    double share;              /* of the bar, in percent; NaN: no bar */
};

static void write_card(FILE *out, const struct card *c)
{
    char width[OCSP_NUMBER];

    ocsp_html(out, "<div class=\"card\"><p class=\"label\">%s</p><p class=\"big\">%s</p>",
              c->label, c->value);
    if (c->was && *c->was)
        ocsp_html(out, "<p class=\"was\">from %s</p>", c->was);
    if (!isnan(c->share))
        ocsp_html(out,
                  "<div class=\"meter\" aria-hidden=\"true\"><span "
                  "style=\"width:%s%%\"></span></div>",
                  ocsp_real_text(width, "%.2f", fmin(fmax(c->share, 0), 100)));
    if (c->change && *c->change)
        ocsp_html(out, "<p class=\"change\">%s</p>", c->change);
    if (c->note && *c->note)
        ocsp_html(out, "<p class=\"note\">%s</p>", c->note);
    fputs("</div>\n", out);
}

/* "2.02 times fewer (−50.6 %)" */
static void change_text(char *text, size_t size, double before, double after,
                        const char *fewer, const char *more)
{
    text[0] = '\0';
    if (!(before > 0) || !(after > 0) || before == after)
        return;
    if (after < before)
        snprintf(text, size, "%.2f times %s (−%.1f" OCSP_NARROW_SPACE "%%)",
                 before / after, fewer, 100 * (before - after) / before);
    else
        snprintf(text, size, "%.2f times %s (+%.1f" OCSP_NARROW_SPACE "%%)",
                 after / before, more, 100 * (after - before) / before);
}

static void write_count(FILE *out, const char *label, uint64_t before, uint64_t after,
                        bool pruned, const char *note)
{
    char was[OCSP_SHORT_COUNT], now[OCSP_SHORT_COUNT], change[80], exact[160];
    char a[OCSP_NUMBER], b[OCSP_NUMBER];

    change_text(change, sizeof change, (double)before, (double)after, "fewer", "as many");
    snprintf(exact, sizeof exact, pruned ? "%s → %s%s%s" : "%s%.0s%s%s",
             ocsp_long_count(a, before), ocsp_long_count(b, after), note ? ", " : "",
             note ? note : "");
    const struct card c = {.label = label,
                           .value = ocsp_short_count(now, pruned ? after : before),
                           .was = pruned ? ocsp_short_count(was, before) : NULL,
                           .change = change,
                           .note = exact,
                           .share = pruned ? ocsp_percent_left(before, after) : NAN};
    write_card(out, &c);
}

/* Of a run that has not pruned yet: what is selected now, by the summary. */
static bool selected_counts(const struct ocsp_report *r, uint64_t *macs,
                            uint64_t *parameters)
{
    if (!r->run || r->after.graph || r->run->stage == OCSP_RUN_DENSE)
        return false;
    *macs = ocsp_run_count(r->run, "after.macs");
    *parameters = ocsp_run_count(r->run, "after.params");
    return *macs > 0 && *parameters > 0;
}

static void write_counts(FILE *out, const struct ocsp_report *r)
{
    const uint64_t macs = ocsp_graph_macs(r->before.graph);
    const uint64_t parameters = ocsp_graph_parameters(r->before.graph);
    uint64_t macs_after = 0, parameters_after = 0;
    const bool selected = selected_counts(r, &macs_after, &parameters_after);
    const char *note = selected ? "as selected now" : NULL;

    if (r->after.graph) {
        macs_after = ocsp_graph_macs(r->after.graph);
        parameters_after = ocsp_graph_parameters(r->after.graph);
    }
    write_count(out, "MACs", macs, macs_after, r->after.graph || selected, note);
    write_count(out, "Parameters", parameters, parameters_after,
                r->after.graph || selected, note);
}

static void write_weights(FILE *out, const struct ocsp_report *r)
{
    char was[OCSP_NUMBER], now[OCSP_NUMBER], change[80];
    const double before = (double)r->before.weights_size;
    const double after = (double)r->after.weights_size;
    const bool both = r->after.graph;

    change_text(change, sizeof change, before, after, "smaller", "as large");
    const struct card c = {
        .label = "Weights file",
        .value =
            ocsp_bytes_text(now, both ? r->after.weights_size : r->before.weights_size),
        .was = both ? ocsp_bytes_text(was, r->before.weights_size) : NULL,
        .change = both ? change : NULL,
        .note = r->sizes_are_computed ? "by the shapes of the layers" : NULL,
        .share = both ? ocsp_percent_left(r->before.weights_size, r->after.weights_size)
                      : NAN};
    write_card(out, &c);
}

/* --- accuracy --- */

static double score(const struct ocsp_run_folder *run, const char *which,
                    const char *measure)
{
    char path[64];

    snprintf(path, sizeof path, "accuracy.%s.%s", which, measure);
    return ocsp_run_number(run, path);
}

static void add_score(char *text, size_t size, const char *what, double value)
{
    const size_t used = strlen(text);

    if (!isnan(value))
        snprintf(text + used, size - used, "%s%s %.2f" OCSP_NARROW_SPACE "%%",
                 used > 0 ? "; " : "", what, value);
}

/* "epoch 11, top-5 91.00 %"; what is behind the last whole epoch counts as one more. */
static void add_epoch(char *text, size_t size, const struct ocsp_run_folder *run,
                      const char *which)
{
    const double epoch = score(run, which, "epoch"), topk = score(run, which, "topk");
    const double top = ocsp_run_number(run, "accuracy.top");
    size_t used = strlen(text);

    if (epoch > ocsp_run_number(run, "epochs_done"))
        used += (size_t)snprintf(text + used, size - used, "after the last iteration");
    else if (!isnan(epoch))
        used += (size_t)snprintf(text + used, size - used, "epoch %.0f", epoch);
    if (!isnan(topk) && top > 1)
        snprintf(text + used, size - used, ", top-%.0f %.2f" OCSP_NARROW_SPACE "%%", top,
                 topk);
}

static void price_text(char *text, size_t size, double points)
{
    if (points > -0.005 && points < 0.005)
        snprintf(text, size, "pruning itself cost nothing");
    else
        snprintf(text, size, "pruning itself: %s%.2f points", points < 0 ? "−" : "+",
                 fabs(points));
}

static void write_accuracy(FILE *out, const struct ocsp_report *r)
{
    const char *measure = r->run ? ocsp_run_text(r->run, "accuracy.measure") : NULL;
    char now[OCSP_NUMBER], change[80] = "", note[320] = "";

    if (!measure)
        return;
    const double best = score(r->run, "best", measure);
    const double last = score(r->run, "last", measure);
    const double value = isnan(best) ? last : best;
    if (isnan(value))
        return;
    const double before = score(r->run, "before_surgery", measure);
    const double after = score(r->run, "after_surgery", measure);
    if (!isnan(before) && !isnan(after))
        price_text(change, sizeof change, after - before);
    add_epoch(note, sizeof note, r->run, isnan(best) ? "last" : "best");
    add_score(note, sizeof note, "last", last);
    add_score(note, sizeof note, "just before pruning", before);
    add_score(note, sizeof note, "just after", after);
    add_score(note, sizeof note, "best while dense",
              score(r->run, "dense_best", measure));
    ocsp_real_text(now, "%.2f" OCSP_NARROW_SPACE "%%", value);
    const struct card c = {.label =
                               strcmp(measure, "map") == 0 ? "mAP" : "Top-1 accuracy",
                           .value = now,
                           .change = change,
                           .note = note,
                           .share = value};
    write_card(out, &c);
}

/* --- time --- */

/* The measurement of the smallest batch. */
static bool find_speed(const struct ocsp_report *r, struct ocsp_report_speed *best)
{
    struct ocsp_report_speed s;
    bool found = false;

    for (int k = 0; ocsp_report_speed(r, k, &s); k++) {
        if (!found || s.batch < best->batch)
            *best = s;
        found = true;
    }
    return found;
}

static void write_time(FILE *out, const struct ocsp_report *r)
{
    struct ocsp_report_speed s;
    char now[OCSP_NUMBER], was[OCSP_NUMBER], change[80], note[160];

    if (!find_speed(r, &s))
        return;
    change_text(change, sizeof change, s.before_ms, s.after_ms, "faster", "as long");
    if (s.verdict && strcmp(s.verdict, "none") == 0)
        snprintf(change, sizeof change, "no gain beyond the noise");
    snprintf(note, sizeof note, "by %s, batches of %d", s.engine ? s.engine : "?",
             s.batch);
    const struct card c = {.label = "Time per image",
                           .value = ocsp_real_text(now, "%.3g ms", s.after_ms),
                           .was = ocsp_real_text(was, "%.3g ms", s.before_ms),
                           .change = change,
                           .note = note,
                           .share = 100 * s.after_ms / s.before_ms};
    write_card(out, &c);
}

void ocsp_report_headline(FILE *out, const struct ocsp_report *r)
{
    fputs("<section class=\"cards\" aria-label=\"Headline\">\n", out);
    write_counts(out, r);
    write_weights(out, r);
    write_accuracy(out, r);
    write_time(out, r);
    fputs("</section>\n", out);
}
