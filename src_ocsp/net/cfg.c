#include "net/cfg.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/file.h"

/* Far more than any net has. They bound our time, which is quadratic in some of them. */
#define MAX_CFG_SIZE ((size_t)1 << 20)
#define MAX_LINES 16384
#define MAX_KEYS 1000 /* of a section */

struct option {
    const char *key, *value; /* without blanks, in cfg->pool */
    size_t value_begin;      /* offset in the text behind '=' */
    size_t value_end;        /* offset of the line's end */
    int line;
    bool changed;
    int new_value;
};

struct section {
    const char *name;
    int line;
    size_t header_end; /* offset of the header line's end */
    int first, count;  /* its options */
};

struct ocsp_cfg {
    char *name;
    char *text;
    size_t size;
    char *pool; /* every line without blanks */
    struct section *sections;
    int n_sections;
    struct option *options;
    int n_options;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int count_lines(const char *text, size_t size)
{
    int lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

/* The line text[start..end) as its writer sees it, for messages: up to 40 bytes. */
static int line_shown(const struct ocsp_cfg *cfg, size_t start, size_t end,
                      const char **shown)
{
    while (start < end && is_blank(cfg->text[start]))
        start++;
    while (end > start && is_blank(cfg->text[end - 1]))
        end--;
    *shown = cfg->text + start;
    return end - start < 40 ? (int)(end - start) : 40;
}

/* What is wrong with a line that is no [section]; NULL: nothing, it is a key=value. */
static const char *wrong_with(const struct ocsp_cfg *cfg, const char *stripped)
{
    if (stripped[0] == '[')
        return strchr(stripped, ']')
                   ? "goes on behind its ']': what follows needs a line of its own"
                   : "does not end with ']'";
    if (!strchr(stripped, '='))
        return "is neither a [section] nor key=value";
    if (stripped[0] == '=')
        return "has no key in front of its '='";
    if (cfg->n_sections == 0)
        return "stands before the first [section]";
    return NULL;
}

/* Reads one line, text[start..end), of which `stripped` is the copy without blanks. */
static enum ocsp_status parse_line(struct ocsp_cfg *cfg, char *stripped, size_t start,
                                   size_t end, int line, struct ocsp_error *err)
{
    const size_t length = strlen(stripped);
    const char *shown, *wrong;
    char *equals;

    if (length == 0 || stripped[0] == '#' || stripped[0] == ';')
        return OCSP_OK;
    if (stripped[0] == '[' && stripped[length - 1] == ']') {
        stripped[length - 1] = '\0';
        cfg->sections[cfg->n_sections++] = (struct section){.name = stripped + 1,
                                                            .line = line,
                                                            .header_end = end,
                                                            .first = cfg->n_options};
        return OCSP_OK;
    }
    wrong = wrong_with(cfg, stripped);
    if (wrong) {
        const int n = line_shown(cfg, start, end, &shown);
        return ocsp_fail(err, OCSP_E_FORMAT, cfg->name, line, "'%.*s' %s", n, shown,
                         wrong);
    }
    equals = strchr(stripped, '=');
    *equals = '\0';
    while (cfg->text[start] != '=')
        start++;
    cfg->options[cfg->n_options++] = (struct option){.key = stripped,
                                                     .value = equals + 1,
                                                     .value_begin = start + 1,
                                                     .value_end = end,
                                                     .line = line};
    cfg->sections[cfg->n_sections - 1].count++;
    return OCSP_OK;
}

static enum ocsp_status parse_lines(struct ocsp_cfg *cfg, struct ocsp_error *err)
{
    char *pool = cfg->pool;
    size_t start = 0;

    if (strncmp(cfg->text, "\xef\xbb\xbf", 3) == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, cfg->name, 1,
                         "a byte order mark, which Darknet takes for text: save the file "
                         "without it");

    for (int line = 1; start < cfg->size; line++) {
        char *stripped = pool;
        size_t end = start;
        while (end < cfg->size && cfg->text[end] != '\n') {
            if (cfg->text[end] == '\0')
                return ocsp_fail(err, OCSP_E_FORMAT, cfg->name, line,
                                 "a zero byte: this is not a text file");
            if (!is_blank(cfg->text[end]))
                *pool++ = cfg->text[end];
            end++;
        }
        *pool++ = '\0';
        enum ocsp_status status = parse_line(cfg, stripped, start, end, line, err);
        if (status)
            return status;
        start = end + 1;
    }
    if (cfg->n_sections == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, cfg->name, 0, "no [section] in this file");
    return OCSP_OK;
}

static enum ocsp_status check_keys(const struct ocsp_cfg *cfg, struct ocsp_error *err)
{
    for (int i = 0; i < cfg->n_sections; i++) {
        const struct section *s = &cfg->sections[i];
        if (s->count > MAX_KEYS)
            return ocsp_fail(err, OCSP_E_RANGE, cfg->name,
                             cfg->options[s->first + MAX_KEYS].line,
                             "more than %d keys in section [%.40s]", MAX_KEYS, s->name);
    }
    return OCSP_OK;
}

/* Takes ownership of `text`, also on failure. */
static enum ocsp_status parse_owned(struct ocsp_cfg **out, const char *name, char *text,
                                    size_t size, struct ocsp_error *err)
{
    enum ocsp_status status;
    struct ocsp_cfg *cfg = calloc(1, sizeof *cfg);
    size_t lines;

    if (!cfg) {
        free(text);
        return ocsp_fail_memory(err);
    }
    cfg->text = text;
    cfg->size = size;
    cfg->name = strdup(name);
    if (size > MAX_CFG_SIZE) {
        status = ocsp_fail(err, OCSP_E_RANGE, name, 0, "larger than 1 MiB");
        goto fail;
    }
    lines = (size_t)count_lines(text, size);
    if (lines > MAX_LINES) {
        status = ocsp_fail(err, OCSP_E_RANGE, name, MAX_LINES, "more than %d lines",
                           MAX_LINES);
        goto fail;
    }
    cfg->pool = malloc(size + lines + 1);
    cfg->sections = calloc(lines, sizeof *cfg->sections);
    cfg->options = calloc(lines, sizeof *cfg->options);
    if (!cfg->name || !cfg->pool || !cfg->sections || !cfg->options) {
        status = ocsp_fail_memory(err);
        goto fail;
    }
    status = parse_lines(cfg, err);
    if (!status)
        status = check_keys(cfg, err);
    if (status)
        goto fail;
    *out = cfg;
    return OCSP_OK;
fail:
    ocsp_cfg_free(cfg);
    return status;
}

enum ocsp_status ocsp_cfg_parse(struct ocsp_cfg **out, const char *name, const char *text,
                                size_t size, struct ocsp_error *err)
{
    char *copy = malloc(size + 1);
    if (!copy)
        return ocsp_fail_memory(err);
    memcpy(copy, text, size);
    copy[size] = '\0';
    return parse_owned(out, name, copy, size, err);
}

enum ocsp_status ocsp_cfg_load(struct ocsp_cfg **out, const char *path,
                               struct ocsp_error *err)
{
    char *text;
    size_t size;
    const enum ocsp_status status = ocsp_file_read_text(path, &text, &size, err);
    return status ? status : parse_owned(out, path, text, size, err);
}

void ocsp_cfg_free(struct ocsp_cfg *cfg)
{
    if (!cfg)
        return;
    free(cfg->name);
    free(cfg->text);
    free(cfg->pool);
    free(cfg->sections);
    free(cfg->options);
    free(cfg);
}

const char *ocsp_cfg_name(const struct ocsp_cfg *cfg)
{
    return cfg->name;
}

const char *ocsp_cfg_text(const struct ocsp_cfg *cfg, size_t *size)
{
    *size = cfg->size;
    return cfg->text;
}

int ocsp_cfg_sections(const struct ocsp_cfg *cfg)
{
    return cfg->n_sections;
}

const char *ocsp_cfg_section_name(const struct ocsp_cfg *cfg, int section)
{
    return cfg->sections[section].name;
}

int ocsp_cfg_section_line(const struct ocsp_cfg *cfg, int section)
{
    return cfg->sections[section].line;
}

size_t ocsp_cfg_section_end(const struct ocsp_cfg *cfg, int section)
{
    const struct section *s = &cfg->sections[section];
    const size_t end =
        s->count > 0 ? cfg->options[s->first + s->count - 1].value_end : s->header_end;

    return end < cfg->size ? end + 1 : end; /* with its newline */
}

static struct option *find(const struct ocsp_cfg *cfg, int section, const char *key)
{
    const struct section *s = &cfg->sections[section];
    for (int i = s->first; i < s->first + s->count; i++)
        if (strcmp(cfg->options[i].key, key) == 0)
            return &cfg->options[i];
    return NULL;
}

int ocsp_cfg_line(const struct ocsp_cfg *cfg, int section, const char *key)
{
    const struct option *o = find(cfg, section, key);
    return o ? o->line : cfg->sections[section].line;
}

const char *ocsp_cfg_string(const struct ocsp_cfg *cfg, int section, const char *key,
                            const char *fallback)
{
    const struct option *o = find(cfg, section, key);
    return o ? o->value : fallback;
}

int ocsp_cfg_options(const struct ocsp_cfg *cfg, int section)
{
    return cfg->sections[section].count;
}

int ocsp_cfg_option(const struct ocsp_cfg *cfg, int section, int i, const char **key,
                    const char **value)
{
    const struct option *o = &cfg->options[cfg->sections[section].first + i];
    *key = o->key;
    *value = o->value;
    return o->line;
}

/* Length of the whole number that `value` begins with, 0 if it does not, or if something
 * other than a comment follows it. */
static size_t number_length(const char *value)
{
    const size_t sign = value[0] == '-' || value[0] == '+';
    const size_t length = sign + strspn(value + sign, "0123456789");
    const char after = value[length];

    return length > sign && (after == '\0' || after == '#' || after == ';') ? length : 0;
}

enum ocsp_status ocsp_cfg_int(const struct ocsp_cfg *cfg, int section, const char *key,
                              int fallback, int *out, struct ocsp_error *err)
{
    const struct option *o = find(cfg, section, key);
    long value;

    if (!o) {
        *out = fallback;
        return OCSP_OK;
    }
    if (number_length(o->value) == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, cfg->name, o->line,
                         "%.40s=%.40s is not a whole number", key, o->value);
    errno = 0;
    value = strtol(o->value, NULL, 10);
    if (errno || value < INT_MIN || value > INT_MAX)
        return ocsp_fail(err, OCSP_E_RANGE, cfg->name, o->line,
                         "%.40s=%.40s is not in the range of 32 bits", key, o->value);
    *out = (int)value;
    return OCSP_OK;
}

enum ocsp_status ocsp_cfg_real(const struct ocsp_cfg *cfg, int section, const char *key,
                               double fallback, double *out, struct ocsp_error *err)
{
    const struct option *o = find(cfg, section, key);
    char *end = NULL;

    *out = o ? strtod(o->value, &end) : fallback;
    if (!o || (end > o->value && isfinite(*out) && (*end == '\0' || strchr("#;", *end))))
        return OCSP_OK;
    return ocsp_fail(err, OCSP_E_FORMAT, cfg->name, o->line,
                     "%.40s=%.40s is not a finite number", key, o->value);
}

void ocsp_cfg_set_int(struct ocsp_cfg *cfg, int section, const char *key, int value)
{
    const struct section *s = &cfg->sections[section];
    const struct option *first = find(cfg, section, key);
    assert(first && number_length(first->value) > 0);
    const size_t length = number_length(first->value);

    for (int i = s->first; i < s->first + s->count; i++) {
        struct option *o = &cfg->options[i];
        if (strcmp(o->key, key) != 0 || number_length(o->value) != length ||
            strncmp(o->value, first->value, length) != 0)
            continue;
        o->changed = true;
        o->new_value = value;
    }
}

/* Where the number of an option lies in the text: [*from, *to). The hosts drop blanks, so
 * they may stand inside the number too. */
static void number_span(const struct ocsp_cfg *cfg, const struct option *o, size_t *from,
                        size_t *to)
{
    size_t left = number_length(o->value);
    size_t c = o->value_begin;

    while (is_blank(cfg->text[c]))
        c++;
    *from = c;
    for (; left > 0; c++)
        left -= !is_blank(cfg->text[c]);
    *to = c;
}

enum ocsp_status ocsp_cfg_render(const struct ocsp_cfg *cfg, char **text, size_t *size,
                                 struct ocsp_error *err)
{
    size_t done = 0, length = 0;
    char *buffer = malloc(cfg->size + (size_t)cfg->n_options * 12 + 1);

    if (!buffer)
        return ocsp_fail_memory(err);
    for (int i = 0; i < cfg->n_options; i++) {
        const struct option *o = &cfg->options[i];
        size_t from, to;
        if (!o->changed)
            continue;
        number_span(cfg, o, &from, &to);
        memcpy(buffer + length, cfg->text + done, from - done);
        length += from - done;
        length += (size_t)sprintf(buffer + length, "%d", o->new_value);
        done = to;
    }
    memcpy(buffer + length, cfg->text + done, cfg->size - done);
    length += cfg->size - done;
    buffer[length] = '\0';
    *text = buffer;
    *size = length;
    return OCSP_OK;
}
