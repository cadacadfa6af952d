#include "cli/unknown_command.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "net/nearest.h"

#define USAGE 2

static const char host_program[] = "darknet ocsp";

/* The first two words as they were typed; "" where there is none. */
struct typed {
    const char *first, *second;
};

/* "train" of "classifier train"; the name itself where it is one word. */
static const char *last_word(const char *name)
{
    const char *blank = strchr(name, ' ');

    return blank ? blank + 1 : name;
}

static bool has_two_words(const char *name)
{
    return strchr(name, ' ') != NULL;
}

/* The two words of a name; false where it is one. */
static bool split(const char *name, char words[2][OCSP_COMMAND_NAME])
{
    snprintf(words[0], OCSP_COMMAND_NAME, "%.*s", (int)strcspn(name, " "), name);
    snprintf(words[1], OCSP_COMMAND_NAME, "%s", last_word(name));
    return has_two_words(name);
}

static bool begins_with_word(const char *name, const char *word)
{
    const size_t n = strlen(word);

    return n > 0 && strncmp(name, word, n) == 0 && name[n] == ' ';
}

/* Whether it is the first word of a command of two. */
static bool is_family(const char *word)
{
    char name[OCSP_COMMAND_NAME];

    for (size_t k = 0; ocsp_command_typed(k, name); k++)
        if (begins_with_word(name, word))
            return true;
    return false;
}

/* The first word of a command of two, with none or another behind it. */
static bool say_second_words(const char *program, const struct typed *t)
{
    char name[OCSP_COMMAND_NAME];
    int n = 0;

    for (size_t k = 0; ocsp_command_typed(k, name); k++) {
        if (!begins_with_word(name, t->first))
            continue;
        if (n++ == 0 && *t->second)
            fprintf(stderr, "%s: unknown command '%s %.40s': behind '%s' stands ",
                    program, t->first, t->second, t->first);
        else if (n == 1)
            fprintf(stderr, "%s: behind '%s' stands ", program, t->first);
        fprintf(stderr, "%s%s", n > 1 ? ", " : "", last_word(name));
    }
    if (n > 0)
        fprintf(stderr, "; `%s help %s` explains them\n", program, t->first);
    return n > 0;
}

/* A command that only a patched Darknet has. */
static bool say_host_is_needed(const char *program, int argc, char **argv)
{
    const struct ocsp_command *command = ocsp_command_given(argc, argv);

    if (!command || command->run)
        return false;
    const bool two = has_two_words(command->name);
    fprintf(stderr,
            "%s: '%s%s%s' needs a Darknet: patch yours by darknet_patch/apply, then type "
            "`darknet ocsp %s%s%s`\n",
            program, argv[0], two ? " " : "", two ? argv[1] : "", argv[0], two ? " " : "",
            two ? argv[1] : "");
    return true;
}

/* The host's own command of these words, or of `first` as its second word alone. */
static const char *find_hosts(const char *const *host_commands, const struct typed *t)
{
    const char *by_second = NULL;

    for (; host_commands && *host_commands; host_commands++) {
        const char *name = *host_commands;
        if (has_two_words(name) ? begins_with_word(name, t->first) &&
                                      strcmp(last_word(name), t->second) == 0
                                : strcmp(name, t->first) == 0)
            return name;
        if (!by_second && strcmp(last_word(name), t->first) == 0)
            by_second = name;
    }
    return by_second;
}

static bool say_host_has_it(const char *program, const char *const *host_commands,
                            const struct typed *t)
{
    const char *name = find_hosts(host_commands, t);

    if (name)
        fprintf(stderr,
                "%s: '%s' is a command of Darknet's own: use it without the word ocsp, "
                "as `darknet %s`\n",
                program, name, name);
    return name;
}

