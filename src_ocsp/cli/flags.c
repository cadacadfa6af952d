#include "cli/flags.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/flag.h"
#include "net/file.h"

#define SAVE_MINUTES 10
#define SPEED_SECONDS 10

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

static enum ocsp_status fail_unknown_setting(const struct ocsp_given_flag *given)
{
    struct ocsp_nearest nearest =
        ocsp_nearest_to(given->name + (*given->name == '-')); /* of the command line */

    ocsp_flag_offer(&nearest, OCSP_FOR_TRAIN);
    const struct ocsp_flag *flag =
        nearest.word ? ocsp_flag_find(nearest.word, OCSP_FOR_TRAIN) : NULL;
    if (flag && nearest.distance == 0 && flag->command_line_only)
        return ocsp_fail(given->err, OCSP_E_USAGE, given->file, given->line,
                         "'%s' is for the command line alone", given->name);
    if (!flag || flag->command_line_only)
        return ocsp_fail(given->err, OCSP_E_USAGE, given->file, given->line,
                         "unknown setting '%.40s'", given->name);
    return ocsp_fail(given->err, OCSP_E_USAGE, given->file, given->line,
                     "unknown setting '%.40s': did you mean %s?", given->name,
                     flag->name);
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
        return fail_unknown_setting(given);
    if (ocsp_flag_has_value(flag) && (!given->value || !*given->value))
        return ocsp_fail(given->err, OCSP_E_USAGE, given->file, given->line,
                         "'%.40s' needs a value", given->name);
    given->flag = flag;
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

static bool knows_elsewhere(const char *name)
{
    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++)
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++)
            if (strcmp(f->name, name) == 0)
                return true;
    return false;
}

/* Refuses a word that looks like a flag, with the one that it was meant to be. `command`:
 * the host's, whose own flags are `host_flags`. */
static enum ocsp_status fail_unknown(const char *word, enum ocsp_verb verb,
                                     const struct ocsp_host_flag *host_flags,
                                     const char *command, struct ocsp_error *err)
{
    const bool two_dashes = word[1] == '-';
    char name[41] = "", hint[128] = "";
    struct ocsp_nearest nearest = ocsp_nearest_to(name);

    snprintf(name, sizeof name, "%s", word + 1 + two_dashes);
    name[strcspn(name, "=")] = '\0';
    ocsp_flag_offer(&nearest, verb);
    for (const struct ocsp_host_flag *f = host_flags; f && f->name; f++)
        if (ocsp_host_flag_words(host_flags, command, f->name) > 0)
            ocsp_nearest_offer(&nearest, f->name + 1);
    if (nearest.word && nearest.distance == 0 && two_dashes)
        snprintf(hint, sizeof hint, ": our flags have one dash");
    else if (nearest.word && nearest.distance == 0)
        snprintf(hint, sizeof hint, ": its value is a word of its own");
    else if (knows_elsewhere(name))
        snprintf(hint, sizeof hint, ": it belongs to other commands");
    else if (nearest.word)
        snprintf(hint, sizeof hint, ": did you mean -%s?", nearest.word);
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
            return fail_unknown(argv[i], verb, host_flags, argv[0], err);
        if (ocsp_flag_has_value(flag) &&
            lacks_value(i + 1 < *argc ? argv[i + 1] : NULL, verb))
            return ocsp_fail(err, OCSP_E_USAGE, NULL, 0, "'%s' needs a value", argv[i]);
        given.flag = flag;
        given.name = flag->name;
        given.value = ocsp_flag_has_value(flag) ? argv[i + 1] : NULL;
        const enum ocsp_status status = flag->set(&given);
        if (status)
            return status;
        flags->of_search = flag->of_search ? flag->name : flags->of_search;
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

    *flags = (struct ocsp_flags){
        .verb = verb,
        .saving.minutes = SAVE_MINUTES,
        .plots = true,
        .speed = {.batches = {1}, .n_batches = 1, .seconds = SPEED_SECONDS}};
    ocsp_settings_init(&flags->settings);
    if (verb == OCSP_FOR_TRAIN)
        for (int i = 0; i + 1 < *argc && !status; i++)
            if (strcmp(argv[i], "-ocsp") == 0)
                status = read_sidecar(flags, argv[++i], err);
    return status ? status : read_words(flags, verb, host_flags, argc, argv, err);
}
