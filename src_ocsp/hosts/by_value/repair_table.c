#include "hosts/by_value/repair_table.h"

#include <assert.h>
#include <string.h>

#include "hosts/by_value/repair.h"

enum { MOST_SENTENCES = 32 };

/* Of the network that was repaired last; NULL at the end. */
static const char *noted[MOST_SENTENCES + 1];

static bool is_noted(const char *sentence)
{
    for (int k = 0; noted[k]; k++)
        if (noted[k] == sentence)
            return true;
    return false;
}

static void note_repair(const char *sentence)
{
    int n = 0;

    if (is_noted(sentence))
        return;
    while (noted[n])
        n++;
    assert(n < MOST_SENTENCES);
    noted[n] = sentence;
}

void ocsp_repairs_apply(const struct ocsp_repair *table,
                        const struct ocsp_repair_site *site)
{
    for (const struct ocsp_repair *r = table; r->sentence || r->install; r++) {
        if (r->type != OCSP_ANY_TYPE && r->type != (int)site->l->type)
            continue;
        if (r->holds && !r->holds(site))
            continue;
        if (r->sentence)
            note_repair(r->sentence);
        if (r->install)
            r->install(site);
    }
}

void ocsp_repairs_clear_log(void)
{
    memset(noted, 0, sizeof noted);
}

void ocsp_repairs_sort_log(const struct ocsp_host_rules *rules)
{
    const char *sorted[MOST_SENTENCES + 1] = {NULL};
    int n = 0, left = 0;

    for (const struct ocsp_rule_list *list = rules->repairs; list->rows; list++)
        for (const struct ocsp_rule *row = list->rows; row->sentence; row++) {
            bool again = false;
            for (int k = 0; k < n; k++)
                again |= sorted[k] == row->sentence;
            if ((row->builds & OCSP_BUILD_KIND) != 0 && !again && is_noted(row->sentence))
                sorted[n++] = row->sentence;
        }
    while (noted[left])
        left++;
    assert(left == n); /* else a sentence is missing in the rules */
    (void)left;
    memcpy(noted, sorted, sizeof noted);
}

const char *const *ocsp_repairs(void)
{
    return noted;
}
