/* What a run tells its user: every line of ours goes through here, to the screen and to
 * the log of the run. */
#ifndef OCSP_TRAIN_CONSOLE_H
#define OCSP_TRAIN_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

#include "net/error.h"

/* Before a run: on a terminal, and in `brief`, a process of its own shows what follows,
 * see view/lines.h. `command`: for the log. */
void ocsp_console_begin(bool brief, const char *command);

/* One line, at once; `format` has no newline at its end. */
void ocsp_console_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For lines that are made piece by piece, or by functions that print to a stream: what is
 * written to the stream appears when it is closed, all at once. The second way to close
 * it: as the last lines on a terminal, below whatever the host still says. */
FILE *ocsp_console_open(void);
void ocsp_console_close(FILE *lines);
void ocsp_console_close_last(FILE *lines);

/* "darknet ocsp: …" on stderr. */
void ocsp_console_error(const struct ocsp_error *err);

#endif
