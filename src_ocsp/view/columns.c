#include "view/columns.h"

#include <stdbool.h>

static bool continues(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

int ocsp_columns(const char *text)
{
    int columns = 0;

    for (; *text; text++)
        columns += !continues(*text);
    return columns;
}

int ocsp_print_path(FILE *out, const char *path, int columns)
{
    int left = ocsp_columns(path);
    const bool is_long = left > columns;

    for (; is_long && left >= columns; left--)
        for (path++; continues(*path);)
            path++;
    fprintf(out, "%s%s", is_long ? "…" : "", path);
    return left + is_long;
}

int ocsp_decimals(double x)
{
    return x >= 1000 ? 0 : x >= 100 ? 1 : x >= 10 ? 2 : 3;
}
