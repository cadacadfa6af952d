/* Text in columns of a table. */
#ifndef OCSP_VIEW_COLUMNS_H
#define OCSP_VIEW_COLUMNS_H

#include <stdio.h>

/* Columns that UTF-8 takes. */
int ocsp_columns(const char *text);
/* The whole path, or "…" and as much of its end as fits; returns the columns it took. */
int ocsp_print_path(FILE *out, const char *path, int columns);
/* Decimals that show four digits of x, or three behind the point. */
int ocsp_decimals(double x);

#endif
