/* The parts of the report's page; each is a file report_X.c. */
#ifndef OCSP_VIEW_REPORT_PARTS_H
#define OCSP_VIEW_REPORT_PARTS_H

#include <stdio.h>

#include "lint/linter.h"
#include "view/report.h"

extern const char ocsp_report_css[], ocsp_report_script[];

/* What the net is called: the run's, or the cfg's name without folder and ending;
 * malloc'ed, or NULL. */
char *ocsp_report_name(const struct ocsp_report *report);

/* What programs make of the two nets; `after` is empty where there is no such net. */
struct ocsp_report_lint {
    struct ocsp_lint before, after;
};

void ocsp_report_headline(FILE *out, const struct ocsp_report *report);

/* The others write what stands below their headings. */
typedef void ocsp_report_part(FILE *out, const struct ocsp_report *report,
                              const struct ocsp_report_lint *lint);
ocsp_report_part ocsp_report_plots, ocsp_report_layers, ocsp_report_speeds,
    ocsp_report_decisions, ocsp_report_use, ocsp_report_programs, ocsp_report_groups,
    ocsp_report_settings;

#endif
