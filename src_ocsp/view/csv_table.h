/* A run's CSV as a table: rows and columns, found by the columns' names. Fields have no
 * quotes; lines end in LF, CR or both. */
#ifndef OCSP_VIEW_CSV_TABLE_H
#define OCSP_VIEW_CSV_TABLE_H

#include <stddef.h>

#include "net/error.h"

struct ocsp_csv_table {
    int columns, rows; /* rows: without the header */
    char *text;        /* what the fields are in */
    char **fields; /* [rows + 1][columns], the header's first; "" where a row is short */
};

/* `text` [size] is copied. Fields behind a row's last column are left out, and so are
 * empty lines. */
enum ocsp_status ocsp_csv_table_parse(struct ocsp_csv_table *csv, const char *text,
                                      size_t size, struct ocsp_error *err);
void ocsp_csv_table_clear(struct ocsp_csv_table *csv);

/* The column of that name, or −1. */
int ocsp_csv_table_column(const struct ocsp_csv_table *csv, const char *name);
/* A field; "" of column −1. */
const char *ocsp_csv_table_text(const struct ocsp_csv_table *csv, int row, int column);
/* The same as a number; NaN where it is none. */
double ocsp_csv_table_number(const struct ocsp_csv_table *csv, int row, int column);

#endif
