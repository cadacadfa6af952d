#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/flag_text.h"
#include "cli/unknown_command.h"
#include "net/standard_output.h"
#include "net/version.h"

#define ALL_COMMANDS (~0)
#define MANY 8    /* optional flags that a line of usage has no room for */
#define WIDTH 80  /* columns of a line */
#define COLUMN 28 /* where texts begin behind the names of commands and flags */
#define INDENT 4  /* of what belongs to the line before */

#define LIMITS " [limits]"

static const char host_program[] = "darknet ocsp";

/* --- texts in columns --- */

/* Columns that n bytes of UTF-8 take. */
static int columns(const char *text, size_t n)
{
    int count = 0;

    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* Prints words, the first at column `at`; those without room begin a line at `column`.
 * Returns the column behind the last. */
static int print_words(const char *text, int at, int column)
{
    bool behind_word = at > column;

    while (*text) {
        const size_t n = strcspn(text, " ");
        const int width = columns(text, n);
        if (behind_word && at + 1 + width > WIDTH) {
            printf("\n%*s", column, "");
            at = column;
        } else if (behind_word) {
            putchar(' ');
            at++;
        }
        printf("%.*s", (int)n, text);
        behind_word = true;
        at += width;
        text += n + strspn(text + n, " ");
    }
    return at;
}

/* Prints the name with two blanks before it; the next text begins at COLUMN. */
static void print_name(const char *name)
{
    const int width = 2 + columns(name, strlen(name));

    printf("  %s", name);
    if (width + 2 > COLUMN)
        printf("\n%*s", COLUMN, "");
    else
        printf("%*s", COLUMN - width, "");
}

static void print_row(const char *name, const char *text)
{
    print_name(name);
    print_words(text, COLUMN, COLUMN);
    putchar('\n');
}

/* --- usage of a command --- */

/* Whether a command's words have the flag: it is required then. */
static bool requires(const struct ocsp_command *command, const struct ocsp_flag *f)
{
    const size_t n = strlen(f->name);

    for (const char *dash = command->words; (dash = strchr(dash, '-')); dash++)
        if ((dash == command->words || dash[-1] == ' ' || dash[-1] == '(') &&
            strncmp(dash + 1, f->name, n) == 0 && strchr(" ", dash[n + 1]))
            return true;
    return false;
}

/* " [-FLAG]" for each optional flag, and " [limits]" for those that have this name. */
static void add_optional(struct ocsp_flag_text *usage, const struct ocsp_command *command)
{
    struct ocsp_flag_text flags = {.length = 0};
    bool limits = false;
    int n = 0;

    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++)
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++) {
            if (!(f->verbs & (int)command->verb) || requires(command, f))
                continue;
            n++;
            limits = limits || f->is_limit;
            if (!f->is_limit)
                ocsp_flag_text_add(&flags, " [%s]", ocsp_flag_text(f, "|").bytes);
        }
    if (n > MANY)
        ocsp_flag_text_add(usage, " [flags]");
    else
        ocsp_flag_text_add(usage, "%s%s", n > 0 ? flags.bytes : "", limits ? LIMITS : "");
}

/* Returns whether its usage names the limits in one word. */
static bool print_help_of_command(const char *program, const struct ocsp_command *command)
{
    struct ocsp_flag_text usage = {.length = 0};

    ocsp_flag_text_add(&usage, "%s %s %s", command->run ? program : host_program,
                       command->name, command->words);
    add_optional(&usage, command);
    printf("  ");
    print_words(usage.bytes, 2, 2 + INDENT);
    printf("\n%*s", 2 + INDENT, "");
    print_words(command->help, 2 + INDENT, 2 + INDENT);
    putchar('\n');
    return strstr(usage.bytes, LIMITS);
}

/* What that word stands for. */
static void print_limits(void)
{
    printf("\n%s:", &LIMITS[1]);
    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++)
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++)
            if (f->is_limit)
                printf(" -%s", f->name);
    putchar('\n');
}

