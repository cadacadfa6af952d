/* The pictures of a run, as its folder has them. */
#include <stdbool.h>
#include <string.h>

#include "view/html.h"
#include "view/plots.h"
#include "view/report_parts.h"

static void write_plot(FILE *out, const struct ocsp_run_folder *run, int k)
{
    const char *title = ocsp_plot_kinds[k].title;

    ocsp_html(out, "<figure><div tabindex=\"0\"><img alt=\"%s\" src=\"", title);
    ocsp_html_data_uri(out, "image/svg+xml", run->plots[k]);
    ocsp_html(out, "\"></div><figcaption>%s</figcaption></figure>\n", title);
}

/* A run that removes nothing has no picture of what it removed. */
static void write_missing(FILE *out, const struct ocsp_run_folder *run, bool any)
{
    if (any && run->stage == OCSP_RUN_DENSE)
        return;
    ocsp_html(out, "<p class=\"hint\">%s missing in <code>%s</code>. ",
              any ? "Some plots are" : "The plots are", run->folder);
    if (run->plots_script)
        ocsp_html(out,
                  "With gnuplot (<code>apt install gnuplot-nox</code>), "
                  "<code>gnuplot %s" OCSP_PLOTS_SCRIPT "</code> draws them there.</p>\n",
                  run->base);
    else
        fputs("A run draws them after each epoch where gnuplot is installed (<code>apt "
              "install gnuplot-nox</code>).</p>\n",
              out);
}

void ocsp_report_plots(FILE *out, const struct ocsp_report *r,
                       const struct ocsp_report_lint *lint)
{
    bool any = false, missing = false;
    (void)lint;

    fputs("<div class=\"figures\">\n", out);
    for (int k = 0; k < OCSP_PLOTS; k++) {
        any = any || r->run->plots[k];
        missing = missing || !r->run->plots[k];
        if (r->run->plots[k])
            write_plot(out, r->run, k);
    }
    fputs("</div>\n", out);
    if (missing)
        write_missing(out, r->run, any);
}
