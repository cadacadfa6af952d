#include "view/html.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Bytes of the UTF-8 character at `s`; 0: there is none. A shorter form of a character,
 * a surrogate and what is above U+10FFFF are none. */
static int character_size(const unsigned char *s)
{
    static const struct {
        unsigned char first, last; /* of the leading byte */
        unsigned char least, most; /* of the second */
        int size;
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
        {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };

    if (s[0] < 0x80)
        return 1;
    for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
        if (s[0] < forms[f].first || s[0] > forms[f].last)
            continue;
        if (s[1] < forms[f].least || s[1] > forms[f].most)
            return 0;
        for (int k = 2; k < forms[f].size; k++)
            if ((s[k] & 0xC0) != 0x80)
                return 0;
        return forms[f].size;
    }
    return 0;
}

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
        const int size = character_size(s);
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
