/* Command lines for the tests of flags. */
#ifndef OCSP_TESTS_FLAGS_LINE_H
#define OCSP_TESTS_FLAGS_LINE_H

#include "cli/flags.h"
#include "helpers.h"

enum { MAX_WORDS = 16 };

/* A command line, and argc and argv as the call left them. */
struct line {
    char *argv[MAX_WORDS]; /* in a buffer of the last line that was read */
    int argc;
    struct ocsp_flags flags;
};

/* A host's flags for training, with which lines are read. */
extern const struct ocsp_host_flag line_host_flags[];

/* Reads the words, with blanks between them, as that command's. */
enum ocsp_status line_read(struct line *line, enum ocsp_verb verb, const char *words);
/* The same where it must succeed. */
struct line line_of(enum ocsp_verb verb, const char *words);
/* They are wrong usage, with this message. */
void line_refused(enum ocsp_verb verb, const char *words, const char *message);

#endif
