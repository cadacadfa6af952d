#include "view/status_line.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char between[] = " | ";

void ocsp_status_add(struct ocsp_status_line *status, int rank, const char *format, ...)
{
    va_list values;

    if (status->n == OCSP_STATUS_PARTS)
        return;
    struct ocsp_status_part *part = &status->part[status->n++];
    part->rank = rank;
    va_start(values, format);
    vsnprintf(part->text, sizeof part->text, format, values);
    va_end(values);
}

void ocsp_status_pack(const struct ocsp_status_line *status,
                      char packed[OCSP_STATUS_SIZE])
{
    char *end = packed;

    for (int k = 0; k < status->n; k++)
        end += sprintf(end, "%s%c%s", k > 0 ? "\t" : "", '0' + status->part[k].rank,
                       status->part[k].text);
    *end = '\0';
}

void ocsp_status_unpack(struct ocsp_status_line *status, const char *packed)
{
    status->n = 0;
    while (*packed) {
        const int n = (int)strcspn(packed, "\t");
        ocsp_status_add(status, packed[0] - '0', "%.*s", n - 1, packed + 1);
        packed += n + (packed[n] != '\0');
    }
}

/* Columns of the parts up to this rank. */
static size_t columns_of(const struct ocsp_status_line *status, int rank)
{
    size_t sum = 0;

    for (int k = 0; k < status->n; k++)
        if (status->part[k].rank <= rank && status->part[k].text[0])
            sum += strlen(status->part[k].text) + (sum > 0 ? strlen(between) : 0);
    return sum;
}

void ocsp_status_fit(const struct ocsp_status_line *status, int columns,
                     char line[OCSP_STATUS_SIZE])
{
    const size_t room = columns > 1 ? (size_t)columns - 1 : 0;
    int rank = 9;
    size_t n = 0;

    while (rank > 0 && columns_of(status, rank) > room)
        rank--;
    for (int k = 0; k < status->n; k++) {
        const struct ocsp_status_part *part = &status->part[k];
        if (part->rank <= rank && part->text[0])
            n += (size_t)snprintf(line + n, OCSP_STATUS_SIZE - n, "%s%s",
                                  n > 0 ? between : "", part->text);
        if (n >= OCSP_STATUS_SIZE)
            n = OCSP_STATUS_SIZE - 1;
    }
    line[n < room ? n : room] = '\0';
}
