/* Rules about the bytes of lines: what some parsers make of blanks and comments. */
#include <string.h>

#include "lint/program_words.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static size_t first_word(const char *line, size_t length)
{
    size_t start = 0;
    while (start < length && is_blank(line[start]))
        start++;
    return start;
}

/* strip() of 2018 leaves '\r' in section names */
static bool ends_with_return(const char *line, size_t length)
{
    return length > 0 && line[length - 1] == '\r';
}

static bool holds_a_return(const char *line, size_t length)
{
    return length > 1 && memchr(line, '\r', length - 1) != NULL;
}

/* parseConfigFile(): `if (line.front() == ' ') continue` */
static bool is_indented(const char *line, size_t length)
{
    const size_t start = first_word(line, length);
    return length > 0 && line[0] == ' ' && start < length && line[start] != '#' &&
           line[start] != ';';
}

static bool is_semicolon_comment(const char *line, size_t length)
{
    const size_t start = first_word(line, length);
    return start < length && line[start] == ';';
}

/* Length of the line up to its '#'. */
static size_t without_comment(const char *line, size_t length)
{
    const char *hash = memchr(line, '#', length);
    return hash ? (size_t)(hash - line) : length;
}

static bool is_made_of_blanks(const char *line, size_t length)
{
    const size_t n = without_comment(line, length);
    return n > 0 && first_word(line, n) == n;
}

static bool is_semicolon_text(const char *line, size_t length)
{
    return is_semicolon_comment(line, length) &&
           !memchr(line, '=', without_comment(line, length));
}

/* ` leaky` is not `leaky` */
static bool is_spaced_activation(const char *line, size_t length)
{
    static const char key[] = "activation";
    const size_t n = without_comment(line, length), start = first_word(line, n);
    const char *equals = memchr(line, '=', n);

    if (!equals || n - start < strlen(key) ||
        strncmp(line + start, key, strlen(key)) != 0)
        return false;
    for (const char *c = equals + 1; c < line + n; c++)
        if (is_blank(*c))
            return true;
    return false;
}

static bool is_part_of_number(char c)
{
    return (c >= '0' && c <= '9') || c == '.';
}

/* strip() makes 16 of `1 6`, and one number of a list with blanks for commas. */
static bool has_blanks_in_a_number(const char *line, size_t length)
{
    const size_t n = without_comment(line, length);
    const char *equals = memchr(line, '=', n);

    if (!equals || is_semicolon_comment(line, length))
        return false;
    for (const char *c = equals + 1; c + 1 < line + n; c++) {
        const char *next = c + 1;
        while (next < line + n && is_blank(*next))
            next++;
        if (next > c + 1 && next < line + n && is_part_of_number(*c) &&
            is_part_of_number(*next))
            return true;
    }
    return false;
}

const struct ocsp_line_rule ocsp_line_rules[] = {
    {FOR_DEBIAN, ends_with_return, true, "lines that end with CR LF"},
    {FOR_DEBIAN, holds_a_return, false, "a carriage return within the line"},
    {FOR_DEBIAN | FOR_ALEXEYAB | FOR_OPENCV, has_blanks_in_a_number, false,
     "blanks within a number: it reads both parts as one"},
    {FOR_DEEPSTREAM, is_indented, false, "it skips lines that begin with a blank"},
    {FOR_TKDNN, is_made_of_blanks, true, "a line of blanks"},
    {FOR_TKDNN, is_semicolon_text, true, "a comment behind ';'"},
    {FOR_TKDNN, is_spaced_activation, true, "blanks around the activation's name"},
    {FOR_JKJUNG, is_semicolon_comment, true, "a comment behind ';'"},
};
const int ocsp_n_line_rules = sizeof ocsp_line_rules / sizeof *ocsp_line_rules;
