#include "view/gnuplot_text.h"

#include <stdbool.h>
#include <string.h>

#include "view/utf8.h"

static bool is_plain(unsigned char c)
{
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z') || strchr(" _-+.,:;/()=", c);
}

static void put(FILE *out, unsigned char c)
{
    if (c != '\0' && is_plain(c))
        putc(c, out);
    else
        fprintf(out, "\\%03o", c);
}

void ocsp_gnuplot_string(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text; text++)
        put(out, (unsigned char)*text);
    putc('"', out);
}

/* U+FFFE and U+FFFF are no characters for XML; U+0080 to U+009F are control characters.
 */
static bool is_control(const char *text, int size)
{
    const unsigned char *c = (const unsigned char *)text;

    return c[0] < 0x20 || c[0] == 0x7f || (size == 2 && c[0] == 0xc2 && c[1] < 0xa0) ||
           (size == 3 && c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe);
}

void ocsp_gnuplot_caption(FILE *out, const char *name, int most)
{
    for (int n = 1; *name; n++) {
        const int size = ocsp_utf8_size(name);
        const int step = size > 0 ? size : 1;
        if (n == most && name[step]) {
            fputs("…", out);
            return;
        }
        if (size == 0 || is_control(name, size))
            putc('?', out);
        else
            for (int k = 0; k < size; k++)
                put(out, (unsigned char)name[k]);
        name += step;
    }
}
