#include "view/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "view/utf8.h"

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

static void put_ascii(FILE *out, int c)
{
    switch (c) {
    case '&':
        fputs("&amp;", out);
        break;
    case '<':
        fputs("&lt;", out);
        break;
    case '>':
        fputs("&gt;", out);
        break;
    case '"':
        fputs("&quot;", out);
        break;
    case '\'':
        fputs("&#39;", out);
        break;
    default:
        if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7F)
            fputs(REPLACEMENT, out);
        else
            fputc(c, out);
    }
}

void ocsp_html_part(FILE *out, const char *text, size_t n)
{
    const unsigned char *s = (const unsigned char *)text, *end = s + n;

    while (s < end) {
        const int size = ocsp_utf8_size((const char *)s);
        if (size == 1)
            put_ascii(out, *s);
        else if (size > 1)
            fwrite(s, 1, (size_t)size, out);
        else
            fputs(REPLACEMENT, out);
        s += size > 0 ? size : 1;
    }
}

void ocsp_html_text(FILE *out, const char *text)
{
    if (text)
        ocsp_html_part(out, text, strlen(text));
}

void ocsp_html(FILE *out, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            fputc(*f, out);
            continue;
        }
        f++;
        if (*f == 's')
            ocsp_html_text(out, va_arg(values, const char *));
        else if (*f == 'd')
            fprintf(out, "%d", va_arg(values, int));
        else
            fputc(*f, out);
    }
    va_end(values);
}

void ocsp_html_data_uri(FILE *out, const char *media_type, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789-_.,:;/=+()!*~ ";

    ocsp_html(out, "data:%s,", media_type);
    for (; *text; text++)
        if (strchr(plain, *text))
            fputc(*text, out);
        else
            fprintf(out, "%%%02X", (unsigned)(unsigned char)*text);
}