/* Letters that differ, INT_MAX where they are too many. */
static int distance_to(const char *name, const struct typed *t)
{
    char words[2][OCSP_COMMAND_NAME];

    if (!split(name, words) && is_family(t->first))
        return INT_MAX;
    if (!has_two_words(name))
        return ocsp_nearest_is_near(t->first, name)
                   ? ocsp_nearest_distance(t->first, name)
                   : INT_MAX;
    if (!ocsp_nearest_is_near(t->first, words[0]) ||
        !ocsp_nearest_is_near(t->second, words[1]))
        return INT_MAX;
    return ocsp_nearest_distance(t->first, words[0]) +
           ocsp_nearest_distance(t->second, words[1]);
}

static bool say_nearest(const char *program, const char *const *host_commands,
                        const struct typed *t)
{
    char name[OCSP_COMMAND_NAME], best[OCSP_COMMAND_NAME];
    int least = INT_MAX;
    bool is_hosts = false;

    for (size_t k = 0; ocsp_command_typed(k, name); k++)
        if (distance_to(name, t) < least) {
            least = distance_to(name, t);
            strcpy(best, name);
        }
    for (; host_commands && *host_commands; host_commands++)
        if (distance_to(*host_commands, t) < least) {
            least = distance_to(*host_commands, t);
            snprintf(best, sizeof best, "%s", *host_commands);
            is_hosts = true;
        }
    if (least == INT_MAX)
        return false;
    fprintf(stderr, "%s: unknown command '%.40s%s%.40s': did you mean `%s %s`%s?\n",
            program, t->first, has_two_words(best) ? " " : "",
            has_two_words(best) ? t->second : "",
            is_hosts              ? "darknet"
            : has_two_words(best) ? host_program
                                  : program,
            best, is_hosts ? ", without the word ocsp" : "");
    return true;
}

/* "train" or "detector" alone, or something near them: all commands with this word. */
static bool say_all_with_word(const char *program, const struct typed *t)
{
    struct ocsp_nearest nearest = ocsp_nearest_to(t->first);
    char words[2][OCSP_COMMAND_NAME], name[OCSP_COMMAND_NAME], word[OCSP_COMMAND_NAME];
    int n = 0;

    for (size_t k = 0; ocsp_command_typed(k, name); k++)
        for (int w = 0; w < 2 && split(name, words); w++) {
            const int before = nearest.distance;
            ocsp_nearest_offer(&nearest, words[w]);
            if (nearest.distance < before)
                strcpy(word, words[w]);
        }
    for (size_t k = 0; nearest.word && ocsp_command_typed(k, name); k++) {
        if (!split(name, words) ||
            (strcmp(words[0], word) != 0 && strcmp(words[1], word) != 0))
            continue;
        if (n++ == 0)
            fprintf(stderr, "%s: unknown command '%.40s': did you mean", program,
                    t->first);
        fprintf(stderr, "%s `%s %s`", n > 1 ? " or" : "", host_program, name);
    }
    if (n > 0)
        fprintf(stderr, "?\n");
    return n > 0;
}

/* What other programs have as -v, -version, -h or --hlep. */
static bool say_flag(const char *program, const struct typed *t)
{
    const char *word = t->first + strspn(t->first, "-");
    const bool version = strcmp(word, "v") == 0 || strcmp(word, "V") == 0 ||
                         ocsp_nearest_is_near(word, "version");

    if (!version && !ocsp_nearest_is_near(word, "help"))
        return false;
    fprintf(stderr, "%s: unknown command '%.40s': did you mean `%s %s`?\n", program,
            t->first, program, version ? "--version" : "help");
    return true;
}

int ocsp_unknown_command(const char *program, const char *const *host_commands, int argc,
                         char **argv)
{
    const struct typed t = {argc > 0 ? argv[0] : "", argc > 1 ? argv[1] : ""};

    if ((!host_commands && say_host_is_needed(program, argc, argv)) ||
        say_host_has_it(program, host_commands, &t) ||
        say_nearest(program, host_commands, &t) || say_second_words(program, &t) ||
        say_all_with_word(program, &t) || say_flag(program, &t))
        return USAGE;
    fprintf(stderr, "%s: unknown command '%.40s'; `%s help` lists the commands\n",
            program, t.first, program);
    return USAGE;
}
