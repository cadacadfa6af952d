#include "view/csv_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How many fields the first line has, and how many lines there are. */
static void count(const char *text, int *columns, int *lines)
{
    *columns = 1;
    for (const char *c = text; *c && *c != '\r' && *c != '\n'; c++)
        *columns += *c == ',';
    *lines = 0;
    for (const char *c = text; *c; c += strcspn(c, "\r\n"), c += strspn(c, "\r\n"))
        (*lines)++;
}

/* Cuts a line at its commas into `fields` [columns]. */
static void cut(char *line, char **fields, int columns)
{
    for (int k = 0; k < columns; k++) {
        fields[k] = line;
        line += strcspn(line, ",");
        if (*line == ',')
            *line++ = '\0';
    }
}

enum ocsp_status ocsp_csv_table_parse(struct ocsp_csv_table *csv, const char *text,
                                      size_t size, struct ocsp_error *err)
{
    struct ocsp_csv_table c = {0};
    int lines, row = 0;

    c.text = malloc(size + 1);
    if (!c.text)
        return ocsp_fail_memory(err);
    memcpy(c.text, text, size);
    c.text[size] = '\0';
    count(c.text, &c.columns, &lines);
    c.fields = calloc((size_t)c.columns * (size_t)(lines + 1), sizeof *c.fields);
    if (!c.fields) {
        free(c.text);
        return ocsp_fail_memory(err);
    }
    for (char *line = c.text, *next; *line; line = next) {
        next = line + strcspn(line, "\r\n");
        while (*next == '\r' || *next == '\n')
            *next++ = '\0';
        if (*line)
            cut(line, &c.fields[(size_t)c.columns * (size_t)row++], c.columns);
    }
    c.rows = row > 0 ? row - 1 : 0;
    *csv = c;
    return OCSP_OK;
}

void ocsp_csv_table_clear(struct ocsp_csv_table *csv)
{
    free(csv->text);
    free(csv->fields);
    *csv = (struct ocsp_csv_table){0};
}

int ocsp_csv_table_column(const struct ocsp_csv_table *csv, const char *name)
{
    for (int k = 0; k < csv->columns; k++)
        if (csv->fields[k] && strcmp(csv->fields[k], name) == 0)
            return k;
    return -1;
}

const char *ocsp_csv_table_text(const struct ocsp_csv_table *csv, int row, int column)
{
    return column < 0
               ? ""
               : csv->fields[(size_t)csv->columns * (size_t)(row + 1) + (size_t)column];
}

double ocsp_csv_table_number(const struct ocsp_csv_table *csv, int row, int column)
{
    const char *text = ocsp_csv_table_text(csv, row, column);
    char *end;
    const double value = strtod(text, &end);

    return end > text && *end == '\0' ? value : NAN;
}
