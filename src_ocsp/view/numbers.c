#include "view/numbers.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *ocsp_long_count(char text[OCSP_NUMBER], uint64_t n)
{
    char digits[24];
    size_t used = 0;

    snprintf(digits, sizeof digits, "%" PRIu64, n);
    for (size_t k = 0, left = strlen(digits); digits[k]; k++, left--) {
        if (k > 0 && left % 3 == 0)
            used += (size_t)snprintf(text + used, OCSP_NUMBER - used, OCSP_NARROW_SPACE);
        text[used++] = digits[k];
    }
    text[used] = '\0';
    return text;
}

const char *ocsp_bytes_text(char text[OCSP_NUMBER], uint64_t bytes)
{
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB"};
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        value /= 1000;
        unit++;
    }
    snprintf(text, OCSP_NUMBER, "%.*f %s",
             unit == 0       ? 0
             : value < 9.995 ? 2
             : value < 99.95 ? 1
                             : 0,
             value, units[unit]);
    return text;
}

const char *ocsp_duration_text(char text[OCSP_NUMBER], double seconds)
{
    const long s = seconds < 1e15 ? lround(seconds) : 0;

    if (!(seconds >= 0))
        text[0] = '\0';
    else if (seconds < 60)
        snprintf(text, OCSP_NUMBER, "%.1f s", seconds);
    else if (s < 3600)
        snprintf(text, OCSP_NUMBER, "%ld min %ld s", s / 60, s % 60);
    else if (s < 48 * 3600)
        snprintf(text, OCSP_NUMBER, "%ld h %ld min", s / 3600, s / 60 % 60);
    else
        snprintf(text, OCSP_NUMBER, "%ld days %ld h", s / 86400, s / 3600 % 24);
    return text;
}

const char *ocsp_real_text(char text[OCSP_NUMBER], const char *format, double value)
{
    if (isnan(value))
        text[0] = '\0';
    else
        snprintf(text, OCSP_NUMBER, format, value);
    return text;
}
