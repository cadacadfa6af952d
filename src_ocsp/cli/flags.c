#include "cli/flags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/flag.h"
#include "net/file.h"

#define SAVE_MINUTES 10

int ocsp_host_flag_words(const struct ocsp_host_flag *flags, const char *command,
                         const char *word)
{
    const bool detector = strcmp(command, "detector") == 0;

    for (; flags && flags->name; flags++)
        if (strcmp(word, flags->name) == 0 &&
            (detector ? flags->detector : flags->classifier))
            return flags->has_value ? 2 : 1;
    return 0;
}

static char *trim(char *text)
{
    char *end = text + strlen(text);
    while (*text == ' ' || *text == '\t')
        text++;
    while (end > text && strchr(" \t\r", end[-1]))
        *--end = '\0';
    return text;
}

static enum ocsp_status sidecar_line(struct ocsp_given_flag *given, char *line)
{
    char *equals;

    line = trim(line);
    if (*line == '\0' || *line == '#')
        return OCSP_OK;
    equals = strchr(line, '=');
    if (equals)
        *equals = '\0';
    given->name = trim(line);
    given->value = equals ? trim(equals + 1) : NULL;
    const struct ocsp_flag *flag = ocsp_flag_find(given->name, OCSP_FOR_TRAIN);
    if (!*given->name)
        return ocsp_fail(given->err, OCSP_E_USAGE, given->file, given->line,
                         "no setting stands in front of '='");
    if (!flag || flag->command_line_only)
        return ocsp_fail(given->err, OCSP_E_USAGE, given->file, given->line,
                         "unknown setting '%.40s'", given->name);
    if (ocsp_flag_has_value(flag) && (!given->value || !*given->value))
        return ocsp_fail(given->err, OCSP_E_USAGE, given->file, given->line,
                         "'%.40s' needs a value", given->name);
    return flag->set(given);
}

static enum ocsp_status read_sidecar(struct ocsp_flags *flags, const char *path,
                                     struct ocsp_error *err)
{
    struct ocsp_given_flag given = {.flags = flags, .file = path, .err = err};
    char *text, *rest;
    size_t size;
    enum ocsp_status status = ocsp_file_read_text(path, &text, &size, err);

    if (status)
        return status;
    rest = text;
    while (rest && !status) {
        char *line = rest;
        rest = strchr(line, '\n');
        if (rest)
            *rest++ = '\0';
        given.line++;
        status = sidecar_line(&given, line);
    }
    free(text);
    return status;
}

/* Refuses a word that looks like a flag, with a hint where one resembles it. */
static enum ocsp_status fail_unknown(const char *word, enum ocsp_verb verb,
                                     struct ocsp_error *err)
{
    char name[41];
    const char *hint = "";

    snprintf(name, sizeof name, "%s", word + 1);
    name[strcspn(name, "=")] = '\0';
    if (word[1] == '-' && ocsp_flag_find(word + 2, verb))
        hint = ": our flags have one dash";
    else if (strchr(word, '=') && ocsp_flag_find(name, verb))
        hint = ": its value is a word of its own";
    return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "unknown flag '%.40s'%s", word, hint);
}

/* Whether `word`, which should be a value, is missing (NULL), empty, or the next flag. */
static bool lacks_value(const char *word, enum ocsp_verb verb)
{
    return !word || !*word || (*word == '-' && ocsp_flag_find(word + 1, verb));
}

static enum ocsp_status read_words(struct ocsp_flags *flags, enum ocsp_verb verb,
                                   const struct ocsp_host_flag *host_flags, int *argc,
                                   char **argv, struct ocsp_error *err)
{
    struct ocsp_given_flag given = {.flags = flags, .err = err};
    int kept = 0;

    for (int i = 0; i < *argc; i++) {
        if (!*argv[i] && verb != OCSP_FOR_INFERENCE)
            return ocsp_fail(err, OCSP_E_USAGE, NULL, 0,
                             "an empty word where a file's name or a flag should be");
        const int host_words = ocsp_host_flag_words(host_flags, argv[0], argv[i]);
        if (host_words > 1 && i + 1 >= *argc)
            return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "'%s' needs a value", argv[i]);
        if (argv[i][0] != '-' || argv[i][1] == '\0' || host_words > 0) {
            for (int k = 0; k < (host_words > 0 ? host_words : 1) && i + k < *argc; k++)
                argv[kept++] = argv[i + k];
            i += host_words > 1 ? host_words - 1 : 0;
            continue;
        }
        const struct ocsp_flag *flag = ocsp_flag_find(argv[i] + 1, verb);
        if (!flag && verb == OCSP_FOR_INFERENCE) {
            argv[kept++] = argv[i];
            continue;
        }
        if (!flag)
            return fail_unknown(argv[i], verb, err);
        if (ocsp_flag_has_value(flag) &&
            lacks_value(i + 1 < *argc ? argv[i + 1] : NULL, verb))
            return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "'%s' needs a value", argv[i]);
        given.name = flag->name;
        given.value = ocsp_flag_has_value(flag) ? argv[i + 1] : NULL;
        const enum ocsp_status status = flag->set(&given);
        if (status)
            return status;
        i += ocsp_flag_has_value(flag);
    }
    *argc = kept;
    return OCSP_OK;
}

enum ocsp_status ocsp_flags_read(struct ocsp_flags *flags, enum ocsp_verb verb,
                                 const struct ocsp_host_flag *host_flags, int *argc,
                                 char **argv, struct ocsp_error *err)
{
    enum ocsp_status status = OCSP_OK;

    *flags =
        (struct ocsp_flags){.verb = verb, .saving.minutes = SAVE_MINUTES, .batch = 1};
    ocsp_settings_init(&flags->settings);
    if (verb == OCSP_FOR_TRAIN)
        for (int i = 0; i + 1 < *argc && !status; i++)
            if (strcmp(argv[i], "-ocsp") == 0)
                status = read_sidecar(flags, argv[++i], err);
    return status ? status : read_words(flags, verb, host_flags, argc, argv, err);
}
