#include "cycle/cause.h"

#include <stddef.h>
#include <string.h>

struct cause {
    const char *code, *text;
};

static const struct cause start_causes[] = {
    [OCSP_NOT_STARTED] = {NULL, NULL},
    [OCSP_START_BY_SETTING] = {"setting", "the epoch set for it"},
    [OCSP_START_BY_STABILITY] = {"stable", "the stability indicator stopped rising"},
    [OCSP_START_BY_TIME] = {"time", "half of -sl-end is over"},
};

static const struct cause prune_causes[] = {
    [OCSP_NOT_PRUNED] = {NULL, NULL},
    [OCSP_PRUNE_BY_STABILITY_AND_QUIET] = {"stable-and-quiet", "stable and quiet"},
    [OCSP_PRUNE_BY_STABILITY] = {"stable", "stable"},
    [OCSP_PRUNE_BY_SAFETY_LIMIT] = {"safety-limit", "the safety limit -sl-end"},
};

#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* 0: not found, as the first of each table has no code. */
static size_t find(const struct cause *causes, size_t n, const char *code)
{
    for (size_t k = 1; k < n; k++)
        if (strcmp(code, causes[k].code) == 0)
            return k;
    return 0;
}

const char *ocsp_start_cause_text(enum ocsp_start_cause cause)
{
    return start_causes[cause].text;
}

const char *ocsp_start_cause_code(enum ocsp_start_cause cause)
{
    return start_causes[cause].code;
}

const char *ocsp_prune_cause_text(enum ocsp_prune_cause cause)
{
    return prune_causes[cause].text;
}

const char *ocsp_prune_cause_code(enum ocsp_prune_cause cause)
{
    return prune_causes[cause].code;
}

bool ocsp_start_cause_find(const char *code, enum ocsp_start_cause *cause)
{
    const size_t found = find(start_causes, LENGTH(start_causes), code);

    if (found)
        *cause = (enum ocsp_start_cause)found;
    return found;
}

bool ocsp_prune_cause_find(const char *code, enum ocsp_prune_cause *cause)
{
    const size_t found = find(prune_causes, LENGTH(prune_causes), code);

    if (found)
        *cause = (enum ocsp_prune_cause)found;
    return found;
}
