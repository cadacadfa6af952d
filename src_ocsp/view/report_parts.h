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

void ocsp_report_headline(FILE *out, const struct ocsp_report *report);
void ocsp_report_plots(FILE *out, const struct ocsp_report *report);
void ocsp_report_layers(FILE *out, const struct ocsp_report *report);
void ocsp_report_groups(FILE *out, const struct ocsp_report *report);
void ocsp_report_decisions(FILE *out, const struct ocsp_report *report);
void ocsp_report_settings(FILE *out, const struct ocsp_report *report);
/* `lint` is of the net after, or of the one before where there is no other. */
void ocsp_report_use(FILE *out, const struct ocsp_report *report,
                     const struct ocsp_lint *lint);
void ocsp_report_programs(FILE *out, const struct ocsp_lint *before,
                          const struct ocsp_lint *after);

#endif
