#include "flags_line.h"

#include <string.h>

const struct ocsp_host_flag line_host_flags[] = {
    {"-gpus", true, true, true},  {"-clear", false, true, true},
    {"-c", true, true, true},     {"-t", true, true, false},
    {"-map", false, false, true}, {"-thresh", true, false, true},
    {NULL, false, false, false}};

static char text[512]; /* of the last command line */

enum ocsp_status line_read(struct line *l, enum ocsp_verb verb, const char *words)
{
    l->argc = 0;
    assert_true(strlen(words) < sizeof text);
    strcpy(text, words);
    for (char *w = strtok(text, " "); w; w = strtok(NULL, " "))
        l->argv[l->argc++] = w;
    return ocsp_flags_read(&l->flags, verb,
                           verb == OCSP_FOR_TRAIN ? line_host_flags : NULL, &l->argc,
                           l->argv, &test_error);
}

struct line line_of(enum ocsp_verb verb, const char *words)
{
    struct line l;
    MUST(line_read(&l, verb, words));
    return l;
}

void line_refused(enum ocsp_verb verb, const char *words, const char *message)
{
    struct line l;
    REFUSES(line_read(&l, verb, words), OCSP_E_USAGE, message);
}
