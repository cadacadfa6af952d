#include "net/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 character that `text` begins with; 0: it cannot be shown, or is no
 * character. */
static int character_size(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    const int size = c[0] < 0x80 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;

    if (c[0] < ' ' || c[0] == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0)) /* controls */
        return 0;
    if ((c[0] >= 0x80 && c[0] < 0xc2) || c[0] > 0xf4)
        return 0;
    for (int i = 1; i < size; i++)
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

/* Makes the message one line of text: the input that it quotes may hold anything, also
 * half a character where it was cut. */
static void make_printable(char *text)
{
    while (*text) {
        const int size = character_size(text);
        if (size == 0)
            *text = '?';
        text += size > 0 ? size : 1;
    }
}

#define LONGEST_FILE 500 /* bytes of a path; of a longer one its end says most */

enum ocsp_status ocsp_fail(struct ocsp_error *err, enum ocsp_status status,
                           const char *file, int line, const char *format, ...)
{
    size_t used = 0;
    const size_t size = sizeof err->text, length = file ? strlen(file) : 0;
    const char *dots = length > LONGEST_FILE ? "..." : "";

    err->status = status;
    err->text[0] = '\0';
    if (length > LONGEST_FILE)
        file += length - LONGEST_FILE;
    if (file && line > 0)
        used = (size_t)snprintf(err->text, size, "%s%s:%d: ", dots, file, line);
    else if (file)
        used = (size_t)snprintf(err->text, size, "%s%s: ", dots, file);
    if (used < size) {
        va_list args;
        va_start(args, format);
        vsnprintf(err->text + used, size - used, format, args);
        va_end(args);
    }
    make_printable(err->text);
    return status;
}

enum ocsp_status ocsp_fail_system(struct ocsp_error *err, const char *file,
                                  const char *what)
{
    return ocsp_fail(err, OCSP_E_IO, file, 0, "%s: %s", what, strerror(errno));
}

enum ocsp_status ocsp_fail_memory(struct ocsp_error *err)
{
    return ocsp_fail(err, OCSP_E_MEMORY, NULL, 0, "out of memory");
}
