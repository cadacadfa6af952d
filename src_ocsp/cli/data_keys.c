#include "cli/data_keys.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/file.h"
#include "net/nearest.h"
#include "view/lines.h"

/* What a host drops from a line. */
static const char *blanks_of(const struct ocsp_host *host)
{
    return host->windows_lines ? " \t\r" : " \t";
}

static void drop_blanks(char *line, const struct ocsp_host *host)
{
    const char *const blanks = blanks_of(host);
    char *to = line;

    for (const char *c = line; *c; c++)
        if (!strchr(blanks, *c))
            *to++ = *c;
    *to = '\0';
}

/* What Darknet would take for a part of a key or a name. */
static enum ocsp_status check_line(const char *line, const struct ocsp_host *host,
                                   const char *file, int number, struct ocsp_error *err)
{
    const size_t n = strlen(line);

    if (!host->windows_lines && n > 0 && line[n - 1] == '\r')
        return ocsp_fail(err, OCSP_E_UNSUPPORTED, file, number,
                         "%s's Darknet cannot read Windows line ends: remove the CRs",
                         host->name);
    if (strncmp(line, "\xef\xbb\xbf", 3) == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, file, number,
                         "a byte order mark, which Darknet takes for text: save the "
                         "file without it");
    return OCSP_OK;
}

static enum ocsp_status read_line(struct ocsp_data_keys *keys, char *line, int number,
                                  const struct ocsp_host *host, struct ocsp_error *err)
{
    if (check_line(line, host, keys->file, number, err))
        return err->status;
    line += strspn(line, blanks_of(host));
    if (*line == '\0' || *line == '#' || *line == ';')
        return OCSP_OK;
    if (!strchr(line, '=') || *line == '=')
        return ocsp_fail(err, OCSP_E_FORMAT, keys->file, number,
                         "'%.40s' is not key=value", line);
    drop_blanks(line, host);
    char *equals = strchr(line, '=');
    *equals = '\0';
    keys->key[keys->n++] = (struct ocsp_data_key){line, equals + 1, number};
    return OCSP_OK;
}

enum ocsp_status ocsp_data_keys_read(struct ocsp_data_keys *keys, const char *file,
                                     const struct ocsp_host *host, struct ocsp_error *err)
{
    size_t size, lines = 1;
    int number = 0;
    enum ocsp_status status;

    *keys = (struct ocsp_data_keys){.file = file};
    status = ocsp_file_read_text(file, &keys->text, &size, err);
    if (status)
        return status;
    for (size_t i = 0; i < size; i++)
        lines += keys->text[i] == '\n';
    keys->key = calloc(lines, sizeof *keys->key);
    if (!keys->key)
        status = ocsp_fail_memory(err);
    for (char *rest = keys->text; rest && !status;) {
        char *line = rest;
        rest = strchr(rest, '\n');
        if (rest)
            *rest++ = '\0';
        status = read_line(keys, line, ++number, host, err);
    }
    if (status)
        ocsp_data_keys_clear(keys);
    return status;
}

void ocsp_data_keys_clear(struct ocsp_data_keys *keys)
{
    free(keys->text);
    free(keys->key);
    *keys = (struct ocsp_data_keys){0};
}

struct ocsp_data_key ocsp_data_keys_find(const struct ocsp_data_keys *keys,
                                         const char *key, const char *fallback)
{
    for (int i = 0; i < keys->n; i++)
        if (strcmp(keys->key[i].key, key) == 0)
            return keys->key[i];
    return (struct ocsp_data_key){key, fallback, 0};
}

/* words: the host's, or NULL where it does not say which it reads. */
static bool is_known(const char *key, const char *words)
{
    const size_t n = strlen(key);

    if (!words)
        return true;
    for (const char *c = words; (c = strstr(c, key)); c++)
        if ((c == words || c[-1] == ' ') && (c[n] == ' ' || c[n] == '\0'))
            return n > 0;
    return false;
}

static bool is_one_of(const char *key, const char *const *words)
{
    while (*words && strcmp(key, *words) != 0)
        words++;
    return *words != NULL;
}

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    ocsp_lines_say(OCSP_SAY_LINE, text);
}

/* The used key that an unknown one was meant for; NULL: none that is missing. */
static const char *find_meant(const struct ocsp_data_keys *keys, const char *key,
                              const char *const *used)
{
    struct ocsp_nearest nearest = ocsp_nearest_to(key);

    for (; *used; used++)
        ocsp_nearest_offer(&nearest, *used);
    return nearest.word && ocsp_data_keys_find(keys, nearest.word, NULL).line == 0
               ? nearest.word
               : NULL;
}

