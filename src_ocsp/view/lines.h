/* Where lines of ours go: to stdout or stderr as they are, and to the log of the run; or,
 * on a terminal and in `brief`, through a process that owns the terminal.
 *
 *     ocsp_lines_begin(brief);
 *     ocsp_lines_say(OCSP_SAY_LINE, "ocsp: …");
 *     ocsp_lines_end();
 *
 * Lines may be said before the beginning and behind the end. */
#ifndef OCSP_VIEW_LINES_H
#define OCSP_VIEW_LINES_H

#include <stdbool.h>
#include <sys/types.h>

#include "view/screen.h"

/* Where stdout is a terminal, and in `brief`, starts the process of screen_process.h and
 * puts a pipe to it in the place of stdout and, where that goes the same way, of stderr.
 * Before threads are started and files opened that must not be inherited. Where it cannot
 * be started all stays as it is. */
void ocsp_lines_begin(bool brief);
/* Takes the pipe away, and waits until all is on the terminal. Also done by exit; before
 * _exit it is to be called. */
void ocsp_lines_end(void);
/* Behind that: whether all that it showed has got where stdout went. */
bool ocsp_lines_arrived(void);

/* Text without control characters; what there are become '?'. */
void ocsp_lines_say(enum ocsp_message kind, const char *text);
/* Whether a status line would be shown. */
bool ocsp_lines_have_status(void);

/* The same for signal handlers. The second waits for two seconds at most; the third says
 * an error, and ends them. */
void ocsp_lines_say_in_handler(const char *text);
void ocsp_lines_end_in_handler(void);
void ocsp_lines_fail_in_handler(const char *text);
/* In the handler of SIGPIPE that process `sender` has sent: whether it says that nobody
 * reads stdout or stderr any more. Else it was of a pipe that is no matter. */
bool ocsp_lines_have_lost_reader(pid_t sender);

#endif