/* --- flags --- */

static void print_help_of_flag(const struct ocsp_flag *f)
{
    struct ocsp_choice word;
    struct ocsp_flag_text by_default = {.length = 0};

    print_name(ocsp_flag_text(f, "|").bytes);
    const int at = print_words(f->help, COLUMN, COLUMN);
    if (f->by_default) {
        ocsp_flag_text_add(&by_default, "(default: %s)", f->by_default);
        print_words(by_default.bytes, at, COLUMN);
    }
    putchar('\n');
    for (size_t k = 0; f->choice && f->choice(k, &word); k++) {
        struct ocsp_flag_text line = {.length = 0};
        if (!word.help)
            continue;
        ocsp_flag_text_add(&line, "%s: %s", word.name, word.help);
        printf("%*s", COLUMN, "");
        print_words(line.bytes, COLUMN, COLUMN);
        putchar('\n');
    }
}

static void print_help_of_flags(int verbs)
{
    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++) {
        bool titled = false;
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++) {
            if (!(f->verbs & verbs))
                continue;
            if (!titled)
                printf("\n%s:\n", ocsp_flag_sections[s].title);
            titled = true;
            print_help_of_flag(f);
        }
    }
}

/* --- pages --- */

static const struct {
    enum ocsp_goal goal;
    const char *title;
} goals[] = {{OCSP_TO_TRAIN, "Train, and prune while training"},
             {OCSP_TO_LOOK, "Look before you prune"},
             {OCSP_TO_PRUNE, "Prune a trained network at once"},
             {OCSP_TO_JUDGE, "Judge what you have got"}};

static void print_goal(size_t g, bool has_host)
{
    const struct ocsp_command *command;
    bool titled = false;

    for (size_t k = 0; (command = ocsp_command(k)); k++) {
        if (command->goal != goals[g].goal || (!has_host && !command->run))
            continue;
        if (!titled)
            printf("\n%s:\n", goals[g].title);
        titled = true;
        print_row(command->name, command->help);
    }
}

/* What only a patched Darknet has. */
static void print_host_commands(void)
{
    const struct ocsp_command *command;

    printf("\nA Darknet that is patched by darknet_patch/apply has these, and:\n");
    for (size_t k = 0; (command = ocsp_command(k)); k++)
        if (!command->run)
            print_row(command->name, command->help);
}

static void print_first_page(const char *program, bool has_host)
{
    printf("ocsp " OCSP_VERSION ": one-cycle structured pruning of Darknet networks\n");
    for (size_t g = 0; g < sizeof goals / sizeof *goals; g++)
        print_goal(g, has_host);
    if (!has_host)
        print_host_commands();
    printf("\nFor example, half of VGG-16 goes while it learns CIFAR-10:\n"
           "  %s classifier train data/cifar.data cfg/cifar/vgg16.cfg\n\n"
           "`%s help COMMAND` explains a command and its flags,\n"
           "`%s help all` explains all of them.\n",
           host_program, program, program);
}

static void print_all(const char *program)
{
    const struct ocsp_command *command;

    for (size_t k = 0; (command = ocsp_command(k)); k++)
        print_help_of_command(program, command);
    print_limits();
    print_help_of_flags(ALL_COMMANDS);
}

/* Whether the words name the command, as "train", "detector" or "detector train". */
static bool is_named(const struct ocsp_command *command, int n, char **words)
{
    const char *second = strchr(command->name, ' ');

    if (n == 1 && strcmp(words[0], command->label) == 0)
        return true;
    return ocsp_is_alternative(words[0], command->name) &&
           (n == 1 || (n == 2 && second && ocsp_is_alternative(words[1], second + 1)));
}

/* Returns whether there is such a command. */
static bool print_some(const char *program, int n, char **words)
{
    const struct ocsp_command *command;
    bool has_limits = false;
    int verbs = 0;

    for (size_t k = 0; (command = ocsp_command(k)); k++)
        if (is_named(command, n, words)) {
            has_limits |= print_help_of_command(program, command);
            verbs |= (int)command->verb;
        }
    if (has_limits)
        print_limits();
    print_help_of_flags(verbs);
    return verbs;
}

