/* The end of the process by a signal of its own making. A host and the engine's library
 * use memory that they did not get, and abort where a thread cannot be started. Where
 * memory or threads are short, that becomes one line and status 1. Any other crash keeps
 * its signal, and gets a line before it. */
#ifndef OCSP_TRAIN_CRASH_H
#define OCSP_TRAIN_CRASH_H

/* From now on; not where something else, as a sanitizer, handles these signals. */
void ocsp_crash_catch(void);
/* Called before the process ends by a crash: only what a signal handler may do. */
void ocsp_crash_set_cleanup(void (*clean)(void));

enum { OCSP_CRASH_TEXT = 200 };
/* Why the host may have called exit(), where memory is short and errno was `code`: filled
 * into `text` and returned; else NULL. */
const char *ocsp_crash_shortage(int code, char text[OCSP_CRASH_TEXT]);

#endif
