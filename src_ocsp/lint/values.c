#include "lint/values.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 63 };

bool ocsp_value_is_number(const char *text, size_t length, bool whole)
{
    char number[LONGEST + 1], *end;

    if (length == 0 || length > LONGEST || strchr("+-.0123456789", text[0]) == NULL)
        return false;
    memcpy(number, text, length);
    number[length] = '\0';
    const double value = strtod(number, &end);
    if (*end || !isfinite(value))
        return false;
    if (!whole)
        return true;
    const long read = strtol(number, NULL, 10);
    return read >= INT_MIN && read <= INT_MAX && (double)read == value;
}

size_t ocsp_value_length(const char *value)
{
    return strcspn(value, "#;");
}

bool ocsp_value_is_list(const char *value, bool whole)
{
    const char *end = value + ocsp_value_length(value);

    for (;;) {
        const char *comma = memchr(value, ',', (size_t)(end - value));
        if (!ocsp_value_is_number(value, (size_t)((comma ? comma : end) - value), whole))
            return false;
        if (!comma)
            return true;
        value = comma + 1;
    }
}
