#include "net/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum ocsp_status ocsp_fail(struct ocsp_error *err, enum ocsp_status status,
                           const char *file, int line, const char *format, ...)
{
    size_t used = 0;
    const size_t size = sizeof err->text;

    err->status = status;
    err->text[0] = '\0';
    if (file && line > 0)
        used = (size_t)snprintf(err->text, size, "%s:%d: ", file, line);
    else if (file)
        used = (size_t)snprintf(err->text, size, "%s: ", file);
    if (used < size) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text + used, size - used, format, args);
        va_end(args);
    }
    /* input text may hold anything; the message stays one line */
    for (char *c = err->text; *c; c++)
        if ((unsigned char)*c < ' ')
            *c = '?';
    return status;
}

enum ocsp_status ocsp_fail_memory(struct ocsp_error *err)
{
    return ocsp_fail(err, OCSP_E_MEMORY, NULL, 0, "out of memory");
}
