#include "view/svg_ids.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an id stands behind, to its last letter. In a text between tags, which may have it
 * by chance, the name does no harm. */
static const char *const ahead[] = {" id='", " id=\"", "href='#", "href=\"#", "url(#"};

static bool begins_id(const char *text, const char *at)
{
    for (size_t k = 0; k < sizeof ahead / sizeof *ahead; k++) {
        const size_t n = strlen(ahead[k]);
        if ((size_t)(at - text) >= n && memcmp(at - n, ahead[k], n) == 0)
            return true;
    }
    return false;
}

/* Where the next id begins in `text` behind `from`; NULL: there is none. */
static const char *next_id(const char *text, const char *from)
{
    const char *end = from;

    while ((end = strpbrk(end, "'\"#")) != NULL)
        if (begins_id(text, ++end))
            return end;
    return NULL;
}

enum ocsp_status ocsp_svg_name_ids(char **text, size_t *size, const char *name,
                                   struct ocsp_error *err)
{
    char *named = NULL;
    size_t n = 0;
    const char *from = *text;
    FILE *out = open_memstream(&named, &n);

    if (!out)
        return ocsp_fail_memory(err);
    for (const char *id; (id = next_id(*text, from)); from = id) {
        fwrite(from, 1, (size_t)(id - from), out);
        fprintf(out, "%s_", name);
    }
    fputs(from, out);
    if (ferror(out) | fclose(out)) {
        free(named);
        return ocsp_fail_memory(err);
    }
    free(*text);
    *text = named;
    *size = n;
    return OCSP_OK;
}
