#include "net/cfg_change.h"

#include <stdlib.h>
#include <string.h>

int ocsp_cfg_value_length(const char *value)
{
    return (int)strcspn(value, "#;");
}

/* '?' in what was kept as a text of JSON may stand for a byte that is not ASCII. */
static bool same_value(const char *before, const char *after)
{
    const int n = ocsp_cfg_value_length(before);

    if (n != ocsp_cfg_value_length(after))
        return false;
    for (int i = 0; i < n; i++)
        if (before[i] != after[i] && !(before[i] == '?' && (unsigned char)after[i] > 127))
            return false;
    return true;
}

static const char *name_of(const struct ocsp_cfg *cfg, int section)
{
    return section < ocsp_cfg_sections(cfg) ? ocsp_cfg_section_name(cfg, section) : NULL;
}

/* Whether the section itself is another one; ends the comparison. */
static bool is_other_section(const struct ocsp_cfg *before, const struct ocsp_cfg *after,
                             struct ocsp_cfg_change *c)
{
    const int last = ocsp_cfg_sections(after) - 1;

    c->key = NULL;
    c->before = name_of(before, c->section);
    c->after = name_of(after, c->section);
    if (c->before && c->after && strcmp(c->before, c->after) == 0)
        return false;
    c->line = ocsp_cfg_section_line(after, c->section < last ? c->section : last);
    c->ended = true;
    return c->before || c->after;
}

/* Whether the option that the comparison is at is a change. Keys of `after` are compared,
 * those of `before` looked for. */
static bool is_other_option(const struct ocsp_cfg *before, const struct ocsp_cfg *after,
                            struct ocsp_cfg_change *c)
{
    const char *value;

    ocsp_cfg_option(c->in_before ? before : after, c->section, c->option, &c->key,
                    &value);
    c->before = ocsp_cfg_string(before, c->section, c->key, NULL);
    c->after = ocsp_cfg_string(after, c->section, c->key, NULL);
    c->line = ocsp_cfg_line(after, c->section, c->key);
    if (value != (c->in_before ? c->before : c->after)) /* the second of two equal keys */
        return false;
    if (c->in_before)
        return !c->after;
    return !c->before || !same_value(c->before, c->after);
}

bool ocsp_cfg_next_change(const struct ocsp_cfg *before, const struct ocsp_cfg *after,
                          struct ocsp_cfg_change *c)
{
    while (!c->ended) {
        if (c->option == 0 && !c->in_before && is_other_section(before, after, c))
            return true;
        const struct ocsp_cfg *of = c->in_before ? before : after;
        while (!c->ended && c->option < ocsp_cfg_options(of, c->section)) {
            const bool found = is_other_option(before, after, c);
            c->option++;
            if (found)
                return true;
        }
        c->option = 0;
        c->section += c->in_before;
        c->in_before = !c->in_before;
    }
    return false;
}

static char *append(char *end, const char *text, size_t n)
{
    memcpy(end, text, n);
    return end + n;
}

enum ocsp_status ocsp_cfg_content(const struct ocsp_cfg *cfg, char **text,
                                  struct ocsp_error *err)
{
    size_t size;
    const char *key, *value;

    /* a line of the content is one of the text without what does not count */
    ocsp_cfg_text(cfg, &size);
    char *content = malloc(size + 2), *end = content;
    if (!content)
        return ocsp_fail_memory(err);
    for (int s = 0; s < ocsp_cfg_sections(cfg); s++) {
        end = append(end, "[", 1);
        end = append(end, ocsp_cfg_section_name(cfg, s),
                     strlen(ocsp_cfg_section_name(cfg, s)));
        end = append(end, "]\n", 2);
        for (int i = 0; i < ocsp_cfg_options(cfg, s); i++) {
            ocsp_cfg_option(cfg, s, i, &key, &value);
            end = append(end, key, strlen(key));
            end = append(end, "=", 1);
            end = append(end, value, (size_t)ocsp_cfg_value_length(value));
            end = append(end, "\n", 1);
        }
    }
    *end = '\0';
    *text = content;
    return OCSP_OK;
}
