#include "cli/flag.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct ocsp_flag_section ocsp_flag_sections[OCSP_FLAG_SECTIONS] = {
    {"What goes", ocsp_flags_of_pruning},
    {"When it goes", ocsp_flags_of_cycle},
    {"The run", ocsp_flags_of_run},
    {"Files", ocsp_flags_of_files},
    {"Speed", ocsp_flags_of_speed},
    {"A detector from a classifier", ocsp_flags_of_backbone},
};

const struct ocsp_flag *ocsp_flag_find(const char *name, enum ocsp_verb verb)
{
    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++)
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++)
            if (strcmp(name, f->name) == 0 && (f->verbs & (int)verb))
                return f;
    return NULL;
}

void ocsp_flag_offer(struct ocsp_nearest *nearest, enum ocsp_verb verb)
{
    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++)
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++)
            if (f->verbs & (int)verb)
                ocsp_nearest_offer(nearest, f->name);
}

/* The k-th word of a text as "N|auto" or "macs=P%|params=P%": up to its "=", where it has
 * one. False behind the last. */
static bool read_word(const char *text, size_t k, char *word, size_t size)
{
    for (; text && k > 0; k--)
        text = strchr(text, '|') ? strchr(text, '|') + 1 : NULL;
    if (text)
        snprintf(word, size, "%.*s", (int)strcspn(text, "=|"), text);
    return text != NULL;
}

/* The word of the flag's that the value, up to its "=", is near to but is not; "": none.
 */
static void find_meant(const struct ocsp_given_flag *g, char *meant, size_t size)
{
    char typed[64] = "", word[64];
    struct ocsp_choice choice;
    struct ocsp_nearest nearest = ocsp_nearest_to(typed);
    const struct ocsp_flag *f = g->flag;

    *meant = '\0';
    snprintf(typed, sizeof typed, "%.*s", (int)strcspn(g->value ? g->value : "", "="),
             g->value ? g->value : "");
    for (size_t k = 0; f && f->choice && f->choice(k, &choice); k++) {
        ocsp_nearest_offer(&nearest, choice.name);
        if (nearest.word == choice.name)
            snprintf(meant, size, "%s", choice.name);
    }
    for (size_t k = 0; f && !f->choice && read_word(f->value, k, word, sizeof word);
         k++) {
        nearest.word = NULL;
        if (islower((unsigned char)word[0])) /* "N" and "16" are no words */
            ocsp_nearest_offer(&nearest, word);
        if (nearest.word)
            snprintf(meant, size, "%s", word);
    }
    if (strcmp(meant, typed) == 0)
        *meant = '\0';
}

enum ocsp_status ocsp_flag_refuse(const struct ocsp_given_flag *g, const char *want)
{
    char meant[64];

    find_meant(g, meant, sizeof meant);
    return ocsp_fail(g->err, OCSP_E_USAGE, g->file, g->line,
                     "-%s %.60s: expected %s%s%s%s", g->name, g->value ? g->value : "",
                     want, *meant ? ": did you mean " : "", meant, *meant ? "?" : "");
}

enum ocsp_status ocsp_flag_read_real(const struct ocsp_given_flag *g, double low,
                                     double high, double *out)
{
    char *end, want[64];
    const double value = strtod(g->value, &end);

    if (end != g->value && *end == '\0' && value >= low && value <= high) {
        *out = value;
        return OCSP_OK;
    }
    snprintf(want, sizeof want, "a number from %g to %g", low, high);
    return ocsp_flag_refuse(g, want);
}

enum ocsp_status ocsp_flag_read_int(const struct ocsp_given_flag *g, int low, int *out)
{
    char *end, want[64];
    errno = 0;
    const long value = strtol(g->value, &end, 10);

    if (end != g->value && *end == '\0' && !errno && value >= low && value <= INT_MAX) {
        *out = (int)value;
        return OCSP_OK;
    }
    if (errno || value > INT_MAX)
        snprintf(want, sizeof want, "a whole number from %d to %d", low, INT_MAX);
    else
        snprintf(want, sizeof want, "a whole number from %d on", low);
    return ocsp_flag_refuse(g, want);
}

/* "a, b or c". */
static void list_choices(char *text, size_t size,
                         bool (*choice)(size_t, struct ocsp_choice *))
{
    struct ocsp_choice word, next;
    size_t length = 0;
    bool more = choice(0, &word);

    for (size_t k = 0; more && length < size; k++, word = next) {
        more = choice(k + 1, &next);
        const char *before = k == 0 ? "" : more ? ", " : " or ";
        length +=
            (size_t)snprintf(text + length, size - length, "%s%s", before, word.name);
    }
}

static bool find_choice(const char *name, size_t length,
                        bool (*choice)(size_t, struct ocsp_choice *), size_t *k)
{
    struct ocsp_choice word;

    for (*k = 0; choice(*k, &word); ++*k)
        if (strlen(word.name) == length && strncmp(name, word.name, length) == 0)
            return true;
    return false;
}

enum ocsp_status ocsp_flag_read_choice(const struct ocsp_given_flag *g,
                                       bool (*choice)(size_t, struct ocsp_choice *),
                                       size_t *k)
{
    char want[200];
    size_t found;

    if (find_choice(g->value, strlen(g->value), choice, &found)) {
        *k = found;
        return OCSP_OK;
    }
    list_choices(want, sizeof want, choice);
    return ocsp_flag_refuse(g, want);
}

enum ocsp_status ocsp_flag_read_choices(const struct ocsp_given_flag *g,
                                        bool (*choice)(size_t, struct ocsp_choice *),
                                        size_t *k, size_t *n)
{
    const char *word = g->value;
    bool good = true, more = true;
    char want[200];

    for (*n = 0; good && more; ++*n) {
        const size_t length = strcspn(word, ",");
        size_t found;
        good = find_choice(word, length, choice, &found);
        for (size_t before = 0; before < *n && good; before++)
            good = k[before] != found;
        if (good)
            k[*n] = found;
        more = word[length] == ',';
        word += length + more;
    }
    if (good)
        return OCSP_OK;
    list_choices(want, sizeof want - sizeof ", each once", choice);
    strcat(want, ", each once");
    return ocsp_flag_refuse(g, want);
}

enum ocsp_status ocsp_flag_read_switch(const struct ocsp_given_flag *g, bool *on)
{
    if (g->value && strcmp(g->value, "0") != 0 && strcmp(g->value, "1") != 0)
        return ocsp_flag_refuse(g, "0 or 1");
    *on = !g->value || *g->value == '1';
    return OCSP_OK;
}

bool ocsp_flag_word(const char *const words[], size_t k, struct ocsp_choice *out)
{
    *out = (struct ocsp_choice){words[k], NULL};
    return words[k];
}
