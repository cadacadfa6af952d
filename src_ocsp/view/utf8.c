#include "view/utf8.h"

#include <stddef.h>

int ocsp_utf8_size(const char *text)
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
    const unsigned char *s = (const unsigned char *)text;

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
