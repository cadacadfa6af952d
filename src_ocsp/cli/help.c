#include "cli/help.h"

#include <stdarg.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/flag.h"
#include "net/version.h"

#define ALL_COMMANDS (~0)
#define MANY 8 /* optional flags that a line of usage has no room for */

/* --- texts of one flag --- */

struct text {
    char bytes[512];
    size_t length;
};

static void add(struct text *t, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    if (t->length < sizeof t->bytes)
        t->length += (size_t)vsnprintf(t->bytes + t->length, sizeof t->bytes - t->length,
                                       format, values);
    va_end(values);
}

/* "-NAME VALUE". `bar` stands between the words that VALUE may be. */
static struct text flag_text(const struct ocsp_flag *f, const char *bar)
{
    struct ocsp_choice word;
    struct text t = {.length = 0};

    add(&t, "-%s%s", f->name, ocsp_flag_has_value(f) ? " " : "");
    for (const char *c = f->value ? f->value : ""; *c; c++)
        if (*c == '|')
            add(&t, "%s", bar);
        else
            add(&t, "%c", *c);
    for (size_t k = 0; f->choice && f->choice(k, &word); k++)
        add(&t, "%s%s", k > 0 ? bar : "", word.name);
    return t;
}

/* --- usage --- */

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
static void print_optional(FILE *out, const struct ocsp_command *command)
{
    struct text flags = {.length = 0};
    bool limits = false;
    int n = 0;

    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++)
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++) {
            if (!(f->verbs & (int)command->verb) || requires(command, f))
                continue;
            n++;
            limits = limits || f->is_limit;
            if (!f->is_limit)
                add(&flags, " [%s]", flag_text(f, "|").bytes);
        }
    if (n > MANY)
        fprintf(out, " [flags]");
    else
        fprintf(out, "%s%s", n > 0 ? flags.bytes : "", limits ? " [limits]" : "");
}

static void print_command(FILE *out, const char *program,
                          const struct ocsp_command *command)
{
    fprintf(out, "  %s %s %s", program, command->name, command->words);
    print_optional(out, command);
    fprintf(out, "\n");
}

static void print_limits(FILE *out)
{
    const char *before = "limits: ";

    for (size_t s = 0; s < OCSP_FLAG_SECTIONS; s++)
        for (const struct ocsp_flag *f = ocsp_flag_sections[s].flags; f->name; f++)
            if (f->is_limit) {
                fprintf(out, "%s%s", before, flag_text(f, "|").bytes);
                before = ", ";
            }
    fprintf(out, "\n");
}

void ocsp_print_usage(FILE *out, const char *program, bool has_host)
{
    const struct ocsp_command *command;

    fprintf(out, "usage:\n");
    for (size_t k = 0; (command = ocsp_command(k)); k++)
        if (has_host || command->run)
            print_command(out, program, command);
    print_limits(out);
    fprintf(out, "`%s help [COMMAND]` explains the flags\n", program);
}

/* --- help --- */

static void print_help_of_flag(const struct ocsp_flag *f)
{
    struct ocsp_choice word;

    printf("  %-30s  %s", flag_text(f, "|").bytes, f->help);
    printf(f->by_default ? " (default: %s)\n" : "\n", f->by_default);
    for (size_t k = 0; f->choice && f->choice(k, &word); k++)
        if (word.help)
            printf("  %30s  %s: %s\n", "", word.name, word.help);
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

static void print_help_of_command(const char *program, const struct ocsp_command *command)
{
    print_command(stdout, program, command);
    printf("      %s\n", command->help);
}

static void print_all_help(const char *program, bool has_host)
{
    const struct ocsp_command *command;

    printf("ocsp " OCSP_VERSION ": one-cycle structured pruning of Darknet networks\n\n");
    for (size_t k = 0; (command = ocsp_command(k)); k++)
        if (has_host || command->run)
            print_help_of_command(program, command);
    if (!has_host)
        printf("\nA patched Darknet has these, and:\n");
    for (size_t k = 0; !has_host && (command = ocsp_command(k)); k++)
        if (!command->run)
            print_help_of_command("darknet ocsp", command);
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
static bool print_some_help(const char *program, int n, char **words)
{
    const struct ocsp_command *command;
    int verbs = 0;

    for (size_t k = 0; (command = ocsp_command(k)); k++)
        if (is_named(command, n, words)) {
            print_help_of_command(command->run ? program : "darknet ocsp", command);
            verbs |= (int)command->verb;
        }
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
            printf("| `%s` | ", flag_text(f, "\\|").bytes);
            print_labels(f->verbs);
            printf(" | %s | %s", f->by_default ? f->by_default : "", f->help);
            for (size_t k = 0; f->choice && f->choice(k, &word); k++)
                if (word.help)
                    printf("%s `%s`: %s", k > 0 ? ";" : ".", word.name, word.help);
            printf(" |\n");
        }
    }
}

bool ocsp_help_knows(const char *word)
{
    static const char *const words[] = {"help", "-help", "--help", "--version"};

    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (strcmp(word, words[k]) == 0)
            return true;
    return false;
}

int ocsp_help_run(const char *program, bool has_host, int argc, char **argv)
{
    if (strcmp(argv[0], "--version") == 0) {
        printf("ocsp " OCSP_VERSION "\n");
    } else if (argc == 1) {
        print_all_help(program, has_host);
    } else if (argc == 2 && strcmp(argv[1], "-markdown") == 0) {
        print_markdown();
    } else if (!print_some_help(program, argc - 1, argv + 1)) {
        fprintf(stderr, "%s %s: unknown command '%.40s'\n", program, argv[0], argv[1]);
        return 2;
    }
    if (!fflush(stdout) && !ferror(stdout))
        return 0;
    fprintf(stderr, "%s %s: cannot write to standard output\n", program, argv[0]);
    return 1;
}
