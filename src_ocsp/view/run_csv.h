/* A run's CSV, read by the names of its columns. */
#ifndef OCSP_VIEW_RUN_CSV_H
#define OCSP_VIEW_RUN_CSV_H

#include <stdbool.h>
#include <stddef.h>

/* Rows behind the header. */
int ocsp_csv_rows(const char *csv);
/* Field `column` of row `row`, from 0 on; false, and an empty text, where there is none.
 */
bool ocsp_csv_field(const char *csv, int row, const char *column, char *out, size_t size);
/* The same as a number; NaN where there is none. */
double ocsp_csv_number(const char *csv, int row, const char *column);

#endif
