/* Which programs read the net as Darknet does. */
#include <string.h>

#include "view/html.h"
#include "view/report_parts.h"

static void write_verdict(FILE *out, const struct ocsp_lint *lint, int program)
{
    bool refused = false;

    for (int f = 0; f < lint->n_findings; f++)
        refused = refused ||
                  (lint->findings[f].program == program && lint->findings[f].refused);
    if (ocsp_lint_accepts(lint, program))
        fputs("<td><span class=\"yes\">✓ accepts</span></td>", out);
    else
        fputs(refused ? "<td><span class=\"no\">✗ refuses</span></td>"
                      : "<td><span class=\"no\">✗ misreads</span></td>",
              out);
}

/* The first finding of each text: what else is alike is counted. */
static void write_findings(FILE *out, const struct ocsp_lint *lint, int program)
{
    char text[512];
    int shown = 0, more = 0;

    for (int f = 0; f < lint->n_findings; f++) {
        const struct ocsp_finding *finding = &lint->findings[f];
        bool seen = false;
        for (int k = 0; k < f && !seen; k++)
            seen = lint->findings[k].program == program &&
                   strcmp(lint->findings[k].text, finding->text) == 0;
        if (finding->program != program)
            continue;
        more += seen;
        if (seen)
            continue;
        ocsp_finding_text(finding, text, sizeof text);
        fputs(shown++ > 0 ? "<br>" : "", out);
        ocsp_html_text(out, text);
    }
    if (more > 0)
        ocsp_html(out, " (and %d more of these)", more);
}

void ocsp_report_programs(FILE *out, const struct ocsp_report *r,
                          const struct ocsp_report_lint *lint)
{
    const bool both = r->after.graph;

    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
          "aria-label=\"Programs\">\n<table>\n<thead><tr><th "
          "scope=\"col\">Program</th><th scope=\"col\">Before</th>",
          out);
    if (both)
        fputs("<th scope=\"col\">After</th>", out);
    fputs("<th scope=\"col\">Why not</th></tr></thead>\n<tbody>\n", out);
    for (int p = 0; p < OCSP_PROGRAMS; p++) {
        ocsp_html(out, "<tr><th scope=\"row\">%s</th>", ocsp_program_name(p));
        write_verdict(out, &lint->before, p);
        if (both)
            write_verdict(out, &lint->after, p);
        fputs("<td class=\"text\">", out);
        write_findings(out, both ? &lint->after : &lint->before, p);
        fputs("</td></tr>\n", out);
    }
    fputs("</tbody>\n</table>\n</div>\n", out);
}