/* --- docs/flags.md --- */

static void print_labels(int verbs)
{
    const struct ocsp_command *command;
    int done = 0;

    for (size_t k = 0; (command = ocsp_command(k)); k++) {
        const int verb = (int)command->verb;
        if (!(verb & verbs) || (verb & done))
            continue;
        printf("%s%s", done ? ", " : "", command->label);
        done |= verb;
    }
}

static void print_markdown(void)
{
    struct ocsp_choice word;

    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++) {
        printf("%s## %s\n\n| flag | commands | default | meaning |\n|---|---|---|---|\n",
               s > 0 ? "\n" : "", ocsp_flag_sections[s].title);
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++) {
            printf("| `%s` | ", ocsp_flag_text(f, "\\|").bytes);
            print_labels(f->verbs);
            printf(" | %s | %s", f->by_default ? f->by_default : "", f->help);
            for (size_t k = 0; f->choice && f->choice(k, &word); k++)
                if (word.help)
                    printf("%s `%s`: %s", k > 0 ? ";" : ".", word.name, word.help);
            printf(" |\n");
        }
    }
}

/* --- what is asked --- */

static bool is_help_flag(const char *word)
{
    return strcmp(word, "-h") == 0 || strcmp(word, "-help") == 0 ||
           strcmp(word, "--help") == 0;
}

bool ocsp_help_is_wanted(int argc, char **argv)
{
    if (argc == 0 || strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--version") == 0)
        return true;
    for (int i = 0; i < argc; i++)
        if (is_help_flag(argv[i]))
            return true;
    return argc == 2 && strcmp(argv[1], "help") == 0;
}

/* Words of "COMMAND … --help" that name the command. */
static int command_words(int argc, char **argv)
{
    const struct ocsp_command *command = ocsp_command_given(argc, argv);

    return command && strchr(command->name, ' ') ? 2 : 1;
}

static bool is_in_front(int argc, char **argv)
{
    return argc > 0 && (strcmp(argv[0], "help") == 0 || is_help_flag(argv[0]));
}

/* Returns false where the words name no command. */
static bool print_page(const char *program, bool has_host, int argc, char **argv)
{
    const bool in_front = is_in_front(argc, argv);

    if (argc == 0 || (argc == 1 && in_front))
        print_first_page(program, has_host);
    else if (!in_front)
        return print_some(program, command_words(argc, argv), argv);
    else if (argc == 2 && strcmp(argv[1], "-markdown") == 0)
        print_markdown();
    else if (argc == 2 && strcmp(argv[1], "all") == 0)
        print_all(program);
    else
        return print_some(program, argc - 1, argv + 1);
    return true;
}

/* More words than name a command. */
static bool say_too_many(const char *program, int argc, char **argv)
{
    const struct ocsp_command *command = ocsp_command_given(argc, argv);
    const int n = command_words(argc, argv);

    if (!command || argc <= n)
        return false;
    fprintf(stderr, "%s help: '%.40s' is one word too many: one command is explained\n",
            program, argv[n]);
    return true;
}

int ocsp_help_run(const char *program, const char *const *host_commands, int argc,
                  char **argv)
{
    const int in_front = is_in_front(argc, argv);
    const bool version = argc > 0 && strcmp(argv[0], "--version") == 0;
    struct ocsp_error err;

    if (version)
        printf("ocsp " OCSP_VERSION "\n");
    else if (!print_page(program, host_commands, argc, argv))
        return say_too_many(program, argc - in_front, argv + in_front)
                   ? 2
                   : ocsp_unknown_command(program, host_commands, argc - in_front,
                                          argv + in_front);
    if (!ocsp_output_check(&err))
        return 0;
    fprintf(stderr, "%s %s: %s\n", program, version ? "--version" : "help", err.text);
    return 1;
}
