#include "lint/lint_site.h"

#include <stdlib.h>
#include <string.h>

const char *ocsp_lint_text(const struct ocsp_lint_site *site, const char *key)
{
    return ocsp_cfg_string(site->cfg, site->section, key, "");
}

bool ocsp_lint_has(const struct ocsp_lint_site *site, const char *key)
{
    return *ocsp_lint_text(site, key) != '\0';
}

int ocsp_lint_number(const struct ocsp_lint_site *site, const char *key, int fallback)
{
    const long limit = 1000000000;
    const char *text = ocsp_lint_text(site, key);
    const long value = *text ? strtol(text, NULL, 10) : fallback;

    return (int)(value > limit ? limit : value < -limit ? -limit : value);
}

const struct ocsp_layer *ocsp_lint_from(const struct ocsp_lint_site *site, int k)
{
    return &site->graph->layers[site->layer->from[k]];
}

const struct ocsp_layer *ocsp_lint_before(const struct ocsp_lint_site *site)
{
    return site->layer > site->graph->layers ? site->layer - 1 : NULL;
}

bool ocsp_list_has(const char *list, const char *word, size_t n)
{
    while (list && *list) {
        const size_t length = strcspn(list, " ");
        if (length == n && strncmp(list, word, n) == 0)
            return true;
        list += length + (list[length] == ' ');
    }
    return false;
}

/* Does the list hold a number that is 0 (and not -0), or one that is positive? */
static bool holds(const char *list, bool zero)
{
    while (*list) {
        char *end;
        const long number = strtol(list, &end, 10);
        if (end == list)
            return false;
        if (zero ? number == 0 && list[0] != '-' : number > 0)
            return true;
        list = end + strspn(end, ",");
    }
    return false;
}

bool ocsp_list_holds_0(const char *list)
{
    return holds(list, true);
}

bool ocsp_list_holds_positive(const char *list)
{
    return holds(list, false);
}
