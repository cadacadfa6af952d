/* What a run tells its user: every line of ours goes through here. */
#ifndef OCSP_TRAIN_CONSOLE_H
#define OCSP_TRAIN_CONSOLE_H

#include <stdio.h>

/* One line, at once; `format` has no newline at its end. */
void ocsp_console_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For lines that are made piece by piece, or by functions that print to a stream: what is
 * written to the stream appears when it is closed, all at once. */
FILE *ocsp_console_open(void);
void ocsp_console_close(FILE *lines);

#endif
