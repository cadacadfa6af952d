/* What a terminal shows of a run: the host's lines and ours, and below them one status
 * line that stays.
 *
 * All comes in one stream, so that its order is kept: the host's bytes, and between them
 * messages of ours. Of the host's escapes only colours go on: Darknets clear the screen
 * in each iteration, and ring the bell. Knows no terminal but its number of columns: the
 * text goes to a FILE. */
#ifndef OCSP_VIEW_SCREEN_H
#define OCSP_VIEW_SCREEN_H

#include <stdbool.h>
#include <stdio.h>

#include "view/run_log.h"
#include "view/status_line.h"

/* A message is OCSP_MARK, its kind, text without control characters other than tab, and
 * OCSP_MARK_END. */
#define OCSP_MARK "\036ocsp"
#define OCSP_MARK_END '\037'

enum ocsp_message {
    OCSP_SAY_PART = 'p',    /* the beginning of the next message */
    OCSP_SAY_LINE = 'l',    /* a line of ours */
    OCSP_SAY_ERROR = 'e',   /* the same, for stderr */
    OCSP_SAY_LAST = 'z',    /* the same; shown as the last of all lines */
    OCSP_SAY_TO_LOG = 'g',  /* a line for the log alone */
    OCSP_SAY_STATUS = 's',  /* the status line, packed; empty: none */
    OCSP_SAY_LOG = 'a',     /* path of the log, to append to */
    OCSP_SAY_NEW_LOG = 'n', /* path of the log, to begin anew */
    OCSP_SAY_WORDS = 'w',   /* show the host's last lines, where they were not shown */
    OCSP_SAY_END = 'q'      /* the process ends as it should */
};

#define OCSP_SCREEN_LINE 16384 /* bytes of a line, longer ones are broken */
#define OCSP_SCREEN_WORDS 16   /* last lines of a host that are kept in `brief` */

struct ocsp_screen {
    FILE *out, *err; /* may be the same */
    bool terminal;   /* `out` is one */
    bool brief;      /* the host's lines go into the log alone */
    bool foreground; /* else the terminal is a shell's: no status line */
    int columns;
    struct ocsp_run_log log;
    struct ocsp_status_line status;
    bool ended; /* by OCSP_SAY_END */
    bool told;  /* an error */

    int state;                   /* of the reader */
    char line[OCSP_SCREEN_LINE]; /* the host's, as far as it has come */
    size_t n_line;
    bool returned; /* by CR: what comes next replaces the line */
    char escape[32];
    size_t n_escape;
    char message[OCSP_SCREEN_LINE]; /* its kind, and text */
    size_t n_message, n_mark;
    char last[OCSP_SCREEN_LINE]; /* lines that are shown at the end */
    size_t n_last;
    char words[OCSP_SCREEN_WORDS][256]; /* a ring */
    int n_words;
    /* Below the lines, the cursor at its beginning: the status line, perhaps empty; and
     * above that the host's unfinished line. */
    bool drawn, drawn_line;
};

/* Sets all members to zero but the first five. */
void ocsp_screen_init(struct ocsp_screen *screen);
void ocsp_screen_clear(struct ocsp_screen *screen);

void ocsp_screen_feed(struct ocsp_screen *screen, const char *bytes, size_t n);
/* Shows the status line and the host's unfinished line, where something has changed. */
void ocsp_screen_draw(struct ocsp_screen *screen);
/* The terminal has another size. */
void ocsp_screen_resize(struct ocsp_screen *screen, int columns);
/* After the last byte: no status line, and then the last lines. */
void ocsp_screen_end(struct ocsp_screen *screen);

#endif
