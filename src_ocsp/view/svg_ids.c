#include "view/svg_ids.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/file.h"

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

enum ocsp_status ocsp_svg_name_ids(const char *path, const char *name,
                                   struct ocsp_error *err)
{
    char *text;
    size_t size;
    enum ocsp_status status = ocsp_file_read_text(path, &text, &size, err);

    if (status)
        return status;
    FILE *out = fopen(path, "we");
    const char *from = text;
    for (const char *id; out && (id = next_id(text, from)); from = id) {
        fwrite(from, 1, (size_t)(id - from), out);
        fprintf(out, "%s_", name);
    }
    if (out)
        fputs(from, out);
    if (!out || (ferror(out) | fclose(out)))
        status = ocsp_fail(err, OCSP_E_IO, path, 0, "cannot write: %s", strerror(errno));
    free(text);
    return status;
}
