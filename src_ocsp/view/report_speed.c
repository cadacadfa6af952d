#include "view/report_speed.h"

#include <math.h>
#include <string.h>

#include "layers/macs.h"
#include "view/html.h"
#include "view/numbers.h"
#include "view/report_parts.h"

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : NAN;
}

/* The net of these counts in a measurement's list, or NULL. */
static const json_t *find_net(const json_t *nets, const struct ocsp_graph *graph)
{
    for (size_t k = 0; graph && k < json_array_size(nets); k++) {
        const json_t *net = json_array_get(nets, k);
        if (number(net, "macs") == (double)ocsp_graph_macs(graph) &&
            number(net, "params") == (double)ocsp_graph_parameters(graph))
            return net;
    }
    return NULL;
}

/* false: it has not measured both nets. */
static bool read_measurement(const struct ocsp_report *r, const json_t *measurement,
                             struct ocsp_report_speed *out)
{
    const json_t *nets = json_object_get(measurement, "nets");
    const json_t *before = find_net(nets, r->before.graph);
    const json_t *after = find_net(nets, r->after.graph);
    const double batch = number(measurement, "batch");
    const bool compared = before && before == json_array_get(nets, 0);
    const json_t *gain = compared ? json_object_get(after, "gain") : NULL;

    if (!before || !after || before == after || !(batch >= 1 && batch < 1e6) ||
        !(number(before, "ms") > 0) || !(number(after, "ms") > 0))
        return false;
    *out = (struct ocsp_report_speed){
        .engine = json_string_value(json_object_get(measurement, "engine")),
        .library = json_string_value(json_object_get(measurement, "library")),
        .verdict = json_string_value(json_object_get(gain, "verdict")),
        .batch = (int)batch,
        .before_ms = number(before, "ms") / batch,
        .after_ms = number(after, "ms") / batch,
        .low = number(gain, "low"),
        .high = number(gain, "high"),
        .theory = number(gain, "theory"),
        .share = number(gain, "share")};
    return true;
}

bool ocsp_report_speed(const struct ocsp_report *r, int k, struct ocsp_report_speed *out)
{
    const json_t *list = json_object_get(r->speed, "measurements");

    for (size_t m = 0; m < json_array_size(list); m++)
        if (read_measurement(r, json_array_get(list, m), out) && k-- == 0)
            return true;
    return false;
}

static void write_cell(FILE *out, const char *format, double value)
{
    char text[OCSP_NUMBER], exact[OCSP_NUMBER];

    ocsp_html(out, "<td data-v=\"%s\">%s</td>",
              isnan(value) ? "-1" : ocsp_real_text(exact, "%.9g", value),
              isnan(value) ? "–" : ocsp_real_text(text, format, value));
}

static void write_row(FILE *out, const struct ocsp_report_speed *s)
{
    char low[OCSP_NUMBER], high[OCSP_NUMBER];

    ocsp_html(out, "<tr><th scope=\"row\">%s%s%s</th><td data-v=\"%d\">%d</td>",
              s->engine ? s->engine : "?", s->library ? ", " : "", s->library, s->batch,
              s->batch);
    write_cell(out, "%.4g ms", s->before_ms);
    write_cell(out, "%.4g ms", s->after_ms);
    write_cell(out, "%.2f", s->before_ms / s->after_ms);
    ocsp_html(out, "<td>%s – %s</td>", ocsp_real_text(low, "%.2f", s->low),
              ocsp_real_text(high, "%.2f", s->high));
    write_cell(out, "%.2f", s->theory);
    write_cell(out, "%.0f %%", 100 * s->share);
    ocsp_html(out, "<td>%s</td></tr>\n",
              !s->verdict                       ? ""
              : strcmp(s->verdict, "gain") == 0 ? "faster"
              : strcmp(s->verdict, "loss") == 0 ? "slower"
                                                : "within the noise");
}

void ocsp_report_speeds(FILE *out, const struct ocsp_report *r,
                        const struct ocsp_report_lint *lint)
{
    struct ocsp_report_speed s;
    (void)lint;

    fputs("<div class=\"scroll\" tabindex=\"0\" "
          "role=\"region\" aria-label=\"Speed\">\n<table class=\"numbers "
          "sort\">\n<thead><tr>"
          "<th scope=\"col\">Computed by</th><th scope=\"col\">Batch</th><th "
          "scope=\"col\">Image, before</th><th scope=\"col\">Image, after</th><th "
          "scope=\"col\">Times as fast</th><th scope=\"col\">Between</th><th "
          "scope=\"col\">By MACs</th><th scope=\"col\">Reached</th><th "
          "scope=\"col\">Verdict</th></tr></thead>\n<tbody>\n",
          out);
    for (int k = 0; ocsp_report_speed(r, k, &s); k++)
        write_row(out, &s);
    fputs("</tbody>\n</table>\n</div>\n<p class=\"hint\">Median times of one image, "
          "measured "
          "by <code>ocsp speed</code>. <i>By MACs</i> is how much faster the net would "
          "be if "
          "time followed the MACs alone, <i>reached</i> the share of "
          "that.</p>\n",
          out);
}