enum ocsp_status ocsp_data_keys_check(const struct ocsp_data_keys *keys,
                                      const char *const *used,
                                      const struct ocsp_host *host,
                                      struct ocsp_error *err)
{
    for (int i = 0; i < keys->n; i++) {
        const struct ocsp_data_key *key = &keys->key[i];
        if (is_one_of(key->key, used) && !*key->value)
            return ocsp_fail(err, OCSP_E_FORMAT, keys->file, key->line,
                             "%s= has no value", key->key);
        if (is_known(key->key, host->data_file.keys))
            continue;
        const char *meant = find_meant(keys, key->key, used);
        if (meant)
            return ocsp_fail(err, OCSP_E_FORMAT, keys->file, key->line,
                             "Darknet reads no key '%.40s': write %s= if that is meant, "
                             "or remove the line",
                             key->key, meant);
    }
    return OCSP_OK;
}

void ocsp_data_keys_say(const struct ocsp_data_keys *keys, const char *const *used,
                        const struct ocsp_host *host)
{
    for (int i = 0; i < keys->n; i++) {
        const struct ocsp_data_key *key = &keys->key[i];
        const struct ocsp_data_key first = ocsp_data_keys_find(keys, key->key, NULL);
        if (!is_known(key->key, host->data_file.keys))
            say("ocsp: %s:%d: %s's Darknet does not read the key '%.40s'", keys->file,
                key->line, host->name, key->key);
        else if (is_one_of(key->key, used) && first.line != key->line &&
                 strcmp(first.value, key->value) != 0)
            say("ocsp: %s:%d: Darknet takes the %s= of line %d, not this one", keys->file,
                key->line, key->key, first.line);
    }
}

enum ocsp_status ocsp_data_key_refuse(const struct ocsp_data_keys *keys,
                                      const struct ocsp_data_key *key, const char *why,
                                      struct ocsp_error *err)
{
    if (key->line == 0 && key->value)
        return ocsp_fail(err, OCSP_E_IO, keys->file, 0,
                         "no %s= in this data file, and Darknet's own choice is %s: %s",
                         key->key, key->value, why);
    if (key->line == 0)
        return ocsp_fail(err, OCSP_E_FORMAT, keys->file, 0, "no %s= in this data file",
                         key->key);
    return ocsp_fail(err, OCSP_E_IO, keys->file, key->line, "%s=%s: %s", key->key,
                     key->value, why);
}

enum ocsp_status ocsp_data_key_whole(const struct ocsp_data_keys *keys,
                                     const struct ocsp_data_key *key, int low, int high,
                                     int *out, struct ocsp_error *err)
{
    char *end;
    const long n = strtol(key->value, &end, 10);

    if (end == key->value || *end)
        return ocsp_fail(err, OCSP_E_FORMAT, keys->file, key->line,
                         "%s=%s is not a whole number", key->key, key->value);
    if (n < low || n > high)
        return ocsp_fail(err, OCSP_E_RANGE, keys->file, key->line,
                         "%s=%s: it must be %d to %d", key->key, key->value, low, high);
    *out = (int)n;
    return OCSP_OK;
}

enum ocsp_status ocsp_data_keys_classes(const struct ocsp_data_keys *keys, int outputs,
                                        struct ocsp_error *err)
{
    const struct ocsp_data_key key = ocsp_data_keys_find(keys, "classes", "2");
    int classes;

    if (ocsp_data_key_whole(keys, &key, INT_MIN, INT_MAX, &classes, err))
        return err->status;
    if (classes == outputs)
        return OCSP_OK;
    if (key.line == 0)
        return ocsp_fail(err, OCSP_E_CONFLICT, keys->file, 0,
                         "no classes= in this data file: Darknet takes %s, but the net "
                         "has %d outputs",
                         key.value, outputs);
    return ocsp_fail(err, OCSP_E_CONFLICT, keys->file, key.line,
                     "classes=%s, but the net has %d outputs", key.value, outputs);
}

enum ocsp_status ocsp_data_key_file(const struct ocsp_data_keys *keys,
                                    const struct ocsp_data_key *key,
                                    struct ocsp_error *err)
{
    const char *why = key->value ? ocsp_file_obstacle(key->value) : "";

    return why ? ocsp_data_key_refuse(keys, key, why, err) : OCSP_OK;
}

enum ocsp_status ocsp_data_key_folder(const struct ocsp_data_keys *keys,
                                      const struct ocsp_data_key *key,
                                      struct ocsp_error *err)
{
    struct stat info;

    if (stat(key->value, &info))
        return ocsp_data_key_refuse(keys, key, strerror(errno), err);
    if (!S_ISDIR(info.st_mode))
        return ocsp_data_key_refuse(keys, key, "not a folder", err);
    if (access(key->value, W_OK | X_OK))
        return ocsp_data_key_refuse(keys, key, strerror(errno), err);
    return OCSP_OK;
}
