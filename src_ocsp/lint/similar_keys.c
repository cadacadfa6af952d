#include "lint/similar_keys.h"

#include <ctype.h>
#include <string.h>

#include "lint/lint_section.h"
#include "net/nearest.h"

enum { LONGEST = 31 };

/* In small letters, without '_' and '-'. */
static void simplify(const char *key, char simple[LONGEST + 1])
{
    int n = 0;

    for (; *key && n < LONGEST; key++)
        if (*key != '_' && *key != '-')
            simple[n++] = (char)tolower((unsigned char)*key);
    simple[n] = '\0';
}

static bool looks_like(const char *key, const char *known)
{
    char a[LONGEST + 1], b[LONGEST + 1];

    simplify(key, a);
    simplify(known, b);
    return strcmp(a, b) == 0 ||
           (strlen(known) > 2 && ocsp_nearest_distance(key, known) == 1);
}

bool ocsp_lint_is_known(const struct ocsp_lint_site *site, const char *key)
{
    for (int p = 0; p < OCSP_PROGRAMS; p++) {
        const struct ocsp_section_support *s = ocsp_lint_support(site, p);
        if ((s && ocsp_list_has(s->keys, key, strlen(key))) ||
            ocsp_list_has(ocsp_programs[p].common, key, strlen(key)))
            return true;
    }
    return false;
}

bool ocsp_lint_is_misspelt(const struct ocsp_lint_site *site, const char *key)
{
    const struct ocsp_section_support *s = ocsp_lint_support(site, site->program);

    if (!s || strlen(key) > LONGEST || ocsp_lint_is_known(site, key))
        return false;
    for (const char *list = s->keys; *list;) {
        char known[LONGEST + 1];
        const size_t n = strcspn(list, " ");
        if (n <= LONGEST) {
            memcpy(known, list, n);
            known[n] = '\0';
            if (looks_like(key, known) && !ocsp_lint_has(site, known))
                return true;
        }
        list += n + (list[n] == ' ');
    }
    return false;
}
