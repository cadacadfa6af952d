#include "lint/named_files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "net/file.h"

enum { LONGEST_NAME = 255 }; /* of a class in a tree */

/* malloc'ed; NULL where there is no such file. */
static char *read_named(const struct ocsp_lint_site *site, const char *key)
{
    const char *path = ocsp_lint_text(site, key);
    struct ocsp_error ignored;
    struct stat info;
    char *text = NULL;
    size_t size;

    if (stat(path, &info) == 0 && S_ISREG(info.st_mode) &&
        ocsp_file_read_text(path, &text, &size, &ignored) == OCSP_OK)
        return text;
    return NULL;
}

static bool lacks(const struct ocsp_lint_site *site, const char *key)
{
    char *text = ocsp_lint_has(site, key) ? read_named(site, key) : NULL;
    const bool is_read = text != NULL;

    free(text);
    return ocsp_lint_has(site, key) && !is_read;
}

bool ocsp_lint_lacks_tree(const struct ocsp_lint_site *site)
{
    return lacks(site, "tree");
}

bool ocsp_lint_lacks_map(const struct ocsp_lint_site *site)
{
    return lacks(site, "map");
}

/* "NAME PARENT" of class k; the hosts write at the parent's place as they read. */
static bool is_class(const char *line, size_t length, int64_t k)
{
    const char *end = line + length;
    const char *name = line + strspn(line, " \t\r");
    const size_t name_length = strcspn(name, " \t\r\n");

    if (name >= end)
        return true; /* a class without a name */
    if (name_length > LONGEST_NAME)
        return false;
    const char *number = name + name_length + strspn(name + name_length, " \t\r");
    return number >= end || strtol(number, NULL, 10) <= k;
}

bool ocsp_lint_tree_is_not_of(const struct ocsp_lint_site *site, int64_t classes)
{
    char *text = ocsp_lint_has(site, "tree") ? read_named(site, "tree") : NULL;
    bool fits = true;
    int64_t n = 0;

    if (!text)
        return false;
    for (const char *line = text; *line && fits; n++) {
        const size_t length = strcspn(line, "\n");
        fits = is_class(line, length, n);
        line += length + (line[length] == '\n');
    }
    free(text);
    return !fits || n != classes;
}
