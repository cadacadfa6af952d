#include "view/run_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The start of line `line`, or NULL. */
static const char *line_at(const char *text, int line)
{
    while (line-- > 0) {
        text = strchr(text, '\n');
        if (!text)
            return NULL;
        text++;
    }
    return *text ? text : NULL;
}

int ocsp_csv_rows(const char *csv)
{
    int n = 0;

    for (; (csv = strchr(csv, '\n')); n++)
        csv++;
    return n > 0 ? n - 1 : 0;
}

static size_t field_length(const char *field)
{
    return strcspn(field, ",\r\n");
}

/* The k-th field of a line, or NULL. */
static const char *field_at(const char *line, int k)
{
    while (k-- > 0) {
        line += field_length(line);
        if (*line != ',')
            return NULL;
        line++;
    }
    return line;
}

static int column_of(const char *csv, const char *name)
{
    const char *field;

    for (int k = 0; (field = field_at(csv, k)); k++)
        if (field_length(field) == strlen(name) &&
            strncmp(field, name, strlen(name)) == 0)
            return k;
    return -1;
}

bool ocsp_csv_field(const char *csv, int row, const char *column, char *out, size_t size)
{
    const int k = column_of(csv, column);
    const char *line = row < 0 ? NULL : line_at(csv, row + 1);
    const char *field = line && k >= 0 ? field_at(line, k) : NULL;
    const size_t n = field ? field_length(field) : 0;

    out[0] = '\0';
    if (n == 0 || n >= size)
        return false;
    memcpy(out, field, n);
    out[n] = '\0';
    return true;
}

double ocsp_csv_number(const char *csv, int row, const char *column)
{
    char text[64], *end;

    if (!ocsp_csv_field(csv, row, column, text, sizeof text))
        return NAN;
    const double value = strtod(text, &end);
    return *end == '\0' ? value : NAN;
}
